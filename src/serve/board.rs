//! The board of a unit: its open referral requests, and how much the hospital uses a few places.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};

use crate::input::errors::FieldErrors;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::http::extract::QueryParams;
use crate::serve::http::problem::Problem;
use crate::serve::referral_records::open_requests;
use crate::serve::state::AppState;
use crate::statements::ReferralReply;
use crate::statements::recorded_reply::RecordedReply;
use crate::statements::referral_request::record::ReferralRequest;
use crate::text::hex::to_hex;

/// Over how many days the use of places is counted.
pub(crate) const USE_DAYS: [i32; 2] = [30, 90];
/// How many places are called the most used.
pub(crate) const MOST_USED: usize = 5;

/// What a board shows at one moment.
#[derive(Debug)]
pub(crate) struct Board {
    /// The open requests, oldest first.
    pub(crate) requests: Vec<Arc<ReferralRequest>>,
    /// Changes with everything that the board shows of the requests.
    pub(crate) version: String,
    /// The use of places, for each of [`USE_DAYS`].
    pub(crate) uses: Vec<PlaceUse>,
}

/// How the accepted referrals of the hospital are spread over places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceUse {
    /// Over how many days.
    pub(crate) days: i32,
    /// The accepted referrals.
    pub(crate) accepted: u32,
    /// The most used places, at most [`MOST_USED`], with their accepted referrals.
    pub(crate) places: Vec<(ProviderId, u32)>,
}

/// The unit of a board in the address; all units if left out.
#[derive(Debug)]
pub(crate) struct BoardUnit(pub(crate) Option<String>);

impl QueryParams for BoardUnit {
    const KNOWN: &'static [&'static str] = &["unit"];

    fn read(value: impl Fn(&str) -> Option<String>, _: &mut FieldErrors) -> Self {
        Self(value("unit"))
    }
}

impl PlaceUse {
    /// The share of the most used places in percent; `None` if nothing was accepted.
    pub(crate) fn percent(&self) -> Option<u32> {
        let most: u32 = self.places.iter().map(|(_, accepted)| accepted).sum();
        (self.accepted > 0).then(|| (most * 200 + self.accepted) / (self.accepted * 2))
    }

    fn count(served: &LiveDirectory, days: i32) -> Self {
        let first = served.today().checked_sub(days.days()).unwrap_or(Date::MIN);
        let is_accepted = |reply: &&RecordedReply| reply.asked_on > first && reply.reply == ReferralReply::Accepted;
        let accepted_by = |replies: &[RecordedReply]| replies.iter().filter(is_accepted).count();
        let mut counts: BTreeMap<&ProviderId, u32> = BTreeMap::new();
        for (provider, replies) in &served.ledger_state().outcomes {
            let accepted: usize = replies.values().map(|replies| accepted_by(replies)).sum();
            if accepted > 0 {
                counts.insert(provider, u32::try_from(accepted).unwrap_or(u32::MAX));
            }
        }
        let accepted = counts.values().sum();
        let mut places: Vec<(ProviderId, u32)> = counts.into_iter().map(|(id, count)| (id.clone(), count)).collect();
        places.sort_by(|(a, most), (b, more)| more.cmp(most).then_with(|| a.cmp(b)));
        places.truncate(MOST_USED);
        Self { days, accepted, places }
    }
}

impl Board {
    /// The board of `unit`, or of all units, at `now`.
    pub(crate) fn new(served: &LiveDirectory, unit: Option<&str>, now: Timestamp) -> Self {
        let requests = open_requests(served, unit);
        let uses = USE_DAYS.map(|days| PlaceUse::count(served, days)).to_vec();
        Self { version: version_of(&requests, now), requests, uses }
    }
}

/// The version of a board: it changes with each change of a request, and when a reply becomes overdue.
/// Beside it, when that may happen next.
pub(crate) fn board_version(served: &LiveDirectory, unit: Option<&str>, now: Timestamp) -> (String, Option<Timestamp>) {
    let requests = open_requests(served, unit);
    let due = requests.iter().flat_map(|request| &request.providers).map(|asked| asked.reply_due);
    (version_of(&requests, now), due.filter(|due| now < *due).min())
}

fn version_of(requests: &[Arc<ReferralRequest>], now: Timestamp) -> String {
    let mut hasher = Sha256::new();
    for request in requests {
        let overdue = request.providers.iter().filter(|asked| asked.is_overdue(now)).count() as u64;
        hasher.update(request.id.0);
        hasher.update(request.version.0);
        hasher.update(overdue.to_be_bytes());
    }
    let mut digest = to_hex(&hasher.finalize());
    digest.truncate(16);
    digest
}

/// Checks that the hospital has the unit.
///
/// # Errors
/// It has none with that name. The error does not repeat the name, which may be anything.
pub(crate) fn check_unit(app: &AppState, unit: Option<&String>) -> Result<(), Problem> {
    let Some(unit) = unit.filter(|unit| !app.hospital.units.contains(unit)) else { return Ok(()) };
    let mut faults = FieldErrors::default();
    let units = app.hospital.units.iter().map(String::as_str);
    faults.unknown("?unit", "no_such_unit", "hospital.toml has no such unit".to_owned(), unit, units);
    Err(Problem::Invalid(faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_the_most_used_places_is_rounded_to_percent() {
        let place = |number: u32| format!("ccn:{:06}", 260_000 + number).parse::<ProviderId>().unwrap();
        for (counts, accepted, percent) in [
            (&[][..], 0, None),
            (&[3], 3, Some(100)),
            (&[2, 1, 1, 1, 1], 16, Some(38)),
            (&[1, 1, 1, 1, 1], 200, Some(3)),
            (&[1], 201, Some(0)),
        ] {
            let places = (1..).zip(counts).map(|(number, count)| (place(number), *count)).collect();
            assert_eq!(PlaceUse { days: 30, accepted, places }.percent(), percent, "{counts:?} of {accepted}");
        }
    }
}
