//! The further files of NPPES: other names, and secondary practice locations. They add to organizations of the registry.
//!
//! NPPES names its files so that these come after the registry. Rows of numbers that are not in it are skipped: most are persons.

use crate::provider::Npi;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::npi_registry::is_business_name;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// Other names of organizations.
pub(crate) static OTHER_NAMES: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Npi, C::OtherName, C::OtherNameType];
    let signature = HeaderSignature::of(3, columns).without(&[C::EntityType]).at_most(6);
    let table = TableSpec::read(signature, columns, || Box::new(OtherNames));
    DatasetSpec::table_of("NPPES other names", TrustTier::Registry, table)
};

/// Secondary practice locations.
pub(crate) static LOCATIONS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Npi, C::Street, C::City, C::State, C::Zip];
    let marks = &[C::Npi, C::SecondaryCountry, C::Street, C::City];
    let table = TableSpec {
        column_names: &[
            (C::Street, "Provider Secondary Practice Location Address- Address Line 1"),
            (C::City, "Provider Secondary Practice Location Address - City Name"),
            (C::State, "Provider Secondary Practice Location Address - State Name"),
            (C::Zip, "Provider Secondary Practice Location Address - Postal Code"),
        ],
        ..TableSpec::read(HeaderSignature::of(4, marks).without(&[C::EntityType]), columns, || Box::new(Locations))
    };
    DatasetSpec::table_of("NPPES secondary practice locations", TrustTier::Registry, table)
};

/// Whether the registry or a file of certified providers has the number.
fn is_known(npi: Npi, parsed: &ParsedInput) -> bool {
    parsed.registry.parties.contains_key(&npi) || parsed.records.npis.contains_key(&npi)
}

/// Reads other names.
struct OtherNames;

impl DatasetReader for OtherNames {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let npi = row.npi()?;
        if !is_known(npi, parsed) {
            return Ok(RowOutcome::PassedOver);
        }
        let name = row.required_words(KnownColumn::OtherName)?;
        parsed.registry.add_name(npi, name, is_business_name(row));
        Ok(RowOutcome::Used)
    }
}

/// Reads secondary practice locations.
struct Locations;

impl DatasetReader for Locations {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let npi = row.npi()?;
        let abroad = row.non_empty(KnownColumn::SecondaryCountry).is_some_and(|country| country != "US");
        if abroad || !is_known(npi, parsed) {
            return Ok(RowOutcome::PassedOver);
        }
        if let Some(address) = row.address() {
            parsed.registry.add_location(npi, address);
        }
        Ok(RowOutcome::Used)
    }
}
