//! The report: what a case manager reads about one discharge. Everything later renders it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Sum;
use std::sync::Arc;

use jiff::civil::Date;

use crate::coverage::IdentityConfidence;
use crate::discharge::{Discharge, Notice};
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::{AreaMatch, LineId};
use crate::matching::referral_chance::ReferralChance;
use crate::matching::requirement::Requirement;
use crate::place::Miles;
use crate::profile::{Fraction, ScoreComponent};
use crate::provider::{AvailabilityWindow, Provider, ProviderId, ReferralStats};
use crate::service::{Limit, Need};

/// How well a provider fits, best first: the first field of the order, which no score can overrule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FitTier {
    /// Covered, accepts, and says that it has room on the date.
    Ready,
    /// Covered and accepts; whether it has room is not known.
    Meets,
    /// Covered; something required is not known.
    AskProvider,
    /// The network or the certification is not confirmed, or the plan's directory is not loaded.
    AskPlan,
    /// Any of the above that says it has no room on the date.
    NoRoom,
    /// Out of network or not certified; it does not decline.
    OutOfNetwork,
}

impl FitTier {
    /// Every fit, best first.
    pub const ALL: [Self; 6] = [Self::Ready, Self::Meets, Self::AskProvider, Self::AskPlan, Self::NoRoom, Self::OutOfNetwork];

    /// Whether nothing but a bed is left to ask: what a suggestion must reach to be a gain.
    pub fn meets_requirements(self) -> bool {
        matches!(self, Self::Ready | Self::Meets)
    }

    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Meets => "meets",
            Self::AskProvider => "ask_provider",
            Self::AskPlan => "ask_plan",
            Self::NoRoom => "no_room",
            Self::OutOfNetwork => "out_of_network",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Meets => "Meets requirements",
            Self::AskProvider => "Call to confirm",
            Self::AskPlan => "Verify coverage",
            Self::NoRoom => "No room on that date",
            Self::OutOfNetwork => "Out of network",
        }
    }
}

/// A score or its points in thousandths of a point: 81.4 is 81,400. Whole numbers, so that parts sum exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(pub u32);

impl Points {
    /// The points as a number from 0 to 100 with three decimals.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// The share of these points, rounded half up to a thousandth of a point.
    #[must_use]
    pub fn times(self, share: Fraction) -> Self {
        let product = u64::from(self.0) * u64::from(share.millionths());
        Self(u32::try_from((product + 500_000) / 1_000_000).unwrap_or(self.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        Self(parts.map(|part| part.0).sum())
    }
}

/// One published part of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScorePart {
    /// Which part.
    pub part: ScoreComponent,
    /// Its value, 0 to 1.
    pub value: Fraction,
    /// Its weight.
    pub weight: Fraction,
    /// 100 x value x weight, rounded half up to a thousandth.
    pub points: Points,
    /// Nothing was known, so the neutral value stands.
    pub unknown: bool,
    /// The reason in words: "4.2 miles; one half at 15 miles".
    pub why: Cow<'static, str>,
}

/// The network answer for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAnswer {
    /// The status.
    pub status: NetworkStatus,
    /// The network the answer rests on, where a network decides.
    pub network: Option<String>,
    /// The tier within it.
    pub tier: Option<String>,
    /// The first day the affiliation holds, where stated.
    pub begin: Option<Date>,
    /// The last day, where stated.
    pub end: Option<Date>,
    /// How sure the identity is, where a network decides.
    pub link: Option<IdentityConfidence>,
    /// Whether the payer's directory says that it takes new patients in this network.
    pub new_patients: Tristate,
    /// The source is known to lag behind the payer's own directory.
    pub low_confidence: bool,
    /// Every network of the coverage that lists it, where more than one does.
    pub memberships: Vec<PlanMembership>,
    /// Who said so; `None` when nobody did.
    pub evidence: Option<Evidence>,
    /// Whether the provider itself said so to the hospital, rather than the payer.
    pub is_said_by_provider: bool,
    /// The reason in words.
    pub why: String,
}

/// One network of the coverage that lists a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanMembership {
    /// The network.
    pub network: String,
    /// The tier within it.
    pub tier: Option<String>,
    /// The status by this network alone.
    pub status: NetworkStatus,
    /// The first day the affiliation holds, where stated.
    pub begin: Option<Date>,
    /// The last day, where stated.
    pub end: Option<Date>,
    /// Whether the payer's directory says that it takes new patients in this network.
    pub new_patients: Tristate,
    /// Who said so.
    pub evidence: Evidence,
}

impl NetworkAnswer {
    /// An answer that rests on no network.
    pub(crate) fn new(status: NetworkStatus, evidence: Option<Evidence>, why: String) -> Self {
        Self {
            status,
            network: None,
            tier: None,
            begin: None,
            end: None,
            link: None,
            new_patients: Tristate::Unknown,
            low_confidence: false,
            memberships: Vec::new(),
            evidence,
            is_said_by_provider: false,
            why,
        }
    }
}

