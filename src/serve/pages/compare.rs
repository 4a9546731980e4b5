//! Several providers side by side.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{Fault, asked};
use super::form::Form;
use super::frame::{Frame, Section};
use super::provider::line::{beds, has_beds, measured};
use super::provider::said::by;
use super::{Holds, html};
use crate::care::Geography;
use crate::discharge::Discharge;
use crate::evidence::{Answer, Fact};
use crate::live::Live;
use crate::matching::Serves;
use crate::matching::report::{AcceptanceAnswer, Asked, Availability};
use crate::provider::{Address, Measure, ProviderId};
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;
use crate::words;

pub mod differ;
pub mod side;

use differ::{Part, Sentence, differences};
use side::{Place, Side, told_apart};

/// How many may be compared: fewer is no comparison, more fit on no screen.
const COMPARED: std::ops::RangeInclusive<usize> = 2..=5;

#[derive(Debug, Template)]
#[template(path = "compare.html", config = "src/serve/askama.toml")]
struct ComparePage {
    frame: Frame,
    /// What was asked, in a line.
    asked: String,
    /// The fields of the question, for the way back.
    question: Vec<(String, String)>,
    /// What is wrong, where nothing can be compared.
    faults: Vec<String>,
    /// Ids that the directory does not have.
    unknown: Vec<String>,
    differences: Vec<Sentence>,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// One provider.
#[derive(Debug)]
struct Column {
    short: String,
    name: String,
    /// "Charleston SC"; empty where no address is known.
    town: String,
    link: String,
    phone: Option<String>,
}

/// One thing compared.
#[derive(Debug)]
struct Row {
    label: String,
    cells: Vec<Cell>,
}

/// What there is to say of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Cell {
    /// The class of a state, and its sign; empty where it is no state.
    state: (&'static str, &'static str),
    says: String,
    /// Who says so.
    by: String,
}

/// Two to five of them.
pub(super) async fn page(State(app): State<Arc<App>>, _: Query<()>, form: Form) -> Result<Response, Problem> {
    let served = app.served()?;
    let frame = Frame::new(&app, Some(served.base()), Section::Ask, "Side by side");
    let mut picked: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        if !picked.contains(&id) {
            picked.push(id);
        }
    }
    let mut page = ComparePage::empty(frame, &form);
    if !COMPARED.contains(&picked.len()) {
        page.faults.push(wrong_count(picked.len()));
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page, Holds::Question);
    }
    match asked(&form, served.base(), served.today()) {
        Ok(asked) => match asked.question.discharges.first() {
            Some(discharge) => page.fill(&picked, discharge, &served),
            None => return Err(Problem::Internal),
        },
        Err(faults) => page.faults.extend(faults.into_iter().map(in_full)),
    }
    let status = if page.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html(status, &page, Holds::Question)
}

/// A fault with the way to mend it.
fn in_full(fault: Fault) -> String {
    let hint = fault.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{}{hint}", fault.detail)
}

fn wrong_count(picked: usize) -> String {
    let what = match picked {
        0 => "None was chosen".to_owned(),
        1 => "Only one was chosen".to_owned(),
        more => format!("{more} were chosen"),
    };
    format!("{what}: choose {} to {} on the list.", COMPARED.start(), COMPARED.end())
}

impl ComparePage {
    fn empty(frame: Frame, form: &Form) -> Self {
        let question = form.question().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            frame,
            asked: String::new(),
            question: question.collect(),
            faults: Vec::new(),
            unknown: Vec::new(),
            differences: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn fill(&mut self, picked: &[&str], discharge: &Discharge, served: &Live) {
        self.asked = words::question(discharge);
        let mut sides = Vec::new();
        for id in picked {
            let side = id.parse::<ProviderId>().ok().and_then(|id| Side::new(&id, discharge, served));
            match side {
                Some(side) => sides.push(side),
                None => self.unknown.push((*id).to_owned()),
            }
        }
        if !COMPARED.contains(&sides.len()) {
            self.faults.push("Too few of those chosen are in the directory to compare.".to_owned());
            return;
        }
        let sides = told_apart(sides);
        self.differences = differences(&sides);
        self.rows = rows(&sides, discharge);
        self.columns = sides.into_iter().map(Column::from).collect();
    }
}

impl From<Side> for Column {
    fn from(side: Side) -> Self {
        Self {
            name: side.provider.name.value.clone(),
            town: side.provider.address.as_ref().map(town).unwrap_or_default(),
            link: format!("/providers/{}", side.provider.id),
            phone: side.provider.phone.as_ref().map(|fact| fact.value.to_string()),
            short: side.short,
        }
    }
}

fn town(address: &Fact<Address>) -> String {
    format!("{} {}", address.value.city, address.value.state)
}

fn rows(sides: &[Side], discharge: &Discharge) -> Vec<Row> {
    let row = |label: String, cell: &dyn Fn(&Side) -> Cell| {
        let offers = |side: &Side| side.place != Place::OtherService;
        let cells =
            sides.iter().map(|side| if offers(side) { cell(side) } else { Cell::plain("does not apply".to_owned()) });
        Row { label, cells: cells.collect() }
    };
    let mut rows = vec![Row { label: "Place on the list".to_owned(), cells: sides.iter().map(place).collect() }];
    if discharge.geography() == Geography::ProviderComes {
        rows.push(row(format!("Serves {}", discharge.near.zip), &serves));
    }
    rows.push(row("Distance".to_owned(), &|side| {
        side.distance.map_or_else(Cell::nobody, |miles| Cell::plain(format!("{miles} miles")))
    }));
    rows.push(row("Network".to_owned(), &|side| {
        side.network.as_ref().map_or_else(Cell::nobody, |answer| Cell::plain(words::network(answer)))
    }));
    rows.extend(differ::asked(sides).into_iter().map(|thing| row(thing.label().to_owned(), &|side| need(side, thing))));
    rows.push(row("Room".to_owned(), &room));
    let outcomes = |side: &Side| side.line().and_then(|line| line.outcomes);
    if sides.iter().any(|side| outcomes(side).is_some()) {
        let told = |side: &Side| outcomes(side).map_or_else(Cell::nobody, |known| Cell::plain(words::outcomes(known)));
        rows.push(row("Referrals".to_owned(), &told));
    }
    if let Some(measure) = Measure::of(discharge.service) {
        rows.push(row(measured(measure).to_owned(), &rating));
    }
    if has_beds(discharge.service) {
        rows.push(row(beds(discharge.service).to_owned(), &|side| {
            let fact = side.line().and_then(|line| line.beds.as_ref());
            fact.map_or_else(Cell::nobody, |fact| Cell::said(fact.value.to_string(), by(&fact.evidence)))
        }));
    }
    rows.push(row("Limits".to_owned(), &limits));
    rows.push(Row { label: "Ownership".to_owned(), cells: sides.iter().map(ownership).collect() });
    rows
}

impl Cell {
    fn plain(says: String) -> Self {
        Self { says, ..Self::default() }
    }

