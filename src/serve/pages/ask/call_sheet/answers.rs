//! Records the answers of one line of the call sheet.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::discharge::Discharge;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::{Problem, RecordConflict};
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::observation_records::{read_heard, record};
use crate::serve::pages::ask::call_sheet::answer_form::{RefusedAnswers, heard_today};
use crate::serve::pages::ask::call_sheet::{sheet_fields, sheet_page};
use crate::serve::pages::ask::{ResolvedForm, read};
use crate::serve::pages::form::{HEARD, HEARD_LIMITS, SubmittedForm};
use crate::serve::pages::kept_form::keep_form;
use crate::serve::pages::layout::with_session_of_request;
use crate::serve::state::AppState;
use crate::service::Limit;
use crate::statements::observation::{ObservedAnswer, ObservedQuestion};
use crate::statements::observation_parse;
use crate::statements::observation_parse::{HeardAnswer, coverage_question};

/// How many records of each side of a conflict are shown. Our choice: those of one call.
const MOST_SHOWN: usize = 6;

/// Record the answers of one provider
///
/// The browser goes back to the call sheet. What is recorded already is not recorded again. If another desk has recorded answers of the
/// provider since the page was made, the page shows both and nothing is recorded.
#[utoipa::path(
    post,
    path = "/call-sheet/answers",
    operation_id = "page_call_sheet_answers",
    responses(
        (status = 303, description = "The browser goes back to the call sheet."),
        (status = 412, description = "Another desk has recorded answers of the provider.", content((String = "text/html"))),
    ),
)]
pub(crate) async fn save(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, .. } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let own = form.one("provider").parse::<ProviderId>().ok().and_then(|id| served.base().provider_of(&id));
    let own = own.ok_or(Problem::NoSuchProvider)?.id.clone();
    let recorded = match heard(&app, &served, &discharge, &own, &form) {
        Err(faults) => Err((faults, StatusCode::UNPROCESSABLE_ENTITY)),
        Ok(heard) if heard.is_empty() => Ok(()),
        Ok(heard) => {
            let conditions = WriteConditions::after(form.one("version").to_owned());
            match record(&app, &caller, heard, &conditions, None).await {
                Ok(_) => Ok(()),
                Err(Problem::Changed(conflict)) => Err((both_in_words(&conflict), StatusCode::PRECONDITION_FAILED)),
                Err(problem) => return Err(problem),
            }
        }
    };
    let Err((faults, status)) = recorded else {
        return keep_form(&app, &caller, &sheet_fields(&form), "/call-sheet", &format!("#call-{own}")).await;
    };
    let working = Arc::clone(&app);
    let rendering = move || {
        let mut response = sheet_page(&working, &form, Some(&RefusedAnswers { form: &form, faults }))?;
        *response.status_mut() = status;
        Ok(response)
    };
    app.heavy.run(&caller, with_session_of_request(rendering)).await?
}

/// What the form answers and is not recorded yet, or what is wrong, in words.
fn heard(
    app: &AppState,
    served: &LiveDirectory,
    discharge: &Discharge,
    own: &ProviderId,
    form: &SubmittedForm,
) -> Result<Vec<HeardAnswer>, Vec<String>> {
    let (items, withdrawn) = items(discharge, own, form);
    if !form.one("heard_call").is_empty() && items.iter().any(|item| !is_about_call(item)) {
        return Err(vec![REACHED_AFTER_ALL.to_owned()]);
    }
    let mut heard = Vec::new();
    if !items.is_empty() {
        let raw = json!({"observations": items});
        let read = read_heard(app, served, |context| observation_parse::observations(&raw, context));
        heard = read.map_err(|faults| faults.iter().map(|fault| fault.detail.clone()).collect::<Vec<_>>())?;
    }
    let today = heard_today(served, own, discharge);
    heard.retain(|new| !today.iter().any(|known| known.asked == new.asked && known.answer == new.answer));
    let unit = app.hospital.units.iter().find(|unit| *unit == form.one("heard_unit"));
    let withdrawn = withdrawn.into_iter().filter(|asked| today.iter().any(|known| known.asked == *asked));
    heard.extend(withdrawn.map(|asked| HeardAnswer {
        provider: own.clone(),
        service: discharge.service,
        unit: unit.cloned(),
        said_by: None,
        asked,
        answer: ObservedAnswer::Withdrawn,
    }));
    Ok(heard)
}