/// The answer to one need or limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptanceAnswer {
    /// What was asked.
    pub asked: Requirement,
    /// Whether a match must meet it, or it only lifts one.
    pub required: bool,
    /// The answer.
    pub answer: Tristate,
    /// Who gave it; `None` for unknown.
    pub evidence: Option<Evidence>,
    /// The numbers behind a limit ("350 lb < 410 lb"), or the note on an unlawful refusal.
    pub note: Option<String>,
}

/// Whether the provider will take the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The verdict over what is required.
    pub verdict: AcceptanceVerdict,
    /// Every need and limit asked, required ones first.
    pub answers: Vec<AcceptanceAnswer>,
}

/// Whether there is room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchAvailability {
    /// What the provider says; where it is silent, whether the payer's directory says that it takes new patients.
    pub answer: Tristate,
    /// Who said so; `None` for unknown.
    pub evidence: Option<Evidence>,
    /// For which days the provider said it; `None` where it did not.
    pub days: Option<AvailabilityWindow>,
    /// The first day after the date that it has not said to be full; only where it says that it has no room on the date.
    pub room_from: Option<Date>,
}

/// Why a provider in reach is not a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExclusionReason {
    /// The Office of Inspector General excludes it from federal programs.
    ExcludedByOig,
    /// Its certification has ended.
    NotCertified,
    /// It has closed.
    Closed,
    /// Its published service area does not hold the ZIP.
    OutsideServiceArea,
    /// It lies beyond the radius; only told of those asked about by name.
    TooFar,
    /// No source gives it a position, so no distance can be told; only told of those asked about by name.
    NoPosition,
    /// It says no to a required need.
    Declines(Need),
    /// The patient is beyond one of its limits.
    Limit(Limit),
    /// It speaks none of the patient's languages.
    Language,
    /// It takes the other sex only.
    Sex,
    /// It starts care later than asked.
    StartOfCare,
}

impl ExclusionReason {
    /// The code the API uses: `declines:resp.vent`, `limit:size.max_lb`, `closed`.
    pub fn code(self) -> String {
        match self {
            Self::ExcludedByOig => "excluded_by_oig".to_owned(),
            Self::NotCertified => "not_certified".to_owned(),
            Self::Closed => "closed".to_owned(),
            Self::OutsideServiceArea => "outside_service_area".to_owned(),
            Self::TooFar => "too_far".to_owned(),
            Self::NoPosition => "no_position".to_owned(),
            Self::Declines(need) => format!("declines:{need}"),
            Self::Limit(limit) => format!("limit:{}", limit.code()),
            Self::Language => "limit:languages".to_owned(),
            Self::Sex => "limit:sex".to_owned(),
            Self::StartOfCare => "limit:start_of_care_hours".to_owned(),
        }
    }
}

/// One thing that keeps a provider out, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The reason.
    pub reason: ExclusionReason,
    /// The reason with its numbers, as a sentence.
    pub why: String,
    /// Who said what it rests on; `None` when it is that nobody said where the provider is.
    pub evidence: Option<Evidence>,
}

/// A provider that stands on the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Its place, from 1.
    pub rank: u32,
    /// The line.
    pub line: LineId,
    /// How well it fits.
    pub fit: FitTier,
    /// The tier it is ordered in: its fit, or [`FitTier::Meets`] for a provider to call that is likely enough to say yes.
    pub tier: FitTier,
    /// The sum of the parts.
    pub score: Points,
    /// The chance that a referral succeeds.
    pub chance: ReferralChance,
    /// Chance times score: what places of one tier are ordered by.
    pub worth: Points,
    /// The parts, in the order of [`ScoreComponent::ALL`].
    pub parts: Vec<ScorePart>,
    /// The provider.
    pub provider: Arc<Provider>,
    /// Miles from the middle of the search.
    pub distance: Option<Miles>,
    /// Whether its published area holds the ZIP; means nothing where the patient travels.
    pub serves: AreaMatch,
    /// Whether the plan covers it.
    pub network: NetworkAnswer,
    /// Whether it will take the patient.
    pub acceptance: Acceptance,
    /// Whether there is room.
    pub availability: MatchAvailability,
    /// What became of referrals to it, where enough are known.
    pub outcomes: Option<ReferralStats>,
    /// What to know before calling, such as a service area that is not published.
    pub notices: Vec<Notice>,
    /// One sentence on why it stands where it stands.
    pub because: String,
}

/// A provider in reach that is not a match.
#[derive(Debug, Clone, PartialEq)]
pub struct ExcludedProvider {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Miles from the middle of the search.
    pub distance: Option<Miles>,
    /// The first thing that keeps it out, in the order of [`ExclusionReason`].
    pub bar: Exclusion,
}

