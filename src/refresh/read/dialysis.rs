//! CMS "Dialysis Facility - Listing by Facility".

use crate::provider::QualityMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::listed;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome};
use crate::service::{Need, Service};

const HEMODIALYSIS: Need = Need::from_code("renal.hd-onsite").unwrap();
const PERITONEAL: Need = Need::from_code("renal.pd").unwrap();

/// One facility. Training for home haemodialysis answers no need of the vocabulary.
pub(crate) fn facility(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::Dialysis)?;
    account.medicare = Some(true);
    account.rating = row.rating(KnownColumn::FiveStar, QualityMeasure::DialysisFacility);
    account.beds = row.count(KnownColumn::Stations);
    account.answer(HEMODIALYSIS, row.flag(KnownColumn::OffersHaemodialysis));
    account.answer(PERITONEAL, row.flag(KnownColumn::OffersPeritoneal));
    books.accounts.add(ProviderKey::Ccn(ccn), account)
}
