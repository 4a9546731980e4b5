//! Reads the form of the page: it becomes the same JSON that a program sends, is parsed by the same
//! code, and every fault goes back to its field.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::input::errors::{FieldError, FieldErrors};
use crate::languages;
use crate::place::Zip;
use crate::serve::http::problem::Problem;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::provider_update::field_names::{
    ADMISSIONS, DAYS_OF_WEEK, OTHERS, counties_field, languages_field, last_day_asked, limit_field, need_field, room_field,
    shown_days, week_field, zips_field,
};
use crate::serve::pages::provider_update::own_statements::OwnStatements;
use crate::service::{Limit, Need, Service};
use crate::statements::expiry::days_after;
use crate::statements::parse::StatedContent;
use crate::statements::{Availability, RoomStatement, Statements, parse};

/// What is wrong with each field, by its name.
pub(crate) type FormFaults = BTreeMap<String, String>;

/// How many wrong ZIP codes are named. Our choice.
const MOST_NAMED: usize = 10;

/// The items of one list of the JSON, with the field of each.
#[derive(Debug, Default)]
struct ListItems {
    items: Vec<Value>,
    fields: Vec<String>,
}

impl ListItems {
    fn push(&mut self, field: String, item: Value) {
        self.items.push(item);
        self.fields.push(field);
    }
}

/// Checks that the page has every field of the form. Days that have passed since it was opened are
/// not an error; true if there is one.
///
/// # Errors
/// The fields that are not of the page.
pub(crate) fn check_fields(form: &CodedForm, own: &OwnStatements, today: Date) -> Result<bool, Problem> {
    let mut known: BTreeSet<String> = OTHERS.map(str::to_owned).into();
    for line in &own.provider.lines {
        let service = line.service;
        known.extend(shown_days(today).map(|day| room_field(service, day)));
        known.extend(Need::all().map(|need| need_field(service, need)));
        known.extend(Limit::ALL.map(|limit| limit_field(service, limit)));
        known.extend([week_field(service), zips_field(service), counties_field(service), languages_field(service)]);
    }
    let is_past = |name: &str| {
        let day = name.split_once("/room/").and_then(|(_, day)| day.parse::<Date>().ok());
        day.is_some_and(|day| day < today)
    };
    let mut faults = FieldErrors::default();
    let unknown = form.fields().map(|(name, _)| name).filter(|name| !known.contains(*name) && !is_past(name));
    faults.unknown_fields("", unknown, |_| None);
    if faults.is_empty() { Ok(form.fields().any(|(name, _)| is_past(name))) } else { Err(Problem::Invalid(faults)) }
}

/// Reads what the provider states on `today`. Statements about services that the directory does not
/// list stay, and room after the last day of the page.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn read_statements(form: &CodedForm, own: &OwnStatements, today: Date) -> Result<OwnStatements, FormFaults> {
    let mut faults = FormFaults::new();
    let rooms = read_rooms(form, own, today, &mut faults);
    let content = read_content(form, own, today, &mut faults);
    match (rooms, content) {
        (Some(rooms), Some(content)) if faults.is_empty() => Ok(OwnStatements {
            provider: own.provider.clone(),
            catalog: own.catalog.clone(),
            availability: Availability { said_on: today, rooms, ..own.availability.clone() },
            statements: with_unlisted(content, own, today),
            replaced: own.replaced.clone(),
        }),
        _ => Err(faults),
    }
}

/// The days of a service with the same answer, one after the other.
struct RoomRun {
    field: String,
    from: Date,
    until: Date,
    room: bool,
    beds: Option<u32>,
}

fn read_rooms(form: &CodedForm, own: &OwnStatements, today: Date, faults: &mut FormFaults) -> Option<Vec<RoomStatement>> {
    let mut list = ListItems::default();
    for line in &own.provider.lines {
        for run in room_runs(form, own, line.service, today, faults) {
            let item = json!({
                "service": line.service.code(), "from": run.from, "until": run.until, "room": run.room, "beds": run.beds,
            });
            list.push(run.field, item);
        }
    }
    let parsed = parse::rooms(&json!({"availability": list.items}), today);
    let mut rooms = parsed.map_err(|errors| add_faults(&errors, faults, |steps| field_at(&list.fields, steps))).ok()?;
    let listed = |service: Service| own.provider.lines.iter().any(|line| line.service == service);
    let last = shown_days(today).last().unwrap_or(today);
    for room in &own.availability.rooms {
        let first = if listed(room.service) { days_after(last, 1) } else { today };
        if first <= room.until {
            rooms.push(RoomStatement { from: room.from.max(first), ..room.clone() });
        }
    }
    Some(rooms)
}

