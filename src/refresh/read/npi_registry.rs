//! NPPES, the registry of National Provider Identifiers: the monthly and weekly files and the deactivation list.
//!
//! Only organizations are read, and only those with a taxonomy code of one of the services in any of the fifteen slots.

use crate::provider::business::BusinessFact;
use crate::provider::{Ccn, Npi};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
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
use crate::text::spreadsheet;

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
        optional: &[C::Phone, C::LastUpdate, C::DeactivationDate, C::ReactivationDate, C::OtherName, C::OtherNameType],
        required_series: &[TAXONOMY],
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

/// The names of the fifteen columns of taxonomy codes, without their numbers.
const TAXONOMY: &str = "Healthcare Provider Taxonomy Code_";

/// How many there are.
const TAXONOMY_COLUMNS: usize = 15;
/// The length of a taxonomy code.
const TAXONOMY_CODE: usize = 10;

/// The entity type code of an organization.
const ORGANIZATION: &str = "2";
/// The entity type code of a person.
const PERSON: &str = "1";
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
            taxonomy: row.series(TAXONOMY),
            identifier: row.series("Other Provider Identifier_"),
            identifier_kind: row.series("Other Provider Identifier Type Code_"),
        }
    }

    /// A cell of the taxonomy codes that is none.
    fn damaged<'a>(&self, row: &CsvRow<'a>) -> Option<&'a str> {
        let is_code = |cell: &str| cell.len() == TAXONOMY_CODE && cell.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let cells = self.taxonomy.iter().filter_map(|at| row.record().get(*at)).map(str::trim);
        let mut damaged = cells.filter(|cell| {
            csv_cell::is_spreadsheet_error(cell) || csv_cell::non_empty(cell).is_some_and(|code| !is_code(code))
        });
        damaged.next()
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
    fn concerns(&self, row: &CsvRow<'_>) -> bool {
        entity_type(row) != Some(PERSON)
    }

    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let kind = entity_type(row);
        if kind == Some(PERSON) {
            return Ok(RowOutcome::PassedOver);
        }
        let npi = row.npi()?;
        if let Some(back) = row.date(KnownColumn::ReactivationDate) {
            parsed.registry.reactivated.insert(npi, back);
        }
        if let Some(gone) = row.date(KnownColumn::DeactivationDate) {
            parsed.registry.deactivated.insert(npi, (Some(gone), parsed.records.current()));
        }
        let places = self.places.get_or_insert_with(|| TaxonomyColumns::of(row));
        let services = places.services(row);
        if kind != Some(ORGANIZATION) && row.non_empty(KnownColumn::Name).is_some() {
            let text = row.raw(KnownColumn::EntityType);
            return Err(RowError::of(KnownColumn::EntityType, text, "it is neither 1 (a person) nor 2 (an organization)"));
        }
        if kind != Some(ORGANIZATION) || services.is_empty() {
            let damaged = places.damaged(row).filter(|_| kind == Some(ORGANIZATION));
            let fault = |text| RowError::whole(text, "a taxonomy code is ten letters and digits");
            return damaged.map_or(Ok(RowOutcome::PassedOver), |text| Err(fault(text)));
        }
        let ccn = places.ccn(row);
        let changed = day::come(row.date(KnownColumn::LastUpdate), parsed.today);
        let party = read_organization(npi, ccn, services, row, parsed.records.current())?;
        Ok(parsed.registry.add(npi, changed, party))
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        let found = self.places.as_ref().map_or(0, |places| places.taxonomy.len());
        if (1..TAXONOMY_COLUMNS).contains(&found) {
            let file = parsed.records.current_path();
            let remark = format!("{file}: {found} of the {TAXONOMY_COLUMNS} columns \"{TAXONOMY}1\" and so on are there");
            parsed.remarks.push(remark);
        }
        0
    }
}

/// The entity type code, which a spreadsheet may have made `2.0`.
fn entity_type<'a>(row: &CsvRow<'a>) -> Option<&'a str> {
    row.non_empty(KnownColumn::EntityType).map(spreadsheet::without_wrapping)
}

/// The type code of a name under which the organization does business. Former legal names (4) and
/// others (5) are names to match by, and not to show.
const DOING_BUSINESS_AS: &str = "3";

/// Whether the other name of the row is one to do business as. A file without the code is taken at
/// its word.
pub(crate) fn is_business_name(row: &CsvRow<'_>) -> bool {
    let code = row.non_empty(KnownColumn::OtherNameType).map(spreadsheet::without_wrapping);
    code == Some(DOING_BUSINESS_AS) || !row.has(KnownColumn::OtherNameType)
}

fn read_organization(
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
    let called = other.clone().filter(|_| is_business_name(row)).unwrap_or_else(|| name.clone());
    let business: Vec<BusinessFact> = [Some(BusinessFact::LegalName(name.clone()))]
        .into_iter()
        .chain([other.clone().filter(|_| is_business_name(row)).map(BusinessFact::BusinessName)])
        .flatten()
        .collect();
    let source_record = |service: &Service| SourceRecord {
        source,
        business: business.clone(),
        name: Some(called.clone()),
        address: address.clone(),
        phone,
        ..SourceRecord::of(*service)
    };
    let says = services.iter().map(source_record).collect();
    let names = [Some(name), other].into_iter().flatten().collect();
    Ok(ExternalProvider { ccn, npis: vec![npi], names, address, phone, services, says, ..ExternalProvider::default() })
}
