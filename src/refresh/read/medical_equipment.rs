//! "Medical Equipment Suppliers". As CMS publishes it the list names a supplier by an enrolment number only; it is read where
//! an NPI has been added, because without one a supplier could not be followed from night to night or found in a network.

use crate::care::Service;
use crate::place::Precision;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::read::{Books, listed, position};
use crate::refresh::row::Row;

/// One supplier. Its point comes from an address geocoder whose care CMS does not describe.
pub fn supplier(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let npi = row.npi()?;
    let account = Account {
        medicare: Some(true),
        position: position(row, Precision::Approximate),
        ..listed(row, Service::MedicalEquipment)?
    };
    books.accounts.add(Who::Npi(npi), account)
}
