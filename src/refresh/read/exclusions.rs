//! The OIG List of Excluded Individuals/Entities: the full list, the monthly supplements and the reinstatements, which
//! share a header. Rows of persons are dropped while reading: no name, birth date or address of a person is kept.

use crate::provider::Npi;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::exclusions::ExclusionRow;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// The list as the OIG publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(2, &[C::ExclusionType, C::ExclusionDate, C::WaiverDate]);
    let required = &[C::Name, C::Npi, C::Street, C::City, C::State, C::Zip, C::ExclusionDate, C::ReinstatementDate];
    let table = TableSpec {
        column_names: &[
            (C::Name, "BUSNAME"),
            (C::Street, "ADDRESS"),
            (C::City, "CITY"),
            (C::State, "STATE"),
            (C::Zip, "ZIP"),
        ],
        lost_rows: Some("and the providers excluded there stay in the directory"),
        ..TableSpec::read(signature, required, || Box::new(RowReader(row)))
    };
    DatasetSpec::table_of("OIG List of Excluded Individuals/Entities", TrustTier::Cms, table)
};

/// Reads one row. A row without a business name is about a person.
#[expect(clippy::unnecessary_wraps, reason = "the signature is shared with readers that can fail")]
pub(crate) fn row(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let Some(name) = row.text(KnownColumn::Name) else { return Ok(RowOutcome::PassedOver) };
    let name = name.into_owned();
    let npi: Option<Npi> = row.non_empty(KnownColumn::Npi).and_then(|_| row.parsed(KnownColumn::Npi));
    let since = row.date(KnownColumn::ExclusionDate);
    let until = row.date(KnownColumn::ReinstatementDate);
    let address = row.address();
    let party =
        ExternalProvider { npis: npi.into_iter().collect(), names: vec![name], address, ..ExternalProvider::default() };
    let source = books.accounts.current();
    books.exclusions.push(ExclusionRow { party, since, until, source });
    Ok(RowOutcome::Used)
}
