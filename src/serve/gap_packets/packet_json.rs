//! Renders a packet as JSON: the evidence for programs, and the printed letter.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::choice_list::coverage_group::takes_medicare;
use crate::choice_list::document::ListDocument;
use crate::coverage::county_standards::CountyFound;
use crate::discharge::Discharge;
use crate::discharge::request::NeedRequest;
use crate::gap_packet::law::GapRule;
use crate::gap_packet::letter::PacketMetadata;
use crate::gap_packet::network_standards::NetworkStandards;
use crate::gap_packet::plan_kind::PlanKind;
use crate::gap_packet::table::{PacketRow, RowGroup, rows};
use crate::gap_packet::{GapPacket, GapReason};
use crate::matching::candidate::Directory;
use crate::overlay::LiveDirectory;
use crate::place::Miles;
use crate::serve::choice_lists::printed_json::PrintedJson;
use crate::serve::http::body::rendered;
use crate::serve::http::problem::Problem;
use crate::serve::json::parts::{DirectoryJson, EvidenceJson, NetworkAnswerJson, ProviderRefJson, printed_miles};
use crate::serve::json::question::{CoverageJson, NeedJson, needs_of};
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::enums;
use crate::service::Service;

/// Renders `packet` as JSON. `pages` is the number of pages of its PDF.
pub(crate) fn written(
    packet: &GapPacket<'_>,
    paper: &ListDocument,
    about: &PacketMetadata,
    pages: Option<usize>,
    served: &LiveDirectory,
) -> Result<Vec<u8>, Problem> {
    let (discharge, evidence) = (packet.discharge, packet.evidence);
    let rows = rows(packet);
    let of_group = |group| rows.iter().filter(move |row| row.group == group);
    let fits = evidence.counts.iter().filter(|(_, count)| **count > 0).map(|(fit, count)| (fit.code().to_owned(), *count));
    let reasons = evidence.left_out.iter().map(|(reason, count)| (reason.code(), *count));
    let wire = PacketJson {
        id: about.id.to_string(),
        made_on: about.made_on,
        directory: AnswerContext::from(served).into(),
        pages,
        hospital: packet.hospital.name.as_deref(),
        question: PacketQuestionJson {
            service: discharge.service.code(),
            zip: discharge.near.zip.to_string(),
            state: discharge.near.state.to_string(),
            within_miles: discharge.within.map(Miles::value),
            coverage: discharge.coverage.as_ref().map(|coverage| CoverageJson::new(coverage, served.base().plans())),
            needs: needs_of(discharge),
            discharge_on: discharge.on,
        },
        plan_kind: packet.plan_kind.map(PlanKind::code),
        checked: evidence.checked,
        failing: fits.chain(reasons).collect(),
        unanswered: evidence.unanswered(),
        in_network: of_group(RowGroup::InNetwork).map(CheckedJson::from).collect(),
        out_of_network: of_group(RowGroup::OutOfNetwork).map(|row| CapableJson::new(row, discharge)).collect(),
        out_of_network_within_miles: evidence.capable_within.map(Miles::value),
        standards: packet.standards().as_ref().map(StandardsJson::from),
        sources: packet.sources().into_iter().map(EvidenceJson::from).collect(),
        rules: packet.rules().map(|rule| GapRuleJson::new(rule, about.made_on)).collect(),
        printed: paper.into(),
    };
    rendered(&wire).map(|body| body.to_vec())
}

/// A network-gap packet. Its only facts about the patient are the ZIP, the plan, the needs and the day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapPacket)]
pub(crate) struct PacketJson<'a> {
    /// The printed packet number: 26 letters and digits in five groups.
    #[schema(examples("7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF"))]
    id: String,
    /// The date of the packet.
    made_on: Date,
    /// The directory it was made from.
    directory: DirectoryJson<'a>,
    /// The number of pages of the PDF; null if this server makes no PDF.
    #[schema(required)]
    pages: Option<usize>,
    /// The hospital's name, if configured.
    #[schema(required)]
    hospital: Option<&'a str>,
    /// The question, without the patient.
    question: PacketQuestionJson<'a>,
    /// The kind of the plan; null if not stated.
    #[schema(required, value_type = Option<PlanKind>)]
    plan_kind: Option<&'static str>,
    /// How many providers in the search area were checked, in network or not.
    checked: u32,
    /// How many of them fail for each reason, by fit or by code; the counts add up to `checked`.
    #[schema(value_type = BTreeMap<String, u32>)]
    failing: BTreeMap<String, u32>,
    /// How many in network have not said whether they take everything required. A yes of one closes the gap, so call them first.
    unanswered: u32,
    /// Every provider in the search area that the plan lists, on whatever terms, and why it does not meet the question.
    in_network: Vec<CheckedJson<'a>>,
    /// The nearest out of network that accept everything required; at most five.
    out_of_network: Vec<CapableJson<'a>>,
    /// How far was looked for these, in miles: the radius of the question or, if nobody there can take the patient, twice as far,
    /// and so on; null for services that come to the patient.
    #[schema(required)]
    out_of_network_within_miles: Option<f64>,
    /// What is known of the standards of time, distance and number for the county; null unless the plan is stated to be a Medicare
    /// Advantage plan.
    #[schema(required)]
    standards: Option<StandardsJson<'a>>,
    /// Every source that the packet rests on.
    sources: Vec<EvidenceJson<'a>>,
    /// The rules that the request cites.
    rules: Vec<GapRuleJson>,
    /// The printed letter, word for word.
    printed: PrintedJson<'a>,
}

