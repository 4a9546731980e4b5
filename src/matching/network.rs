//! Does the plan cover it?

use jiff::civil::Date;

use crate::coverage::{AffiliationTerms, Coverage, IdentityConfidence, NetworkId, TermsId};
use crate::discharge::Discharge;
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::evidence_date::EvidenceDate;
use crate::matching::report::{NetworkAnswer, NetworkStatus};
use crate::place::State;
use crate::provider::ServiceLine;
use crate::service::Service;

/// The status of one line and the terms it rests on, where it rests on any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NetworkDecision {
    pub(crate) status: NetworkStatus,
    pub(crate) terms: Option<TermsId>,
}

/// What keeps a listing from being relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListingIssue {
    NotBegun,
    Ended,
    OtherLocation,
    SimilarOnly,
    Undated,
    Old,
}

impl ListingIssue {
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
pub(crate) struct NetworkEvaluator<'a> {
    discharge: &'a Discharge,
    directory: &'a dyn Directory,
    /// The status of a line that none of the networks lists.
    unlisted: NetworkStatus,
}

impl<'a> NetworkEvaluator<'a> {
    pub(crate) fn new(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let judge = Self { discharge, directory, unlisted: NetworkStatus::PlanNotLoaded };
        let unlisted = networks(discharge).iter().map(|key| judge.status_if_absent(*key)).min();
        Self { unlisted: unlisted.unwrap_or(NetworkStatus::PlanNotLoaded), ..judge }
    }

    /// Absence means "out" only from a list that was loaded whole and is not old.
    fn status_if_absent(&self, key: NetworkId) -> NetworkStatus {
        match self.directory.plans().network(key) {
            Some(network) if network.whole && self.is_current(network.evidence.as_of) => NetworkStatus::OutOfNetwork,
            Some(network) if network.whole => NetworkStatus::Unconfirmed,
            Some(_) | None => NetworkStatus::PlanNotLoaded,
        }
    }

    fn is_current(&self, as_of: Option<Date>) -> bool {
        as_of.is_some_and(|day| days_between(day, self.discharge.asked_on) <= self.discharge.profile.directory_days.into())
    }

    pub(crate) fn decide(&self, candidate: &Candidate) -> NetworkDecision {
        let by = |status| NetworkDecision { status, terms: None };
        match &self.discharge.coverage {
            None | Some(Coverage::SelfPay) => by(NetworkStatus::NotAsked),
            Some(Coverage::Medicare) => by(certified(candidate.medicare)),
            Some(Coverage::Medicaid(state)) => by(medicaid(candidate.medicaid, candidate.state, *state)),
            Some(Coverage::Networks { .. }) => self.best_terms(candidate),
        }
    }

    /// The best status among a line's terms. Between equals a source that does not lag, then terms that do not refuse new
    /// patients, then those that come first in the directory.
    fn best_terms(&self, candidate: &Candidate) -> NetworkDecision {
        let ruled = |key: &TermsId| {
            let terms = self.directory.plans().terms(*key)?;
            let status =
                if self.listing_issue(terms).is_some() { NetworkStatus::Unconfirmed } else { NetworkStatus::InNetwork };
            Some((status, terms.low_confidence, terms.new_patients == Tristate::No, *key))
        };
        match candidate.terms.iter().filter_map(ruled).min() {
            Some((status, .., key)) if status <= self.unlisted => NetworkDecision { status, terms: Some(key) },
            Some(_) | None => NetworkDecision { status: self.unlisted, terms: None },
        }
    }

    /// The first thing that keeps a listing from being relied on; `None` for one that is in network.
    fn listing_issue(&self, terms: &AffiliationTerms) -> Option<ListingIssue> {
        let on = self.discharge.on;
        if terms.begin.is_some_and(|begin| on < begin) {
            return Some(ListingIssue::NotBegun);
        }
        if terms.end.is_some_and(|end| end < on) {
            return Some(ListingIssue::Ended);
        }
        match terms.link {
            IdentityConfidence::OtherLocation => Some(ListingIssue::OtherLocation),
            IdentityConfidence::Probable => Some(ListingIssue::SimilarOnly),
            IdentityConfidence::Sure if self.is_current(terms.evidence.as_of) => None,
            IdentityConfidence::Sure if terms.evidence.as_of.is_none() => Some(ListingIssue::Undated),
            IdentityConfidence::Sure => Some(ListingIssue::Old),
        }
    }

    /// Whether the payer's directory says that new patients are taken in the network the status rests on.
    pub(crate) fn new_patients(&self, ruling: NetworkDecision) -> Tristate {
        let terms = ruling.terms.and_then(|key| self.directory.plans().terms(key));
        terms.map_or(Tristate::Unknown, |terms| terms.new_patients)
    }

    /// What the status rests on; `None` when it rests on nothing a source said.
    pub(crate) fn basis(&self, candidate: &Candidate, ruling: NetworkDecision) -> Option<EvidenceDate> {
        let stated = || self.directory.stated(candidate.stated);
        match &self.discharge.coverage {
            None | Some(Coverage::SelfPay) => None,
            Some(Coverage::Medicare) => (candidate.medicare != Tristate::Unknown).then(|| stated().medicare.into()),
            Some(Coverage::Medicaid(_)) => (candidate.medicaid != Tristate::Unknown).then(|| stated().medicaid.into()),
            Some(Coverage::Networks { .. }) => {
                ruling.terms.and_then(|key| self.directory.plans().terms(key)).map(|terms| terms.evidence.as_of.into())
            }
        }
    }