/// A provider to call, and what to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct CallSheetEntry {
    /// The rank of the match.
    pub rank: u32,
    /// The provider.
    pub provider: Arc<Provider>,
    /// The exact questions.
    pub questions: Vec<String>,
}

/// What is known when nothing in network can take the patient: the counted evidence for an exception.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkGap {
    /// How many lines in reach were checked.
    pub checked: u32,
    /// Why each fails: fits and reasons by code, with counts that sum to `checked`.
    pub failing: BTreeMap<String, u32>,
    /// The nearest that accepts and is out of network, with its distance.
    pub nearest_capable: Option<(Arc<Provider>, Option<Miles>)>,
}

/// The answer to one discharge.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The first 16 hexadecimal digits of a SHA-256 over question, generation, profile and engine version, and over the live statements that
    /// are applied to it.
    pub list_id: String,
    /// What was asked.
    pub discharge: Discharge,
    /// The page of matches.
    pub matches: Vec<Match>,
    /// How many matches there are of each fit, on all pages.
    pub counts: BTreeMap<FitTier, u32>,
    /// How many were left out, by reason.
    pub left_out: BTreeMap<ExclusionReason, u32>,
    /// Those left out, nearest first, when asked for; at most [`crate::discharge::MOST_SHOWN`].
    pub left_out_list: Option<Vec<ExcludedProvider>>,
    /// Single changes and what each gains.
    pub suggestions: Vec<Suggestion>,
    /// Whom to call, and what to ask.
    pub call_sheet: Vec<CallSheetEntry>,
    /// Set when a plan or network was asked and nothing meets the requirements.
    pub network_gap: Option<NetworkGap>,
    /// What the asker should know.
    pub remarks: Vec<Notice>,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
}

impl Report {
    /// How many providers matched, on all pages.
    pub fn matched(&self) -> u32 {
        self.counts.values().sum()
    }

    /// How many meet the requirements: nothing but a bed is left to ask.
    pub fn meeting(&self) -> u32 {
        FitTier::ALL.into_iter().filter(|fit| fit.meets_requirements()).map(|fit| self.count(fit)).sum()
    }

    /// How many of one fit.
    pub fn count(&self, fit: FitTier) -> u32 {
        self.counts.get(&fit).copied().unwrap_or(0)
    }
}

/// The verdict over everything required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcceptanceVerdict {
    /// Every answer is yes.
    Accepts,
    /// Some are unknown, none is no.
    Ask,
    /// Some are no.
    Declines,
}

impl AcceptanceVerdict {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Ask => "ask",
            Self::Declines => "declines",
        }
    }
}

/// What is known of a line and the patient's coverage, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetworkStatus {
    /// Listed by the plan's directory, by a sure identity and recently.
    InNetwork,
    /// Certified for the program that pays.
    Certified,
    /// Listed but ended, not begun, of doubtful identity or from an old directory; or no source says whether it is certified.
    Unconfirmed,
    /// The plan's directory is not loaded.
    PlanNotLoaded,
    /// The plan's directory was loaded whole and does not list the line.
    OutOfNetwork,
    /// Not certified for the program that pays.
    NotCertified,
    /// No coverage was given, or the patient pays.
    NotAsked,
}

impl NetworkStatus {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::InNetwork => "in_network",
            Self::Certified => "certified",
            Self::Unconfirmed => "unconfirmed",
            Self::PlanNotLoaded => "plan_not_loaded",
            Self::OutOfNetwork => "out_of_network",
            Self::NotCertified => "not_certified",
            Self::NotAsked => "not_asked",
        }
    }

    /// Every status, best first.
    pub const ALL: [Self; 7] = [
        Self::InNetwork,
        Self::Certified,
        Self::Unconfirmed,
        Self::PlanNotLoaded,
        Self::OutOfNetwork,
        Self::NotCertified,
        Self::NotAsked,
    ];

    /// Whether nothing about coverage is left to ask.
    pub fn is_covered(self) -> bool {
        matches!(self, Self::InNetwork | Self::Certified | Self::NotAsked)
    }
}

/// A single change to the question or to what is known.
#[derive(Debug, Clone, PartialEq)]
pub enum SuggestedChange {
    /// Look farther.
    WithinMiles(f64),
    /// Start later.
    DischargeOn(Date),
    /// Have the providers that are silent on one thing only say yes to it. A required need is never relaxed, only confirmed.
    Confirm(Requirement),
}

/// A change and what it gains: applying it gives exactly this.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The change.
    pub change: SuggestedChange,
    /// The providers gained: those that would meet the requirements and do not now.
    pub providers: Vec<ProviderId>,
    /// The change and its gain as a sentence: "Radius 35 miles: 4 more meet the requirements".
    pub text: String,
}
