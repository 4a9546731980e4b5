//! Second stage of parsing a question: checks its fields against each other, the directory and the
//! date, and returns the question or all its errors.

use jiff::civil::Date;
use serde_json::Value;

use crate::discharge::needs::read_needs;
use crate::discharge::payer::read_coverage;
use crate::discharge::request::{MatchRequest, OLDEST_AGE, OriginRequest, PatientRequest, ProfileRequest};
use crate::discharge::screen_facts::read_screens;
use crate::discharge::{Discharge, Notice, ParseContext, Patient, Question, SHOWN, SearchOrigin, WIDEST, default_radius};
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::place::typed_place::{PlaceError, zip_in_use};
use crate::place::{Miles, Point, Precision, Zip};
use crate::profile::Profile;
use crate::provider::safety::ServedGroup;
use crate::service::{DeliveryMode, Service};

/// Parses a question.
///
/// # Errors
/// Every field that is wrong, each with its JSON pointer and, where possible, a hint.
pub fn parse(raw: &Value, words: &ParseContext<'_>, today: Date) -> Result<(Question, Vec<Notice>), FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = MatchRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let question = request.and_then(|request| understand(&request, words, today, &mut faults));
    let faults = faults.in_order_of(MatchRequest::NAMES);
    match question {
        Some(question) => faults.or(question),
        None => Err(faults),
    }
}

/// Resolves `request` to a question, with remarks on how it was read. Every field is checked even
/// if an earlier one is wrong, so that all errors are reported together.
pub(crate) fn understand(
    request: &MatchRequest,
    words: &ParseContext<'_>,
    today: Date,
    faults: &mut FieldErrors,
) -> Option<(Question, Vec<Notice>)> {
    let mut remarks = Vec::new();
    let services = read_services(request, faults);
    let asked: &[Service] = services.as_deref().unwrap_or_default();
    let near = request.near.given().and_then(|near| read_near(near, request.near.at, words, faults, &mut remarks));
    let within = read_radius(request, asked, faults);
    let coverage = read_coverage(&request.coverage, words, faults, &mut remarks);
    let needs = read_needs(&request.needs, asked, faults);
    let patient = request.patient.given().map(read_patient).unwrap_or_default();
    let on = read_date(&request.discharge_on, today, faults, &mut remarks);
    let profile = read_profile(&request.profile, faults);
    let screens = read_screens(&request.screens, request.discharge_on.given().copied(), today, faults);

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
        limit: request.limit.given().copied().unwrap_or(SHOWN),
        offset: 0,
        list_left_out: request.include.items().next().is_some(),
    };
    let bundle = request.services.is_present();
    let mut question = Question { discharges: services?.into_iter().map(discharge).collect(), bundle, screens };
    read_cursor(&request.cursor, words, &mut question, faults);
    Some((question, remarks))
}

fn travels(service: Service) -> bool {
    service.geography() == DeliveryMode::PatientTravels
}

/// The requested services, if all of them are known.
fn read_services(request: &MatchRequest, faults: &mut FieldErrors) -> Option<Vec<Service>> {
    let (one, several) = (&request.service, &request.services);
    match (one.is_present(), several.is_present()) {
        (true, true) => {
            faults.add(several.at, "conflict", "give service or services, not both", None);
            None
        }
        (false, false) => {
            let codes = Service::ALL.map(Service::code).join(", ");
            faults.add(one.at, "missing", "which service is needed?", Some(format!("one of {codes}")));
            None
        }
        (true, false) => one.given().map(|service| vec![*service]),
        (false, true) => {
            let mut known = Vec::new();
            for (at, service) in several.items() {
                if known.contains(service) {
                    faults.add(at, "repeated", "this service is listed twice", None);
                }
                known.push(*service);
            }
            several.given().filter(|items| items.len() == known.len()).map(|_| known)
        }
    }
}

