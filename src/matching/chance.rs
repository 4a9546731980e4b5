//! How likely a referral succeeds: usual shares of yes for each open question, and the chance of room.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::matching::requirement::Requirement;
use crate::profile::Fraction;
use crate::provider::ReferralStats;
use crate::service::Service;

/// How many imagined answers at the usual share stand beside the recorded ones. Our choice: two answers of its own weigh as much as
/// what is usual.
const USUAL_ANSWERS: u32 = 2;

/// The share of yes where no rate was published and no answer is recorded: (0 + 1) / (0 + 2).
const NOTHING_KNOWN: Fraction = Fraction::HALF;

/// The usual share of yes to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsualShare {
    pub(crate) share: Fraction,
    /// Where it was published.
    pub(crate) source: Option<&'static str>,
}

/// The usual share of yes to `asked` among providers of `service`.
pub(crate) fn usual_share(asked: Requirement, service: Service) -> UsualShare {
    let code = if let Requirement::Eligible(_) = asked { "serves" } else { asked.code() };
    let rate = RATES.get(&(service.code(), code)).or_else(|| RATES.get(&(ANY_SERVICE, code)));
    match rate {
        Some(rate) => UsualShare { share: Fraction::new(rate.yes), source: rate.source.as_deref() },
        None => UsualShare { share: NOTHING_KNOWN, source: None },
    }
}

/// The chance that there is room for one that does not say: its outcomes of 90 days, and two imagined at the usual share. The referrals
/// counted are those it took and those it declined for want of a bed.
pub(crate) fn room_chance(outcomes: Option<ReferralStats>) -> Fraction {
    let (had_room, asked) = room_counts(outcomes);
    // Half of the imagined answers are yes.
    Fraction::of(2 * had_room + USUAL_ANSWERS, 2 * (asked + USUAL_ANSWERS))
}

/// How many of how many referrals found room.
pub(crate) fn room_counts(outcomes: Option<ReferralStats>) -> (u32, u32) {
    outcomes.map_or((0, 0), |known| (known.took, known.took + known.no_room))
}

/// A service of [`RATES`] that stands for every service.
const ANY_SERVICE: &str = "any";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateFile {
    rate: Vec<PublishedRate>,
}

/// How often providers say yes to one question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishedRate {
    /// The code of the service, or [`ANY_SERVICE`].
    pub(crate) service: String,
    /// The code of the question.
    pub(crate) asked: String,
    /// The share of yes.
    pub(crate) yes: f64,
    /// Absent where the rate is the project's own choice.
    pub(crate) source: Option<String>,
}

/// Every rate, in the order of the file.
pub(crate) fn published_rates() -> &'static [PublishedRate] {
    &FILE.rate
}

const RATE_TEXT: &str = include_str!("../../data/curated/acceptance_rates.toml");

// A test reads the same text, so a release never meets the empty table.
static FILE: LazyLock<RateFile> = LazyLock::new(|| toml::from_str(RATE_TEXT).unwrap_or(RateFile { rate: Vec::new() }));

static RATES: LazyLock<BTreeMap<(&'static str, &'static str), &'static PublishedRate>> =
    LazyLock::new(|| FILE.rate.iter().map(|rate| ((rate.service.as_str(), rate.asked.as_str()), rate)).collect());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Limit, Need};

    #[test]
    fn every_rate_is_of_a_service_and_a_question_and_is_a_share() {
        let file: RateFile = toml::from_str(RATE_TEXT).unwrap();
        let questions: Vec<&str> =
            Need::all().map(Need::code).chain(Limit::ALL.map(Limit::code)).chain(["serves", "is_open"]).collect();
        for rate in &file.rate {
            assert!(rate.service == ANY_SERVICE || rate.service.parse::<Service>().is_ok(), "{rate:?}");
            assert!(questions.contains(&rate.asked.as_str()), "{rate:?}");
            assert!((0.0..=1.0).contains(&rate.yes), "{rate:?}");
        }
    }

    #[test]
    fn a_published_rate_is_used_for_its_own_service_only() {
        let vent = Requirement::Need("resp.vent".parse().unwrap());
        assert_eq!(usual_share(vent, Service::SkilledNursing).share, Fraction::new(0.025));
        assert_eq!(usual_share(vent, Service::LongTermAcute), UsualShare { share: NOTHING_KNOWN, source: None });
    }

    #[test]
    fn asked_three_times_with_two_yes_is_a_little_more_than_half() {
        let known = ReferralStats { took: 2, asked: 4, no_room: 1, days: 90 };
        assert_eq!(room_chance(Some(known)), Fraction::of(3, 5));
        assert_eq!(room_chance(None), Fraction::new(0.5));
    }
}
