//! Where does it stand? The key and the score.

use std::cmp::Reverse;

use jiff::civil::Date;
use smallvec::SmallVec;

use super::acceptance::{self, Demand, Verdict};
use super::network::{self, NetworkJudge, Status, days_between};
use super::reach::{self, Reach};
use super::report::{Asked, Fit, Points, Reason};
use super::{Candidate, Directory, LineKey};
use crate::discharge::Discharge;
use crate::evidence::Answer;
use crate::place::Miles;
use crate::profile::{Part, Share};
use crate::provider::{Measure, Standing};

/// The order of an answer: its fields, top to bottom, are the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) fit: Fit,
    pub(super) score: Reverse<Points>,
    /// `None` for services that come: these are never sorted by distance.
    distance: Option<Miles>,
    /// A tie-break that favours nobody: see [`draw`].
    draw: u64,
    pub(super) line: LineKey,
}

/// What becomes of one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    /// It is a match of this fit; with the one thing that keeps it from ready, when one answer would do.
    Stands(Fit, network::Ruling, Option<Asked>),
    /// It is in reach, but left out.
    LeftOut(Reason),
    /// It is not spoken of.
    Beyond,
}

/// The day of something a source said. One undated source makes the oldest of several undated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Basis {
    Undated,
    Of(Date),
}

impl From<Option<Date>> for Basis {
    fn from(as_of: Option<Date>) -> Self {
        as_of.map_or(Self::Undated, Self::Of)
    }
}

/// The value of one part for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartValue {
    pub(super) part: Part,
    pub(super) weight: Share,
    pub(super) value: Share,
    pub(super) unknown: bool,
    pub(super) points: Points,
}

/// Judges every candidate of one discharge by the same rules.
pub(super) struct Judge<'a> {
    pub(super) discharge: &'a Discharge,
    pub(super) directory: &'a dyn Directory,
    pub(super) network: NetworkJudge<'a>,
    pub(super) demand: Demand<'a>,
    lot: u64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let network = NetworkJudge::new(discharge, directory);
        Self { discharge, directory, network, demand: Demand::of(discharge), lot: discharge.lot() }
    }

    /// Places one candidate; what keeps it out is looked for in the order of [`Reason`].
    pub(super) fn judge(&self, candidate: &Candidate) -> Placing {
        match self.accept(candidate) {
            Ok(accepted) => self.stand(candidate, accepted),
            Err(placing) => placing,
        }
    }

    /// Whether a candidate is ready, without working out where it stands. Coverage is looked at first: most are not covered.
    pub(super) fn is_ready(&self, candidate: &Candidate) -> bool {
        let is_ready = |verdict| fit(self.network.rule(candidate).status, verdict) == Fit::Ready;
        is_ready(Verdict::Accepts) && self.accept(candidate).is_ok_and(|accepted| accepted.verdict == Verdict::Accepts)
    }

    /// What a candidate that stands says to what is required; what becomes of one that does not.
    fn accept(&self, candidate: &Candidate) -> Result<acceptance::Ruling, Placing> {
        let area = match reach::reach(self.discharge, candidate) {
            Reach::Beyond | Reach::Nowhere => return Err(Placing::Beyond),
            Reach::AreaExcludes => Some(Reason::OutsideServiceArea),
            Reach::Within => None,
        };
        if let Some(reason) = reason_of(candidate.standing).or(area) {
            return Err(Placing::LeftOut(reason));
        }
        let accepted = self.demand.rule(candidate, self.directory.stated(candidate.stated));
        accepted.refusal.map_or(Ok(accepted), |reason| Err(Placing::LeftOut(reason)))
    }

    fn stand(&self, candidate: &Candidate, accepted: acceptance::Ruling) -> Placing {
        let covered = self.network.rule(candidate);
        let fit = fit(covered.status, accepted.verdict);
        Placing::Stands(fit, covered, accepted.only_unknown.filter(|_| fit == Fit::AskProvider))
    }

    /// Where a match stands among those of its fit. It is worked out only for matches that may be shown: of a wide search, few.
    pub(super) fn key(&self, candidate: &Candidate, fit: Fit, covered: network::Ruling) -> Key {
        let score = Points(self.parts(candidate, covered).iter().map(|part| part.points.0).sum());
        let distance = self.discharge.within.and(candidate.distance);
        let draw = draw(self.lot, candidate.lot);
        Key { fit, score: Reverse(score), distance, draw, line: candidate.line }
    }

    /// The parts of a score, in the order of [`Part::ALL`].
    pub(super) fn parts(&self, candidate: &Candidate, covered: network::Ruling) -> SmallVec<[PartValue; 6]> {
        let neutral = self.discharge.profile.neutral;
        let valued = |(part, weight): (Part, Share)| {
            let known = self.value(part, candidate, covered);
            let value = known.unwrap_or(neutral);
            PartValue { part, weight, value, unknown: known.is_none(), points: points(value, weight) }
        };
        self.discharge.weights().iter().map(valued).collect()
    }

    /// The value of a part; `None` when nothing is known.
    fn value(&self, part: Part, candidate: &Candidate, covered: network::Ruling) -> Option<Share> {
        match part {
            Part::Closeness => Some(closeness(candidate.distance?, self.discharge.within?)),
            Part::Quality => quality(Measure::of(self.discharge.service)?, candidate.rating?),
            Part::PreferredNeeds => {
                let (asked, yes, unknown) = self.demand.preferences(candidate);
                Some(Share::of(2 * yes + unknown, 2 * asked))
            }
            Part::Availability => match self.availability(candidate, covered) {
                Answer::Yes => Some(Share::ONE),
                Answer::No => Some(Share::ZERO),
                Answer::Unknown => None,
            },
            Part::Freshness => match self.oldest(candidate, covered)? {
                Basis::Undated => None,
                Basis::Of(day) => Some(self.freshness(day)),
            },
            Part::Outcomes => candidate.outcomes.map(|known| Share::of(known.took, known.asked)),
        }
    }

    /// Whether there is room: what the line says, and where it is silent what the payer's directory says of new patients.
    pub(super) fn availability(&self, candidate: &Candidate, covered: network::Ruling) -> Answer {
        match candidate.availability {
            Answer::Unknown => self.network.new_patients(covered),
            said => said,
        }
    }

    /// The oldest of the evidence a fit rests on; `None` when it rests on none.
    pub(super) fn oldest(&self, candidate: &Candidate, covered: network::Ruling) -> Option<Basis> {
        let stated = self.directory.stated(candidate.stated);
        let network = self.network.basis(candidate, covered);
        network.into_iter().chain(self.demand.bases(candidate, stated)).min()
    }

    fn freshness(&self, oldest: Date) -> Share {
        let profile = &self.discharge.profile;
        let age = u32::try_from(days_between(oldest, self.discharge.asked_on).max(0)).unwrap_or(u32::MAX);
        let (fresh, stale) = (profile.fresh_days, profile.stale_days);
        if age <= fresh { Share::ONE } else { Share::of(stale.saturating_sub(age), stale.saturating_sub(fresh)) }
    }
}

