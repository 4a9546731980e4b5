//! A list made from a discharge, in every form, and recorded before anybody sees it.

use std::sync::Arc;

use jiff::Zoned;
use serde_json::Value;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{html, not_recorded, pdf, wire};
use crate::catalog::Catalog;
use crate::choice_list::paper::{Imprint, Paper};
use crate::choice_list::plain::plain;
use crate::choice_list::{ChoiceList, Fitting, Told, Wish};
use crate::discharge::{Discharge, FieldError, MOST_SHOWN, Remark};
use crate::ledger::{Document, ListId, RecordedList};
use crate::live::Live;
use crate::provider::ProviderId;
use crate::serve::App;
use crate::serve::answer;
use crate::serve::choice_lists::format::Format;
use crate::serve::extract::wrong;
use crate::serve::problem::Problem;

/// A list that is recorded.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: ListId,
    /// Its forms.
    pub list: RecordedList,
}

/// Makes and records the list that `wish` wants of the discharge `raw`.
///
/// # Errors
/// Every field that is wrong, or there is no ledger, or it failed.
pub async fn make(app: &Arc<App>, served: &Arc<Live>, raw: &Value, wish: Wish) -> Result<Made, Problem> {
    let (discharge, remarks) = discharge(served, raw).map_err(Problem::Invalid)?;
    record(app, served, discharge, remarks, wish).await
}

/// Everything that is wrong with a body of which other fields are known to be.
pub(super) fn faults(app: &App, served: &Live, raw: &Value, wish: &Wish) -> Vec<FieldError> {
    match discharge(served, raw) {
        Err(faults) => faults,
        Ok((discharge, remarks)) => {
            let fitting = everybody_fitting(served, &discharge, &remarks);
            let told = told(app, served.base());
            ChoiceList::new(&discharge, &fitting, &told, &known(served.base(), wish)).err().unwrap_or_default()
        }
    }
}

/// The one discharge a list is made for.
fn discharge(served: &Live, raw: &Value) -> Result<(Discharge, Vec<Remark>), Vec<FieldError>> {
    let (question, remarks) = answer::read(served.base(), raw, served.today()).map_err(|mut faults| {
        for fault in &mut faults {
            fault.pointer.insert_str(0, "/discharge");
        }
        faults
    })?;
    let mut discharges = question.discharges;
    match discharges.pop() {
        Some(discharge) if discharges.is_empty() => Ok((discharge, remarks)),
        _ => {
            let hint = Some("make a list for each".to_owned());
            Err(vec![wrong("/discharge/services", "does_not_apply", "a list is of one service", hint)])
        }
    }
}

/// Makes and records the list that `wish` wants of `discharge`.
///
/// # Errors
/// Everything that is wrong with the wish, or there is no ledger, or it failed.
pub async fn record(
    app: &Arc<App>,
    served: &Arc<Live>,
    discharge: Discharge,
    remarks: Vec<Remark>,
    wish: Wish,
) -> Result<Made, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let (app, served) = (Arc::clone(app), Arc::clone(served));
    // A long list takes a moment to be set, in which others are answered.
    let written = spawn_blocking(move || write(&app, &served, &discharge, &remarks, &wish)).await;
    let made = written.map_err(|_| Problem::Internal)??;
    ledger.record(made.id, &made.list).await.map_err(not_recorded)?;
    Ok(made)
}

fn write(app: &App, served: &Live, discharge: &Discharge, remarks: &[Remark], wish: &Wish) -> Result<Made, Problem> {
    let catalog = served.base();
    let fitting = everybody_fitting(served, discharge, remarks);
    let told = told(app, catalog);
    warn(&told);
    let choices = ChoiceList::new(discharge, &fitting, &told, &known(catalog, wish)).map_err(Problem::Invalid)?;
    let id = draw(served, &choices);
    let list = written(served, &choices, id, &(app.now)())?;
    Ok(Made { id, list })
}

