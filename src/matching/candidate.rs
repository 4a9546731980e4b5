//! What the decision reads: candidates, and the directory that has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::coverage::{NetworkId, PlanDirectory, TermsId};
use crate::evidence::{Fact, Tristate};
use crate::matching::coverage_report::CoverageReport;
use crate::place::{Miles, Point, State, Zip};
use crate::provider::answer_record::AnswerRecord;
use crate::provider::quality::RatingGap;
use crate::provider::safety::ServedGroup;
use crate::provider::{OperatingStatus, Provider, ProviderId, ReferralStats, ServiceLine, Sex};
use crate::service::{Limit, NeedSet, Service};

/// One service line of a directory by its place there. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u32);

/// What a line has stated, by its index among the distinct statements of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatedTermsId(pub u32);

/// A directory as matching sees it: numbers and bits to evaluate by, and the provider in full for the few that are shown.
pub trait Directory {
    /// The id of the generation.
    fn generation(&self) -> &str;

    /// Identifies the live statements applied to this generation; `None` if none are.
    fn ledger_position(&self) -> Option<String> {
        None
    }

    /// Whether any provider of `service` is in the directory at all.
    fn holds(&self, service: Service) -> bool;

    /// Payers, plans, networks and the terms affiliations refer to.
    fn plans(&self) -> &PlanDirectory;

    /// What a line has stated.
    fn stated(&self, key: StatedTermsId) -> &StatedTerms;

    /// Every line of the service whose position lies within the horizon, and every one whose published service area holds
    /// the ZIP, wherever its office is; each once, in any order. None that is not beyond where the search begins.
    fn candidates(&self, search: &CandidateQuery<'_>) -> Vec<Candidate>;

    /// One line, reachable or not.
    fn candidate(&self, line: LineId, search: &CandidateQuery<'_>) -> Option<Candidate>;

    /// The id of the provider of a line.
    fn provider_id(&self, line: LineId) -> Option<ProviderId>;

    /// How far the nearest line of a service is, whatever it offers, and its state; `None` where none has a position.
    fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)>;

    /// The provider of a line, with every fact.
    fn provider(&self, line: LineId) -> Option<Arc<Provider>>;

    /// What is recorded of the answers of all lines of a service, as of this generation; `None` if nothing is.
    fn usual_answers(&self, _service: Service) -> Option<&AnswerRecord> {
        None
    }

    /// The services of the provider of a line that one of these networks lists, on whatever terms, in the order the provider has
    /// them.
    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service>;
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct CandidateQuery<'a> {
    /// The service.
    pub service: Service,
    /// The middle.
    pub center: Point,
    /// The ZIP service areas must hold.
    pub zip: Zip,
    /// How far offices are looked for.
    pub horizon: Miles,
    /// Only offices farther than this are looked for, where it is given.
    pub beyond: Option<Miles>,
    /// The networks whose terms are wanted.
    pub networks: &'a [NetworkId],
    /// Whether only lines are wanted that one of the networks lists.
    pub listed_only: bool,
}

/// Whether a published service area holds the ZIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AreaMatch {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// No area is published.
    NotPublished,
}

/// One service line in numbers and bits: all that judging needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The line.
    pub line: LineId,
    /// The provider's half of the draw that settles ties: [`crate::provider::ProviderId::tie_break_seed`].
    pub lot: u64,
    /// Miles from the middle of the search; `None` without a position.
    pub distance: Option<Miles>,
    /// Whether its published area holds the ZIP.
    pub serves: AreaMatch,
    /// Whether it may be asked at all.
    pub standing: OperatingStatus,
    /// The state it lies in, which its Medicaid certification is for; `None` where no source gives an address.
    pub state: Option<State>,
    /// Whether Medicare pays it.
    pub medicare: Tristate,
    /// Whether Medicaid of its own state pays it.
    pub medicaid: Tristate,
    /// The needs it says yes to.
    pub yes: NeedSet,
    /// The needs it says no to.
    pub no: NeedSet,
    /// Its rating in tenths on the measure of the service.
    pub rating: Option<u8>,
    /// What official sources publish of its quality and safety.
    pub published: PublishedFlags,
    /// Whether the nightly files say that there is room; [`Candidate::room_on`] also knows what the provider states of single days.
    pub availability: Tristate,
    /// What was stated, heard and recorded of it since the files were read; `None` where nothing was.
    pub reports: Option<Arc<LineReports>>,
    /// What else it has stated, with dates.
    pub stated: StatedTermsId,
    /// Its terms with the networks searched for.
    pub terms: SmallVec<[TermsId; 2]>,
}

/// What was stated, heard and recorded of a line beside the nightly files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineReports {
    /// What the provider states of its room on single days. The first that has a day counts.
    pub rooms: Vec<StatedRoom>,
    /// What it said by telephone about coverages.
    pub coverage: Vec<CoverageReport>,
    /// What became of referrals to it, where enough are known.
    pub outcomes: Option<ReferralStats>,
    /// Its recorded answers.
    pub record: Option<Arc<AnswerRecord>>,
}

/// What a provider states of its room from one day to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedRoom {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Whether there is room.
    pub room: bool,
}

impl Candidate {
    /// Whether there is room on `day`: what the provider states, else what the files say.
    pub fn room_on(&self, day: Date) -> Tristate {
        self.stated_room(day).map_or(self.availability, |stated| Tristate::from(stated.room))
    }

