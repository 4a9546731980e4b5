//! Where a match is ordered: its tier, its chance and its score.

use std::cmp::Reverse;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::acceptance::{AcceptanceDecision, Requirements};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::chance::{UsualShare, room_chance, usual_room};
use crate::matching::freshness::mean_freshness;
use crate::matching::geography;
use crate::matching::geography::Reachability;
use crate::matching::network::{NetworkDecision, NetworkEvaluator};
use crate::matching::quality::quality;
use crate::matching::report::{AcceptanceVerdict, ExclusionReason, FitTier, NetworkStatus, Points};
use crate::matching::requirement::Requirement;
use crate::place::Miles;
use crate::profile::{Fraction, ScoreComponent};
use crate::provider::OperatingStatus;

/// The order of an answer: its fields, top to bottom, are the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    tier: FitTier,
    /// A place with a rating withheld for cause, a Special Focus Facility or a denial of payment in force.
    ranks_last: bool,
    /// The fit it would have if it had room; the same for all of a tier but among those that are full.
    with_room: FitTier,
    /// The day room begins, where it says that it has none on the date; the latest day where it does not say when.
    room_from: Date,
    pub(crate) worth: Reverse<Points>,
    /// `None` for services that come: these are never ordered by distance.
    distance: Option<Miles>,
    /// A tie-break that favors nobody: see [`tie_break`].
    draw: u64,
    pub(crate) line: LineId,
}

/// A match before it is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatchPlacement {
    pub(crate) fit: FitTier,
    /// The tier that it is ordered in: its fit, but where a provider to call is likely enough to say yes.
    pub(crate) tier: FitTier,
    /// The fit it would have if it had room; the same as `tier` where it does not say that it is full.
    pub(crate) with_room: FitTier,
    pub(crate) covered: NetworkDecision,
    /// The chance that every open question is answered yes.
    pub(crate) likelihood: Fraction,
    /// The one open question that keeps it from meeting the requirements, when it is one.
    pub(crate) only_unknown: Option<Requirement>,
}

/// What becomes of one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CandidateOutcome {
    /// It is a match.
    Match(MatchPlacement),
    /// It is in reach, but excluded.
    Excluded(ExclusionReason),
    /// It is out of reach and not mentioned.
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

/// Evaluates every candidate of one discharge by the same rules.
pub(crate) struct CandidateEvaluator<'a> {
    pub(crate) discharge: &'a Discharge,
    pub(crate) directory: &'a dyn Directory,
    pub(crate) network: NetworkEvaluator<'a>,
    pub(crate) demand: Requirements<'a>,
    /// The usual share of those with room.
    pub(crate) usual_room: UsualShare,
    /// The parts of a score with their weights.
    weights: SmallVec<[(ScoreComponent, Fraction); 6]>,
    /// The miles at which closeness is one half.
    half_closeness: f64,
    lot: u64,
}

impl<'a> CandidateEvaluator<'a> {
    /// For a discharge and its part of the seed that breaks ties.
    pub(crate) fn new(discharge: &'a Discharge, directory: &'a dyn Directory, lot: u64) -> Self {
        let usual_room = usual_room(directory.usual_answers(discharge.service));
        Self::with_draw(discharge, directory, usual_room, lot)
    }

