//! CMS "Home Health Care - Zip Codes" and "Hospice - Zip Data": which ZIPs a provider has served, one a row, up to 650,000 rows.

use rustc_hash::FxHashMap;

use crate::place::Zip;
use crate::provider::Ccn;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::service::Service;

/// Collects the ZIPs of each CCN; a row costs no memory but that of its ZIP.
#[derive(Debug)]
pub(crate) struct ServiceZips {
    service: Service,
    providers: FxHashMap<String, usize>,
    zips: Vec<(Ccn, Vec<Zip>)>,
}

impl ServiceZips {
    /// Reads the ZIPs that providers of `service` come to.
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
