//! The comparison of several providers.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use crate::discharge::Discharge;
use crate::evidence::{Fact, Tristate};
use crate::matching::candidate::AreaMatch;
use crate::matching::freshness::FactKind;
use crate::matching::report::{AcceptanceAnswer, MatchAvailability};
use crate::matching::requirement::Requirement;
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::phrases::safety::rating_gap;
use crate::provider::ProviderId;
use crate::provider::quality::{MeasureValue, QualityMeasure, Rating, SupportingMeasure};
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::ask;
use crate::serve::pages::compare::compared_provider::{ComparedProvider, ComparedRank, told_apart};
use crate::serve::pages::compare::difference_sentence::{DifferenceSentence, SentencePart};
use crate::serve::pages::compare::differences::differences;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::asked;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::{keep_form, open_form};
use crate::serve::pages::layout::{PageFrame, SiteSection, with_session_of_request};
use crate::serve::pages::provider::facts::by;
use crate::serve::pages::provider::line::{beds, has_beds};
use crate::serve::pages::provider::published::measured;
use crate::serve::state::AppState;
use crate::service::DeliveryMode;
use crate::text::proper_case::proper_case;

pub(crate) mod compared_provider;
pub(crate) mod difference_sentence;
pub(crate) mod differences;
pub(crate) mod measure_differences;

/// How many can be compared: fewer is no comparison, more do not fit on a screen.
const COMPARED: std::ops::RangeInclusive<usize> = 2..=5;

#[derive(Debug, Template)]
#[template(path = "compare.html", config = "src/serve/askama.toml")]
struct ComparePage {
    frame: PageFrame,
    /// The question in one line.
    asked: String,
    /// The fields of the question and the selection, for the way back and the next step.
    question: Vec<(String, String)>,
    /// Errors, if nothing can be compared.
    faults: Vec<String>,
    /// Ids that are not in the directory.
    unknown: Vec<String>,
    differences: Vec<DifferenceSentence>,
    columns: Vec<CompareColumn>,
    rows: Vec<CompareRow>,
}

/// One provider.
#[derive(Debug)]
struct CompareColumn {
    short: String,
    name: String,
    /// "Charleston SC"; empty if no address is known.
    town: String,
    link: String,
    phone: Option<String>,
}

/// One item compared.
#[derive(Debug)]
struct CompareRow {
    label: String,
    cells: Vec<CompareCell>,
}

/// The value of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct CompareCell {
    /// The class of a state and its sign; empty for other values.
    state: (&'static str, &'static str),
    says: String,
    /// Source and date.
    by: String,
}

/// Compare two to five providers
///
/// The question and the selection are sealed for fifteen minutes, and the browser goes on to the comparison.
#[utoipa::path(
    post,
    path = "/compare",
    operation_id = "page_compare",
    responses((status = 303, description = "The browser goes on to the comparison.")),
)]
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    keep_form(&app, &caller, &form, "/compare", "").await
}

/// A comparison of two to five providers
#[utoipa::path(
    get,
    path = "/compare/{token}",
    operation_id = "page_comparison",
    params(("token" = String, Path, description = "The token of the question.")),
    responses((
        status = 410,
        description = "The question was deleted, or belongs to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let Some(form) = open_form(&app, &caller, token).await? else { return ask::expired(&app) };
    let working = Arc::clone(&app);
    app.heavy.run(&caller, with_session_of_request(move || compared(&working, &form))).await?
}

/// The comparison that `form` asks for.
fn compared(app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
    let served = app.served()?;
    let frame = PageFrame::new(app, Some(served.base()), SiteSection::Ask, "Compare");
    let mut picked: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        if !picked.contains(&id) {
            picked.push(id);
        }
    }
    let mut page = ComparePage::empty(frame, form);
    if !COMPARED.contains(&picked.len()) {
        page.faults.push(wrong_count(picked.len()));
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question);
    }
    match asked(form, served.base(), served.today()) {
        Ok(asked) => match asked.question.discharges.first() {
            Some(discharge) => page.fill(&picked, discharge, &served),
            None => return Err(Problem::Internal),
        },
        Err(faults) => page.faults.extend(faults.into_iter().map(in_full)),
    }
    let status = if page.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html(status, &page, Sensitivity::Question)
}

/// An error with its hint.
fn in_full(fault: FormError) -> String {
    let hint = fault.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{}{hint}", fault.detail)
}

fn wrong_count(picked: usize) -> String {
    let what = match picked {
        0 => "No providers selected".to_owned(),
        1 => "Only 1 provider selected".to_owned(),
        more => format!("{more} providers selected"),
    };
    format!("{what}. Select {} to {} in the results.", COMPARED.start(), COMPARED.end())
}

