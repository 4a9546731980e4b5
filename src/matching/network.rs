//! Whether the patient's coverage pays a provider.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::coverage::{AffiliationTerms, Coverage, IdentityConfidence, NetworkId, TermsId};
use crate::discharge::Discharge;
use crate::discharge::deciding_payer::DecidingPayer;
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::coverage_report::CoverageReport;
use crate::matching::report::{NetworkAnswer, NetworkStatus, PlanMembership};
use crate::place::State;
use crate::provider::ServiceLine;
use crate::service::Service;

/// The status of one line and the terms it rests on, where it rests on any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NetworkDecision {
    pub(crate) status: NetworkStatus,
    pub(crate) terms: Option<TermsId>,
    /// It rests on what the provider said by telephone.
    pub(crate) by_telephone: bool,
}

/// Why a listing does not confirm that a provider is in network.
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
    /// The day of the oldest directory that does not list it.
    unlisted_since: Option<Date>,
    /// The day of the oldest directory that still confirms something.
    current_since: Date,
}

impl<'a> NetworkEvaluator<'a> {
    pub(crate) fn new(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let current_since = discharge.asked_on.saturating_sub(i64::from(discharge.profile.directory_days).days());
        let unlisted = NetworkStatus::PlanNotLoaded;
        let evaluator = Self { discharge, directory, unlisted, unlisted_since: None, current_since };
        let networks = networks(discharge);
        let unlisted = networks.iter().map(|key| evaluator.status_if_absent(*key)).min();
        let day = |key: &NetworkId| directory.plans().network(*key).and_then(|network| network.evidence.as_of);
        let since = networks.iter().filter_map(day).min();
        Self { unlisted: unlisted.unwrap_or(NetworkStatus::PlanNotLoaded), unlisted_since: since, ..evaluator }
    }

    /// Absence means "out" only from a list that was loaded whole and is not old.
    pub(crate) fn status_if_absent(&self, key: NetworkId) -> NetworkStatus {
        match self.directory.plans().network(key) {
            Some(network) if network.whole && self.is_current(network.evidence.as_of) => NetworkStatus::OutOfNetwork,
            Some(network) if network.whole => NetworkStatus::Unconfirmed,
            Some(_) | None => NetworkStatus::PlanNotLoaded,
        }
    }

    fn is_current(&self, as_of: Option<Date>) -> bool {
        as_of.is_some_and(|day| self.current_since <= day)
    }

    /// The status of one line, and the terms it rests on.
    pub(crate) fn decide(&self, candidate: &Candidate) -> NetworkDecision {
        let by = |status| NetworkDecision { status, terms: None, by_telephone: false };
        match self.discharge.deciding_payer() {
            DecidingPayer::NotAsked | DecidingPayer::SelfPay => by(NetworkStatus::NotAsked),
            DecidingPayer::Medicare => by(self.while_paid(candidate, certified(candidate.medicare))),
            DecidingPayer::Medicaid(state) => by(self.while_paid(candidate, medicaid(candidate, state))),
            DecidingPayer::Networks => self.with_report(candidate, self.best_terms(candidate)),
            DecidingPayer::UnknownPlan => by(NetworkStatus::PlanNotLoaded),
        }
    }

    /// A certification is not confirmed while payment for new admissions is denied, or once the newest list of CMS lacks the provider.
    fn while_paid(&self, candidate: &Candidate, status: NetworkStatus) -> NetworkStatus {
        let published = candidate.published;
        let is_doubtful = published.not_in_newest_list || published.denies_payment_on(self.discharge.on);
        if status == NetworkStatus::Certified && is_doubtful { NetworkStatus::Unconfirmed } else { status }
    }

