//! "Medical Equipment Suppliers". CMS identifies a supplier in this list only by an enrollment number. The list is read only
//! if an NPI column was added, because without an NPI a supplier cannot be matched between refreshes or to a network.

use crate::place::Precision;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{RowReader, listed, position};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The list as CMS publishes it, with an NPI added.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(2, &[C::AcceptsAssignment, C::ParticipationBegin, C::Supplies, C::Specialities]);
    let required = &[C::Npi, C::Name, C::Street, C::City, C::State, C::Zip];
    let no_npi = "it has neither CCN nor NPI, so suppliers cannot be matched between refreshes";
    let table = TableSpec {
        useless_without: Some((C::Npi, no_npi)),
        ..TableSpec::read(signature, required, || Box::new(RowReader(supplier)))
    };
    DatasetSpec::list_of(Service::MedicalEquipment, "CMS Medical Equipment Suppliers", TrustTier::Cms, table)
};

/// Reads one supplier. Its point comes from an address geocoder whose accuracy CMS does not describe.
pub(crate) fn supplier(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let npi = row.npi()?;
    let source_record = SourceRecord {
        medicare: Some(true),
        position: position(row, Precision::Approximate),
        ..listed(row, Service::MedicalEquipment)?
    };
    parsed.records.add(ProviderKey::Npi(npi), source_record)
}