impl ComparePage {
    fn empty(frame: PageFrame, form: &SubmittedForm) -> Self {
        let question = form.question().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let picks = form.all("pick").map(|pick| ("pick".to_owned(), pick.to_owned()));
        Self {
            frame,
            asked: String::new(),
            question: question.chain(picks).collect(),
            faults: Vec::new(),
            unknown: Vec::new(),
            differences: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn fill(&mut self, picked: &[&str], discharge: &Discharge, served: &LiveDirectory) {
        self.asked = phrases::question(discharge);
        let mut sides = Vec::new();
        for id in picked {
            let side = id.parse::<ProviderId>().ok().and_then(|id| ComparedProvider::new(&id, discharge, served));
            match side {
                Some(side) => sides.push(side),
                None => self.unknown.push((*id).to_owned()),
            }
        }
        if !COMPARED.contains(&sides.len()) {
            self.faults.push("Fewer than 2 of the selected providers are in the directory.".to_owned());
            return;
        }
        let sides = told_apart(sides);
        self.differences = differences(&sides);
        self.rows = rows(&sides, discharge);
        self.columns = sides.into_iter().map(CompareColumn::from).collect();
    }
}

impl From<ComparedProvider> for CompareColumn {
    fn from(side: ComparedProvider) -> Self {
        Self {
            name: phrases::name(&side.provider),
            town: side.provider.address.as_ref().map(|fact| phrases::town(&fact.value)).unwrap_or_default(),
            link: format!("/providers/{}", side.provider.id),
            phone: side.provider.phone.as_ref().map(|fact| fact.value.to_string()),
            short: side.short,
        }
    }
}

fn rows(sides: &[ComparedProvider], discharge: &Discharge) -> Vec<CompareRow> {
    let row = |label: String, cell: &dyn Fn(&ComparedProvider) -> CompareCell| {
        let offers = |side: &ComparedProvider| side.place != ComparedRank::OtherService;
        let cells =
            sides.iter().map(|side| if offers(side) { cell(side) } else { CompareCell::plain("Not applicable".to_owned()) });
        CompareRow { label, cells: cells.collect() }
    };
    let mut rows = vec![CompareRow { label: "Rank".to_owned(), cells: sides.iter().map(place).collect() }];
    rows.push(CompareRow { label: "Safety notices".to_owned(), cells: sides.iter().map(safety).collect() });
    if sides.iter().filter_map(ComparedProvider::line).any(|line| !line.serves.is_empty()) {
        rows.push(row("Is for".to_owned(), &served));
    }
    if discharge.geography() == DeliveryMode::ProviderComes {
        rows.push(row(format!("Serves {}", discharge.near.zip), &serves));
    }
    rows.push(row("Distance".to_owned(), &|side| {
        side.distance.map_or_else(CompareCell::nobody, |miles| CompareCell::plain(format!("{miles} miles")))
    }));
    rows.push(row("Network".to_owned(), &|side| {
        side.network.as_ref().map_or_else(CompareCell::nobody, |answer| CompareCell::plain(phrases::network(answer)))
    }));
    rows.extend(differences::asked(sides).into_iter().map(|thing| row(thing.label().to_owned(), &|side| need(side, thing))));
    rows.push(row(phrases::room_label(discharge.service).to_owned(), &room));
    let outcomes = |side: &ComparedProvider| side.line().and_then(|line| line.outcomes.clone());
    if sides.iter().any(|side| outcomes(side).is_some()) {
        let told = |side: &ComparedProvider| {
            outcomes(side).map_or_else(CompareCell::nobody, |known| CompareCell::plain(phrases::likelihood::outcomes(&known)))
        };
        rows.push(row("Referrals".to_owned(), &told));
    }
    if sides.iter().any(|side| !side.chance.is_empty()) {
        let chance = |side: &ComparedProvider| match side.chance.as_slice() {
            [] => CompareCell::nobody(),
            parts => CompareCell::plain(parts.join(". ")),
        };
        rows.push(row("Chance".to_owned(), &chance));
    }
    if let Some(measure) = QualityMeasure::of(discharge.service) {
        rows.push(row(measured(measure).to_owned(), &|side| rating(side, discharge.asked_on)));
    }
    for measure in SupportingMeasure::ALL {
        let fact = |side: &ComparedProvider| side.line().and_then(|line| line.measures.get(&measure)).cloned();
        if sides.iter().any(|side| fact(side).is_some()) {
            rows.push(row(measure.label().to_owned(), &|side| {
                let said = |fact: Fact<MeasureValue>| CompareCell::said(fact.value.to_string(), by(&fact.evidence));
                fact(side).map_or_else(CompareCell::nobody, said)
            }));
        }
    }
    if has_beds(discharge.service) {
        rows.push(row(beds(discharge.service).to_owned(), &|side| {
            let fact = side.line().and_then(|line| line.beds.as_ref());
            fact.map_or_else(CompareCell::nobody, |fact| CompareCell::said(fact.value.to_string(), by(&fact.evidence)))
        }));
    }
    rows.push(row("Limits".to_owned(), &limits));
    rows.push(CompareRow { label: "Ownership".to_owned(), cells: sides.iter().map(ownership).collect() });
    rows
}

impl CompareCell {
    fn plain(says: String) -> Self {
        Self { says, ..Self::default() }
    }

    fn said(says: String, by: String) -> Self {
        Self { says, by, ..Self::default() }
    }

    fn nobody() -> Self {
        Self { state: ("unknown", "?"), ..Self::plain("Not reported".to_owned()) }
    }

    fn answer(answer: Tristate) -> Self {
        let (state, says) = match answer {
            Tristate::Yes => (("yes", "✓"), "Yes"),
            Tristate::No => (("no", "✗"), "No"),
            Tristate::Unknown => (("unknown", "?"), "Not reported"),
        };
        Self { state, ..Self::plain(says.to_owned()) }
    }
}

fn place(side: &ComparedProvider) -> CompareCell {
    match &side.place {
        ComparedRank::Stands { rank, of, tier, worth } => {
            CompareCell { by: worth.clone(), ..CompareCell::plain(format!("{rank} of {of}: {tier}")) }
        }
        ComparedRank::Out(bars) => {
            CompareCell { state: ("no", "✗"), ..CompareCell::plain(format!("Excluded: {}", bars.join("; "))) }
        }
        ComparedRank::OtherService => {
            let offers: Vec<&str> = side.provider.lines.iter().map(|line| line.service.label()).collect();
            let says = format!("Does not offer this level of care. Offers: {}", offers.join(", ").to_lowercase());
            CompareCell { state: ("no", "✗"), ..CompareCell::plain(says) }
        }
    }
}

/// Every notice in full. That none is published is no proof that there is nothing.
fn safety(side: &ComparedProvider) -> CompareCell {
    if side.safety.is_empty() {
        return CompareCell::plain("None published".to_owned());
    }
    CompareCell { state: ("unknown", "!"), ..CompareCell::plain(side.safety.join(" ")) }
}

fn ownership(side: &ComparedProvider) -> CompareCell {
    let fact = side.provider.ownership.as_ref();
    fact.map_or_else(CompareCell::nobody, |fact| CompareCell::said(proper_case(&fact.value), by(&fact.evidence)))
}

fn serves(side: &ComparedProvider) -> CompareCell {
    let by = || side.line().and_then(|line| line.area.evidence()).map(by).unwrap_or_default();
    match side.serves {
        Some(AreaMatch::Yes) => CompareCell { by: by(), ..CompareCell::answer(Tristate::Yes) },
        Some(AreaMatch::No) => CompareCell { by: by(), ..CompareCell::answer(Tristate::No) },
        Some(AreaMatch::NotPublished) | None => CompareCell::nobody(),
    }
}

fn need(side: &ComparedProvider, thing: Requirement) -> CompareCell {
    let found = side.answers.iter().find(|answer| answer.asked == thing);
    found.map_or_else(CompareCell::nobody, |found: &AcceptanceAnswer| {
        let note = found.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let cell = CompareCell::answer(found.answer);
        CompareCell { says: cell.says + &note, by: found.evidence.as_ref().map(by).unwrap_or_default(), ..cell }
    })
}

/// "Yes, Nov 22 to Nov 24, 2 beds", or the last day without room.
fn room(side: &ComparedProvider) -> CompareCell {
    let MatchAvailability { answer, evidence, days, room_from } = &side.availability;
    let cell = CompareCell::answer(*answer);
    let says = match (phrases::no_room_through(*room_from), days) {
        (Some(full), _) => full,
        (None, Some(days)) => format!("{}, {days}", cell.says),
        (None, None) => cell.says,
    };
    CompareCell { says, by: evidence.as_ref().map(by).unwrap_or_default(), state: cell.state }
}

/// The rating, or why there is none.
fn rating(side: &ComparedProvider, today: Date) -> CompareCell {
    if let Some((says, fact)) = rating_gap(&side.provider, side.service) {
        return CompareCell::said(says.to_owned(), by(&fact.evidence));
    }
    let rated = |fact: &Fact<Rating>| {
        let by = phrases::with_old_mark(by(&fact.evidence), FactKind::Rating, Some(&fact.evidence), today);
        CompareCell::said(phrases::rating(fact.value), by)
    };
    side.rating().map_or_else(CompareCell::nobody, rated)
}

/// The groups of people it is for.
fn served(side: &ComparedProvider) -> CompareCell {
    let facts = side.line().into_iter().flat_map(|line| &line.serves);
    let said: Vec<String> = facts.map(|fact| format!("{} ({})", fact.value.label(), by(&fact.evidence))).collect();
    if said.is_empty() { CompareCell::nobody() } else { CompareCell::plain(said.join("; ")) }
}

fn limits(side: &ComparedProvider) -> CompareCell {
    let set = side.line().into_iter().flat_map(|line| &line.limits).map(|(limit, fact)| {
        let (label, unit) = limit.entry().map_or(("", ""), |entry| (entry.label.as_str(), entry.unit.as_str()));
        format!("{label}: {} {unit}", fact.value)
    });
    let set: Vec<String> = set.collect();
    if set.is_empty() { CompareCell::plain("Not reported".to_owned()) } else { CompareCell::plain(set.join("; ")) }
}
