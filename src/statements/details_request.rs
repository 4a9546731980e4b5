//! The details in a request of statements: their fields, bounds and checks.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::discharge::field_types::LanguageCode;
use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::input::values::{ListOf, text};
use crate::languages;
use crate::place::Zip;
use crate::provider::Phone;
use crate::service::{DeliveryMode, Service};
use crate::statements::LONGEST_STATEMENT_DAYS;
use crate::statements::expiry::read_expiry;
use crate::statements::stated_details::{AdmissionsLine, ServiceDetails, StatedDetails};

/// Most ZIP codes of a service area. Our choice: more than the largest state has.
pub(crate) const MOST_ZIPS: usize = 3_000;
/// Most languages of a service. Our choice.
pub(crate) const MOST_LANGUAGES: usize = 30;

input! {
    /// The service area and the languages of one service.
    pub(crate) struct ServiceDetailsRequest as "ServiceDetailsTold" {
        /// The service.
        service: Service, required("which service?", || None);
        /// The ZIP codes that it serves: all of them. Only for a service that travels to the patient.
        zips: ListOf<Zip, MOST_ZIPS>, filled("missing", "the list is empty", || Some("leave it out to state no service area".to_owned()));
        /// The languages that its staff speak.
        languages: ListOf<LanguageCode, MOST_LANGUAGES>, filled("missing", "the list is empty", || Some("leave it out to state no languages".to_owned()));
        /// The last day of validity.
        expires_on: Date, note(|| format!("{LONGEST_STATEMENT_DAYS} days from today if left out, which is also the maximum."));
    }
}

input! {
    /// The telephone number for admissions. It is shown in place of the number of the directory.
    pub(crate) struct AdmissionsRequest as "AdmissionsLineTold" {
        /// The number.
        phone: Phone, required("which number?", || Some("such as 816-555-0142".to_owned()));
        /// The last day of validity.
        expires_on: Date, note(|| format!("{LONGEST_STATEMENT_DAYS} days from today if left out, which is also the maximum."));
    }
}

/// Longest telephone number as text. Our choice.
const LONGEST_PHONE: usize = 40;

/// A telephone number and nothing else. An error does not repeat what was typed.
impl InputType for Phone {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let typed = text(value, at, faults)?;
        let plain = |c: char| c.is_ascii_digit() || " -.()+".contains(c) || "extension".contains(c.to_ascii_lowercase());
        let phone = Some(typed).filter(|typed| typed.len() <= LONGEST_PHONE && typed.chars().all(plain));
        let phone = phone.and_then(|typed| typed.parse().ok());
        if phone.is_none() {
            let hint = Some("such as 816-555-0142 or 816-555-0142 ext. 7".to_owned());
            faults.add(at, "not_a_phone", "expected one telephone number with ten digits", hint);
        }
        phone
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "maxLength": LONGEST_PHONE, "pattern": "[0-9]", "description": "Ten digits, with an extension or without."})
    }
}

/// Checks the details of a request against each other and the date.
pub(crate) fn read_details(
    services: &Field<Vec<Field<ServiceDetailsRequest>>>,
    admissions: &Field<AdmissionsRequest>,
    today: Date,
    faults: &mut FieldErrors,
) -> StatedDetails {
    let mut stated = StatedDetails::default();
    for (at, request) in services.items() {
        let Some(details) = read_service(request, at, today, faults) else { continue };
        if stated.of_service(details.service).is_some() {
            let hint = Some("state each service once".to_owned());
            faults.add(at, "repeated", format!("{} is already stated", details.service), hint);
        }
        stated.services.push(details);
    }
    if let Some(request) = admissions.given() {
        let expires_on = read_expiry(&request.expires_on, today, faults);
        let line = request.phone.given().copied().zip(expires_on);
        stated.admissions = line.map(|(phone, expires_on)| AdmissionsLine { phone, expires_on });
    }
    stated
}

fn read_service(
    request: &ServiceDetailsRequest,
    at: FieldPlace,
    today: Date,
    faults: &mut FieldErrors,
) -> Option<ServiceDetails> {
    let expires_on = read_expiry(&request.expires_on, today, faults);
    for (at, code) in request.languages.items().filter(|(_, code)| languages::name(code).is_none()) {
        faults.add(at, "no_such_language", format!("there is no language {code}"), None);
    }
    if !request.zips.is_present() && !request.languages.is_present() {
        faults.add(at, "missing", "give the ZIP codes or the languages", None);
    }
    let service = *request.service.given()?;
    if request.zips.is_present() && service.geography() == DeliveryMode::PatientTravels {
        faults.add(request.zips.at, "does_not_apply", "the patient travels to this service", None);
    }
    let mut zips: Vec<Zip> = request.zips.items().map(|(_, zip)| *zip).collect();
    zips.sort_unstable();
    zips.dedup();
    let mut languages: Vec<String> = request.languages.items().map(|(_, code)| code.clone()).collect();
    languages.sort();
    languages.dedup();
    Some(ServiceDetails { service, zips, languages, expires_on: expires_on? })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::statements::parse;

    const TODAY: Date = date(2026, 11, 21);

    fn faults(raw: &Value) -> Vec<String> {
        let faults = parse::statements(raw, TODAY).unwrap_err();
        faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn details_are_read_in_order_and_each_once() {
        let raw = json!({
            "statements": [],
            "services": [{"service": "home_health", "zips": ["64108", "64101-1234", "64108"], "languages": ["vi", "es"]}],
            "admissions": {"phone": "(816) 555-0142 ext. 7", "expires_on": "2026-12-01"},
        });
        let details = parse::statements(&raw, TODAY).unwrap().details;
        let home_health = details.of_service(Service::HomeHealth).unwrap();
        assert_eq!(home_health.zips, [64101, 64108].map(|zip| Zip::from_number(zip).unwrap()));
        assert_eq!(
            (&home_health.languages[..], home_health.expires_on),
            (&["es", "vi"].map(str::to_owned)[..], date(2027, 2, 19))
        );
        let line = details.admissions.unwrap();
        assert_eq!((line.phone.to_string(), line.expires_on), ("816-555-0142 ext. 7".to_owned(), date(2026, 12, 1)));
        assert!(parse::statements(&json!({"statements": []}), TODAY).unwrap().details.is_empty());
    }

    #[test]
    fn every_fault_of_the_details_is_named_at_once() {
        let raw = json!({
            "statements": [],
            "services": [
                {"service": "home_health", "zips": ["6410"], "languages": ["xx", "Spanish"], "expires_on": "2027-03-01"},
                {"service": "skilled_nursing", "zips": ["64108"]},
                {"service": "hospice"},
            ],
            "admissions": {"phone": "ask for Mrs. Smith at 816-555-0142"},
        });
        let faults = faults(&raw);
        for fault in [
            "/services/0/zips/0 not_a_zip",
            "/services/0/languages/0 no_such_language",
            "/services/0/languages/1 no_such_language",
            "/services/0/expires_on out_of_range",
            "/services/1/zips does_not_apply",
            "/admissions/phone not_a_phone",
        ] {
            assert!(faults.iter().any(|told| told == fault), "{fault} is not in {faults:?}");
        }
    }
}
