//! The Synthea project's provider lists: CMS lists of 2017 and 2018 to which it gave the point of each city. A source to try
//! the program on, trusted least.

use crate::care::Service;
use crate::place::Precision;
use crate::provider::Measure;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, home_health, hospice as cms_hospice, inpatient_rehab, listed, position};
use crate::refresh::row::Row;

/// One home health agency.
pub fn home_health(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let rating = row.rating(Column::Quality, Measure::HomeHealthPatientCare);
    add(row, books, Service::HomeHealth, |row, account| {
        account.rating = rating;
        home_health::offers(row, account);
    })
}

/// One hospice.
pub fn hospice(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    add(row, books, Service::Hospice, |_, account| account.yes(cms_hospice::CERTIFIED_MEANS))
}

/// One rehabilitation facility.
pub fn rehab(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    add(row, books, Service::InpatientRehab, |_, account| account.yes(inpatient_rehab::CERTIFIED_MEANS))
}

/// One long-term care hospital.
pub fn long_term(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    add(row, books, Service::LongTermAcute, |row, account| account.beds = row.count(Column::Beds))
}

/// Every list was one of providers Medicare had certified.
fn add(
    row: &mut Row<'_>,
    books: &mut Books,
    service: Service,
    more: impl FnOnce(&mut Row<'_>, &mut Account),
) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account =
        Account { medicare: Some(true), position: position(row, Precision::City), ..listed(row, service)? };
    more(row, &mut account);
    books.accounts.add(Who::Ccn(ccn), account)
}