/// What a standing other than open keeps a line out for.
pub(super) fn reason_of(standing: Standing) -> Option<Reason> {
    match standing {
        Standing::Open => None,
        Standing::Closed => Some(Reason::Closed),
        Standing::NotCertified => Some(Reason::NotCertified),
        Standing::ExcludedByOig => Some(Reason::ExcludedByOig),
    }
}

/// Coverage first, then acceptance; a line that declines has no fit.
pub(super) fn fit(status: Status, verdict: Verdict) -> Fit {
    match (status, verdict) {
        (Status::InNetwork | Status::NotAsked, Verdict::Accepts) => Fit::Ready,
        (Status::InNetwork | Status::NotAsked, Verdict::Ask | Verdict::Declines) => Fit::AskProvider,
        (Status::Unconfirmed | Status::PlanNotLoaded, _) => Fit::AskPlan,
        (Status::OutOfNetwork, _) => Fit::OutOfNetwork,
    }
}

/// 1 at the door, 0 at the radius, linear.
fn closeness(distance: Miles, radius: Miles) -> Share {
    Share::new(1.0 - distance.value() / radius.value())
}

/// How far up its scale a rating in tenths lies; `None` off the scale.
fn quality(measure: Measure, tenths: u8) -> Option<Share> {
    let (low, high) = measure.scale_tenths();
    let above = tenths.checked_sub(low)?;
    (tenths <= high).then(|| Share::of(above.into(), (high - low).into()))
}

/// 100 x value x weight, rounded half up to a thousandth of a point.
fn points(value: Share, weight: Share) -> Points {
    let product = u64::from(value.millionths()) * u64::from(weight.millionths());
    Points(u32::try_from((product + 5_000_000) / 10_000_000).unwrap_or(100_000))
}

/// The draw that settles a tie: the lots of question and provider, mixed by the finaliser of SplitMix64 (Steele, Lea and
/// Flood, 2014), so that the order of equals differs from question to question and no name is favoured.
fn draw(question: u64, provider: u64) -> u64 {
    let mut z = question ^ provider;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_round_half_up_to_a_thousandth() {
        for (value, weight, expected) in
            [(1.0, 1.0, 100_000), (0.5, 0.3, 15_000), (0.830_001, 0.4, 33_200), (0.000_05, 0.1, 1), (0.0, 1.0, 0)]
        {
            assert_eq!(points(Share::new(value), Share::new(weight)), Points(expected), "{value} x {weight}");
        }
    }

    #[test]
    fn coverage_comes_before_acceptance() {
        for (status, verdict, expected) in [
            (Status::InNetwork, Verdict::Accepts, Fit::Ready),
            (Status::NotAsked, Verdict::Accepts, Fit::Ready),
            (Status::InNetwork, Verdict::Ask, Fit::AskProvider),
            (Status::Unconfirmed, Verdict::Accepts, Fit::AskPlan),
            (Status::PlanNotLoaded, Verdict::Ask, Fit::AskPlan),
            (Status::OutOfNetwork, Verdict::Accepts, Fit::OutOfNetwork),
        ] {
            assert_eq!(fit(status, verdict), expected, "{status:?} {verdict:?}");
        }
    }

    #[test]
    fn a_rating_lies_on_the_scale_of_its_measure() {
        assert_eq!(quality(Measure::HomeHealthPatientCare, 45), Some(Share::new(0.875)));
        assert_eq!(quality(Measure::HospiceCareIndex, 90), Some(Share::new(0.9)));
        assert_eq!(quality(Measure::NursingHomeOverall, 5), None);
    }
}
