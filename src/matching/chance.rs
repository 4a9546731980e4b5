//! How likely a referral succeeds: the usual share of yes to each open question with the recorded answers, and the chance of room.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::matching::candidate::Candidate;
use crate::matching::requirement::Requirement;
use crate::profile::Fraction;
use crate::provider::answer_record::{AnswerCounts, AnswerRecord};
use crate::service::Service;

/// From so many recorded answers on, a share is as good as a published one.
pub(crate) const ENOUGH_ANSWERS: u32 = 10;

/// The usual share of yes to one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualShare {
    /// The share of yes.
    pub share: Fraction,
    /// Where it was published.
    pub source: Option<&'static str>,
    /// The answers of all providers that it is counted from; none where it was published or is the project's choice.
    pub counts: AnswerCounts,
}

impl UsualShare {
    /// The share of yes among `counts`: (yes + 1) / (asked + 2), one half where nothing is recorded.
    fn counted(counts: AnswerCounts) -> Self {
        Self { share: counts.chance(Fraction::HALF), source: None, counts }
    }
}

/// The chance that one question is answered yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct YesChance {
    pub(crate) share: Fraction,
    pub(crate) usual: UsualShare,
    /// The recorded answers of the provider.
    pub(crate) counts: AnswerCounts,
}

impl YesChance {
    /// From the recorded answers of a provider, and from what is usual.
    pub(crate) fn of(counts: AnswerCounts, usual: UsualShare) -> Self {
        Self { share: counts.chance(usual.share), usual, counts }
    }

    /// Whether it rests on a published rate, or on enough recorded answers of the provider.
    pub(crate) fn is_sure(&self) -> bool {
        self.usual.source.is_some() || self.counts.asked >= ENOUGH_ANSWERS
    }
}

/// The usual share of yes to `asked` among providers of `service`: the published rate, else by the answers that are recorded
/// `everywhere`.
pub(crate) fn usual_share(asked: Requirement, service: Service, everywhere: Option<&AnswerRecord>) -> UsualShare {
    let code = if let Requirement::Eligible(_) = asked { "serves" } else { asked.code() };
    let rate = RATES.get(&(service.code(), code)).or_else(|| RATES.get(&(ANY_SERVICE, code)));
    match rate {
        Some(rate) => {
            UsualShare { share: Fraction::new(rate.yes), source: rate.source.as_deref(), counts: AnswerCounts::default() }
        }
        None => UsualShare::counted(everywhere.map(|record| answers_to(asked, record)).unwrap_or_default()),
    }
}

/// The chance that a question is answered yes by one with this record.
pub(crate) fn yes_chance(asked: Requirement, record: Option<&AnswerRecord>, usual: UsualShare) -> YesChance {
    YesChance::of(record.map(|record| answers_to(asked, record)).unwrap_or_default(), usual)
}

/// Answers are recorded of needs alone.
fn answers_to(asked: Requirement, record: &AnswerRecord) -> AnswerCounts {
    match asked {
        Requirement::Need(need) => record.need(need),
        _ => AnswerCounts::default(),
    }
}

/// The usual share of those with room.
pub(crate) fn usual_room(everywhere: Option<&AnswerRecord>) -> UsualShare {
    UsualShare::counted(everywhere.map(|record| record.room).unwrap_or_default())
}

/// The chance that there is room for one that does not say: its answers and outcomes of 90 days, and two imagined at the usual share.
pub(crate) fn room_chance(candidate: &Candidate, usual: UsualShare) -> YesChance {
    YesChance::of(candidate.record().map(|record| record.room).unwrap_or_default(), usual)
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
        assert_eq!(usual_share(vent, Service::SkilledNursing, None).share, Fraction::new(0.025));
        let unknown = UsualShare { share: Fraction::HALF, source: None, counts: AnswerCounts::default() };
        assert_eq!(usual_share(vent, Service::LongTermAcute, None), unknown);
    }

    #[test]
    fn without_a_published_rate_the_answers_of_all_providers_are_usual() {
        let vent: Need = "resp.vent".parse().unwrap();
        let counts = AnswerCounts { yes: 8, asked: 10, ..AnswerCounts::default() };
        let everywhere = AnswerRecord { needs: [(vent, counts)].into(), room: counts };
        let usual = |service| usual_share(Requirement::Need(vent), service, Some(&everywhere));
        assert_eq!(usual(Service::LongTermAcute).share, Fraction::new(0.75), "(8 + 1) / (10 + 2)");
        assert_eq!(usual(Service::SkilledNursing).share, Fraction::new(0.025), "a published rate comes first");
        assert_eq!(usual_room(Some(&everywhere)).share, Fraction::new(0.75));
        assert_eq!(usual_room(None).share, Fraction::HALF);
        // (0 + 2 x 0.75) / (1 + 2).
        let own = AnswerRecord {
            needs: [(vent, AnswerCounts { asked: 1, ..AnswerCounts::default() })].into(),
            ..everywhere.clone()
        };
        let chance = yes_chance(Requirement::Need(vent), Some(&own), usual(Service::LongTermAcute));
        assert_eq!((chance.share, chance.is_sure()), (Fraction::HALF, false));
    }

    #[test]
    fn a_share_is_sure_by_a_published_rate_or_ten_answers() {
        let counts = |asked| AnswerCounts { yes: asked, asked, ..AnswerCounts::default() };
        let chance = |own, everywhere| YesChance::of(counts(own), UsualShare::counted(counts(everywhere))).is_sure();
        assert_eq!([chance(9, 9), chance(10, 0), chance(0, 10)], [false, true, false]);
        let published = UsualShare { source: Some("a study"), ..UsualShare::counted(counts(0)) };
        assert!(YesChance::of(counts(0), published).is_sure());
    }
}