    /// What the provider said by telephone about the coverage of the question.
    fn report<'c>(&self, candidate: &'c Candidate) -> Option<&'c CoverageReport> {
        let coverage = self.discharge.coverage.as_ref()?;
        candidate.coverage_reports().iter().find(|report| report.is_about(coverage))
    }

    /// The newer of the payer's directory and the telephone counts.
    fn with_report(&self, candidate: &Candidate, listed: NetworkDecision) -> NetworkDecision {
        let Some(report) = self.report(candidate) else { return listed };
        if self.directory_day(listed).is_some_and(|day| report.evidence.as_of.is_none_or(|heard| heard < day)) {
            return listed;
        }
        let status = if report.takes { NetworkStatus::InNetwork } else { NetworkStatus::OutOfNetwork };
        NetworkDecision { status, by_telephone: true, ..listed }
    }

    /// The day of what the payer's directory says of a line; `None` where it says nothing, or has no date.
    fn directory_day(&self, listed: NetworkDecision) -> Option<Date> {
        match listed.terms.and_then(|key| self.directory.plans().terms(key)) {
            Some(terms) => terms.evidence.as_of,
            None if listed.status == NetworkStatus::OutOfNetwork => self.unlisted_since,
            None => None,
        }
    }

    /// The best status among a line's terms. Between equals a source that does not lag, then terms that do not refuse new
    /// patients, then those that come first in the directory.
    fn best_terms(&self, candidate: &Candidate) -> NetworkDecision {
        let ruled = |key: &TermsId| {
            let terms = self.directory.plans().terms(*key)?;
            Some((self.status_of(terms), terms.low_confidence, terms.new_patients == Tristate::No, *key))
        };
        match candidate.terms.iter().filter_map(ruled).min() {
            Some((status, .., key)) if status <= self.unlisted => {
                NetworkDecision { status, terms: Some(key), by_telephone: false }
            }
            Some(_) | None => NetworkDecision { status: self.unlisted, terms: None, by_telephone: false },
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

    /// The day of the evidence behind a status. An open question has none, nor has a status that was not asked.
    pub(crate) fn evidence_day(&self, candidate: &Candidate, ruling: NetworkDecision) -> Option<Date> {
        let stated = || self.directory.stated(candidate.stated);
        if ruling.by_telephone {
            return self.report(candidate).and_then(|report| report.evidence.as_of);
        }
        match ruling.status {
            NetworkStatus::NotAsked | NetworkStatus::Unconfirmed | NetworkStatus::PlanNotLoaded => None,
            NetworkStatus::Certified | NetworkStatus::NotCertified => match self.discharge.deciding_payer() {
                DecidingPayer::Medicaid(_) => stated().medicaid,
                _ => stated().medicare,
            },
            NetworkStatus::InNetwork => {
                let terms = ruling.terms.and_then(|key| self.directory.plans().terms(key));
                terms.and_then(|terms| terms.evidence.as_of)
            }
            NetworkStatus::OutOfNetwork => self.unlisted_since,
        }
    }

    /// The answer in full, for the few that are shown.
    pub(crate) fn answer(&self, candidate: &Candidate, line: &ServiceLine) -> NetworkAnswer {
        let ruling = self.decide(candidate);
        match (self.discharge.deciding_payer(), &self.discharge.coverage) {
            (DecidingPayer::NotAsked, _) => NetworkAnswer::new(ruling.status, None, "insurance not specified".to_owned()),
            (DecidingPayer::SelfPay, _) => NetworkAnswer::new(ruling.status, None, "self-pay".to_owned()),
            (DecidingPayer::Medicare, _) => {
                let evidence = line.medicare.as_ref().map(|fact| fact.evidence.clone());
                let why = Self::certification_in_words(candidate, ruling, "Medicare", candidate.medicare);
                NetworkAnswer::new(ruling.status, evidence, why)
            }
            (DecidingPayer::Medicaid(state), _) => {
                let evidence = line.medicaid.as_ref().map(|fact| fact.evidence.clone());
                let why = match (candidate.medicaid, candidate.state) {
                    (Tristate::Yes, Some(own)) if own != state => {
                        format!("Medicaid-certified in {}; ask whether {} Medicaid pays there", own.name(), state.name())
                    }
                    (Tristate::Yes, None) => {
                        format!(
                            "Medicaid-certified, no source says in which state; ask whether {} Medicaid pays",
                            state.name()
                        )
                    }
                    (answer, _) => Self::certification_in_words(candidate, ruling, "Medicaid", answer),
                };
                NetworkAnswer::new(ruling.status, evidence, why)
            }
            (DecidingPayer::Networks, Some(Coverage::Networks { name, networks, .. })) => {
                let listed = self.best_terms(candidate);
                let answer = if let Some(key) = listed.terms {
                    self.listed(candidate, listed.status, key)
                } else {
                    let elsewhere = self.other_services(candidate.line, line.service, networks);
                    self.not_listed(listed.status, name, networks, &elsewhere)
                };
                self.answer_with_report(candidate, ruling, answer)
            }
            (DecidingPayer::UnknownPlan | DecidingPayer::Networks, _) => {
                let name = self.discharge.coverage.as_ref().map(Coverage::name).unwrap_or_default();
                NetworkAnswer::new(ruling.status, None, format!("the directory of {name} is not loaded"))
            }
        }
    }

    /// `answer` of the payer's directory with what the provider said by telephone: the one that does not count stays visible in
    /// words.
    fn answer_with_report(&self, candidate: &Candidate, ruling: NetworkDecision, answer: NetworkAnswer) -> NetworkAnswer {
        let Some(report) = self.report(candidate) else { return answer };
        if !ruling.by_telephone {
            let why = format!("{}; {} ({}), which is older", answer.why, report.in_words(), report.evidence);
            return NetworkAnswer { why, ..answer };
        }
        let by = answer.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
        let why = format!("{}; the payer's directory: {}{by}", report.in_words(), answer.why);
        let evidence = Some(report.evidence.clone());
        NetworkAnswer { status: ruling.status, evidence, is_said_by_provider: true, why, ..answer }
    }

    fn certification_in_words(candidate: &Candidate, ruling: NetworkDecision, program: &str, answer: Tristate) -> String {
        let published = candidate.published;
        match answer {
            Tristate::Yes if ruling.status == NetworkStatus::Certified => format!("{program}-certified"),
            Tristate::Yes if published.not_in_newest_list => {
                format!("was {program}-certified, but the newest list of CMS does not have it")
            }
            Tristate::Yes => format!("{program}-certified, but payment for new admissions is denied"),
            Tristate::No => format!("not {program}-certified"),
            Tristate::Unknown => format!("no source says whether it is {program}-certified"),
        }
    }

    fn listed(&self, candidate: &Candidate, status: NetworkStatus, key: TermsId) -> NetworkAnswer {
        let plans = self.directory.plans();
        let Some(terms) = plans.terms(key) else { return NetworkAnswer::new(status, None, String::new()) };
        NetworkAnswer {
            memberships: self.memberships(candidate),
            status,
            network: plans.network(terms.network).map(|network| network.name.clone()),
            tier: terms.tier.clone(),
            begin: terms.begin,
            end: terms.end,
            link: Some(terms.link),
            new_patients: terms.new_patients,
            low_confidence: terms.low_confidence,
            evidence: Some(terms.evidence.clone()),
            is_said_by_provider: false,
            why: match self.listing_issue(terms) {
                Some(doubt) => doubt.in_words(self.discharge.profile.directory_days),
                None => "listed".to_owned(),
            },
        }
    }

    /// Every network of the coverage that lists the line; none where it is one only, which the answer itself describes.
    fn memberships(&self, candidate: &Candidate) -> Vec<PlanMembership> {
        let plans = self.directory.plans();
        let membership = |key: &TermsId| {
            let terms = plans.terms(*key)?;
            Some(PlanMembership {
                network: plans.network(terms.network)?.name.clone(),
                tier: terms.tier.clone(),
                status: self.status_of(terms),
                begin: terms.begin,
                end: terms.end,
                new_patients: terms.new_patients,
                evidence: terms.evidence.clone(),
            })
        };
        if candidate.terms.len() < 2 { Vec::new() } else { candidate.terms.iter().filter_map(membership).collect() }
    }

    fn status_of(&self, terms: &AffiliationTerms) -> NetworkStatus {
        if self.listing_issue(terms).is_some() { NetworkStatus::Unconfirmed } else { NetworkStatus::InNetwork }
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
            _ => format!("{of} {lists}"),
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
        Tristate::Yes => NetworkStatus::Certified,
        Tristate::No => NetworkStatus::NotCertified,
        Tristate::Unknown => NetworkStatus::Unconfirmed,
    }
}

/// A Medicaid certification holds in the provider's own state; ask what another state's program pays there.
fn medicaid(candidate: &Candidate, asked: State) -> NetworkStatus {
    match certified(candidate.medicaid) {
        NetworkStatus::Certified if candidate.state != Some(asked) => NetworkStatus::Unconfirmed,
        status => status,
    }
}

/// The networks that decide a discharge's coverage; none where no network decides.
pub(crate) fn networks(discharge: &Discharge) -> &[NetworkId] {
    match (&discharge.coverage, discharge.deciding_payer()) {
        (Some(Coverage::Networks { networks, .. }), DecidingPayer::Networks) => networks,
        _ => &[],
    }
}

/// Whole days from `earlier` to `later`; negative when they are the other way round.
pub(crate) fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

/// Whether every network that decides was loaded whole and lately, so that the lack of a provider is evidence of a gap.
pub(crate) fn is_evidence_of_gap(evaluator: &NetworkEvaluator<'_>) -> bool {
    let networks = networks(evaluator.discharge);
    !networks.is_empty() && networks.iter().all(|key| evaluator.status_if_absent(*key) == NetworkStatus::OutOfNetwork)
}
