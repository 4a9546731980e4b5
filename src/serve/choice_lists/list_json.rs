//! Renders a list as JSON: the providers for programs, and the printed text.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::choice_list::coverage_group::takes_medicare;
use crate::choice_list::document::{DocumentMetadata, ListDocument};
use crate::choice_list::draft::DraftReason;
use crate::choice_list::language::Language;
use crate::choice_list::law::LegalRule;
use crate::choice_list::teaching_sheet::TeachingSheet;
use crate::choice_list::writer::rules_of;
use crate::choice_list::{ChoiceList, ListOrder, ListedProvider, ServiceChoices};
use crate::discharge::Discharge;
use crate::hospital::FinancialInterest;
use crate::matching::candidate::{AreaMatch, Directory};
use crate::overlay::LiveDirectory;
use crate::place::Miles;
use crate::provider::ServiceLine;
use crate::provider::business::BusinessFact;
use crate::provider::quality::Rating;
use crate::serve::choice_lists::printed_json::PrintedJson;
use crate::serve::http::body::rendered;
use crate::serve::http::problem::Problem;
use crate::serve::json::fact::FactJson;
use crate::serve::json::parts::{DirectoryJson, EvidenceJson, NetworkAnswerJson, ProviderRefJson, printed_miles};
use crate::serve::json::published::{MeasureJson, RatingGapJson, SafetyNoticeJson};
use crate::serve::json::question::CoverageJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::{enums, facts};
use crate::service::{DeliveryMode, Service};

/// Renders `list` as JSON. `pages` is the number of pages of its PDF.
pub(crate) fn written(
    list: &ChoiceList<'_>,
    paper: &ListDocument,
    imprint: &DocumentMetadata<'_>,
    pages: Option<usize>,
    served: &LiveDirectory,
) -> Result<Vec<u8>, Problem> {
    let mut services = list.services.iter().map(ServiceChoicesJson::from);
    let Some(first) = list.services.first() else { return Err(Problem::Internal) };
    let ServiceChoicesJson { service, within_miles, order, complete, matched, providers } =
        services.next().ok_or(Problem::Internal)?;
    let discharge = first.discharge;
    let notices = Language::ALL.map(Language::code).into_iter();
    let wire = ListJson {
        id: imprint.id.to_string(),
        made_on: imprint.made_on,
        directory: AnswerContext::from(served).into(),
        language: list.language.code(),
        reviewed: list.language.reviewed(),
        draft: DraftReason::of(list).into_iter().map(DraftReason::code).collect(),
        pages,
        hospital: list.hospital.name.as_deref(),
        hospital_kind: list.hospital.kind.code(),
        service,
        near: ListNearJson { zip: discharge.near.zip.to_string(), state: discharge.near.state.to_string() },
        within_miles,
        coverage: discharge.coverage.as_ref().map(|coverage| CoverageJson::new(coverage, served.base().plans())),
        order,
        complete,
        matched,
        providers,
        more_services: services.collect(),
        interests: InterestsJson::of(list),
        asked_to_be_listed_kept: list.hospital.asked_to_be_listed.is_some(),
        rules: rules_of(list).into_iter().map(RuleJson::from).collect(),
        language_notices: notices.chain(list.hospital.language_notices.iter().map(|notice| notice.language)).collect(),
        teaching_sheets: list.sheets().map(SheetVersionJson::from).collect(),
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
    /// Why it is a draft; empty for a list that can be filed.
    #[schema(value_type = Vec<enums::DraftReason>)]
    draft: Vec<&'static str>,
    /// The number of pages of the PDF; null if this server makes no PDF.
    #[schema(required)]
    pages: Option<usize>,
    /// The hospital's name, if configured.
    #[schema(required)]
    hospital: Option<&'a str>,
    /// The kind of the hospital, which decides the rules.
    #[schema(value_type = enums::HospitalKind)]
    hospital_kind: &'static str,
    /// The service; the first, if several were asked for.
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
    /// The order within each group; never by score.
    #[schema(value_type = ListOrder)]
    order: &'static str,
    /// Whether it lists every provider that fits. A list that does not is a draft.
    complete: bool,
    /// Number of providers that fit.
    matched: usize,
    /// The listed providers, in order.
    providers: Vec<ListedJson<'a>>,
    /// The other services of the list, in the order asked; empty for one service.
    more_services: Vec<ServiceChoicesJson<'a>>,
    /// The financial interests the hospital stated.
    interests: InterestsJson<'a>,
    /// Whether the hospital keeps a record of the agencies that asked to be listed.
    asked_to_be_listed_kept: bool,
    /// The rules of law that the list follows.
    rules: Vec<RuleJson>,
    /// The languages of the notice of free language help (45 CFR 92.11), as ISO 639-1 codes.
    language_notices: Vec<&'static str>,
    /// The teaching sheets behind the list, with the version that was printed; empty if none were asked for.
    teaching_sheets: Vec<SheetVersionJson>,
    /// The printed text, word for word.
    printed: PrintedJson<'a>,
}

/// A teaching sheet behind a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListedSheet)]
struct SheetVersionJson {
    /// The level of care it is about.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The version of its texts.
    version: u32,
    /// Whether a person has reviewed its texts.
    reviewed: bool,
}

impl From<TeachingSheet> for SheetVersionJson {
    fn from(sheet: TeachingSheet) -> Self {
        Self { service: sheet.service.code(), version: sheet.version(), reviewed: sheet.reviewed_on().is_some() }
    }
}

/// The providers of one service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceChoices)]
struct ServiceChoicesJson<'a> {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// Search radius in miles; null for services that come to the patient.
    #[schema(required)]
    within_miles: Option<f64>,
    /// The order within each group; never by score.
    #[schema(value_type = ListOrder)]
    order: &'static str,
    /// Whether it lists every provider that fits. A list that does not is a draft.
    complete: bool,
    /// Number of providers that fit.
    matched: usize,
    /// The listed providers, in order.
    providers: Vec<ListedJson<'a>>,
}

