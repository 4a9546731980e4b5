//! Where does it stand? The key and the score.

use std::cmp::Reverse;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::acceptance::{AcceptanceDecision, Requirements};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::evidence_date::EvidenceDate;
use crate::matching::geography;
use crate::matching::geography::Reachability;
use crate::matching::network::{NetworkDecision, NetworkEvaluator, days_between};
use crate::matching::report::{AcceptanceVerdict, ExclusionReason, FitTier, NetworkStatus, Points, Requirement};
use crate::place::Miles;
use crate::profile::{Fraction, ScoreComponent};
use crate::provider::{OperatingStatus, QualityMeasure};

/// The order of an answer: its fields, top to bottom, are the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    pub(crate) fit: FitTier,
    pub(crate) score: Reverse<Points>,
    /// `None` for services that come: these are never sorted by distance.
    distance: Option<Miles>,
    /// A tie-break that favors nobody: see [`tie_break`].
    draw: u64,
    pub(crate) line: LineId,
}

/// What becomes of one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CandidateOutcome {
    /// It is a match of this fit; with the one thing that keeps it from ready, when one answer would do.
    Stands(FitTier, NetworkDecision, Option<Requirement>),
    /// It is in reach, but left out.
    LeftOut(ExclusionReason),
    /// It is not spoken of.
    Beyond,
}

/// The value of one part for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ComponentScore {
    pub(crate) part: ScoreComponent,
    pub(crate) weight: Fraction,
    pub(crate) value: Fraction,
    pub(crate) unknown: bool,
    pub(crate) points: Points,
}

/// Judges every candidate of one discharge by the same rules.
pub(crate) struct CandidateEvaluator<'a> {
    pub(crate) discharge: &'a Discharge,
    pub(crate) directory: &'a dyn Directory,
    pub(crate) network: NetworkEvaluator<'a>,
    pub(crate) demand: Requirements<'a>,
    lot: u64,
}

impl<'a> CandidateEvaluator<'a> {
    pub(crate) fn new(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let network = NetworkEvaluator::new(discharge, directory);
        Self { discharge, directory, network, demand: Requirements::of(discharge), lot: discharge.tie_break_seed() }
    }

    /// Places one candidate; what keeps it out is looked for in the order of [`ExclusionReason`].
    pub(crate) fn judge(&self, candidate: &Candidate) -> CandidateOutcome {
        match self.accept(candidate) {
            Ok(accepted) => self.place(candidate, accepted),
            Err(placing) => placing,
        }
    }

    /// Whether a candidate is ready, without working out where it stands. Coverage is looked at first: most are not covered.
    pub(crate) fn is_ready(&self, candidate: &Candidate) -> bool {
        let is_ready = |verdict| fit(self.network.decide(candidate).status, verdict) == FitTier::Ready;
        is_ready(AcceptanceVerdict::Accepts)
            && self.accept(candidate).is_ok_and(|accepted| accepted.verdict == AcceptanceVerdict::Accepts)
    }

    /// What a candidate that stands says to what is required; what becomes of one that does not.
    fn accept(&self, candidate: &Candidate) -> Result<AcceptanceDecision, CandidateOutcome> {
        let area = match geography::reach(self.discharge, candidate) {
            Reachability::Beyond | Reachability::Nowhere => return Err(CandidateOutcome::Beyond),
            Reachability::AreaExcludes => Some(ExclusionReason::OutsideServiceArea),
            Reachability::Within => None,
        };
        if let Some(reason) = reason_of(candidate.standing).or(area) {
            return Err(CandidateOutcome::LeftOut(reason));
        }
        let accepted = self.demand.decide(candidate, self.directory.stated(candidate.stated));
        accepted.refusal.map_or(Ok(accepted), |reason| Err(CandidateOutcome::LeftOut(reason)))
    }

    fn place(&self, candidate: &Candidate, accepted: AcceptanceDecision) -> CandidateOutcome {
        let covered = self.network.decide(candidate);
        let fit = fit(covered.status, accepted.verdict);
        CandidateOutcome::Stands(fit, covered, accepted.only_unknown.filter(|_| fit == FitTier::AskProvider))
    }

    /// Where a match stands among those of its fit. It is worked out only for matches that may be shown: of a wide search, few.
    pub(crate) fn key(&self, candidate: &Candidate, fit: FitTier, covered: NetworkDecision) -> SortKey {
        let score = Points(self.parts(candidate, covered).iter().map(|part| part.points.0).sum());
        let distance = self.discharge.within.and(candidate.distance);
        let draw = tie_break(self.lot, candidate.lot);
        SortKey { fit, score: Reverse(score), distance, draw, line: candidate.line }
    }

    /// The parts of a score, in the order of [`ScoreComponent::ALL`].
    pub(crate) fn parts(&self, candidate: &Candidate, covered: NetworkDecision) -> SmallVec<[ComponentScore; 6]> {
        let neutral = self.discharge.profile.neutral;
        let valued = |(part, weight): (ScoreComponent, Fraction)| {
            let known = self.value(part, candidate, covered);
            let value = known.unwrap_or(neutral);
            ComponentScore { part, weight, value, unknown: known.is_none(), points: points(value, weight) }
        };
        self.discharge.weights().iter().map(valued).collect()
    }