    /// The first day after `day` that the provider does not state to be full; `None` unless it states that it is full on `day`.
    pub fn room_from(&self, day: Date) -> Option<Date> {
        let mut free = day;
        while let Some(full) = self.stated_room(free).filter(|stated| !stated.room) {
            free = full.until.tomorrow().ok()?;
        }
        Some(free).filter(|free| *free != day)
    }

    /// What it said by telephone about coverages.
    pub fn coverage_reports(&self) -> &[CoverageReport] {
        self.reports.as_ref().map_or(&[], |reports| &reports.coverage)
    }

    /// What became of referrals to it, where enough are known.
    pub fn outcomes(&self) -> Option<&ReferralStats> {
        self.reports.as_ref()?.outcomes.as_ref()
    }

    /// Its recorded answers, if there are any.
    pub fn record(&self) -> Option<&AnswerRecord> {
        self.reports.as_ref()?.record.as_deref()
    }

    fn stated_room(&self, day: Date) -> Option<&StatedRoom> {
        self.reports.as_ref()?.rooms.iter().find(|stated| stated.from <= day && day <= stated.until)
    }
}

/// What official sources publish of a line's quality and safety, in bits: all that ordering needs. The facts with their evidence are in
/// the [`ServiceLine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a published fact by itself")]
pub struct PublishedFlags {
    /// Why it has no rating, where a source says why.
    pub rating_gap: Option<RatingGap>,
    /// Its rating is undated, or more than 18 months older than the newest of its measure in the directory.
    pub old_rating: bool,
    /// CMS compares a readmission or infection rate of it as worse than the nation.
    pub worse_outcome: bool,
    /// Family caregiver stars of a hospice, in tenths.
    pub family_stars: Option<u8>,
    /// CMS shows the abuse icon.
    pub abuse_icon: bool,
    /// CMS lists it as a Special Focus Facility.
    pub special_focus: bool,
    /// It is not in the newest list of CMS.
    pub not_in_newest_list: bool,
    /// The first and the last day of the latest denial of payment for new admissions.
    pub payment_denial: Option<(Date, Date)>,
    /// The groups of people it is for; empty where it is for everybody.
    pub serves: ServedGroups,
}

impl PublishedFlags {
    /// Whether payment for new admissions is denied on `day`.
    pub fn denies_payment_on(self, day: Date) -> bool {
        self.payment_denial.is_some_and(|(from, until)| from <= day && day <= until)
    }

    /// Whether it is ordered after the others of its tier on `day`.
    pub fn ranks_last(self, day: Date) -> bool {
        self.special_focus || self.rating_gap == Some(RatingGap::Withheld) || self.denies_payment_on(day)
    }
}

/// A set of [`ServedGroup`]s in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ServedGroups(u8);

impl ServedGroups {
    /// The set with these bits, in the order of [`ServedGroup::ALL`].
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The bits, in the order of [`ServedGroup::ALL`].
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set with `group` in it.
    #[must_use]
    pub fn with(self, group: ServedGroup) -> Self {
        Self(self.0 | 1 << group as u8)
    }

    /// Whether `group` is in the set.
    pub fn contains(self, group: ServedGroup) -> bool {
        self.0 >> group as u8 & 1 == 1
    }

    /// The groups of the set.
    pub fn iter(self) -> impl Iterator<Item = ServedGroup> {
        ServedGroup::ALL.into_iter().filter(move |group| self.contains(*group))
    }
}

/// What a line has stated beyond yes and no, and when it said everything. Many lines share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StatedTerms {
    /// Which answers were given on which day; `None` is a source without a date.
    pub needs: Vec<(NeedSet, Option<Date>)>,
    /// The day of the Medicare certification's source.
    pub medicare: Option<Date>,
    /// The day of the Medicaid certification's source.
    pub medicaid: Option<Date>,
    /// The bounds set.
    pub limits: BTreeMap<Limit, (u32, Option<Date>)>,
    /// The languages spoken; `None` is "not stated".
    pub languages: Option<(Vec<String>, Option<Date>)>,
    /// The only sex taken.
    pub only_sex: Option<(Sex, Option<Date>)>,
    /// Within how many hours of a referral it promises to begin.
    pub start_of_care_hours: Option<(u32, Option<Date>)>,
}

impl StatedTerms {
    /// What `line` has stated.
    pub fn from_line(line: &ServiceLine) -> Self {
        let mut days: BTreeMap<Option<Date>, NeedSet> = BTreeMap::new();
        for (need, answer) in &line.answers {
            let day = days.entry(answer.evidence.as_of).or_default();
            *day = day.with(*need);
        }
        let day = |fact: &Fact<bool>| fact.evidence.as_of;
        Self {
            needs: days.into_iter().map(|(day, needs)| (needs, day)).collect(),
            medicare: line.medicare.as_ref().and_then(day),
            medicaid: line.medicaid.as_ref().and_then(day),
            limits: line.limits.iter().map(|(limit, fact)| (*limit, (fact.value, fact.evidence.as_of))).collect(),
            languages: line.languages.as_ref().map(|fact| (fact.value.clone(), fact.evidence.as_of)),
            only_sex: line.only_sex.as_ref().map(|fact| (fact.value, fact.evidence.as_of)),
            start_of_care_hours: line.start_of_care_hours.as_ref().map(|fact| (fact.value, fact.evidence.as_of)),
        }
    }
}
