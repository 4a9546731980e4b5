//! CMS long-term care hospitals: "General Information".

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::general_information::general_information;
use crate::refresh::read::row_reader::{RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The list as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    let table = TableSpec {
        optional: &[KnownColumn::Phone, KnownColumn::Ownership, KnownColumn::Beds],
        ..general_information(|| Box::new(RowReader(hospital)))
    };
    let name = "CMS Long-Term Care Hospital General Information";
    DatasetSpec::list_of(Service::LongTermAcute, name, TrustTier::Cms, table)
};

/// Reads one hospital.
pub(crate) fn hospital(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::LongTermAcute)?;
    account.medicare = Some(true);
    account.beds = row.count(KnownColumn::Beds);
    books.accounts.add(ProviderKey::Ccn(ccn), account)
}