    /// The same for a question with one thing changed that no draw depends on.
    pub(crate) fn of_changed<'b>(&self, discharge: &'b Discharge) -> CandidateEvaluator<'b>
    where
        'a: 'b,
    {
        CandidateEvaluator::with_draw(discharge, self.directory, self.usual_room, self.lot)
    }

    fn with_draw(discharge: &'a Discharge, directory: &'a dyn Directory, usual_room: UsualShare, lot: u64) -> Self {
        let half = discharge.profile.half_closeness_miles.get(&discharge.service).copied();
        Self {
            discharge,
            directory,
            network: NetworkEvaluator::new(discharge, directory),
            demand: Requirements::of(discharge, directory),
            usual_room,
            weights: discharge.weights().iter().collect(),
            half_closeness: half.unwrap_or_else(|| discharge.within.map_or(1.0, Miles::value)),
            lot,
        }
    }

    /// Places one candidate. Reasons to exclude it are looked for in the order of [`ExclusionReason`].
    pub(crate) fn evaluate(&self, candidate: &Candidate) -> CandidateOutcome {
        match self.accept(candidate) {
            Ok(accepted) => CandidateOutcome::Match(self.place(candidate, accepted)),
            Err(excluded) => excluded,
        }
    }

    /// Whether a candidate meets the requirements, without scoring it. Coverage is looked at first: most are not covered.
    pub(crate) fn meets_requirements(&self, candidate: &Candidate) -> bool {
        self.network.decide(candidate).status.is_covered()
            && candidate.room_on(self.discharge.on) != Tristate::No
            && self.accept(candidate).is_ok_and(|accepted| accepted.verdict == AcceptanceVerdict::Accepts)
    }

    /// What a candidate in reach answers to what is required, or why it is excluded.
    fn accept(&self, candidate: &Candidate) -> Result<AcceptanceDecision, CandidateOutcome> {
        let area = match geography::reach(self.discharge, candidate) {
            Reachability::Beyond | Reachability::Nowhere => return Err(CandidateOutcome::Beyond),
            Reachability::AreaExcludes => Some(ExclusionReason::OutsideServiceArea),
            Reachability::Within => None,
        };
        if let Some(reason) = reason_of(candidate.standing).or(area) {
            return Err(CandidateOutcome::Excluded(reason));
        }
        let accepted = self.demand.decide(candidate, self.directory.stated(candidate.stated));
        accepted.refusal.map_or(Ok(accepted), |reason| Err(CandidateOutcome::Excluded(reason)))
    }

    fn place(&self, candidate: &Candidate, accepted: AcceptanceDecision) -> MatchPlacement {
        let covered = self.network.decide(candidate);
        let room = candidate.room_on(self.discharge.on);
        let fit = fit(covered.status, accepted.verdict, room);
        let likely = accepted.is_sure && accepted.likelihood >= self.discharge.profile.likely_enough;
        let tier = match fit {
            FitTier::AskProvider if likely => FitTier::Meets,
            fit => fit,
        };
        let with_room =
            if fit == FitTier::NoRoom { self::fit(covered.status, accepted.verdict, Tristate::Unknown) } else { tier };
        MatchPlacement {
            fit,
            tier,
            with_room,
            covered,
            likelihood: accepted.likelihood,
            only_unknown: accepted.only_unknown.filter(|_| fit == FitTier::AskProvider),
        }
    }

    /// Where a match is ordered in its tier. Computed only for matches that may be shown: of a wide search, few.
    pub(crate) fn key(&self, candidate: &Candidate, placed: &MatchPlacement) -> SortKey {
        let on = self.discharge.on;
        let score = self.score(candidate, placed.covered);
        let full = placed.fit == FitTier::NoRoom;
        SortKey {
            tier: placed.tier,
            ranks_last: candidate.published.ranks_last(on),
            with_room: placed.with_room,
            room_from: if full { candidate.room_from(on).unwrap_or(Date::MAX) } else { Date::MIN },
            worth: Reverse(score.times(self.chance(candidate, placed))),
            distance: self.discharge.within.and(candidate.distance),
            draw: tie_break(self.lot, candidate.lot),
            line: candidate.line,
        }
    }

    /// The sum of the parts.
    pub(crate) fn score(&self, candidate: &Candidate, covered: NetworkDecision) -> Points {
        self.parts(candidate, covered).map(|part| part.points).sum()
    }

    /// The chance that a referral succeeds: every open question is answered yes, and there is room.
    pub(crate) fn chance(&self, candidate: &Candidate, placed: &MatchPlacement) -> Fraction {
        placed.likelihood.times(self.room_chance(candidate))
    }

    /// The chance that there is room on the date.
    pub(crate) fn room_chance(&self, candidate: &Candidate) -> Fraction {
        match candidate.room_on(self.discharge.on) {
            Tristate::Yes => Fraction::ONE,
            Tristate::No | Tristate::Unknown => room_chance(candidate, self.usual_room).share,
        }
    }

    /// The parts of a score, in the order of [`ScoreComponent::ALL`].
    pub(crate) fn parts(&self, candidate: &Candidate, covered: NetworkDecision) -> impl Iterator<Item = ComponentScore> {
        self.weights.iter().map(move |(part, weight)| {
            let known = self.value(*part, candidate, covered);
            let value = known.unwrap_or(self.discharge.profile.neutral);
            ComponentScore { part: *part, weight: *weight, value, unknown: known.is_none(), points: points(value, *weight) }
        })
    }

    /// The value of a part; `None` when nothing is known.
    fn value(&self, part: ScoreComponent, candidate: &Candidate, covered: NetworkDecision) -> Option<Fraction> {
        let profile = &self.discharge.profile;
        match part {
            ScoreComponent::Closeness => Some(closeness(candidate.distance?, self.half_closeness)),
            ScoreComponent::Quality => quality(self.discharge.service, candidate, profile),
            ScoreComponent::PreferredNeeds => {
                let (asked, yes, unknown) = self.demand.preferences(candidate);
                Some(Fraction::of(2 * yes + unknown, 2 * asked))
            }
            ScoreComponent::Availability => match self.availability(candidate, covered) {
                Tristate::Yes => Some(Fraction::ONE),
                Tristate::No => Some(Fraction::ZERO),
                Tristate::Unknown => None,
            },
            ScoreComponent::Freshness => {
                let days = self.evidence_days(candidate, covered);
                mean_freshness(days, self.discharge.asked_on, profile)
            }
            ScoreComponent::Outcomes => candidate.outcomes().map(|known| Fraction::of(known.took, known.asked)),
        }
    }

    /// Availability as the provider states it; where it is silent, the payer's "accepting new patients".
    pub(crate) fn availability(&self, candidate: &Candidate, covered: NetworkDecision) -> Tristate {
        match candidate.room_on(self.discharge.on) {
            Tristate::Unknown => self.network.new_patients(covered),
            stated => stated,
        }
    }

    /// The day of the evidence of everything asked and required; `None` for an open question or an answer without a date.
    pub(crate) fn evidence_days(
        &self,
        candidate: &Candidate,
        covered: NetworkDecision,
    ) -> impl Iterator<Item = Option<Date>> + use<> {
        let stated = self.directory.stated(candidate.stated);
        let is_asked = covered.status != NetworkStatus::NotAsked;
        let network = is_asked.then(|| self.network.evidence_day(candidate, covered));
        let answers = self.demand.evidence_days(candidate, stated);
        network.into_iter().chain(answers)
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

/// Coverage first, then acceptance, then room. A line that declines has no fit.
pub(crate) fn fit(status: NetworkStatus, verdict: AcceptanceVerdict, room: Tristate) -> FitTier {
    let with_room = match status {
        NetworkStatus::OutOfNetwork | NetworkStatus::NotCertified => return FitTier::OutOfNetwork,
        NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded => FitTier::AskPlan,
        NetworkStatus::InNetwork | NetworkStatus::Certified | NetworkStatus::NotAsked => match verdict {
            AcceptanceVerdict::Accepts => FitTier::Meets,
            AcceptanceVerdict::Ask | AcceptanceVerdict::Declines => FitTier::AskProvider,
        },
    };
    match (room, with_room) {
        (Tristate::No, _) => FitTier::NoRoom,
        (Tristate::Yes, FitTier::Meets) => FitTier::Ready,
        (_, fit) => fit,
    }
}

/// 1 at no distance, one half at `half` miles. It does not depend on the radius.
fn closeness(distance: Miles, half: f64) -> Fraction {
    Fraction::new(1.0 / (1.0 + (distance.value() / half).powi(2)))
}

/// 100 x value x weight, rounded half up to a thousandth of a point.
fn points(value: Fraction, weight: Fraction) -> Points {
    let product = u64::from(value.millionths()) * u64::from(weight.millionths());
    Points(u32::try_from((product + 5_000_000) / 10_000_000).unwrap_or(100_000))
}

/// The draw that settles a tie: the seeds of question and provider, mixed by the finalizer of SplitMix64 (Steele, Lea and
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
    fn coverage_comes_before_acceptance_and_acceptance_before_room() {
        use AcceptanceVerdict::{Accepts, Ask};
        use NetworkStatus as N;
        for (status, verdict, room, expected) in [
            (N::InNetwork, Accepts, Tristate::Yes, FitTier::Ready),
            (N::InNetwork, Accepts, Tristate::Unknown, FitTier::Meets),
            (N::Certified, Accepts, Tristate::Yes, FitTier::Ready),
            (N::NotAsked, Accepts, Tristate::Unknown, FitTier::Meets),
            (N::InNetwork, Ask, Tristate::Yes, FitTier::AskProvider),
            (N::Unconfirmed, Accepts, Tristate::Yes, FitTier::AskPlan),
            (N::PlanNotLoaded, Ask, Tristate::Unknown, FitTier::AskPlan),
            (N::InNetwork, Accepts, Tristate::No, FitTier::NoRoom),
            (N::Unconfirmed, Ask, Tristate::No, FitTier::NoRoom),
            (N::OutOfNetwork, Accepts, Tristate::No, FitTier::OutOfNetwork),
            (N::NotCertified, Accepts, Tristate::Yes, FitTier::OutOfNetwork),
        ] {
            assert_eq!(fit(status, verdict, room), expected, "{status:?} {verdict:?} {room:?}");
        }
    }

    #[test]
    fn closeness_is_one_half_at_the_miles_of_the_profile() {
        let miles = |miles| Miles::new(miles).unwrap();
        for (distance, expected) in [(0.0, 1.0), (15.0, 0.5), (30.0, 0.2)] {
            assert_eq!(closeness(miles(distance), 15.0), Fraction::new(expected), "{distance} miles");
        }
    }
}
