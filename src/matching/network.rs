//! Does the plan cover it?

use jiff::civil::Date;

use super::ranking::Basis;
use super::report::NetworkAnswer;
use super::{Candidate, Directory, LineKey};
use crate::care::Service;
use crate::coverage::{Coverage, Link, NetworkKey, Terms, TermsKey};
use crate::discharge::Discharge;
use crate::evidence::{Answer, Evidence};
use crate::place::State;
use crate::provider::ServiceLine;

/// What is known of a line and the patient's coverage, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Listed, sure and current; or certified, where a programme pays.
    InNetwork,
    /// Listed but ended, not begun, of doubtful identity or from an old directory.
    Unconfirmed,
    /// The plan is known, its directory is not loaded.
    PlanNotLoaded,
    /// The plan's directory was loaded whole and does not list the line.
    OutOfNetwork,
    /// No coverage was given, or the patient pays.
    NotAsked,
}

impl Status {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::InNetwork => "in_network",
            Self::Unconfirmed => "unconfirmed",
            Self::PlanNotLoaded => "plan_not_loaded",
            Self::OutOfNetwork => "out_of_network",
            Self::NotAsked => "not_asked",
        }
    }
}

/// The status of one line and the terms it rests on, where it rests on any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) status: Status,
    pub(super) terms: Option<TermsKey>,
}

/// What keeps a listing from being relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    NotBegun,
    Ended,
    OtherLocation,
    SimilarOnly,
    Undated,
    Old,
}

impl Doubt {
    fn in_words(self, oldest_days: u32) -> String {
        match self {
            Self::NotBegun => "listed, but not yet begun".to_owned(),
            Self::Ended => "listed, but ended".to_owned(),
            Self::OtherLocation => "listed, but at another address only".to_owned(),
            Self::SimilarOnly => "listed, but only by a similar name and address".to_owned(),
            Self::Undated => "listed, but in a directory without a date".to_owned(),
            Self::Old => format!("listed, but in a directory over {oldest_days} days old"),
        }
    }
}

/// Judges lines against one discharge's coverage.
#[derive(Clone, Copy)]
pub(super) struct NetworkJudge<'a> {
    discharge: &'a Discharge,
    directory: &'a dyn Directory,
    /// The status of a line that none of the networks lists.
    unlisted: Status,
}

impl<'a> NetworkJudge<'a> {
    pub(super) fn new(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let judge = Self { discharge, directory, unlisted: Status::PlanNotLoaded };
        let unlisted = networks(discharge).iter().map(|key| judge.when_unlisted(*key)).min();
        Self { unlisted: unlisted.unwrap_or(Status::PlanNotLoaded), ..judge }
    }

    /// Absence means "out" only from a list that was loaded whole and is not old.
    fn when_unlisted(&self, key: NetworkKey) -> Status {
        match self.directory.plans().network(key) {
            Some(network) if network.whole && self.is_current(network.evidence.as_of) => Status::OutOfNetwork,
            Some(network) if network.whole => Status::Unconfirmed,
            Some(_) | None => Status::PlanNotLoaded,
        }
    }

    fn is_current(&self, as_of: Option<Date>) -> bool {
        as_of.is_some_and(|day| {
            days_between(day, self.discharge.asked_on) <= self.discharge.profile.directory_days.into()
        })
    }

    pub(super) fn rule(&self, candidate: &Candidate) -> Ruling {
        let by = |status| Ruling { status, terms: None };
        match &self.discharge.coverage {
            None | Some(Coverage::SelfPay) => by(Status::NotAsked),
            Some(Coverage::Medicare) => by(certified(candidate.medicare)),
            Some(Coverage::Medicaid(state)) => by(medicaid(candidate.medicaid, candidate.state, *state)),
            Some(Coverage::Networks { .. }) => self.best_terms(candidate),
        }
    }

