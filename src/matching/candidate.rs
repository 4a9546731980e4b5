//! What the decision reads: candidates, and the directory that has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::coverage::{NetworkId, PlanDirectory, TermsId};
use crate::evidence::{Fact, Tristate};
use crate::place::{Miles, Point, State, Zip};
use crate::provider::{OperatingStatus, Provider, ReferralStats, ServiceLine, Sex};
use crate::service::{Limit, NeedSet, Service};

/// One service line of a directory by its place there. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u32);

/// What a line has stated, by its place among the distinct statements of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatedTermsId(pub u32);

/// A directory as matching sees it: numbers and bits to judge by, and the provider in full for the few that are shown.
pub trait Directory {
    /// The id of the generation.
    fn generation(&self) -> &str;

    /// Identifies the live statements that are applied to the generation; `None` if there are none.
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

    /// The provider of a line, with every fact.
    fn provider(&self, line: LineId) -> Option<Arc<Provider>>;

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
    /// Whether there is room.
    pub availability: Tristate,
    /// What became of referrals to it, where enough are known.
    pub outcomes: Option<ReferralStats>,
    /// What else it has stated, with dates.
    pub stated: StatedTermsId,
    /// Its terms with the networks searched for.
    pub terms: SmallVec<[TermsId; 2]>,
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
        }
    }
}
