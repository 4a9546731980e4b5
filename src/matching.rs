//! Ranking: from one discharge and one directory to a report. Pure: no disk, no socket, no clock.
//!
//! Five questions are put to every line of the service, each in a file of its own: can the patient get it or it the patient
//! ([`reach`]), does the plan cover it ([`network`]), will it take the patient ([`acceptance`]), where does it stand among
//! the others ([`ranking`]), and what would change that ([`suggest`]). [`report`] puts the answers together, and
//! [`explain`] answers for one provider. Nothing is decided after this module; everything later is a rendering.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use smallvec::SmallVec;

use report::Report;

use crate::care::{Limit, Need, NeedSet, Service};
use crate::coverage::{NetworkKey, Plans, TermsKey};
use crate::discharge::{Discharge, Remark};
use crate::evidence::{Answer, Fact};
use crate::place::{Miles, Point, State, Zip};
use crate::provider::{Provider, ServiceLine, Sex, Standing};

pub mod acceptance;
pub mod bundle;
pub mod explain;
pub mod network;
pub mod ranking;
pub mod reach;
pub mod report;
pub mod suggest;

/// One service line of a directory by its place there. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineKey(pub u32);

/// What a line has stated, by its place among the distinct statements of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatedKey(pub u32);

/// A directory as matching sees it: numbers and bits to judge by, and the provider in full for the few that are shown.
pub trait Directory {
    /// The id of the generation.
    fn generation(&self) -> &str;

    /// Whether any provider of `service` is in the directory at all.
    fn holds(&self, service: Service) -> bool;

    /// Payers, plans, networks and the terms affiliations refer to.
    fn plans(&self) -> &Plans;

    /// What a line has stated.
    fn stated(&self, key: StatedKey) -> &Stated;

    /// Every line of the service whose position lies within the horizon, and every one whose published service area holds
    /// the ZIP, wherever its office is; each once, in any order.
    fn candidates(&self, search: &Search<'_>) -> Vec<Candidate>;

    /// One line, reachable or not.
    fn candidate(&self, line: LineKey, search: &Search<'_>) -> Option<Candidate>;

    /// The provider of a line, with every fact.
    fn provider(&self, line: LineKey) -> Option<Arc<Provider>>;
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The service.
    pub service: Service,
    /// The middle.
    pub center: Point,
    /// The ZIP service areas must hold.
    pub zip: Zip,
    /// How far offices are looked for.
    pub horizon: Miles,
    /// The networks whose terms are wanted.
    pub networks: &'a [NetworkKey],
}

/// Whether a published service area holds the ZIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Serves {
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
    pub line: LineKey,
    /// The provider's half of the draw that settles ties: [`crate::provider::ProviderId::lot`].
    pub lot: u64,
    /// Miles from the middle of the search; `None` without a position.
    pub distance: Option<Miles>,
    /// Whether its published area holds the ZIP.
    pub serves: Serves,
    /// Whether it may be asked at all.
    pub standing: Standing,
    /// The state it lies in, which its Medicaid certification is for; `None` where no source gives an address.
    pub state: Option<State>,
    /// Whether Medicare pays it.
    pub medicare: Answer,
    /// Whether Medicaid of its own state pays it.
    pub medicaid: Answer,
    /// The needs it says yes to.
    pub yes: NeedSet,
    /// The needs it says no to.
    pub no: NeedSet,
    /// Its rating in tenths on the measure of the service.
    pub rating: Option<u8>,
    /// Whether there is room.
    pub availability: Answer,
    /// What else it has stated, with dates.
    pub stated: StatedKey,
    /// Its terms with the networks searched for.
    pub terms: SmallVec<[TermsKey; 2]>,
}

/// What a line has stated beyond yes and no, and when it said everything. Many lines share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stated {
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

impl Stated {
    /// What `line` has stated.
    pub fn by(line: &ServiceLine) -> Self {
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

    /// The day `need` was answered: `None` when it was not, `Some(None)` when the source has no date.
    pub fn answered(&self, need: Need) -> Option<Option<Date>> {
        self.needs.iter().find(|(needs, _)| needs.contains(need)).map(|(_, day)| *day)
    }
}

/// Answers one discharge from one directory; `remarks` are what parsing had to say.
pub fn rank(discharge: &Discharge, directory: &dyn Directory, remarks: &[Remark]) -> Report {
    unimplemented!("{discharge:?} {remarks:?} {}", directory.generation())
}
