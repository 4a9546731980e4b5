//! Ranking: from one discharge and one directory to a report. Pure: no disk, no socket, no clock.
//!
//! Five questions are put to every line of the service, each in a file of its own: can the patient get it or it the patient
//! ([`reach`]), does the plan cover it ([`network`]), will it take the patient ([`acceptance`]), where does it stand among
//! the others ([`ranking`]), and what would change that ([`suggest`]). [`rank`] puts the answers together into a [`report`],
//! and [`explain`] answers for one provider. Nothing is decided after this module; everything later is a rendering.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use crate::care::{Limit, NeedSet, Service};
use crate::coverage::{Coverage, NetworkKey, Plans, TermsKey};
use crate::discharge::{Discharge, Remark};
use crate::evidence::{Answer, Fact};
use crate::place::{Miles, Point, State, Zip};
use crate::provider::{Outcomes, Provider, ServiceLine, Sex, Standing, first_eight};

use self::judged::Judged;
use self::report::{AcceptanceAnswer, Call, Fit, Match, Reason, Report};

pub mod acceptance;
pub mod bundle;
pub mod explain;
mod judged;
pub mod network;
mod ranking;
mod reach;
pub mod report;
mod shown;
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

    /// What tells all that was told since the generation was built, and is laid over it, from all that was told at another time; `None`
    /// where nothing was told.
    fn told(&self) -> Option<String> {
        None
    }

    /// Whether any provider of `service` is in the directory at all.
    fn holds(&self, service: Service) -> bool;

    /// Payers, plans, networks and the terms affiliations refer to.
    fn plans(&self) -> &Plans;

    /// What a line has stated.
    fn stated(&self, key: StatedKey) -> &Stated;

    /// Every line of the service whose position lies within the horizon, and every one whose published service area holds
    /// the ZIP, wherever its office is; each once, in any order. None that is not beyond where the search begins.
    fn candidates(&self, search: &Search<'_>) -> Vec<Candidate>;

    /// One line, reachable or not.
    fn candidate(&self, line: LineKey, search: &Search<'_>) -> Option<Candidate>;

    /// The provider of a line, with every fact.
    fn provider(&self, line: LineKey) -> Option<Arc<Provider>>;

    /// The services of the provider of a line that one of these networks lists, on whatever terms, in the order the provider has
    /// them.
    fn services_listed(&self, line: LineKey, networks: &[NetworkKey]) -> Vec<Service>;
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
    /// Only offices farther than this are looked for, where it is given.
    pub beyond: Option<Miles>,
    /// The networks whose terms are wanted.
    pub networks: &'a [NetworkKey],
    /// Whether only lines are wanted that one of the networks lists.
    pub listed_only: bool,
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
    /// What became of referrals to it, where enough are known.
    pub outcomes: Option<Outcomes>,
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
}

/// Answers one discharge from one directory; `remarks` are what parsing had to say.
pub fn rank(discharge: &Discharge, directory: &dyn Directory, remarks: &[Remark]) -> Report {
    let judged = Judged::of(discharge, directory);
    let counts = judged.counts();
    let ready = counts.get(&Fit::Ready).copied().unwrap_or(0);
    let matches = judged.page();
    let shown = discharge.offset.saturating_add(judged::count(matches.len()));
    let more = shown < judged.matched();
    Report {
        list_id: list_id(discharge, directory),
        left_out: judged.reasons(),
        left_out_list: discharge.list_left_out.then(|| judged.list_left_out()),
        suggestions: suggest::suggest(&judged.judge, &judged.candidates, ready, &judged.silent),
        call_sheet: matches.iter().filter_map(|found| call(discharge, found)).collect(),
        network_gap: judged.network_gap(&counts),
        remarks: remarks.iter().cloned().chain(no_source(discharge, directory)).collect(),
        next_cursor: more.then(|| discharge.cursor(directory.generation(), shown)),
        discharge: discharge.clone(),
        matches,
        counts,
    }
}

/// Everybody who fits one discharge, on no page.
#[derive(Debug, Clone)]
pub struct Everybody {
    /// The matches that were wanted, best first.
    pub matches: Vec<Match>,
    /// How many match in all.
    pub matched: usize,
    /// How many were left out, by reason.
    pub left_out: BTreeMap<Reason, u32>,
}

/// More match than were to be given.
#[derive(Debug, Clone)]
pub struct TooManyMatches {
    /// How far each of them lies, in no order.
    pub distances: Vec<Option<Miles>>,
}

/// Everybody who fits one discharge, in full, or of them those on the lines in `only`.
///
/// # Errors
/// More than `most` would be given in full; none is then.
pub fn everybody(
    discharge: &Discharge,
    directory: &dyn Directory,
    only: Option<&BTreeSet<LineKey>>,
    most: usize,
) -> Result<Everybody, TooManyMatches> {
    let judged = Judged::of(discharge, directory);
    let matched = judged.matched() as usize;
    if only.is_none() && matched > most {
        return Err(TooManyMatches { distances: judged.distances() });
    }
    let wanted = |line: LineKey| only.is_none_or(|only| only.contains(&line));
    Ok(Everybody { matches: judged.those(wanted), matched, left_out: judged.reasons() })
}

/// What the list is called: the same question, directory, profile and engine give the same list, as long as nothing more is told.
fn list_id(discharge: &Discharge, directory: &dyn Directory) -> String {
    let mut hasher = Sha256::new();
    let told = directory.told();
    let parts = [&discharge.canonical(), directory.generation(), env!("CARGO_PKG_VERSION")];
    for part in parts.into_iter().chain(told.as_deref()) {
        hasher.update(part);
        hasher.update([0]);
    }
    format!("{:016x}", first_eight(&hasher.finalize()))
}

/// An empty list from a directory that never heard of the service is not an answer.
fn no_source(discharge: &Discharge, directory: &dyn Directory) -> Option<Remark> {
    let text = format!(
        "No source of {} is loaded: that nobody is listed says nothing about who is there.",
        discharge.service.label().to_lowercase()
    );
    (!directory.holds(discharge.service)).then_some(Remark { code: "service_not_loaded", text })
}

/// What to ask a provider that is not ready but may become so, or that is said to take no new patients; `None` for one that
/// is ready or out of network.
fn call(discharge: &Discharge, found: &Match) -> Option<Call> {
    let full = found.network.new_patients == Answer::No;
    let plan = match found.fit {
        Fit::OutOfNetwork => return None,
        Fit::Ready if !full => return None,
        Fit::Ready | Fit::AskProvider => None,
        Fit::AskPlan => Some(plan_question(discharge)),
    };
    let open = |answer: &&AcceptanceAnswer| answer.required && answer.answer != Answer::Yes;
    let asked = found.acceptance.answers.iter().filter(open);
    let network = found.network.network.as_deref().unwrap_or("the plan");
    let new = full.then(|| format!("Do you take new patients of {network}? (The payer's directory says no.)"));
    let asked = asked.map(|a| acceptance::question(a.asked, &discharge.patient));
    let questions = plan.into_iter().chain(new).chain(asked).collect();
    Some(Call { rank: found.rank, provider: found.provider.clone(), questions })
}

fn plan_question(discharge: &Discharge) -> String {
    let on = discharge.on;
    match &discharge.coverage {
        Some(Coverage::Networks { name, .. }) => format!("Are you in network for {name} on {on}? (Ask the plan too.)"),
        Some(Coverage::Medicaid(state)) => format!("Does {state} Medicaid pay your services on {on}?"),
        Some(Coverage::Medicare) => format!("Are you certified for Medicare on {on}?"),
        None | Some(Coverage::SelfPay) => format!("Can you take the patient on {on}?"),
    }
}
