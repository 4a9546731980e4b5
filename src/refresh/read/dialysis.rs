//! CMS "Dialysis Facility - Listing by Facility".

use crate::care::Service;
use crate::provider::Measure;
use crate::refresh::account::{Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, listed};
use crate::refresh::row::Row;

/// One facility. Training for home haemodialysis answers no need of the vocabulary.
pub fn facility(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::Dialysis)?;
    account.medicare = Some(true);
    account.rating = row.rating(Column::FiveStar, Measure::DialysisFacility);
    account.beds = row.count(Column::Stations);
    account.answer("renal.hd-onsite", row.flag(Column::OffersHaemodialysis));
    account.answer("renal.pd", row.flag(Column::OffersPeritoneal));
    books.accounts.add(Who::Ccn(ccn), account)
}