fn room_runs(form: &CodedForm, own: &OwnStatements, service: Service, today: Date, faults: &mut FormFaults) -> Vec<RoomRun> {
    let week = read_choice(form, &week_field(service), faults);
    let last_asked = last_day_asked(form, today);
    let mut runs: Vec<RoomRun> = Vec::new();
    for day in shown_days(today) {
        let field = room_field(service, day);
        // A day that the page did not show when it was opened keeps its answer.
        let of_day = if day > last_asked {
            own.room_on(service, day).map(|known| known.room)
        } else {
            read_choice(form, &field, faults)
        };
        let of_week = week.filter(|_| day < days_after(today, DAYS_OF_WEEK));
        let Some(room) = of_week.or(of_day) else { continue };
        // The page does not ask for beds, and keeps those of an answer that stays.
        let beds = own.room_on(service, day).filter(|known| known.room && room).and_then(|known| known.beds);
        match runs.last_mut() {
            Some(run) if (run.room, run.beds) == (room, beds) && days_after(run.until, 1) == day => run.until = day,
            _ => runs.push(RoomRun { field, from: day, until: day, room, beds }),
        }
    }
    runs
}

/// Yes, no, or no answer.
fn read_choice(form: &CodedForm, field: &str, faults: &mut FormFaults) -> Option<bool> {
    match form.one(field) {
        "yes" => Some(true),
        "no" => Some(false),
        "" => None,
        _ => {
            faults.insert(field.to_owned(), "Choose one of the answers.".to_owned());
            None
        }
    }
}

fn read_content(form: &CodedForm, own: &OwnStatements, today: Date, faults: &mut FormFaults) -> Option<StatedContent> {
    let (mut said, mut details) = (ListItems::default(), ListItems::default());
    for line in &own.provider.lines {
        let (service, code) = (line.service, line.service.code());
        for need in Need::all() {
            let field = need_field(service, need);
            if let Some(answer) = read_choice(form, &field, faults) {
                said.push(field, json!({"service": code, "need": need.code(), "answer": answer}));
            }
        }
        for limit in Limit::ALL {
            let field = limit_field(service, limit);
            let typed = form.one(&field).replace(',', "");
            if !typed.is_empty() {
                let value = typed.parse::<u32>().map_or_else(|_| Value::from(typed), Value::from);
                said.push(field, json!({"service": code, "limit": limit.code(), "value": value}));
            }
        }
        let mut zips: Vec<String> = read_zips(form, &zips_field(service), faults).into_iter().map(str::to_owned).collect();
        zips.extend(zips_of_counties(form, own, &counties_field(service), faults));
        let codes = read_languages(form, &languages_field(service), faults);
        let mut item = json!({"service": code});
        if !zips.is_empty() {
            item["zips"] = zips.into();
        }
        if !codes.is_empty() {
            item["languages"] = codes.into();
        }
        if item.as_object().is_some_and(|item| item.len() > 1) {
            details.push(code.to_owned(), item);
        }
    }
    let mut body = json!({"statements": said.items, "services": details.items});
    let phone = form.one(ADMISSIONS);
    if !phone.is_empty() {
        body["admissions"] = json!({"phone": phone});
    }
    let parsed = parse::statements(&body, today);
    parsed
        .map_err(|errors| {
            add_faults(&errors, faults, |steps| match steps {
                ["statements", rest @ ..] => field_at(&said.fields, &[&["statements"], rest].concat()),
                ["services", at, list, ..] => {
                    let service = details.fields.get(at.parse::<usize>().ok()?)?;
                    Some(format!("{service}/{list}"))
                }
                ["admissions", ..] => Some(ADMISSIONS.to_owned()),
                _ => None,
            });
        })
        .ok()
}

