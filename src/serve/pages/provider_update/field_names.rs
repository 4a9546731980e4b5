//! The fields of the page: their names, and the values that they have before somebody types.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::provider_update::own_statements::{OwnStatements, language_names};
use crate::service::{Limit, Need, Service};
use crate::statements::StatementValue;
use crate::statements::expiry::days_after;

/// How many days of room the page shows, today included.
pub(crate) const DAYS_SHOWN: i32 = 14;
/// How many of them one answer can fill.
pub(crate) const DAYS_OF_WEEK: i32 = 7;
/// The field of the telephone number for admissions.
pub(crate) const ADMISSIONS: &str = "admissions";
/// The first day of room that the page showed when it was opened.
pub(crate) const FROM: &str = "from";
/// Fields that are of no statement.
pub(crate) const OTHERS: [&str; 5] = ["pin", "do", "version", FROM, ADMISSIONS];

/// The days that the page shows.
pub(crate) fn shown_days(today: Date) -> impl Iterator<Item = Date> {
    (0..DAYS_SHOWN).map(move |days| days_after(today, days))
}

/// The last day of room that the page showed when it was opened, which may have been before today.
pub(crate) fn last_day_asked(form: &CodedForm, today: Date) -> Date {
    let first = form.one(FROM).parse::<Date>().map_or(today, |first| first.min(today));
    days_after(first, DAYS_SHOWN - 1)
}

/// The values of the fields of room after `last` for what is stated.
pub(crate) fn later_rooms(own: &OwnStatements, last: Date, today: Date) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in &own.provider.lines {
        for day in shown_days(today).filter(|day| *day > last) {
            if let Some(room) = own.room_on(line.service, day) {
                values.insert(room_field(line.service, day), yes_no(room.room));
            }
        }
    }
    values
}

fn yes_no(answer: bool) -> String {
    if answer { "yes" } else { "no" }.to_owned()
}

pub(crate) fn room_field(service: Service, day: Date) -> String {
    format!("{}/room/{day}", service.code())
}

/// One answer for the first seven days.
pub(crate) fn week_field(service: Service) -> String {
    format!("{}/week", service.code())
}

pub(crate) fn need_field(service: Service, need: Need) -> String {
    format!("{}/need/{need}", service.code())
}

pub(crate) fn limit_field(service: Service, limit: Limit) -> String {
    format!("{}/limit/{}", service.code(), limit.code())
}

pub(crate) fn zips_field(service: Service) -> String {
    format!("{}/zips", service.code())
}

pub(crate) fn counties_field(service: Service) -> String {
    format!("{}/counties", service.code())
}

pub(crate) fn languages_field(service: Service) -> String {
    format!("{}/languages", service.code())
}

/// The values of the fields for what is stated, whether it has expired or not.
pub(crate) fn standing_values(own: &OwnStatements, today: Date) -> BTreeMap<String, String> {
    let mut values = later_rooms(own, Date::MIN, today);
    for line in &own.provider.lines {
        if let Some(details) = own.statements.details.of_service(line.service) {
            let zips: Vec<String> = details.zips.iter().map(ToString::to_string).collect();
            values.insert(zips_field(line.service), zips.join(" "));
            values.insert(languages_field(line.service), language_names(&details.languages));
        }
    }
    for said in &own.statements.statements {
        match said.says {
            StatementValue::Need(need, takes) => values.insert(need_field(said.service, need), yes_no(takes)),
            StatementValue::Limit(limit, value) => values.insert(limit_field(said.service, limit), value.to_string()),
        };
    }
    if let Some(line) = own.statements.details.admissions {
        values.insert(ADMISSIONS.to_owned(), line.phone.to_string());
    }
    values
}