/// The question of a packet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PacketQuestion)]
struct PacketQuestionJson<'a> {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The ZIP of the search.
    zip: String,
    /// Its state.
    state: String,
    /// Search radius in miles; null for services that come to the patient.
    #[schema(required)]
    within_miles: Option<f64>,
    /// The plan.
    #[schema(required)]
    coverage: Option<CoverageJson<'a>>,
    /// What the patient needs.
    #[schema(value_type = Vec<NeedRequest>)]
    needs: Vec<NeedJson>,
    /// The day care starts.
    discharge_on: Date,
}

/// A provider that the plan lists, and why it does not meet the question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedProvider)]
struct CheckedJson<'a> {
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line miles; null for services that come to the patient.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Its status in the network.
    network: NetworkAnswerJson<'a>,
    /// Why it does not meet the question, first the reason it is counted under.
    reasons: Vec<GapReasonJson<'a>>,
}

impl<'a> From<&'a PacketRow<'a>> for CheckedJson<'a> {
    fn from(row: &'a PacketRow<'a>) -> Self {
        Self {
            provider: row.provider.into(),
            distance_miles: row.distance.map(printed_miles),
            network: row.network.into(),
            reasons: row.reasons.iter().map(GapReasonJson::from).collect(),
        }
    }
}

/// One reason why a provider does not meet the question of a packet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PacketReason)]
struct GapReasonJson<'a> {
    /// A stable code: `declines:resp.vent`, `limit:size.max_lb`, `unanswered:resp.vent`, `no_room`, `unconfirmed`.
    #[schema(examples("declines:resp.vent"))]
    code: &'a str,
    /// The reason in words, without any number of the patient.
    why: &'a str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> From<&'a GapReason<'a>> for GapReasonJson<'a> {
    fn from(reason: &'a GapReason<'a>) -> Self {
        Self { code: &reason.code, why: &reason.why, said: reason.evidence.into() }
    }
}

/// A provider out of network that can take the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CapableProvider)]
struct CapableJson<'a> {
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line miles; null for services that come to the patient.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Its status in the network.
    network: NetworkAnswerJson<'a>,
    /// Everything required that it accepts, by the labels of the needs.
    accepts: Vec<&'static str>,
    /// Whether Medicare certifies it.
    #[schema(value_type = enums::Answer)]
    medicare: &'static str,
}

impl<'a> CapableJson<'a> {
    fn new(row: &'a PacketRow<'a>, discharge: &Discharge) -> Self {
        let line = row.provider.line(discharge.service);
        Self {
            provider: row.provider.into(),
            distance_miles: row.distance.map(printed_miles),
            network: row.network.into(),
            accepts: row.accepted(),
            medicare: takes_medicare(line, discharge.on).code(),
        }
    }
}

/// What is known of the standards for the network of a Medicare Advantage plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkStandards)]
struct StandardsJson<'a> {
    /// Whether there are any for the service, and whether they are known.
    #[schema(value_type = enums::GapStandards)]
    status: &'static str,
    /// The same in words.
    says: String,
    /// The counties in which the ZIP lies, the one with the most land first; empty if they are not known or do not matter.
    counties: Vec<CountyStandardJson>,
    /// The files that it rests on.
    sources: Vec<EvidenceJson<'a>>,
}

impl<'a> From<&NetworkStandards<'a>> for StandardsJson<'a> {
    fn from(standards: &NetworkStandards<'a>) -> Self {
        Self {
            status: standards.status().code(),
            says: standards.words(),
            counties: standards.counties().iter().map(CountyStandardJson::from).collect(),
            sources: standards.sources().map(EvidenceJson::from).collect(),
        }
    }
}

/// A county in which the ZIP lies, and its standard for the service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountyStandard)]
struct CountyStandardJson {
    /// The county.
    #[schema(examples("Clarendon, SC"))]
    county: String,
    /// Its type; null if the file of CMS does not list the county, and so are the numbers.
    #[schema(required, value_type = Option<enums::CountyType>)]
    county_type: Option<&'static str>,
    /// The least number of providers in the network.
    #[schema(required)]
    minimum_number: Option<u32>,
    /// The maximum travel time, in minutes.
    #[schema(required)]
    maximum_minutes: Option<u32>,
    /// The maximum travel distance, in miles.
    #[schema(required)]
    maximum_miles: Option<u32>,
}

impl From<&CountyFound<'_>> for CountyStandardJson {
    fn from(found: &CountyFound<'_>) -> Self {
        let standard = found.standard.map(|(_, standard)| standard);
        Self {
            county: found.county.to_string(),
            county_type: found.standard.map(|(county_type, _)| county_type.code()),
            minimum_number: standard.map(|standard| standard.minimum),
            maximum_minutes: standard.map(|standard| standard.minutes),
            maximum_miles: standard.map(|standard| standard.miles),
        }
    }
}

/// A rule of law that the request cites.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapRule)]
struct GapRuleJson {
    /// The rule.
    #[schema(value_type = enums::GapRuleId)]
    rule: &'static str,
    /// How it is cited.
    citation: &'static str,
    /// What it says.
    says: &'static str,
    /// The first day for which the entry is written.
    effective: Date,
    /// The day on which a named person compared the entry with the rule; null if none has.
    #[schema(required)]
    reviewed_on: Option<Date>,
    /// The day by which it must be reviewed again.
    review_by: Date,
    /// Whether that day has passed.
    review_overdue: bool,
}

impl GapRuleJson {
    fn new(rule: &'static GapRule, today: Date) -> Self {
        Self {
            rule: rule.id.code(),
            citation: &rule.citation,
            says: &rule.says,
            effective: rule.effective,
            reviewed_on: rule.review().reviewed().map(|(_, on)| on),
            review_by: rule.review_by,
            review_overdue: rule.review().is_overdue(today),
        }
    }
}
