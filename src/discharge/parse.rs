//! From raw fields to a question, or every field that is wrong.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::fields::{Faults, FieldError, Fields, text};
use super::payment::read_coverage;
use super::{Discharge, MOST_SHOWN, Near, Patient, Question, Remark, SHOWN, Vocabulary, WIDEST, default_radius};
use crate::care::{Geography, Need, NeedSet, Service};
use crate::place::{Miles, Point, Precision, Zip};
use crate::profile::{Part, Profile, Weights, WrongWeights};
use crate::provider::Sex;

const FIELDS: [&str; 12] = [
    "service",
    "services",
    "near",
    "within_miles",
    "coverage",
    "needs",
    "patient",
    "discharge_on",
    "profile",
    "limit",
    "cursor",
    "include",
];

/// Reads a question.
///
/// # Errors
/// Every field that is wrong, each with its JSON pointer and, where there is one, a way out.
pub fn parse(raw: &Value, words: &Vocabulary<'_>, today: Date) -> Result<(Question, Vec<Remark>), Vec<FieldError>> {
    let mut faults = Faults::default();
    let mut remarks = Vec::new();
    let question = Fields::of(raw, "", &FIELDS, &mut faults)
        .and_then(|fields| read_question(&fields, words, today, &mut faults, &mut remarks));
    match question {
        Some(question) if faults.0.is_empty() => Ok((question, remarks)),
        _ => Err(faults.0),
    }
}

/// Reads every field even when an earlier one is wrong, so that all faults are told at once.
fn read_question(
    fields: &Fields<'_>,
    words: &Vocabulary<'_>,
    today: Date,
    faults: &mut Faults,
    remarks: &mut Vec<Remark>,
) -> Option<Question> {
    let services = read_services(fields, faults);
    let asked: &[Service] = services.as_deref().unwrap_or_default();
    let near = read_near(fields, words, faults, remarks);
    let within = read_radius(fields, asked, faults);
    let coverage = read_coverage(fields, words, faults);
    let needs = read_needs(fields, asked, faults);
    let patient = read_patient(fields, faults);
    let on = read_date(fields, today, faults, remarks);
    let profile = read_profile(fields, faults);
    let limit = fields.whole("limit", 1, MOST_SHOWN, faults).unwrap_or(SHOWN);
    let list_left_out = read_include(fields, faults);

    let (near, profile) = (near?, profile?);
    let discharge = |service: Service| Discharge {
        service,
        near,
        within: within.or_else(|| default_radius(service).and_then(Miles::new)).filter(|_| travels(service)),
        coverage: coverage.clone(),
        required: needs.of(service, true),
        preferred: needs.of(service, false),
        patient: patient.clone(),
        on,
        asked_on: today,
        profile: profile.clone(),
        limit,
        offset: 0,
        list_left_out,
    };
    let bundle = fields.has("services");
    let mut question = Question { discharges: services?.into_iter().map(discharge).collect(), bundle };
    read_cursor(fields, words, &mut question, faults);
    Some(question)
}

fn travels(service: Service) -> bool {
    service.geography() == Geography::PatientTravels
}

fn read_services(fields: &Fields<'_>, faults: &mut Faults) -> Option<Vec<Service>> {
    match (fields.has("service"), fields.has("services")) {
        (true, true) => {
            faults.add("/services", "conflict", "give service or services, not both", None);
            None
        }
        (false, false) => {
            let codes = Service::ALL.map(Service::code).join(", ");
            faults.add("/service", "missing", "which service is needed?", Some(format!("one of {codes}")));
            None
        }
        (true, false) => {
            let (value, pointer) = fields.get("service")?;
            read_service(value, &pointer, faults).map(|service| vec![service])
        }
        (false, true) => {
            let items = fields.list("services", faults)?;
            if items.is_empty() {
                faults.add("/services", "missing", "the list of services is empty", None);
                return None;
            }
            let mut services = Vec::new();
            for (value, pointer) in &items {
                let service = read_service(value, pointer, faults);
                if service.is_some_and(|service| services.contains(&Some(service))) {
                    faults.add(pointer, "repeated", "this service is asked for twice", None);
                }
                services.push(service);
            }
            services.into_iter().collect()
        }
    }
}

