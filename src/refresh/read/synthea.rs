//! The Synthea project's provider lists: CMS lists of 2017 and 2018 to which it gave the point of each city. A source to try
//! the program on, trusted least.

use crate::place::Precision;
use crate::provider::QualityMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{listed, position};
use crate::refresh::read::{home_health, hospice as cms_hospice, inpatient_rehab};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::service::Service;

/// One home health agency.
pub(crate) fn home_health(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let rating = row.rating(KnownColumn::Quality, QualityMeasure::HomeHealthPatientCare);
    add(row, books, Service::HomeHealth, |row, account| {
        account.rating = rating;
        home_health::offers(row, account);
    })
}

/// One hospice.
pub(crate) fn hospice(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, books, Service::Hospice, |_, account| account.yes(cms_hospice::CERTIFIED_MEANS))
}

/// One rehabilitation facility.
pub(crate) fn rehab(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, books, Service::InpatientRehab, |_, account| account.yes(inpatient_rehab::CERTIFIED_MEANS))
}

/// One long-term care hospital.
pub(crate) fn long_term(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, books, Service::LongTermAcute, |row, account| account.beds = row.count(KnownColumn::Beds))
}

/// Every list was one of providers Medicare had certified.
fn add(
    row: &mut CsvRow<'_>,
    books: &mut ParsedInput,
    service: Service,
    more: impl FnOnce(&mut CsvRow<'_>, &mut SourceRecord),
) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut account =
        SourceRecord { medicare: Some(true), position: position(row, Precision::City), ..listed(row, service)? };
    more(row, &mut account);
    books.accounts.add(ProviderKey::Ccn(ccn), account)
}
