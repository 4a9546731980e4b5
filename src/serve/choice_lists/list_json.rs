//! Renders a list as JSON: the providers for programs, and the printed text.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::choice_list::document::{DocumentMetadata, ListBlock, ListDocument, ListSection, ProviderEntry, TextLine};
use crate::choice_list::language::Language;
use crate::choice_list::{ChoiceList, ListOrder, ListedProvider};
use crate::hospital::FinancialInterest;
use crate::matching::candidate::{AreaMatch, Directory};
use crate::overlay::LiveDirectory;
use crate::place::Miles;
use crate::provider::{Rating, ServiceLine, stated};
use crate::serve::http::body::rendered;
use crate::serve::http::problem::Problem;
use crate::serve::json::parts::{DirectoryJson, EvidenceJson, NetworkAnswerJson, ProviderRefJson, printed_miles};
use crate::serve::json::question::CoverageJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::enums;
use crate::service::{DeliveryMode, Service};

/// Renders `list` as JSON.
pub(crate) fn written(
    list: &ChoiceList<'_>,
    paper: &ListDocument,
    imprint: &DocumentMetadata<'_>,
    served: &LiveDirectory,
) -> Result<Vec<u8>, Problem> {
    let discharge = list.discharge;
    let wire = ListJson {
        id: imprint.id.to_string(),
        made_on: imprint.made_on,
        directory: AnswerContext::from(served).into(),
        language: list.language.code(),
        reviewed: list.language.reviewed(),
        hospital: list.hospital.name.as_deref(),
        service: discharge.service.code(),
        near: ListNearJson { zip: discharge.near.zip.to_string(), state: discharge.near.state.to_string() },
        within_miles: discharge.within.map(Miles::value),
        coverage: discharge.coverage.as_ref().map(|coverage| CoverageJson::new(coverage, served.base().plans())),
        order: list.order.code(),
        complete: list.is_whole(),
        matched: list.matched,
        providers: list.listed.iter().map(|listed| ListedJson::new(listed, list)).collect(),
        interests: InterestsJson::of(list),
        asked_to_be_listed_kept: list.hospital.asked_to_be_listed.is_some(),
        printed: paper.into(),
    };
    rendered(&wire).map(|body| body.to_vec())
}

/// The whole list. Its only facts about the patient are the ZIP and the plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChoiceList)]
pub(crate) struct ListJson<'a> {
    /// The printed list number: 26 letters and digits in five groups.
    #[schema(examples("7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF"))]
    id: String,
    /// The date of the list.
    made_on: Date,
    /// The directory it was made from.
    directory: DirectoryJson<'a>,
    /// The language of the printed text.
    #[schema(value_type = Language)]
    language: &'static str,
    /// Whether a person has reviewed the texts of that language.
    reviewed: bool,
    /// The hospital's name, if configured.
    #[schema(required)]
    hospital: Option<&'a str>,
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The location of the search.
    near: ListNearJson,
    /// Search radius in miles; null for services that come to the patient.
    #[schema(required)]
    within_miles: Option<f64>,
    /// Coverage; null if not specified.
    #[schema(required)]
    coverage: Option<CoverageJson<'a>>,
    /// The order; never by score.
    #[schema(value_type = ListOrder)]
    order: &'static str,
    /// Whether it lists every provider that fits, not a selection.
    complete: bool,
    /// Number of providers that fit.
    matched: usize,
    /// The listed providers, in order.
    providers: Vec<ListedJson<'a>>,
    /// The financial interests the hospital stated.
    interests: InterestsJson<'a>,
    /// Whether the hospital keeps a record of the agencies that asked to be listed.
    asked_to_be_listed_kept: bool,
    /// The printed text, word for word.
    printed: PrintedJson<'a>,
}

/// The location of the search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListNear)]
struct ListNearJson {
    /// The ZIP.
    zip: String,
    /// Its state.
    state: String,
}

/// One provider on a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Listed)]
struct ListedJson<'a> {
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line miles; null for services that come to the patient.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// For services that come to the patient: whether the provider serves the ZIP.
    #[schema(required, value_type = Option<enums::ComesTo>)]
    service_area: Option<&'static str>,
    /// Whether Medicare certifies it.
    medicare: MedicareJson<'a>,
    /// Whether the plan covers it.
    network: NetworkAnswerJson<'a>,
    /// Its quality rating.
    #[schema(required)]
    quality: Option<ListedQualityJson<'a>>,
    /// The hospital's financial interest in it, in its own words.
    #[schema(required)]
    interest: Option<&'a str>,
    /// Whether it asked to be listed (42 CFR 482.43(c)(1)).
    asked_to_be_listed: bool,
}

impl<'a> ListedJson<'a> {
    fn new(listed: &ListedProvider<'a>, list: &ChoiceList<'a>) -> Self {
        let (found, service) = (listed.found, list.discharge.service);
        let travels = service.geography() == DeliveryMode::PatientTravels;
        let line = found.provider.line(service);
        Self {
            provider: found.provider.as_ref().into(),
            distance_miles: found.distance.filter(|_| travels).map(printed_miles),
            service_area: (!travels).then_some(match found.serves {
                AreaMatch::Yes => "yes",
                AreaMatch::No => "no",
                AreaMatch::NotPublished => "not_published",
            }),
            medicare: line.into(),
            network: (&found.network).into(),
            quality: line.and_then(ListedQualityJson::of),
            interest: listed.interest.map(|interest| interest.says.as_str()),
            asked_to_be_listed: listed.asked,
        }
    }
}

