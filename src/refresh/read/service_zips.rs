//! CMS "Home Health Care - Zip Codes" and "Hospice - Zip Data": the ZIPs a provider served, one per row, up to 650,000 rows.

use rustc_hash::FxHashMap;

use crate::place::Zip;
use crate::provider::Ccn;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, DatasetSubject, TableReader, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// "Home Health Care - Zip Codes".
pub(crate) static HOME_HEALTH: DatasetSpec =
    zips_of(Service::HomeHealth, "CMS Home Health Care ZIP Codes", || Box::new(ServiceZips::of(Service::HomeHealth)));

/// "Hospice - Zip Data".
pub(crate) static HOSPICE: DatasetSpec =
    zips_of(Service::Hospice, "CMS Hospice ZIP Data", || Box::new(ServiceZips::of(Service::Hospice)));

/// Both files have one header; the CCNs tell them apart.
const fn zips_of(service: Service, name: &'static str, reader: TableReader) -> DatasetSpec {
    use KnownColumn as C;
    let signature = HeaderSignature::of(2, &[C::Ccn, C::Zip, C::State]).without(&[C::Name, C::Street, C::Network]).at_most(4);
    let table = TableSpec::read(signature, &[C::Ccn, C::Zip], reader);
    let subject = DatasetSubject::ServiceAreas(service);
    DatasetSpec { subject, ..DatasetSpec::list_of(service, name, TrustTier::Cms, table) }
}

/// Collects the ZIPs of each CCN; a row needs memory only for its ZIP.
#[derive(Debug)]
pub(crate) struct ServiceZips {
    service: Service,
    providers: FxHashMap<String, usize>,
    zips: Vec<(Ccn, Vec<Zip>)>,
}

impl ServiceZips {
    /// Reads the ZIPs that providers of `service` serve.
    pub(crate) fn of(service: Service) -> Self {
        Self { service, providers: FxHashMap::default(), zips: Vec::new() }
    }

    fn place(&mut self, row: &CsvRow<'_>) -> Result<usize, RowError> {
        let text = row.raw(KnownColumn::Ccn).trim();
        if let Some(known) = self.providers.get(text) {
            return Ok(*known);
        }
        let place = self.zips.len();
        self.zips.push((row.ccn()?, Vec::new()));
        self.providers.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl DatasetReader for ServiceZips {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let zip = row.zip()?;
        let place = self.place(row)?;
        self.zips[place].1.push(zip);
        Ok(RowOutcome::Used)
    }

    fn end(&mut self, books: &mut ParsedInput) -> u64 {
        let mut again = 0;
        for (ccn, mut zips) in self.zips.drain(..) {
            let rows = zips.len();
            zips.sort_unstable();
            zips.dedup();
            zips.shrink_to_fit();
            again += (rows - zips.len()) as u64;
            // Each CCN is added once, so no earlier row can contradict it.
            let _ = books.accounts.add(ProviderKey::Ccn(ccn), SourceRecord { zips, ..SourceRecord::of(self.service) });
        }
        again
    }
}