    /// The best status among a line's terms. Between equals a source that does not lag, then terms that do not refuse new
    /// patients, then those that come first in the directory.
    fn best_terms(&self, candidate: &Candidate) -> Ruling {
        let ruled = |key: &TermsKey| {
            let terms = self.directory.plans().terms(*key)?;
            let status = if self.doubt(terms).is_some() { Status::Unconfirmed } else { Status::InNetwork };
            Some((status, terms.low_confidence, terms.new_patients == Answer::No, *key))
        };
        match candidate.terms.iter().filter_map(ruled).min() {
            Some((status, .., key)) if status <= self.unlisted => Ruling { status, terms: Some(key) },
            Some(_) | None => Ruling { status: self.unlisted, terms: None },
        }
    }

    /// The first thing that keeps a listing from being relied on; `None` for one that is in network.
    fn doubt(&self, terms: &Terms) -> Option<Doubt> {
        let on = self.discharge.on;
        if terms.begin.is_some_and(|begin| on < begin) {
            return Some(Doubt::NotBegun);
        }
        if terms.end.is_some_and(|end| end < on) {
            return Some(Doubt::Ended);
        }
        match terms.link {
            Link::OtherLocation => Some(Doubt::OtherLocation),
            Link::Probable => Some(Doubt::SimilarOnly),
            Link::Sure if self.is_current(terms.evidence.as_of) => None,
            Link::Sure if terms.evidence.as_of.is_none() => Some(Doubt::Undated),
            Link::Sure => Some(Doubt::Old),
        }
    }

    /// Whether the payer's directory says that new patients are taken in the network the status rests on.
    pub(super) fn new_patients(&self, ruling: Ruling) -> Answer {
        let terms = ruling.terms.and_then(|key| self.directory.plans().terms(key));
        terms.map_or(Answer::Unknown, |terms| terms.new_patients)
    }

    /// What the status rests on; `None` when it rests on nothing a source said.
    pub(super) fn basis(&self, candidate: &Candidate, ruling: Ruling) -> Option<Basis> {
        let stated = || self.directory.stated(candidate.stated);
        match &self.discharge.coverage {
            None | Some(Coverage::SelfPay) => None,
            Some(Coverage::Medicare) => (candidate.medicare != Answer::Unknown).then(|| stated().medicare.into()),
            Some(Coverage::Medicaid(_)) => (candidate.medicaid != Answer::Unknown).then(|| stated().medicaid.into()),
            Some(Coverage::Networks { .. }) => {
                ruling.terms.and_then(|key| self.directory.plans().terms(key)).map(|terms| terms.evidence.as_of.into())
            }
        }
    }

    /// The answer in full, for the few that are shown.
    pub(super) fn answer(&self, candidate: &Candidate, line: &ServiceLine) -> NetworkAnswer {
        let ruling = self.rule(candidate);
        match &self.discharge.coverage {
            None => plain(ruling.status, None, "no coverage was given".to_owned()),
            Some(Coverage::SelfPay) => plain(ruling.status, None, "the patient pays".to_owned()),
            Some(Coverage::Medicare) => {
                let evidence = line.medicare.as_ref().map(|fact| fact.evidence.clone());
                plain(ruling.status, evidence, certification("Medicare", candidate.medicare))
            }
            Some(Coverage::Medicaid(state)) => {
                let evidence = line.medicaid.as_ref().map(|fact| fact.evidence.clone());
                plain(ruling.status, evidence, medicaid_in_words(candidate, *state))
            }
            Some(Coverage::Networks { name, networks, .. }) => {
                if let Some(key) = ruling.terms {
                    return self.listed(ruling.status, key);
                }
                let elsewhere = self.other_services(candidate.line, line.service, networks);
                self.not_listed(ruling.status, name, networks, &elsewhere)
            }
        }
    }

    fn listed(&self, status: Status, key: TermsKey) -> NetworkAnswer {
        let plans = self.directory.plans();
        let Some(terms) = plans.terms(key) else { return plain(status, None, String::new()) };
        NetworkAnswer {
            status,
            network: plans.network(terms.network).map(|network| network.name.clone()),
            tier: terms.tier.clone(),
            begin: terms.begin,
            end: terms.end,
            link: Some(terms.link),
            new_patients: terms.new_patients,
            low_confidence: terms.low_confidence,
            evidence: Some(terms.evidence.clone()),
            why: match self.doubt(terms) {
                Some(doubt) => doubt.in_words(self.discharge.profile.directory_days),
                None => "listed".to_owned(),
            },
        }
    }