/// What the hospital says of itself, every provider by the id it has in `catalog`.
fn told(app: &App, catalog: &Catalog) -> Told {
    Told::new(&app.hospital, |id| catalog.provider_of(id).map(|provider| provider.id.clone()))
}

/// Says in the log which providers of `hospital.toml` nobody knows: a slip there would be missing on every list.
fn warn(told: &Told) {
    let ids = |ids: &[ProviderId]| ids.iter().map(ProviderId::to_string).collect::<Vec<_>>().join(" ");
    for (key, unknown) in [("interest", &told.interests_elsewhere), ("asked_to_be_listed", &told.asked_elsewhere)] {
        if !unknown.is_empty() {
            tracing::warn!(key, ids = ids(unknown), "hospital.toml names providers that the directory does not have");
        }
    }
}

/// `wish` with each pick by the id it has in `catalog`; what nobody has stays as it was typed, to be told.
fn known(catalog: &Catalog, wish: &Wish) -> Wish {
    let pick = |typed: &String| {
        let provider = typed.parse().ok().and_then(|id| catalog.provider_of(&id));
        provider.map_or_else(|| typed.clone(), |provider| provider.id.to_string())
    };
    Wish { picks: wish.picks.iter().map(pick).collect(), ..wish.clone() }
}

/// Every match of `discharge`, whichever page of the answer was asked for, and why others are none.
fn everybody_fitting(served: &Live, discharge: &Discharge, remarks: &[Remark]) -> Fitting {
    let mut page = Discharge { limit: MOST_SHOWN, offset: 0, list_left_out: false, ..discharge.clone() };
    let mut matches = Vec::new();
    loop {
        let report = answer::report(served, &page, remarks);
        let more = report.next_cursor.is_some() && !report.matches.is_empty();
        matches.extend(report.matches);
        if !more {
            return Fitting::new(matches, report.left_out);
        }
        page.offset += MOST_SHOWN;
    }
}

/// An id nobody can guess, of everything the list is made from: 122 bits of a random UUID are drawn (RFC 9562, 5.4).
fn draw(served: &Live, choices: &ChoiceList<'_>) -> ListId {
    let picks: Vec<&str> = choices.listed.iter().map(|listed| listed.found.provider.id.as_str()).collect();
    let discharge = choices.discharge;
    let made_from = [
        &discharge.canonical(),
        &served.base().manifest().generation,
        &served.sequence().map(|told| told.to_string()).unwrap_or_default(),
        &discharge.profile.to_string(),
        env!("CARGO_PKG_VERSION"),
        choices.order.code(),
        choices.language.code(),
        &picks.join(","),
    ];
    ListId::draw(&made_from, Uuid::new_v4().into_bytes())
}

/// The list in every form.
fn written(served: &Live, choices: &ChoiceList<'_>, id: ListId, now: &Zoned) -> Result<RecordedList, Problem> {
    let catalog = served.base();
    let manifest = catalog.manifest();
    let name_of = |id: &ProviderId| {
        let name = catalog.provider_of(id).map(|provider| plain(&provider.name.value));
        name.filter(|name| !name.is_empty())
    };
    let imprint = Imprint {
        id,
        made_on: now.date(),
        directory_on: manifest.built_at.to_zoned(now.time_zone().clone()).date(),
        synthetic: manifest.synthetic,
        name_of: &name_of,
    };
    let paper = Paper::of(choices, &imprint);
    let written = |format: Format| -> Result<Document, Problem> {
        let bytes = match format {
            Format::Json => wire::written(choices, &paper, &imprint, served)?,
            Format::Html => html::written(&paper)?,
            Format::Pdf => pdf::written(&paper, imprint.made_on)?,
        };
        Ok(Document { media_type: format.media_type().to_owned(), bytes })
    };
    let documents = Format::ALL.into_iter().map(written).collect::<Result<_, Problem>>()?;
    Ok(RecordedList { made_on: now.date(), documents })
}