    /// The answer in full, for the few that are shown.
    pub(crate) fn answer(&self, candidate: &Candidate, line: &ServiceLine) -> NetworkAnswer {
        let ruling = self.decide(candidate);
        match &self.discharge.coverage {
            None => NetworkAnswer::new(ruling.status, None, "no coverage was given".to_owned()),
            Some(Coverage::SelfPay) => NetworkAnswer::new(ruling.status, None, "the patient pays".to_owned()),
            Some(Coverage::Medicare) => {
                let evidence = line.medicare.as_ref().map(|fact| fact.evidence.clone());
                NetworkAnswer::new(ruling.status, evidence, certification("Medicare", candidate.medicare))
            }
            Some(Coverage::Medicaid(state)) => {
                let evidence = line.medicaid.as_ref().map(|fact| fact.evidence.clone());
                NetworkAnswer::new(ruling.status, evidence, medicaid_in_words(candidate, *state))
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

    fn listed(&self, status: NetworkStatus, key: TermsId) -> NetworkAnswer {
        let plans = self.directory.plans();
        let Some(terms) = plans.terms(key) else { return NetworkAnswer::new(status, None, String::new()) };
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
            why: match self.listing_issue(terms) {
                Some(doubt) => doubt.in_words(self.discharge.profile.directory_days),
                None => "listed".to_owned(),
            },
        }
    }

    /// The answer for a line that none of the networks lists: what the list says that decides the status.
    fn not_listed(&self, status: NetworkStatus, name: &str, networks: &[NetworkId], elsewhere: &[&str]) -> NetworkAnswer {
        let plans = self.directory.plans();
        let deciding = networks.iter().filter(|key| self.status_if_absent(**key) == status);
        let evidence = deciding.filter_map(|key| plans.network(*key)).map(|network| network.evidence.clone()).next();
        let lists = match elsewhere {
            [] => "does not list it".to_owned(),
            services => format!("lists it for another service only ({})", services.join(", ")),
        };
        let of = format!("the directory of {name}");
        let why = match (status, &evidence) {
            (NetworkStatus::PlanNotLoaded, None) => format!("{of} is not loaded"),
            (NetworkStatus::PlanNotLoaded, Some(_)) => {
                format!("{of} was not loaded whole, and what was loaded {lists}")
            }
            (NetworkStatus::Unconfirmed, Some(Evidence { as_of: None, .. })) => {
                format!("{of} {lists}, but has no date")
            }
            (NetworkStatus::Unconfirmed, _) => {
                format!("{of} {lists}, but is over {} days old", self.discharge.profile.directory_days)
            }
            (NetworkStatus::OutOfNetwork | NetworkStatus::InNetwork | NetworkStatus::NotAsked, _) => {
                format!("{of} {lists}")
            }
        };
        NetworkAnswer::new(status, evidence, why)
    }

    /// The other services of the provider that one of the networks lists it for.
    fn other_services(&self, line: LineId, service: Service, networks: &[NetworkId]) -> Vec<&'static str> {
        let listed = self.directory.services_listed(line, networks).into_iter();
        listed.filter(|other| *other != service).map(Service::label).collect()
    }
}

fn certified(answer: Tristate) -> NetworkStatus {
    match answer {
        Tristate::Yes => NetworkStatus::InNetwork,
        Tristate::No => NetworkStatus::OutOfNetwork,
        Tristate::Unknown => NetworkStatus::Unconfirmed,
    }
}

/// A Medicaid certification holds in the provider's own state; what another state's program pays there must be asked.
fn medicaid(answer: Tristate, own: Option<State>, asked: State) -> NetworkStatus {
    match certified(answer) {
        NetworkStatus::InNetwork if own != Some(asked) => NetworkStatus::Unconfirmed,
        status => status,
    }
}

fn certification(program: &str, answer: Tristate) -> String {
    match answer {
        Tristate::Yes => format!("certified for {program}"),
        Tristate::No => format!("not certified for {program}"),
        Tristate::Unknown => format!("no source says whether it is certified for {program}"),
    }
}

fn medicaid_in_words(candidate: &Candidate, asked: State) -> String {
    match (candidate.medicaid, candidate.state) {
        (Tristate::Yes, Some(own)) if own != asked => {
            format!("certified for Medicaid in {own}; whether {asked} Medicaid pays there must be asked")
        }
        (answer, _) => certification("Medicaid", answer),
    }
}

/// The networks a discharge's coverage stands for; none where no network decides.
pub(crate) fn networks(discharge: &Discharge) -> &[NetworkId] {
    match &discharge.coverage {
        Some(Coverage::Networks { networks, .. }) => networks,
        None | Some(Coverage::Medicare | Coverage::Medicaid(_) | Coverage::SelfPay) => &[],
    }
}

/// Whole days from `earlier` to `later`; negative when they are the other way round.
pub(crate) fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

/// Whether a plan or program was asked about, so that a gap in its network can be spoken of.
pub(crate) fn is_asked(discharge: &Discharge) -> bool {
    !matches!(discharge.coverage, None | Some(Coverage::SelfPay))
}