/// Whether Medicare certifies it, with the source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Medicare)]
struct MedicareJson<'a> {
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> From<Option<&'a ServiceLine>> for MedicareJson<'a> {
    fn from(line: Option<&'a ServiceLine>) -> Self {
        let fact = line.and_then(|line| line.medicare.as_ref());
        Self { answer: stated(fact).code(), said: fact.map(|fact| &fact.evidence).into() }
    }
}

/// A quality rating and its scale.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityListed)]
struct ListedQualityJson<'a> {
    /// The measure.
    #[schema(value_type = enums::Measure)]
    measure: &'static str,
    /// The rating.
    value: f64,
    /// The highest possible rating.
    highest: u8,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> ListedQualityJson<'a> {
    fn of(line: &'a ServiceLine) -> Option<Self> {
        let fact = line.rating.as_ref()?;
        let Rating { measure, tenths } = fact.value;
        let (_, highest) = measure.scale_tenths();
        let value = f64::from(tenths) / 10.0;
        Some(Self { measure: measure.code(), value, highest: highest / 10, said: (&fact.evidence).into() })
    }
}

/// The financial interests the hospital stated, and whether it stated any or none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Interests)]
struct InterestsJson<'a> {
    /// Whether the hospital stated its interests, or that there are none.
    told: bool,
    /// The interests.
    list: Vec<InterestJson<'a>>,
}

/// One financial interest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Interest)]
struct InterestJson<'a> {
    /// The provider's id.
    provider: &'a str,
    /// A description in the hospital's words.
    says: &'a str,
}

impl<'a> InterestsJson<'a> {
    fn of(choices: &ChoiceList<'a>) -> Self {
        let hospital = choices.hospital;
        let wire =
            |FinancialInterest { provider, says }: &'a FinancialInterest| InterestJson { provider: provider.as_str(), says };
        let list: Vec<InterestJson<'a>> = hospital.interests.iter().map(wire).collect();
        Self { told: hospital.no_interests || choices.interests_elsewhere || !list.is_empty(), list }
    }
}

/// The printed text, word for word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Printed)]
struct PrintedJson<'a> {
    /// Its title.
    title: &'a str,
    /// Warnings such as DRAFT, each in its language.
    notices: Vec<NoticeJson<'a>>,
    /// The lines below the title.
    #[schema(value_type = Vec<String>)]
    head: &'a [String],
    /// The sections below.
    sections: Vec<PrintedSectionJson<'a>>,
    /// The line at the foot of each page.
    foot: &'a str,
}

impl<'a> From<&'a ListDocument> for PrintedJson<'a> {
    fn from(paper: &'a ListDocument) -> Self {
        Self {
            title: &paper.title,
            notices: paper.notices.iter().map(|(language, text)| NoticeJson { language: language.code(), text }).collect(),
            head: &paper.head,
            sections: paper.sections.iter().map(PrintedSectionJson::from).collect(),
            foot: &paper.foot,
        }
    }
}

/// A notice in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
struct NoticeJson<'a> {
    /// The language.
    #[schema(value_type = Language)]
    language: &'static str,
    /// The text.
    text: &'a str,
}

/// One section of the printed text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Section)]
struct PrintedSectionJson<'a> {
    /// Its heading.
    title: &'a str,
    /// The blocks below it.
    blocks: Vec<PrintedBlockJson<'a>>,
}

impl<'a> From<&'a ListSection> for PrintedSectionJson<'a> {
    fn from(section: &'a ListSection) -> Self {
        Self { title: &section.title, blocks: section.blocks.iter().map(PrintedBlockJson::from).collect() }
    }
}

/// One block of a section.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Block)]
enum PrintedBlockJson<'a> {
    /// A paragraph.
    Text(&'a str),
    /// Providers, each with its lines.
    Places(Vec<PrintedEntryJson<'a>>),
    /// A bulleted list.
    Points(Vec<&'a str>),
    /// Labels of fields to fill in by hand.
    Blanks(&'a [String]),
}

impl<'a> From<&'a ListBlock> for PrintedBlockJson<'a> {
    fn from(block: &'a ListBlock) -> Self {
        match block {
            ListBlock::Text(text) => Self::Text(text),
            ListBlock::Places(entries) => Self::Places(entries.iter().map(PrintedEntryJson::from).collect()),
            ListBlock::Points(points) => Self::Points(texts(points)),
            ListBlock::Blanks(blanks) => Self::Blanks(blanks),
        }
    }
}

/// One provider in the printed text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
struct PrintedEntryJson<'a> {
    /// Its name.
    name: &'a str,
    /// Its facts, one per line.
    lines: Vec<&'a str>,
}

impl<'a> From<&'a ProviderEntry> for PrintedEntryJson<'a> {
    fn from(entry: &'a ProviderEntry) -> Self {
        Self { name: &entry.name, lines: texts(&entry.lines) }
    }
}

fn texts(lines: &[TextLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}
