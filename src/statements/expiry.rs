//! The last day of validity of a statement.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::input::errors::FieldErrors;
use crate::input::field::Field;
use crate::statements::LONGEST_STATEMENT_DAYS;

/// The last day of a statement made `today`; the latest possible day if none is given.
pub(crate) fn read_expiry(field: &Field<Date>, today: Date, faults: &mut FieldErrors) -> Option<Date> {
    let last = days_after(today, LONGEST_STATEMENT_DAYS);
    let day = field.given_or(last)?;
    if day < today {
        faults.add(field.at, "in_the_past", format!("{day} is past; today is {today}"), None);
    } else if day > last {
        let detail = format!("a statement is valid for at most {LONGEST_STATEMENT_DAYS} days, up to {last}");
        faults.add(field.at, "out_of_range", detail, Some("renew it before then".to_owned()));
    }
    Some(day)
}

/// The day `days` after `day`.
pub(crate) fn days_after(day: Date, days: i32) -> Date {
    let span: Span = days.days();
    day.saturating_add(span)
}