/// A call that nobody answered has no answers.
const REACHED_AFTER_ALL: &str = "Nobody was reached, but there are answers. Choose Reached, or take the answers back: choose Unknown, \
    and for a number nothing.";

/// Whether an item says that nobody was reached.
fn is_about_call(item: &Value) -> bool {
    let said = |answer: ObservedAnswer| item["answer"] == answer.code();
    said(ObservedAnswer::NoAnswer) || said(ObservedAnswer::LeftMessage)
}

/// The answers as items of a request to the API, and the questions whose answer is withdrawn.
fn items(discharge: &Discharge, own: &ProviderId, form: &SubmittedForm) -> (Vec<Value>, Vec<ObservedQuestion>) {
    let item = |fields: &[(&str, &str)]| {
        let common = [
            ("provider", own.as_str()),
            ("service", discharge.service.code()),
            ("said_by", form.one("heard_by")),
            ("unit", form.one("heard_unit")),
        ];
        let given = common.iter().chain(fields).filter(|(_, value)| !value.is_empty());
        Value::Object(given.map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Map<_, _>>())
    };
    let (mut items, mut withdrawn) = (Vec::new(), Vec::new());
    let coverage = discharge.coverage.as_ref().and_then(coverage_question);
    for (subject, answer) in HEARD.iter().filter_map(|name| form.one(name).split_once('=')) {
        let asked = match subject.split_once(':') {
            Some(("need", code)) => code.parse().ok().map(ObservedQuestion::Need),
            _ => coverage.clone().filter(|_| subject == "coverage"),
        };
        match asked {
            Some(asked) if answer == "unknown" => withdrawn.push(asked),
            Some(ObservedQuestion::Need(need)) => items.push(item(&[("need", need.code()), ("answer", answer)])),
            Some(ObservedQuestion::Coverage(field, name)) => {
                items.push(item(&[(field.code(), &name), ("answer", answer)]));
            }
            _ => {}
        }
    }
    for (field, limit) in HEARD_LIMITS.iter().zip(Limit::ALL) {
        match form.one(field) {
            // A sheet without the field takes nothing back.
            "" if form.has(field) => withdrawn.push(ObservedQuestion::Limit(limit)),
            "" => {}
            typed => {
                let value = typed.parse::<u64>().map_or_else(|_| json!(typed), |number| json!(number));
                let mut said = item(&[("limit", limit.code())]);
                said.as_object_mut().into_iter().for_each(|said| drop(said.insert("value".to_owned(), value.clone())));
                items.push(said);
            }
        }
    }
    match form.one("heard_room") {
        "" => withdrawn.push(ObservedQuestion::Room),
        answer => {
            let field = if answer == "room" { "from" } else { "through" };
            items.push(item(&[("answer", answer), (field, form.one("heard_day"))]));
        }
    }
    match form.one("heard_call") {
        "" => withdrawn.push(ObservedQuestion::Call),
        answer => items.push(item(&[("answer", answer)])),
    }
    (items, withdrawn)
}

/// What is recorded now and what was entered, beside each other.
fn both_in_words(conflict: &RecordConflict) -> Vec<String> {
    let words = |record: &Value| {
        let text = |name: &str| record[name].as_str();
        let asked = ["need", "limit", "plan", "network", "payer"].into_iter().find_map(text).unwrap_or("room or call");
        let day = ["from", "through"].into_iter().find_map(|name| Some(format!(" {name} {}", text(name)?)));
        format!("{asked}: {}{}", text("answer").unwrap_or_default().replace('_', " "), day.unwrap_or_default())
    };
    let list = |records: &[Value]| records.iter().take(MOST_SHOWN).map(words).collect::<Vec<_>>().join("; ");
    vec![
        "Somebody else has saved answers of this provider meanwhile. Yours are not saved.".to_owned(),
        format!("Saved: {}.", list(&conflict.current)),
        format!("Yours: {}. Check them, and save again.", list(&conflict.yours)),
    ]
}