impl<'a> From<&ServiceChoices<'a>> for ServiceChoicesJson<'a> {
    fn from(choices: &ServiceChoices<'a>) -> Self {
        Self {
            service: choices.discharge.service.code(),
            within_miles: choices.discharge.within.map(Miles::value),
            order: choices.order.code(),
            complete: choices.is_whole(),
            matched: choices.matched,
            providers: choices.listed.iter().map(|listed| ListedJson::new(listed, choices.discharge)).collect(),
        }
    }
}

/// A rule of law that the list follows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListRule)]
struct RuleJson {
    /// The rule.
    #[schema(value_type = enums::ListRuleCode)]
    rule: &'static str,
    /// How it is cited.
    citation: &'static str,
    /// The day on which a named person compared the entry with the rule; null if none has.
    #[schema(required)]
    reviewed_on: Option<Date>,
}

impl From<LegalRule> for RuleJson {
    fn from(rule: LegalRule) -> Self {
        let text = rule.text();
        Self { rule: rule.code(), citation: &text.citation, reviewed_on: text.reviewed_on() }
    }
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
    /// Why it has no rating; null where it has one, and where no source says why.
    #[schema(required)]
    rating_gap: Option<RatingGapJson<'a>>,
    /// What else is measured, quality and resource use.
    measures: Vec<MeasureJson<'a>>,
    /// What official sources publish about its safety.
    safety: Vec<SafetyNoticeJson<'a>>,
    /// The hospital's financial interest in it, in its own words.
    #[schema(required)]
    interest: Option<&'a str>,
    /// The Medicare models under which the hospital shares savings or costs with it.
    #[schema(value_type = Vec<enums::SharingModel>)]
    sharing: Vec<&'static str>,
    /// That CMS lists it as qualified for the TEAM waiver of the three-day stay on the day of the discharge; null if that is unknown.
    #[schema(required, value_type = Option<facts::TextFact>)]
    stay_waiver: Option<FactJson<'a, String>>,
    /// Whether the patient asked to see it first.
    selected: bool,
    /// Whether it asked to be listed (42 CFR 482.43(c)(1)).
    asked_to_be_listed: bool,
}

impl<'a> ListedJson<'a> {
    fn new(listed: &ListedProvider<'a>, discharge: &Discharge) -> Self {
        let (found, service) = (listed.found, discharge.service);
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
            medicare: MedicareJson::new(line, discharge.on),
            network: (&found.network).into(),
            quality: line.and_then(ListedQualityJson::of),
            rating_gap: line.and_then(|line| line.rating_gap.as_ref()).map(RatingGapJson::from),
            measures: line.map(MeasureJson::all_of).unwrap_or_default(),
            safety: line.into_iter().flat_map(|line| &line.safety).map(SafetyNoticeJson::from).collect(),
            interest: listed.interest.map(|interest| interest.says.as_str()),
            sharing: listed.sharing.iter().map(|model| model.code()).collect(),
            stay_waiver: listed.stay_waiver.map(|fact| FactJson::new(fact, BusinessFact::to_string)),
            selected: listed.selected,
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

impl<'a> MedicareJson<'a> {
    /// What the list prints for a discharge on `day`.
    fn new(line: Option<&'a ServiceLine>, day: Date) -> Self {
        let fact = line.and_then(|line| line.medicare.as_ref());
        Self { answer: takes_medicare(line, day).code(), said: fact.map(|fact| &fact.evidence).into() }
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