fn read_service(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Service> {
    let code = text(value, pointer, faults)?;
    let service = code.parse().ok();
    if service.is_none() {
        let detail = format!("there is no service \"{code}\"");
        let by_abbreviation = abbreviation(code).map(Service::code);
        match by_abbreviation {
            Some(known) => faults.add(pointer, "no_such_service", detail, Some(format!("did you mean {known}?"))),
            None => faults.unknown(pointer, "no_such_service", detail, code, Service::ALL.map(Service::code)),
        }
    }
    service
}

/// What wards call a service for short; offered in hints, not accepted, because two hospitals may mean two things.
fn abbreviation(typed: &str) -> Option<Service> {
    match typed.to_ascii_lowercase().as_str() {
        "hh" | "hha" | "home care" => Some(Service::HomeHealth),
        "snf" | "nursing_home" | "nursing home" | "subacute" => Some(Service::SkilledNursing),
        "irf" | "aru" | "rehab" | "acute rehab" => Some(Service::InpatientRehab),
        "ltac" | "ltach" | "ltch" => Some(Service::LongTermAcute),
        "gip" => Some(Service::HospiceInpatient),
        "hit" | "infusion" => Some(Service::HomeInfusion),
        "dme" | "hme" | "equipment" => Some(Service::MedicalEquipment),
        "esrd" | "hd" => Some(Service::Dialysis),
        "alf" => Some(Service::AssistedLiving),
        _ => None,
    }
}

fn read_near(
    fields: &Fields<'_>,
    words: &Vocabulary<'_>,
    faults: &mut Faults,
    remarks: &mut Vec<Remark>,
) -> Option<Near> {
    let Some((value, _)) = fields.get("near") else {
        let hint = Some(r#"send {"zip": "29401"} or {"latitude": 32.78, "longitude": -79.94}"#.to_owned());
        faults.add("/near", "missing", "where should care be?", hint);
        return None;
    };
    let near = Fields::of(value, "/near", &["zip", "latitude", "longitude"], faults)?;
    match (near.has("zip"), near.has("latitude") || near.has("longitude")) {
        (true, true) => {
            faults.add("/near", "conflict", "give a ZIP or a latitude and longitude, not both", None);
            None
        }
        (false, false) => {
            faults.add("/near", "missing", "give a ZIP, or a latitude and longitude", None);
            None
        }
        (true, false) => near_zip(&near, words, faults),
        (false, true) => near_point(&near, words, faults, remarks),
    }
}

fn near_zip(near: &Fields<'_>, words: &Vocabulary<'_>, faults: &mut Faults) -> Option<Near> {
    let (typed, pointer) = near.text("zip", faults)?;
    let Ok(zip) = typed.parse::<Zip>() else {
        faults.add(&pointer, "not_a_zip", "a ZIP code is five digits", None);
        return None;
    };
    let Some(place) = words.zips.get(zip) else {
        let misses: Vec<String> = words.zips.near_misses(zip, 3).iter().map(Zip::to_string).collect();
        let misses: Vec<&str> = misses.iter().map(String::as_str).collect();
        let hint = crate::likeness::did_you_mean(&misses);
        faults.add(&pointer, "no_such_zip", format!("no ZIP {zip} is in use"), hint);
        return None;
    };
    Some(Near { point: place.point, precision: Precision::Zip, zip, state: place.state })
}

fn near_point(
    near: &Fields<'_>,
    words: &Vocabulary<'_>,
    faults: &mut Faults,
    remarks: &mut Vec<Remark>,
) -> Option<Near> {
    let latitude = near.number("latitude", faults);
    let longitude = near.number("longitude", faults);
    for (name, value) in [("latitude", &latitude), ("longitude", &longitude)] {
        if value.is_none() && !near.has(name) {
            faults.add(&format!("/near/{name}"), "missing", format!("{name} is missing"), None);
        }
    }
    let Some(point) = Point::from_degrees(latitude?.0, longitude?.0) else {
        let detail = "latitude is from -90 to 90 and longitude from -180 to 180";
        faults.add("/near", "out_of_range", detail, None);
        return None;
    };
    let place = words.zips.nearest(point).filter(|place| place.point.miles_to(point).value() <= WIDEST);
    let Some(place) = place else {
        let hint = Some("longitudes of the mainland are negative".to_owned());
        faults.add("/near", "out_of_range", "no ZIP in use lies within 500 miles of this point", hint);
        return None;
    };
    remarks.push(Remark {
        code: "zip_from_point",
        text: format!("Service areas are looked up for ZIP {}, the nearest to the point.", place.zip),
    });
    Some(Near { point, precision: Precision::Address, zip: place.zip, state: place.state })
}

fn read_radius(fields: &Fields<'_>, services: &[Service], faults: &mut Faults) -> Option<Miles> {
    let (miles, pointer) = fields.number("within_miles", faults)?;
    if !services.is_empty() && !services.iter().any(|service| travels(*service)) {
        let detail = "a radius means nothing here: this service comes to the patient, by service area";
        faults.add(&pointer, "does_not_apply", detail, Some("leave within_miles out".to_owned()));
        return None;
    }
    let good = (miles > 0.0 && miles <= WIDEST).then(|| Miles::new(miles)).flatten();
    if good.is_none() {
        faults.add(&pointer, "out_of_range", format!("expected more than 0 and at most {WIDEST} miles"), None);
    }
    good
}

/// The needs asked, each with whether it is required and the services it is asked of.
#[derive(Debug, Default)]
struct AskedNeeds(Vec<(Need, bool, Vec<Service>)>);

impl AskedNeeds {
    fn of(&self, service: Service, required: bool) -> NeedSet {
        let asked_of = |services: &[Service]| services.is_empty() || services.contains(&service);
        self.0.iter().filter(|(_, r, services)| *r == required && asked_of(services)).map(|(need, ..)| *need).collect()
    }
}

fn read_needs(fields: &Fields<'_>, services: &[Service], faults: &mut Faults) -> AskedNeeds {
    let mut asked = AskedNeeds::default();
    for (value, pointer) in fields.list("needs", faults).unwrap_or_default() {
        let item = match value {
            Value::Object(_) => read_need_object(value, &pointer, services, faults),
            _ => read_need(value, &pointer, faults).map(|need| (need, true, Vec::new())),
        };
        let Some((need, required, of)) = item else { continue };
        let overlaps = |other: &[Service]| of.is_empty() || other.is_empty() || of.iter().any(|s| other.contains(s));
        if asked.0.iter().any(|(other, _, services)| *other == need && overlaps(services)) {
            faults.add(&pointer, "repeated", format!("{need} is asked twice"), None);
        }
        asked.0.push((need, required, of));
    }
    asked
}

fn read_need_object(
    value: &Value,
    pointer: &str,
    services: &[Service],
    faults: &mut Faults,
) -> Option<(Need, bool, Vec<Service>)> {
    let fields = Fields::of(value, pointer, &["need", "importance", "services"], faults)?;
    let need = if let Some((code, at)) = fields.get("need") {
        read_need(code, &at, faults)
    } else {
        faults.add(&format!("{pointer}/need"), "missing", "which need?", None);
        None
    };
    let required = match fields.text("importance", faults) {
        None | Some(("required", _)) => true,
        Some(("preferred", _)) => false,
        Some((other, at)) => {
            let detail = format!("\"{other}\" is neither required nor preferred");
            faults.unknown(&at, "no_such_importance", detail, other, ["required", "preferred"]);
            true
        }
    };
    let mut of = Vec::new();
    for (value, at) in fields.list("services", faults).unwrap_or_default() {
        let Some(service) = read_service(value, &at, faults) else { continue };
        if !services.contains(&service) {
            let detail = format!("{service} is not one of the services asked for");
            faults.add(&at, "does_not_apply", detail, None);
        }
        of.push(service);
    }
    Some((need?, required, of))
}

fn read_need(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Need> {
    let code = text(value, pointer, faults)?;
    if let Ok(need) = code.parse() {
        return Some(need);
    }
    let detail = format!("there is no need \"{code}\"");
    let by_label = |label: &&str| Need::all().find(|need| need.label() == *label).map(Need::code);
    let labels = crate::likeness::nearest(code, Need::all().map(Need::label), 3);
    let mut alike = crate::likeness::nearest(code, Need::all().map(Need::code), 3);
    alike.extend(labels.iter().filter_map(by_label));
    alike.dedup();
    alike.truncate(3);
    faults.add(pointer, "no_such_need", detail, crate::likeness::did_you_mean(&alike));
    None
}

fn read_patient(fields: &Fields<'_>, faults: &mut Faults) -> Patient {
    const KNOWN: [&str; 5] = ["age", "weight_lb", "doses_a_day", "sex", "languages"];
    let Some((value, _)) = fields.get("patient") else { return Patient::default() };
    let Some(fields) = Fields::of(value, "/patient", &KNOWN, faults) else { return Patient::default() };
    Patient {
        age: fields.whole("age", 0, 90, faults),
        weight_lb: fields.whole("weight_lb", 1, 1500, faults),
        doses_a_day: fields.whole("doses_a_day", 1, 24, faults),
        sex: read_sex(&fields, faults),
        languages: read_languages(&fields, faults),
    }
}

fn read_sex(fields: &Fields<'_>, faults: &mut Faults) -> Option<Sex> {
    let (typed, pointer) = fields.text("sex", faults)?;
    match typed {
        "female" => Some(Sex::Female),
        "male" => Some(Sex::Male),
        other => {
            faults.unknown(&pointer, "no_such_sex", format!("\"{other}\" is not known"), other, ["female", "male"]);
            None
        }
    }
}

fn read_languages(fields: &Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let mut languages = Vec::new();
    for (value, pointer) in fields.list("languages", faults).unwrap_or_default() {
        let Some(code) = text(value, &pointer, faults) else { continue };
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) {
            languages.push(code.to_owned());
        } else {
            let hint = Some("two lower-case letters (ISO 639-1), such as es".to_owned());
            faults.add(&pointer, "no_such_language", "not a language code", hint);
        }
    }
    languages.sort();
    languages.dedup();
    languages
}

fn read_date(fields: &Fields<'_>, today: Date, faults: &mut Faults, remarks: &mut Vec<Remark>) -> Date {
    let Some((typed, pointer)) = fields.text("discharge_on", faults) else { return today };
    let Ok(date) = typed.parse::<Date>() else {
        let hint = Some(format!("write it as {today}"));
        faults.add(&pointer, "not_a_date", "a date is year, month and day", hint);
        return today;
    };
    let days = (date - today).get_days();
    if days.abs() > 366 {
        faults.add(&pointer, "out_of_range", format!("{date} is more than a year from today, {today}"), None);
    } else if days < 0 {
        let text = format!("The discharge date {date} is in the past; today is {today}.");
        remarks.push(Remark { code: "date_in_the_past", text });
    }
    date
}

fn read_profile(fields: &Fields<'_>, faults: &mut Faults) -> Option<Profile> {
    let Some((value, pointer)) = fields.get("profile") else { return Some(Profile::standard().clone()) };
    if let Value::String(name) = value {
        let profile = Profile::named(name).cloned();
        if profile.is_none() {
            let detail = format!("there is no profile \"{name}\"");
            faults.unknown(&pointer, "no_such_profile", detail, name, Profile::NAMES);
        }
        return profile;
    }
    let own = Fields::of(value, "/profile", &["patient_travels", "provider_comes"], faults)?;
    let travel = read_weights(&own, "patient_travels", Geography::PatientTravels, faults);
    let come = read_weights(&own, "provider_comes", Geography::ProviderComes, faults);
    if travel.is_none() && come.is_none() {
        let hint = Some(r#"send a name, or {"patient_travels": {"closeness": 0.6, "quality": 0.4}}"#.to_owned());
        faults.add(&pointer, "missing", "own weights are given for patient_travels, provider_comes or both", hint);
    }
    Some(Profile::standard().weighing(travel, come))
}

fn read_weights(own: &Fields<'_>, name: &str, geography: Geography, faults: &mut Faults) -> Option<Weights> {
    let (value, pointer) = own.get(name)?;
    let known: Vec<&str> = Part::ALL.into_iter().filter(|p| p.applies_to(geography)).map(Part::code).collect();
    let fields = Fields::of(value, &pointer, &known, faults)?;
    let mut weights = BTreeMap::new();
    for code in &known {
        if let (Some((weight, _)), Ok(part)) = (fields.number(code, faults), code.parse()) {
            weights.insert(part, weight);
        }
    }
    match Weights::new(weights, geography) {
        Ok(weights) => Some(weights),
        Err(wrong) => {
            let at = match wrong {
                WrongWeights::Sum(_) => pointer.clone(),
                WrongWeights::DoesNotApply(part) | WrongWeights::OutOfRange(part) => {
                    format!("{pointer}/{}", part.code())
                }
            };
            faults.add(&at, "wrong_weights", wrong.to_string(), Some("weights are 0 to 1 and sum to 1".to_owned()));
            None
        }
    }
}

fn read_include(fields: &Fields<'_>, faults: &mut Faults) -> bool {
    let mut left_out = false;
    for (value, pointer) in fields.list("include", faults).unwrap_or_default() {
        match text(value, &pointer, faults) {
            Some("left_out") => left_out = true,
            Some(other) => {
                let detail = format!("there is no part \"{other}\" to include");
                faults.unknown(&pointer, "no_such_part", detail, other, ["left_out"]);
            }
            None => {}
        }
    }
    left_out
}

fn read_cursor(fields: &Fields<'_>, words: &Vocabulary<'_>, question: &mut Question, faults: &mut Faults) {
    let Some((typed, pointer)) = fields.text("cursor", faults) else { return };
    let [discharge] = &mut question.discharges[..] else {
        faults.add(&pointer, "does_not_apply", "a bundle has no pages; ask for one service to page", None);
        return;
    };
    let offset = typed.split_once('-').and_then(|(offset, _)| offset.parse().ok());
    match offset {
        Some(offset) if discharge.cursor(words.generation, offset) == typed => discharge.offset = offset,
        _ => {
            let hint = Some("ask again without a cursor".to_owned());
            let detail = "this cursor belongs to another question or to an earlier night's directory";
            faults.add(&pointer, "stale_cursor", detail, hint);
        }
    }
}
