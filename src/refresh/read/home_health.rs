//! CMS "Home Health Care Agencies": identity, the six "Offers ..." flags and the star rating.

use crate::care::Service;
use crate::provider::Measure;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, listed};
use crate::refresh::row::Row;

/// The flags and the needs they answer. A "-" is silence, not "no".
const OFFERS: [(Column, &str); 6] = [
    (Column::OffersNursing, "hh.nursing"),
    (Column::OffersPhysical, "rehab.pt"),
    (Column::OffersOccupational, "rehab.ot"),
    (Column::OffersSpeech, "rehab.slp"),
    (Column::OffersSocial, "hh.msw"),
    (Column::OffersAide, "hh.aide"),
];

/// One agency. That CMS lists it means that Medicare pays it; Medicaid the list does not tell.
pub fn agency(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::HomeHealth)?;
    account.medicare = Some(true);
    account.rating = row.rating(Column::PatientCareStar, Measure::HomeHealthPatientCare);
    offers(row, &mut account);
    books.accounts.add(Who::Ccn(ccn), account)
}

/// What the six flags say.
pub fn offers(row: &mut Row<'_>, account: &mut Account) {
    for (column, need) in OFFERS {
        account.answer(need, row.flag(column));
    }
}