    /// The value of a part; `None` when nothing is known.
    fn value(&self, part: ScoreComponent, candidate: &Candidate, covered: NetworkDecision) -> Option<Fraction> {
        match part {
            ScoreComponent::Closeness => Some(closeness(candidate.distance?, self.discharge.within?)),
            ScoreComponent::Quality => quality(QualityMeasure::of(self.discharge.service)?, candidate.rating?),
            ScoreComponent::PreferredNeeds => {
                let (asked, yes, unknown) = self.demand.preferences(candidate);
                Some(Fraction::of(2 * yes + unknown, 2 * asked))
            }
            ScoreComponent::Availability => match self.availability(candidate, covered) {
                Tristate::Yes => Some(Fraction::ONE),
                Tristate::No => Some(Fraction::ZERO),
                Tristate::Unknown => None,
            },
            ScoreComponent::Freshness => match self.oldest(candidate, covered)? {
                EvidenceDate::Undated => None,
                EvidenceDate::Of(day) => Some(self.freshness(day)),
            },
            ScoreComponent::Outcomes => candidate.outcomes.map(|known| Fraction::of(known.took, known.asked)),
        }
    }

    /// Whether there is room: what the line says, and where it is silent what the payer's directory says of new patients.
    pub(crate) fn availability(&self, candidate: &Candidate, covered: NetworkDecision) -> Tristate {
        match candidate.availability {
            Tristate::Unknown => self.network.new_patients(covered),
            said => said,
        }
    }

    /// The oldest of the evidence a fit rests on; `None` when it rests on none.
    pub(crate) fn oldest(&self, candidate: &Candidate, covered: NetworkDecision) -> Option<EvidenceDate> {
        let stated = self.directory.stated(candidate.stated);
        let network = self.network.basis(candidate, covered);
        network.into_iter().chain(self.demand.evidence_dates(candidate, stated)).min()
    }

    fn freshness(&self, oldest: Date) -> Fraction {
        let profile = &self.discharge.profile;
        let age = u32::try_from(days_between(oldest, self.discharge.asked_on).max(0)).unwrap_or(u32::MAX);
        let (fresh, stale) = (profile.fresh_days, profile.stale_days);
        if age <= fresh { Fraction::ONE } else { Fraction::of(stale.saturating_sub(age), stale.saturating_sub(fresh)) }
    }
}

/// What a standing other than open keeps a line out for.
pub(crate) fn reason_of(standing: OperatingStatus) -> Option<ExclusionReason> {
    match standing {
        OperatingStatus::Open => None,
        OperatingStatus::Closed => Some(ExclusionReason::Closed),
        OperatingStatus::NotCertified => Some(ExclusionReason::NotCertified),
        OperatingStatus::ExcludedByOig => Some(ExclusionReason::ExcludedByOig),
    }
}

/// Coverage first, then acceptance; a line that declines has no fit.
pub(crate) fn fit(status: NetworkStatus, verdict: AcceptanceVerdict) -> FitTier {
    match (status, verdict) {
        (NetworkStatus::InNetwork | NetworkStatus::NotAsked, AcceptanceVerdict::Accepts) => FitTier::Ready,
        (NetworkStatus::InNetwork | NetworkStatus::NotAsked, AcceptanceVerdict::Ask | AcceptanceVerdict::Declines) => {
            FitTier::AskProvider
        }
        (NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded, _) => FitTier::AskPlan,
        (NetworkStatus::OutOfNetwork, _) => FitTier::OutOfNetwork,
    }
}

/// 1 at the center, 0 at the radius, linear.
fn closeness(distance: Miles, radius: Miles) -> Fraction {
    Fraction::new(1.0 - distance.value() / radius.value())
}

/// How far up its scale a rating in tenths lies; `None` off the scale.
fn quality(measure: QualityMeasure, tenths: u8) -> Option<Fraction> {
    let (low, high) = measure.scale_tenths();
    let above = tenths.checked_sub(low)?;
    (tenths <= high).then(|| Fraction::of(above.into(), (high - low).into()))
}

/// 100 x value x weight, rounded half up to a thousandth of a point.
fn points(value: Fraction, weight: Fraction) -> Points {
    let product = u64::from(value.millionths()) * u64::from(weight.millionths());
    Points(u32::try_from((product + 5_000_000) / 10_000_000).unwrap_or(100_000))
}

/// The draw that settles a tie: the lots of question and provider, mixed by the finaliser of SplitMix64 (Steele, Lea and
/// Flood, 2014), so that the order of equals differs from question to question and no name is favored.
fn tie_break(question: u64, provider: u64) -> u64 {
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
            assert_eq!(points(Fraction::new(value), Fraction::new(weight)), Points(expected), "{value} x {weight}");
        }
    }

    #[test]
    fn coverage_comes_before_acceptance() {
        for (status, verdict, expected) in [
            (NetworkStatus::InNetwork, AcceptanceVerdict::Accepts, FitTier::Ready),
            (NetworkStatus::NotAsked, AcceptanceVerdict::Accepts, FitTier::Ready),
            (NetworkStatus::InNetwork, AcceptanceVerdict::Ask, FitTier::AskProvider),
            (NetworkStatus::Unconfirmed, AcceptanceVerdict::Accepts, FitTier::AskPlan),
            (NetworkStatus::PlanNotLoaded, AcceptanceVerdict::Ask, FitTier::AskPlan),
            (NetworkStatus::OutOfNetwork, AcceptanceVerdict::Accepts, FitTier::OutOfNetwork),
        ] {
            assert_eq!(fit(status, verdict), expected, "{status:?} {verdict:?}");
        }
    }

    #[test]
    fn a_rating_lies_on_the_scale_of_its_measure() {
        assert_eq!(quality(QualityMeasure::HomeHealthPatientCare, 45), Some(Fraction::new(0.875)));
        assert_eq!(quality(QualityMeasure::HospiceCareIndex, 90), Some(Fraction::new(0.9)));
        assert_eq!(quality(QualityMeasure::NursingHomeOverall, 5), None);
    }
}
