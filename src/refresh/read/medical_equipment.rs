//! "Medical Equipment Suppliers". As CMS publishes it the list names a supplier by an enrolment number only; it is read where
//! an NPI has been added, because without one a supplier could not be followed from night to night or found in a network.

use crate::place::Precision;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{listed, position};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::service::Service;

/// One supplier. Its point comes from an address geocoder whose care CMS does not describe.
pub(crate) fn supplier(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let npi = row.npi()?;
    let account = SourceRecord {
        medicare: Some(true),
        position: position(row, Precision::Approximate),
        ..listed(row, Service::MedicalEquipment)?
    };
    books.accounts.add(ProviderKey::Npi(npi), account)
}
