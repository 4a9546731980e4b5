//! CMS long-term care hospitals: "General Information".

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::listed;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome};
use crate::service::Service;

/// One hospital.
pub(crate) fn hospital(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::LongTermAcute)?;
    account.medicare = Some(true);
    account.beds = row.count(KnownColumn::Beds);
    books.accounts.add(ProviderKey::Ccn(ccn), account)
}