    /// The answer for a line that none of the networks lists: what the list says that decides the status.
    fn not_listed(&self, status: Status, name: &str, networks: &[NetworkKey], elsewhere: &[&str]) -> NetworkAnswer {
        let plans = self.directory.plans();
        let deciding = networks.iter().filter(|key| self.when_unlisted(**key) == status);
        let evidence = deciding.filter_map(|key| plans.network(*key)).map(|network| network.evidence.clone()).next();
        let lists = match elsewhere {
            [] => "does not list it".to_owned(),
            services => format!("lists it for another service only ({})", services.join(", ")),
        };
        let of = format!("the directory of {name}");
        let why = match (status, &evidence) {
            (Status::PlanNotLoaded, None) => format!("{of} is not loaded"),
            (Status::PlanNotLoaded, Some(_)) => format!("{of} was not loaded whole, and what was loaded {lists}"),
            (Status::Unconfirmed, Some(Evidence { as_of: None, .. })) => format!("{of} {lists}, but has no date"),
            (Status::Unconfirmed, _) => {
                format!("{of} {lists}, but is over {} days old", self.discharge.profile.directory_days)
            }
            (Status::OutOfNetwork | Status::InNetwork | Status::NotAsked, _) => format!("{of} {lists}"),
        };
        plain(status, evidence, why)
    }

    /// The other services of the provider that one of the networks lists it for.
    fn other_services(&self, line: LineKey, service: Service, networks: &[NetworkKey]) -> Vec<&'static str> {
        let listed = self.directory.services_listed(line, networks).into_iter();
        listed.filter(|other| *other != service).map(Service::label).collect()
    }
}

fn plain(status: Status, evidence: Option<Evidence>, why: String) -> NetworkAnswer {
    NetworkAnswer {
        status,
        network: None,
        tier: None,
        begin: None,
        end: None,
        link: None,
        new_patients: Answer::Unknown,
        low_confidence: false,
        evidence,
        why,
    }
}

fn certified(answer: Answer) -> Status {
    match answer {
        Answer::Yes => Status::InNetwork,
        Answer::No => Status::OutOfNetwork,
        Answer::Unknown => Status::Unconfirmed,
    }
}

/// A Medicaid certification holds in the provider's own state; what another state's programme pays there must be asked.
fn medicaid(answer: Answer, own: Option<State>, asked: State) -> Status {
    match certified(answer) {
        Status::InNetwork if own != Some(asked) => Status::Unconfirmed,
        status => status,
    }
}

fn certification(programme: &str, answer: Answer) -> String {
    match answer {
        Answer::Yes => format!("certified for {programme}"),
        Answer::No => format!("not certified for {programme}"),
        Answer::Unknown => format!("no source says whether it is certified for {programme}"),
    }
}

fn medicaid_in_words(candidate: &Candidate, asked: State) -> String {
    match (candidate.medicaid, candidate.state) {
        (Answer::Yes, Some(own)) if own != asked => {
            format!("certified for Medicaid in {own}; whether {asked} Medicaid pays there must be asked")
        }
        (answer, _) => certification("Medicaid", answer),
    }
}

/// The networks a discharge's coverage stands for; none where no network decides.
pub(super) fn networks(discharge: &Discharge) -> &[NetworkKey] {
    match &discharge.coverage {
        Some(Coverage::Networks { networks, .. }) => networks,
        None | Some(Coverage::Medicare | Coverage::Medicaid(_) | Coverage::SelfPay) => &[],
    }
}

/// Whole days from `earlier` to `later`; negative when they are the other way round.
pub(super) fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

/// Whether a plan or programme was asked about, so that a gap in its network can be spoken of.
pub(super) fn is_asked(discharge: &Discharge) -> bool {
    !matches!(discharge.coverage, None | Some(Coverage::SelfPay))
}