    fn said(says: String, by: String) -> Self {
        Self { says, by, ..Self::default() }
    }

    fn nobody() -> Self {
        Self { state: ("unknown", "?"), ..Self::plain("Nobody says".to_owned()) }
    }

    fn answer(answer: Answer) -> Self {
        let (state, says) = match answer {
            Answer::Yes => (("yes", "✓"), "Yes"),
            Answer::No => (("no", "✗"), "No"),
            Answer::Unknown => (("unknown", "?"), "Nobody says"),
        };
        Self { state, ..Self::plain(says.to_owned()) }
    }
}

fn place(side: &Side) -> Cell {
    match &side.place {
        Place::Stands { rank, of, fit } => Cell::plain(format!("{rank} of {of}: {}", fit.label())),
        Place::Out(bars) => Cell { state: ("no", "✗"), ..Cell::plain(format!("Left out: {}", bars.join("; "))) },
        Place::OtherService => {
            let offers: Vec<&str> = side.provider.lines.iter().map(|line| line.service.label()).collect();
            let says = format!("Does not offer the service, but {}", offers.join(", ").to_lowercase());
            Cell { state: ("no", "✗"), ..Cell::plain(says) }
        }
    }
}

fn ownership(side: &Side) -> Cell {
    let fact = side.provider.ownership.as_ref();
    fact.map_or_else(Cell::nobody, |fact| Cell::said(fact.value.clone(), by(&fact.evidence)))
}

fn serves(side: &Side) -> Cell {
    let by = || side.line().and_then(|line| line.area.evidence()).map(by).unwrap_or_default();
    match side.serves {
        Some(Serves::Yes) => Cell { by: by(), ..Cell::answer(Answer::Yes) },
        Some(Serves::No) => Cell { by: by(), ..Cell::answer(Answer::No) },
        Some(Serves::NotPublished) | None => Cell::nobody(),
    }
}

fn need(side: &Side, thing: Asked) -> Cell {
    let found = side.answers.iter().find(|answer| answer.asked == thing);
    found.map_or_else(Cell::nobody, |found: &AcceptanceAnswer| {
        let note = found.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let cell = Cell::answer(found.answer);
        Cell { says: cell.says + &note, by: found.evidence.as_ref().map(by).unwrap_or_default(), ..cell }
    })
}

/// "Yes, 22 Nov to 24 Nov, 2 beds".
fn room(side: &Side) -> Cell {
    let Availability { answer, evidence, days } = &side.availability;
    let cell = Cell::answer(*answer);
    let days = days.map(|days| format!(", {days}")).unwrap_or_default();
    Cell { says: cell.says + &days, by: evidence.as_ref().map(by).unwrap_or_default(), ..cell }
}

fn rating(side: &Side) -> Cell {
    side.rating().map_or_else(Cell::nobody, |fact| Cell::said(words::rating(fact.value), by(&fact.evidence)))
}

fn limits(side: &Side) -> Cell {
    let set = side.line().into_iter().flat_map(|line| &line.limits).map(|(limit, fact)| {
        let (label, unit) = limit.entry().map_or(("", ""), |entry| (entry.label.as_str(), entry.unit.as_str()));
        format!("{label}: {} {unit}", fact.value)
    });
    let set: Vec<String> = set.collect();
    if set.is_empty() { Cell::plain("None stated".to_owned()) } else { Cell::plain(set.join("; ")) }
}
