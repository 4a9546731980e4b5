//! The routes of network-gap packets: made from a question, and the same packet again by the id printed on it.

use ProblemKind::{
    DailyLimit, DirectoryIncomplete, DirectoryOld, KeyReused, ListTooLong, NetworkMeets, NoLedger, NoSource, NoSuchFormat,
    NoSuchPacket, NothingChecked, PacketNotRead, PlanNotLoaded,
};
use RouteAudience::{Either, Person};
use RouteWork::{Heavy, InParts};
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::gap_packets;
use crate::serve::http::problem::ProblemKind;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy, RouteSlot, RouteWork};
use crate::serve::pages::gap_packet;

/// Why a packet is not made; a page has one format.
const REFUSED: [ProblemKind; 11] = [
    NoSuchFormat,
    KeyReused,
    NoLedger,
    DailyLimit,
    ListTooLong,
    NoSource,
    PlanNotLoaded,
    NothingChecked,
    NetworkMeets,
    DirectoryOld,
    DirectoryIncomplete,
];

/// The same of a page.
const REFUSED_PAGE: &[ProblemKind] = REFUSED.split_at(2).1;

/// The routes, for programs and for people.
pub(crate) fn routes() -> Vec<RegisteredRoute> {
    let packet = RoutePolicy::scoped(Scope::List, Either);
    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let again = packet.slot(RouteSlot::Ledger).directory(DirectoryUse::Unused).audited("packet.read");
    let page_again = page.with_body().slot(RouteSlot::Ledger).directory(DirectoryUse::Unused).audited("packet.read");
    vec![
        RegisteredRoute::new(
            routes!(gap_packets::create),
            packet.with_body().work(InParts).records("packet.make").problems(&REFUSED),
        ),
        RegisteredRoute::new(
            routes!(gap_packets::again),
            again.problems(&[NoLedger, NoSuchPacket, PacketNotRead, NoSuchFormat]),
        ),
        RegisteredRoute::new(routes!(gap_packet::find), page),
        RegisteredRoute::new(routes!(gap_packet::prepare), page.with_body().work(Heavy).audited("packet.prepare")),
        RegisteredRoute::new(
            routes!(gap_packet::make),
            page.with_body().work(InParts).records("packet.make").problems(REFUSED_PAGE),
        ),
        RegisteredRoute::new(routes!(gap_packet::again), page_again.problems(&[NoLedger, NoSuchPacket, PacketNotRead])),
    ]
}
