//! NPPES, the registry of National Provider Identifiers: the monthly and weekly files and the deactivation list.
//!
//! Only organizations are read, and only those with a taxonomy code of one of the services in any of the fifteen slots.

use crate::provider::{Ccn, Npi};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::day;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{RowError, RowOutcome, SourceId, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The monthly and weekly files.
pub(crate) static ORGANIZATIONS: DatasetSpec = {
    use KnownColumn as C;
    let required = &[C::Npi, C::EntityType, C::Name, C::Street, C::City, C::State, C::Zip];
    let table = TableSpec {
        column_names: &[
            (C::Name, "Provider Organization Name (Legal Business Name)"),
            (C::Street, "Provider First Line Business Practice Location Address"),
            (C::City, "Provider Business Practice Location Address City Name"),
            (C::State, "Provider Business Practice Location Address State Name"),
            (C::Zip, "Provider Business Practice Location Address Postal Code"),
        ],
        ..TableSpec::read(HeaderSignature::of(2, &[C::Npi, C::EntityType]), required, || Box::new(NpiReader::default()))
    };
    DatasetSpec::table_of("NPPES", TrustTier::Registry, table)
};

/// The list of deactivations.
pub(crate) static DEACTIVATIONS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Npi, C::DeactivationDate];
    let signature = HeaderSignature::of(2, columns).without(&[C::EntityType]).at_most(4);
    let table = TableSpec::read(signature, columns, || Box::new(NpiReader::default()));
    DatasetSpec::table_of("NPPES deactivations", TrustTier::Registry, table)
};

/// The entity type code of an organization; `1` is a person.
const ORGANISATION: &str = "2";
/// The other-identifier type of a CMS Certification Number (NPPES code values, "MEDICARE OSCAR/CERTIFICATION").
const CERTIFICATION: &str = "06";

/// Reads one file.
#[derive(Debug, Default)]
pub(crate) struct NpiReader {
    places: Option<TaxonomyColumns>,
}

/// The positions of the numbered columns.
#[derive(Debug)]
struct TaxonomyColumns {
    taxonomy: Vec<usize>,
    identifier: Vec<usize>,
    identifier_kind: Vec<usize>,
}

impl TaxonomyColumns {
    fn of(row: &CsvRow<'_>) -> Self {
        Self {
            taxonomy: row.series("Healthcare Provider Taxonomy Code_"),
            identifier: row.series("Other Provider Identifier_"),
            identifier_kind: row.series("Other Provider Identifier Type Code_"),
        }
    }

    fn services(&self, row: &CsvRow<'_>) -> Vec<Service> {
        let codes: Vec<&str> = row.cells(&self.taxonomy).filter(|code| !code.is_empty()).collect();
        let offered = |service: &Service| service.taxonomy().iter().any(|code| codes.contains(code));
        Service::ALL.into_iter().filter(offered).collect()
    }

    fn ccn(&self, row: &CsvRow<'_>) -> Option<Ccn> {
        let mut identifiers = row.cells(&self.identifier).zip(row.cells(&self.identifier_kind));
        identifiers.find(|(_, kind)| *kind == CERTIFICATION).and_then(|(text, _)| text.parse().ok())
    }
}

impl DatasetReader for NpiReader {
    fn row(&mut self, row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let kind = row.non_empty(KnownColumn::EntityType);
        if kind == Some("1") {
            return Ok(RowOutcome::PassedOver);
        }
        let npi = row.npi()?;
        if let Some(back) = row.date(KnownColumn::ReactivationDate) {
            books.registry.reactivated.insert(npi, back);
        }
        if let Some(gone) = row.date(KnownColumn::DeactivationDate) {
            books.registry.deactivated.insert(npi, (Some(gone), books.accounts.current()));
        }
        let places = self.places.get_or_insert_with(|| TaxonomyColumns::of(row));
        let services = places.services(row);
        if kind != Some(ORGANISATION) || services.is_empty() {
            return Ok(RowOutcome::PassedOver);
        }
        let ccn = places.ccn(row);
        let changed = day::come(row.date(KnownColumn::LastUpdate), books.today);
        let party = organisation(npi, ccn, services, row, books.accounts.current())?;
        Ok(books.registry.add(npi, changed, party))
    }
}

fn organisation(
    npi: Npi,
    ccn: Option<Ccn>,
    services: Vec<Service>,
    row: &mut CsvRow<'_>,
    source: SourceId,
) -> Result<ExternalProvider, RowError> {
    let name = row.required_words(KnownColumn::Name)?;
    let other = row.words(KnownColumn::OtherName);
    let address = row.address();
    let phone = row.phone();
    // The other name, if there is one, is the one the organization goes by.
    let called = other.clone().unwrap_or_else(|| name.clone());
    let account = |service: &Service| SourceRecord {
        source,
        name: Some(called.clone()),
        address: address.clone(),
        phone,
        ..SourceRecord::of(*service)
    };
    let says = services.iter().map(account).collect();
    let names = [Some(name), other].into_iter().flatten().collect();
    Ok(ExternalProvider { ccn, npis: vec![npi], listed_as: None, names, address, phone, services, says })
}