/// The ZIP codes of a field as typed. Those that are none are named.
fn read_zips<'a>(form: &'a CodedForm, field: &str, faults: &mut FormFaults) -> Vec<&'a str> {
    let typed: Vec<&str> = words(form.one(field), |c| c.is_whitespace() || ",;".contains(c)).collect();
    let wrong: Vec<&str> = typed.iter().copied().filter(|word| word.parse::<Zip>().is_err()).take(MOST_NAMED).collect();
    if !wrong.is_empty() {
        faults.insert(field.to_owned(), format!("A ZIP code has five digits. Correct or remove: {}.", wrong.join(", ")));
    }
    typed
}

fn words(typed: &str, is_between: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    typed.split(is_between).map(str::trim).filter(|word| !word.is_empty())
}

/// The ZIP codes that lie in the counties of a field, also in part. Counties that are not known are named.
fn zips_of_counties(form: &CodedForm, own: &OwnStatements, field: &str, faults: &mut FormFaults) -> Vec<String> {
    let typed: Vec<&str> = words(form.one(field), |c| ";\r\n".contains(c)).collect();
    if typed.is_empty() {
        return Vec::new();
    }
    let Some(table) = &own.catalog.counties().zips else {
        let fault = "The ZIP codes of counties are not known here. Enter the ZIP codes.";
        faults.insert(field.to_owned(), fault.to_owned());
        return Vec::new();
    };
    let (known, unknown): (Vec<_>, Vec<_>) =
        typed.into_iter().map(|name| (name, table.named(name))).partition(|(_, at)| at.is_some());
    if !unknown.is_empty() {
        let named: Vec<&str> = unknown.into_iter().map(|(name, _)| name).take(MOST_NAMED).collect();
        let fault = format!(
            "We do not know these counties: {}. Write the name and the state, such as Clay, MO, or the code of five digits.",
            named.join("; ")
        );
        faults.insert(field.to_owned(), fault);
    }
    let counties: Vec<u32> = known.into_iter().filter_map(|(_, at)| at).collect();
    table.zips_in(&counties).iter().map(ToString::to_string).collect()
}

/// The codes of the languages of a field.
fn read_languages(form: &CodedForm, field: &str, faults: &mut FormFaults) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for name in words(form.one(field), |c| ",;\n".contains(c)) {
        if let Some(code) = languages::code(name) {
            codes.push(code);
        } else {
            let similar = languages::alike(name);
            let hint = if similar.is_empty() { String::new() } else { format!(" Did you mean {}?", similar.join(" or ")) };
            faults.insert(field.to_owned(), format!("We do not know one of these languages.{hint}"));
        }
    }
    codes
}

/// The field of an item of a list: `/availability/3/until`.
fn field_at(fields: &[String], steps: &[&str]) -> Option<String> {
    fields.get(steps.get(1)?.parse::<usize>().ok()?).cloned()
}

/// Adds the errors of the JSON to the fields that they come from.
fn add_faults(errors: &FieldErrors, faults: &mut FormFaults, field_of: impl Fn(&[&str]) -> Option<String>) {
    for error in errors {
        let steps: Vec<&str> = error.pointer.split('/').skip(1).collect();
        let field = field_of(&steps).unwrap_or_default();
        faults.entry(field).or_insert_with(|| fault_text(error));
    }
}

/// What is wrong, as a sentence.
fn fault_text(error: &FieldError) -> String {
    let mut letters = error.detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{first}{}{hint}.", letters.as_str())
}

/// `content` with what is stated of services that the directory does not list, so that nothing is
/// lost that the page does not show.
fn with_unlisted(content: StatedContent, own: &OwnStatements, today: Date) -> Statements {
    let listed = |service: Service| own.provider.lines.iter().any(|line| line.service == service);
    let StatedContent { mut statements, mut details } = content;
    let known = &own.statements;
    statements.extend(known.statements.iter().filter(|said| !listed(said.service) && today <= said.expires_on).cloned());
    let unlisted = known.details.services.iter().filter(|said| !listed(said.service) && today <= said.expires_on);
    details.services.extend(unlisted.cloned());
    Statements { provider: known.provider.clone(), said_on: today, statements, details }
}
