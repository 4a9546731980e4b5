//! From raw fields to a question, or every field that is wrong.

use jiff::civil::Date;
use serde_json::Value;

use crate::discharge::fields::{FieldErrors, ObjectReader, text};
use crate::discharge::needs::read_needs;
use crate::discharge::patient::read_patient;
use crate::discharge::payer::read_coverage;
use crate::discharge::service_field::read_service;
use crate::discharge::weights::read_profile;
use crate::discharge::{
    Discharge, MOST_PARTS, MOST_SHOWN, Notice, ParseContext, Question, SHOWN, SearchOrigin, WIDEST, default_radius,
};
use crate::fuzzy;
use crate::place::{Miles, Point, Precision, Zip};
use crate::service::{DeliveryMode, Service};

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
pub fn parse(raw: &Value, words: &ParseContext<'_>, today: Date) -> Result<(Question, Vec<Notice>), FieldErrors> {
    let mut faults = FieldErrors::default();
    let mut remarks = Vec::new();
    let question = ObjectReader::from_value(raw, "", &FIELDS, &mut faults)
        .and_then(|fields| read_question(&fields, words, today, &mut faults, &mut remarks));
    match question {
        Some(question) => faults.or((question, remarks)),
        None => Err(faults),
    }
}

/// Reads every field even when an earlier one is wrong, so that all faults are told at once.
fn read_question(
    fields: &ObjectReader<'_>,
    words: &ParseContext<'_>,
    today: Date,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<Question> {
    let services = read_services(fields, faults);
    let asked: &[Service] = services.as_deref().unwrap_or_default();
    let near = read_near(fields, words, faults, remarks);
    let within = read_radius(fields, asked, faults);
    let coverage = read_coverage(fields, words, faults, remarks);
    let needs = read_needs(fields, asked, faults);
    let patient = read_patient(fields, faults);
    let on = read_date(fields, today, faults, remarks);
    let profile = read_profile(fields, faults);
    let limit = fields.u32_in_range("limit", 1, MOST_SHOWN, faults).unwrap_or(SHOWN);
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
    let bundle = fields.is_present("services");
    let mut question = Question { discharges: services?.into_iter().map(discharge).collect(), bundle };
    read_cursor(fields, words, &mut question, faults);
    Some(question)
}

fn travels(service: Service) -> bool {
    service.geography() == DeliveryMode::PatientTravels
}

fn read_services(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<Vec<Service>> {
    match (fields.is_present("service"), fields.is_present("services")) {
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
            let items = fields.list("services", Service::ALL.len(), faults)?;
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

fn read_near(
    fields: &ObjectReader<'_>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<SearchOrigin> {
    let Some((value, _)) = fields.get("near") else {
        let hint = Some(r#"send {"zip": "29401"} or {"latitude": 32.78, "longitude": -79.94}"#.to_owned());
        faults.add("/near", "missing", "where should care be?", hint);
        return None;
    };
    let near = ObjectReader::from_value(value, "/near", &["zip", "latitude", "longitude"], faults)?;
    match (near.is_present("zip"), near.is_present("latitude") || near.is_present("longitude")) {
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

fn near_zip(near: &ObjectReader<'_>, words: &ParseContext<'_>, faults: &mut FieldErrors) -> Option<SearchOrigin> {
    let (typed, pointer) = near.text("zip", faults)?;
    let Ok(zip) = typed.parse::<Zip>() else {
        faults.add(&pointer, "not_a_zip", "a ZIP code is five digits", None);
        return None;
    };
    let Some(place) = words.zips.get(zip) else {
        let misses: Vec<String> = words.zips.similar_zips(zip, 3).iter().map(Zip::to_string).collect();
        let misses: Vec<&str> = misses.iter().map(String::as_str).collect();
        let hint = fuzzy::did_you_mean(&misses);
        faults.add(&pointer, "no_such_zip", format!("no ZIP {zip} is in use"), hint);
        return None;
    };
    Some(SearchOrigin { point: place.point, precision: Precision::Zip, zip, state: place.state })
}

fn near_point(
    near: &ObjectReader<'_>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<SearchOrigin> {
    let latitude = near.number("latitude", faults);
    let longitude = near.number("longitude", faults);
    for (name, value) in [("latitude", &latitude), ("longitude", &longitude)] {
        if value.is_none() && !near.is_present(name) {
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
    remarks.push(Notice {
        code: "zip_from_point",
        text: format!("Service areas are looked up for ZIP {}, the nearest to the point.", place.zip),
    });
    Some(SearchOrigin { point, precision: Precision::Address, zip: place.zip, state: place.state })
}

fn read_radius(fields: &ObjectReader<'_>, services: &[Service], faults: &mut FieldErrors) -> Option<Miles> {
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

fn read_date(fields: &ObjectReader<'_>, today: Date, faults: &mut FieldErrors, remarks: &mut Vec<Notice>) -> Date {
    let Some((date, pointer)) = fields.day("discharge_on", today, faults) else { return today };
    let days = (date - today).get_days();
    if days.abs() > 366 {
        faults.add(&pointer, "out_of_range", format!("{date} is more than a year from today, {today}"), None);
    } else if days < 0 {
        let text = format!("The discharge date {date} is in the past; today is {today}.");
        remarks.push(Notice { code: "date_in_the_past", text });
    }
    date
}

fn read_include(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> bool {
    let mut left_out = false;
    for (value, pointer) in fields.list("include", MOST_PARTS, faults).unwrap_or_default() {
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

fn read_cursor(fields: &ObjectReader<'_>, words: &ParseContext<'_>, question: &mut Question, faults: &mut FieldErrors) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::coverage::PlanDirectory;
    use crate::place::ZipTable;

    fn parsed(raw: &Value) -> Result<(Question, Vec<Notice>), FieldErrors> {
        let plans = PlanDirectory::default();
        let words = ParseContext { zips: ZipTable::curated(), plans: &plans, generation: "g" };
        parse(raw, &words, jiff::civil::date(2026, 11, 21))
    }

    #[test]
    fn every_wrong_field_is_told_at_once_with_a_way_out() {
        let wrong = json!({
            "service": "skilled_nursng", "near": {"zip": "29481x"}, "within_miles": -1, "needs": ["wound vac", "inf.abx", "inf.abx"],
            "coverage": {"program": "medicaid"}, "patient": {"age": 97, "name": "x"}, "discharge_on": "tomorrow", "colour": 1
        });
        let faults = parsed(&wrong).unwrap_err();
        let told: Vec<String> =
            faults.iter().map(|f| format!("{} {} {}", f.pointer, f.code, f.hint.as_deref().unwrap_or("-"))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        /colour unknown_field one of service, services, near, within_miles, coverage, needs, patient, discharge_on, profile, limit, cursor, include
        /service no_such_service did you mean skilled_nursing?
        /near/zip not_a_zip -
        /within_miles out_of_range -
        /coverage/state missing send {"program": "medicaid", "state": "SC"}
        /needs/0 no_such_need did you mean wound.npwt?
        /needs/2 repeated -
        /patient/name unknown_field one of age, weight_lb, doses_a_day, sex, languages
        /patient/age out_of_range -
        /discharge_on not_a_date write it as 2026-11-21
        "#);
    }

    #[test]
    fn a_zip_not_in_use_offers_slips_of_the_finger() {
        let faults = parsed(&json!({"service": "home_health", "near": {"zip": "29400"}})).unwrap_err();
        assert_eq!(faults.told()[0].code, "no_such_zip");
        assert!(faults.told()[0].hint.as_deref().unwrap_or_default().contains("29401"), "{faults:?}");
    }

    #[test]
    fn what_is_not_said_takes_the_documented_defaults() {
        for (service, miles) in [
            ("skilled_nursing", Some(25.0)),
            ("inpatient_rehab", Some(50.0)),
            ("long_term_acute", Some(100.0)),
            ("hospice", None),
        ] {
            let (question, _) = parsed(&json!({"service": service, "near": {"zip": "29401"}})).unwrap();
            let discharge = &question.discharges[0];
            assert_eq!(discharge.within.map(Miles::value), miles, "{service}");
            assert_eq!((discharge.limit, discharge.on), (SHOWN, jiff::civil::date(2026, 11, 21)));
        }
    }

    #[test]
    fn a_need_of_a_bundle_may_be_asked_of_one_service_only() {
        let raw = json!({"services": ["skilled_nursing", "dialysis"], "near": {"zip": "29401"},
            "needs": ["lang.interpreter", {"need": "renal.hd-transport", "services": ["skilled_nursing"]}]});
        let (question, _) = parsed(&raw).unwrap();
        let asked: Vec<u32> = question.discharges.iter().map(|discharge| discharge.required.len()).collect();
        assert_eq!((asked, question.bundle), (vec![2, 1], true));
    }

    #[test]
    fn a_cursor_is_good_for_its_own_question_and_generation_only() {
        let raw = json!({"service": "dialysis", "near": {"zip": "29401"}});
        let (question, _) = parsed(&raw).unwrap();
        let page = |cursor: String| parsed(&json!({"service": "dialysis", "near": {"zip": "29401"}, "cursor": cursor}));
        let good = page(question.discharges[0].cursor("g", 20)).unwrap();
        assert_eq!(good.0.discharges[0].offset, 20);
        for bad in [question.discharges[0].cursor("h", 20), "20".to_owned(), "21-0".to_owned()] {
            assert_eq!(page(bad).unwrap_err().told()[0].code, "stale_cursor");
        }
    }
}
