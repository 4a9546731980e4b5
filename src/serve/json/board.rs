//! The board of a unit as JSON.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::phrases;
use crate::serve::board::{Board, PlaceUse};
use crate::serve::json::referral_request::{ReferralRequestJson, ReferralView};
use crate::serve::openapi::enums;
use crate::statements::referral_request::next_step::NextStep;

/// The board of a unit: its open referral requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Board)]
pub(crate) struct BoardJson<'a> {
    /// The unit; null for all units.
    #[schema(required)]
    unit: Option<&'a str>,
    /// When the clocks were read.
    as_of: Timestamp,
    /// Changes with the requests, and when a reply becomes overdue.
    version: &'a str,
    /// The open requests, oldest first.
    requests: Vec<BoardRequestJson<'a>>,
    /// How much the whole hospital uses its most used places, over 30 and over 90 days.
    most_used: Vec<PlaceUseJson>,
}

/// An open request on a board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BoardRequest)]
pub(crate) struct BoardRequestJson<'a> {
    /// What the hospital does next.
    #[schema(value_type = enums::NextStep)]
    next_step: &'static str,
    /// Whole days since the day of discharge; negative before it.
    days_since_discharge: i32,
    /// The request with the clock of each provider.
    request: ReferralRequestJson<'a>,
}

/// The accepted referrals of the hospital, and the share of the five most used places.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceUse)]
pub(crate) struct PlaceUseJson {
    /// Over how many days.
    days: i32,
    /// The accepted referrals.
    accepted: u32,
    /// The share of the most used places in percent; null if nothing was accepted.
    #[schema(required)]
    percent: Option<u32>,
    /// The most used places, at most five.
    places: Vec<UsedPlaceJson>,
}

/// A place that is used much.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsedPlace)]
pub(crate) struct UsedPlaceJson {
    /// Its id in the directory.
    provider: String,
    /// Its name; null if it has left the directory.
    #[schema(required)]
    name: Option<String>,
    /// Its accepted referrals.
    accepted: u32,
}

impl<'a> BoardJson<'a> {
    /// `board` as it is at the moment of `view`.
    pub(crate) fn new(view: ReferralView<'_>, unit: Option<&'a str>, board: &'a Board) -> Self {
        let requests = board.requests.iter().map(|request| BoardRequestJson {
            next_step: NextStep::of(request, view.now).code(),
            days_since_discharge: (view.served.today() - request.details.discharge_on).get_days(),
            request: ReferralRequestJson::new(view, request),
        });
        let most_used = board.uses.iter().map(|used| PlaceUseJson::new(view, used)).collect();
        Self { unit, as_of: view.now, version: &board.version, requests: requests.collect(), most_used }
    }
}

impl PlaceUseJson {
    fn new(view: ReferralView<'_>, used: &PlaceUse) -> Self {
        let places = used.places.iter().map(|(id, accepted)| UsedPlaceJson {
            provider: id.to_string(),
            name: view.served.base().provider_of(id).map(|provider| phrases::name(&provider)),
            accepted: *accepted,
        });
        Self { days: used.days, accepted: used.accepted, percent: used.percent(), places: places.collect() }
    }
}
