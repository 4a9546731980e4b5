//! The network-gap packet: the evidence that a plan's network has nobody who meets a question, with a letter that asks the plan
//! for an exception.
//!
//! Built from [`GapEvidence`] and `hospital.toml`. It names no patient and holds no number of one; the letter has fields to fill
//! in by hand. It cites rules and never says that something is covered.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::choice_list::show;
use crate::coverage::Network;
use crate::coverage::county_standards::CountyStandards;
use crate::discharge::Discharge;
use crate::evidence::{Evidence, Tristate};
use crate::gap_packet::law::{GapRule, rules_for};
use crate::gap_packet::network_standards::NetworkStandards;
use crate::gap_packet::plan_kind::PlanKind;
use crate::hospital::Hospital;
use crate::matching::gap_evidence::{CheckedProvider, GapEvidence, GapFinding};
use crate::matching::report::{Exclusion, ExclusionReason, FitTier, Match, NetworkStatus};
use crate::phrases;
use crate::provider::Provider;
use crate::text::us_date::us_date;

pub(crate) mod law;
pub(crate) mod letter;
pub(crate) mod network_standards;
pub mod plan_kind;
pub(crate) mod table;

/// A packet: what was asked, and what was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GapPacket<'a> {
    /// The question.
    pub discharge: &'a Discharge,
    /// The evidence.
    pub evidence: &'a GapEvidence,
    /// The kind of the plan, if it is known.
    pub plan_kind: Option<PlanKind>,
    /// The lists of the plan.
    pub lists: &'a [&'a Network],
    /// The standards of plans' networks in each county.
    pub counties: &'a CountyStandards,
    /// The hospital that asks.
    pub hospital: &'a Hospital,
}

/// One reason why a provider does not meet the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GapReason<'a> {
    /// A stable code: `declines:resp.vent`, `unanswered:resp.vent`, `no_room`, `unconfirmed`.
    pub code: String,
    /// The reason in words, without any number of the patient.
    pub why: String,
    /// Who said what it rests on.
    pub evidence: Option<&'a Evidence>,
}

impl<'a> GapPacket<'a> {
    /// The rules that the request cites.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static GapRule> + use<> {
        rules_for(self.plan_kind)
    }

    /// Every source that the packet rests on, once for each of its days.
    pub(crate) fn sources(&self) -> Vec<&'a Evidence> {
        let lists = self.lists.iter().map(|network| &network.evidence);
        let listed = self.evidence.listed.iter().flat_map(|checked| {
            let reasons = reasons(checked, self.discharge).into_iter().filter_map(|reason| reason.evidence);
            reasons.chain(&checked.network.evidence).chain([checked.provider.name_evidence()])
        });
        let capable = self.evidence.capable.iter().flat_map(|found| {
            let answers = found.acceptance.answers.iter().filter_map(|answer| answer.evidence.as_ref());
            answers.chain(&found.network.evidence).chain([found.provider.name_evidence()])
        });
        let standards = self.standards();
        let standards = standards.iter().flat_map(NetworkStandards::sources);
        let mut known = BTreeSet::new();
        let mut sources: Vec<&Evidence> = lists.chain(listed).chain(capable).chain(standards).collect();
        sources.retain(|by| known.insert((Arc::clone(&by.source), by.as_of)));
        sources
    }

    /// What is said of the standards for networks in the county of the patient; `None` if they are not for this kind of plan.
    pub(crate) fn standards(&self) -> Option<NetworkStandards<'a>> {
        let Discharge { near, service, .. } = self.discharge;
        let is_bound = self.plan_kind == Some(PlanKind::MedicareAdvantage);
        is_bound.then(|| NetworkStandards::at(self.counties, near.zip, *service))
    }
}

/// Cleans the printed fields of every provider of `evidence`.
pub(crate) fn clean_names(evidence: &mut GapEvidence) {
    for checked in &mut evidence.listed {
        show(&mut checked.provider);
    }
    for found in &mut evidence.capable {
        show(&mut found.provider);
    }
}

/// Why `checked` does not meet the question, first the reason it is counted under.
pub(crate) fn reasons<'a>(checked: &'a CheckedProvider, discharge: &Discharge) -> Vec<GapReason<'a>> {
    match &checked.finding {
        GapFinding::Excluded(bars) => bars.iter().map(exclusion).collect(),
        GapFinding::Unmet(found) => open_reasons(checked, found, discharge),
    }
}

fn exclusion(bar: &Exclusion) -> GapReason<'_> {
    let why = match bar.reason {
        ExclusionReason::Declines(need) => format!("declines {}", need.label()),
        ExclusionReason::Limit(limit) => {
            let label = limit.entry().map_or(limit.code(), |entry| entry.label.as_str());
            format!("the patient is beyond its limit: {}", label.to_lowercase())
        }
        ExclusionReason::Language => "speaks none of the patient's languages".to_owned(),
        ExclusionReason::Sex => "accepts the other sex only".to_owned(),
        ExclusionReason::StartOfCare => "starts care later than needed".to_owned(),
        // These say nothing of the patient but the ZIP, which the packet shows.
        ExclusionReason::ExcludedByOig
        | ExclusionReason::NotCertified
        | ExclusionReason::Closed
        | ExclusionReason::OutsideServiceArea
        | ExclusionReason::TooFar
        | ExclusionReason::NoPosition => bar.why.clone(),
    };
    GapReason { code: bar.reason.code(), why, evidence: bar.evidence.as_ref() }
}

/// What is open about a provider that does not exclude the patient.
fn open_reasons<'a>(checked: &'a CheckedProvider, found: &'a Match, discharge: &Discharge) -> Vec<GapReason<'a>> {
    let mut reasons = Vec::new();
    if found.fit == FitTier::NoRoom {
        let through = phrases::no_room_through(found.availability.room_from);
        let why = through.unwrap_or_else(|| format!("No room on {}", us_date(discharge.on)));
        reasons.push(GapReason { code: "no_room".to_owned(), why, evidence: found.availability.evidence.as_ref() });
    }
    if checked.network.status == NetworkStatus::Unconfirmed {
        let why = format!("its place in the network is not confirmed: {}", checked.network.why);
        reasons.push(GapReason { code: "unconfirmed".to_owned(), why, evidence: checked.network.evidence.as_ref() });
    }
    let open = found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer == Tristate::Unknown);
    reasons.extend(open.map(|answer| GapReason {
        code: format!("unanswered:{}", answer.asked.code()),
        why: format!("has not answered: {}", answer.asked.label()),
        evidence: None,
    }));
    if reasons.is_empty() {
        reasons.push(GapReason { code: found.fit.code().to_owned(), why: found.fit.label().to_lowercase(), evidence: None });
    }
    reasons
}

/// The name of a provider as a packet prints it.
pub(crate) fn printed_name(provider: &Provider) -> String {
    phrases::name(provider)
}
