//! The routes of what is heard by telephone, of referral requests and of invites.

use ProblemKind::{
    Changed, DailyLimit, KeyReused, NoLedger, NoSuchInvite, NoSuchObservation, NoSuchProvider, NoSuchReferral, StepRefused,
};
use RouteAudience::{Either, Person, Program};
use RouteWork::Heavy;
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::{board, observations, provider_invites, referral_answers, referral_changes, referral_requests};
use crate::serve::http::problem::ProblemKind;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy, RouteSlot, RouteWork};
use crate::serve::pages;
use crate::serve::pages::{
    answer_link, provider_invite_form, provider_reminders, provider_update, referral_form, referral_page,
};

/// What units of the hospital heard by telephone.
pub(crate) fn for_observations() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::DirectoryRead, Program);
    let observe = RoutePolicy::scoped(Scope::ObservationWrite, Program).with_body().slot(RouteSlot::Ledger);
    vec![
        RegisteredRoute::new(
            routes!(observations::read),
            read.work(Heavy).audited("observation.read").problems(&[NoSuchProvider]),
        ),
        RegisteredRoute::new(
            routes!(observations::report),
            observe.records("observation").problems(&[NoLedger, DailyLimit, Changed, KeyReused]),
        ),
        RegisteredRoute::new(
            routes!(observations::withdraw),
            observe.records("observation.withdraw").problems(&[NoLedger, DailyLimit, Changed, KeyReused, NoSuchObservation]),
        ),
    ]
}

/// Referral requests.
pub(crate) fn for_referrals() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Referral, Program).problems(&[NoSuchReferral]);
    let follow = RoutePolicy::scoped(Scope::Referral, Either).slot(RouteSlot::Unlimited).directory(DirectoryUse::Needed);
    let write = RoutePolicy::scoped(Scope::Referral, Program).with_body().slot(RouteSlot::Ledger);
    let change = write.problems(&[NoLedger, DailyLimit, Changed, KeyReused, NoSuchReferral, StepRefused]);
    vec![
        RegisteredRoute::new(
            routes!(referral_requests::create),
            write.records("referral.make").problems(&[NoLedger, DailyLimit, KeyReused]),
        ),
        RegisteredRoute::new(routes!(referral_requests::list), read.work(Heavy).audited("referral.list").problems(&[])),
        RegisteredRoute::new(routes!(board::read), read.work(Heavy).audited("referral.list").problems(&[])),
        RegisteredRoute::new(routes!(referral_requests::read), read.audited("referral.read")),
        RegisteredRoute::new(
            routes!(referral_requests::events),
            follow.audited("referral.follow").problems(&[NoSuchReferral]),
        ),
        RegisteredRoute::new(routes!(referral_answers::step), change.records("referral.state")),
        RegisteredRoute::new(routes!(referral_changes::add_providers), change.records("referral.add")),
        RegisteredRoute::new(routes!(referral_changes::close), change.records("referral.close")),
        RegisteredRoute::new(routes!(referral_answers::make_link), change.records("referral.link")),
        RegisteredRoute::new(
            routes!(referral_answers::revoke_link),
            write.records("referral.link_revoke").problems(&[NoLedger, DailyLimit, Changed, KeyReused, NoSuchReferral]),
        ),
    ]
}

/// Invites of providers.
pub(crate) fn for_invites() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Referral, Program).problems(&[NoSuchProvider]);
    let write = RoutePolicy::scoped(Scope::Referral, Program).with_body().slot(RouteSlot::Ledger);
    vec![
        RegisteredRoute::new(routes!(provider_invites::list), read.audited("invite.list")),
        RegisteredRoute::new(
            routes!(provider_invites::create),
            write.records("invite.make").problems(&[NoLedger, DailyLimit, KeyReused, NoSuchProvider]),
        ),
        RegisteredRoute::new(
            routes!(provider_invites::revoke),
            write.records("invite.revoke").problems(&[NoLedger, DailyLimit, KeyReused, NoSuchInvite]),
        ),
    ]
}

/// The pages of referral requests: made from the answer, followed, and answered by a link.
pub(crate) fn for_referral_pages() -> Vec<RegisteredRoute> {
    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let form = page.with_body().work(Heavy);
    let list_form = page.with_body();
    let session = RoutePolicy::open(Person);
    let own = RoutePolicy::scoped(Scope::ProviderWrite, Person);
    vec![
        RegisteredRoute::new(
            routes!(provider_invite_form::change),
            page.with_body().slot(RouteSlot::Ledger).records("invite.change").problems(&[NoLedger, DailyLimit, NoSuchInvite]),
        ),
        RegisteredRoute::new(routes!(provider_reminders::page), page.work(Heavy).audited("directory.read")),
        RegisteredRoute::new(routes!(referral_form::prepare), form.audited("referral.prepare")),
        RegisteredRoute::new(routes!(pages::board::page), page.work(Heavy).audited("referral.list")),
        RegisteredRoute::new(
            routes!(pages::board::events),
            page.slot(RouteSlot::Unlimited).directory(DirectoryUse::Needed).audited("referral.follow"),
        ),
        RegisteredRoute::new(
            routes!(referral_form::create),
            list_form.slot(RouteSlot::Ledger).records("referral.make").problems(&[
                NoLedger,
                DailyLimit,
                NoSuchReferral,
                StepRefused,
            ]),
        ),
        RegisteredRoute::new(routes!(referral_page::page), page.audited("referral.read").problems(&[NoSuchReferral])),
        RegisteredRoute::new(
            routes!(referral_page::events),
            page.slot(RouteSlot::Unlimited)
                .directory(DirectoryUse::Needed)
                .audited("referral.follow")
                .problems(&[NoSuchReferral]),
        ),
        RegisteredRoute::new(
            routes!(referral_page::change),
            list_form.slot(RouteSlot::Ledger).records("referral.change").problems(&[
                NoLedger,
                DailyLimit,
                NoSuchReferral,
                StepRefused,
                Changed,
            ]),
        ),
        // The page of an answer link, for a provider without an account.
        RegisteredRoute::new(
            routes!(answer_link::open),
            session.uncounted().audited("referral.open").directory(DirectoryUse::Needed),
        ),
        RegisteredRoute::new(
            routes!(answer_link::answer),
            session
                .with_body()
                .uncounted()
                .slot(RouteSlot::Ledger)
                .directory(DirectoryUse::Needed)
                .records("referral.answer")
                .problems(&[NoLedger]),
        ),
        // The page of a provider, by an invite.
        RegisteredRoute::new(
            routes!(provider_update::open),
            session.uncounted().audited("provider_update.open").directory(DirectoryUse::Needed),
        ),
        RegisteredRoute::new(
            routes!(provider_update::save),
            session
                .with_body()
                .uncounted()
                .slot(RouteSlot::Ledger)
                .directory(DirectoryUse::Needed)
                .records("provider_update.save")
                .problems(&[NoLedger, DailyLimit]),
        ),
        // The same page, with a key of the provider.
        RegisteredRoute::new(routes!(provider_update::by_key::open), own.audited("provider_update.open")),
        RegisteredRoute::new(
            routes!(provider_update::by_key::save),
            own.with_body().slot(RouteSlot::Ledger).records("provider_update.save").problems(&[NoLedger, DailyLimit]),
        ),
    ]
}