fn read_near(
    near: &OriginRequest,
    at: FieldPlace,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<SearchOrigin> {
    match (near.zip.is_present(), near.latitude.is_present() || near.longitude.is_present()) {
        (true, true) => {
            faults.add(at, "conflict", "give a ZIP or a latitude and longitude, not both", None);
            None
        }
        (false, false) => {
            faults.add(at, "missing", "give a ZIP, or a latitude and longitude", None);
            None
        }
        (true, false) => near_zip(&near.zip, words, faults, remarks),
        (false, true) => near_point(near, at, words, faults, remarks),
    }
}

fn near_zip(
    zip: &Field<Zip>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<SearchOrigin> {
    let (at, zip) = (zip.at, *zip.given()?);
    let place = match zip_in_use(zip, words.zips) {
        Ok(place) => place,
        Err(PlaceError { code, detail, hint, .. }) => {
            faults.add(at, code, detail, hint);
            return None;
        }
    };
    if place.precision() == Precision::City {
        let text = format!("Where ZIP {zip} is, is not known: it is taken to be the middle of {}.", place.city_and_state());
        remarks.push(Notice { code: "middle_of_city", text });
    }
    Some(SearchOrigin { point: place.point, precision: place.precision(), zip, state: place.state })
}

fn near_point(
    near: &OriginRequest,
    at: FieldPlace,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<SearchOrigin> {
    for (name, degrees) in [("latitude", &near.latitude), ("longitude", &near.longitude)] {
        if !degrees.is_present() {
            faults.add(degrees.at, "missing", format!("{name} is missing"), None);
        }
    }
    let point = Point::from_degrees(*near.latitude.given()?, *near.longitude.given()?)?;
    let place = words.zips.nearest(point).filter(|place| place.point.miles_to(point).value() <= WIDEST);
    let Some(place) = place else {
        let hint = Some("longitudes in the continental US are negative".to_owned());
        faults.add(at, "out_of_range", "no ZIP in use is within 500 miles of this point", hint);
        return None;
    };
    remarks.push(Notice {
        code: "zip_from_point",
        text: format!("Service areas are looked up for ZIP {}, the nearest to the point.", place.zip),
    });
    Some(SearchOrigin { point, precision: Precision::Address, zip: place.zip, state: place.state })
}

fn read_radius(request: &MatchRequest, services: &[Service], faults: &mut FieldErrors) -> Option<Miles> {
    let within = &request.within_miles;
    if within.is_present() && !services.is_empty() && !services.iter().any(|service| travels(*service)) {
        let detail = "a radius does not apply: this service comes to the patient, by service area";
        faults.add(within.at, "does_not_apply", detail, Some("remove within_miles".to_owned()));
        return None;
    }
    within.given().copied()
}

fn read_patient(request: &PatientRequest) -> Patient {
    let mut languages: Vec<String> = request.languages.items().map(|(_, code)| code.clone()).collect();
    languages.sort();
    languages.dedup();
    let mut eligible: Vec<ServedGroup> = request.eligible.items().map(|(_, group)| group.0).collect();
    eligible.sort_unstable();
    Patient {
        age: request.age.given().map(|age| (*age).min(OLDEST_AGE)),
        weight_lb: request.weight_lb.given().copied(),
        doses_a_day: request.doses_a_day.given().copied(),
        start_within_hours: request.start_within_hours.given().copied(),
        drug_cost_a_day: request.drug_cost_a_day.given().copied(),
        eligible,
        sex: request.sex.given().copied(),
        languages,
    }
}

fn read_date(day: &Field<Date>, today: Date, faults: &mut FieldErrors, remarks: &mut Vec<Notice>) -> Date {
    let Some(date) = day.given().copied() else { return today };
    let days = (date - today).get_days();
    if days.abs() > 366 {
        faults.add(day.at, "out_of_range", format!("{date} is more than a year from today, {today}"), None);
    } else if days < 0 {
        let text = format!("The discharge date {date} is in the past; today is {today}.");
        remarks.push(Notice { code: "date_in_the_past", text });
    }
    date
}

fn read_profile(profile: &Field<ProfileRequest>, faults: &mut FieldErrors) -> Option<Profile> {
    if !profile.is_present() {
        return Some(Profile::standard().clone());
    }
    let own = match profile.given()? {
        ProfileRequest::Named(name) => return Some(name.0.clone()),
        ProfileRequest::Own(own) => own,
    };
    if !own.patient_travels.is_present() && !own.provider_comes.is_present() {
        let hint = Some(r#"send a name, or {"patient_travels": {"closeness": 0.6, "quality": 0.4}}"#.to_owned());
        faults.add(profile.at, "missing", "custom weights need patient_travels, provider_comes or both", hint);
    }
    let (travel, come) = (own.patient_travels.given().cloned(), own.provider_comes.given().cloned());
    Some(Profile::standard().weighing(travel, come))
}

fn read_cursor(cursor: &Field<String>, words: &ParseContext<'_>, question: &mut Question, faults: &mut FieldErrors) {
    let Some(typed) = cursor.given() else { return };
    let [discharge] = &mut question.discharges[..] else {
        faults.add(cursor.at, "does_not_apply", "a bundle has no pages; request one service to use a cursor", None);
        return;
    };
    let offset = typed.split_once('-').and_then(|(offset, _)| offset.parse().ok());
    match offset {
        Some(offset) if discharge.cursor(words.generation, offset) == *typed => discharge.offset = offset,
        _ => {
            let hint = Some("repeat the request without a cursor".to_owned());
            let detail = "this cursor belongs to another question or to an earlier directory";
            faults.add(cursor.at, "stale_cursor", detail, hint);
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
            "coverage": {"program": "medicaid"}, "patient": {"age": 197, "name": "x"}, "discharge_on": "tomorrow", "colour": 1
        });
        let faults = parsed(&wrong).unwrap_err();
        let told: Vec<String> =
            faults.iter().map(|f| format!("{} {} {}", f.pointer, f.code, f.hint.as_deref().unwrap_or("-"))).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        /colour unknown_field one of service, services, near, within_miles, coverage, needs, patient, discharge_on, profile, limit, cursor, include, screens
        /service no_such_service did you mean skilled_nursing?
        /near/zip not_a_zip -
        /within_miles out_of_range -
        /coverage/state missing send {"program": "medicaid", "state": "SC"}
        /needs/0 no_such_need did you mean wound.npwt?
        /needs/2 repeated -
        /patient/name unknown_field one of age, weight_lb, doses_a_day, start_within_hours, drug_cost_a_day, eligible, sex, languages
        /patient/age out_of_range -
        /discharge_on not_a_date write it as 2026-11-21
        "#);
    }

    #[test]
    fn a_zip_not_in_use_offers_slips_of_the_finger() {
        let faults = parsed(&json!({"service": "home_health", "near": {"zip": "29400"}})).unwrap_err();
        assert_eq!(faults.reported()[0].code, "no_such_zip");
        assert!(faults.reported()[0].hint.as_deref().unwrap_or_default().contains("29401"), "{faults:?}");
    }

    #[test]
    fn a_military_zip_is_in_use_and_has_no_place() {
        for zip in ["09012", "96266", "34002", "09999"] {
            let faults = parsed(&json!({"service": "home_health", "near": {"zip": zip}})).unwrap_err();
            let told = &faults.reported()[0];
            assert_eq!((told.pointer.as_str(), told.code), ("/near/zip", "military_zip"));
            assert!(told.detail.contains("military post (APO/FPO/DPO)"), "{}", told.detail);
            assert_eq!(told.hint.as_deref(), Some("enter the ZIP of where care is needed"));
        }
    }

    #[test]
    fn a_zip_that_stands_at_the_middle_of_its_city_says_so() {
        for (zip, precision) in [("44195", Precision::City), ("44114", Precision::Zip)] {
            let (question, remarks) = parsed(&json!({"service": "home_health", "near": {"zip": zip}})).unwrap();
            assert_eq!(question.discharges[0].near.precision, precision, "{zip}");
            assert_eq!(remarks.iter().any(|remark| remark.code == "middle_of_city"), precision == Precision::City, "{zip}");
        }
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
            assert_eq!(page(bad).unwrap_err().reported()[0].code, "stale_cursor");
        }
    }
}
