//! CMS "Home Health Care - Zip Codes" and "Hospice - Zip Data": which ZIPs a provider has served, one a row, up to 650,000 rows.

use rustc_hash::FxHashMap;

use crate::care::Service;
use crate::place::Zip;
use crate::provider::Ccn;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, Reader};
use crate::refresh::row::Row;

/// Collects the ZIPs of each CCN; a row costs no memory but that of its ZIP.
#[derive(Debug)]
pub struct ServiceZips {
    service: Service,
    providers: FxHashMap<String, usize>,
    zips: Vec<(Ccn, Vec<Zip>)>,
}

impl ServiceZips {
    /// Reads the ZIPs that providers of `service` come to.
    pub fn of(service: Service) -> Self {
        Self { service, providers: FxHashMap::default(), zips: Vec::new() }
    }

    fn place(&mut self, row: &Row<'_>) -> Result<usize, Refusal> {
        let text = row.raw(Column::Ccn).trim();
        if let Some(known) = self.providers.get(text) {
            return Ok(*known);
        }
        let place = self.zips.len();
        self.zips.push((row.ccn()?, Vec::new()));
        self.providers.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl Reader for ServiceZips {
    fn row(&mut self, row: &mut Row<'_>, _: &mut Books) -> Result<Taken, Refusal> {
        let zip = row.zip()?;
        let place = self.place(row)?;
        self.zips[place].1.push(zip);
        Ok(Taken::Used)
    }

    fn end(&mut self, books: &mut Books) -> u64 {
        let mut again = 0;
        for (ccn, mut zips) in self.zips.drain(..) {
            let rows = zips.len();
            zips.sort_unstable();
            zips.dedup();
            zips.shrink_to_fit();
            again += (rows - zips.len()) as u64;
            // Each CCN is added once, so no earlier row can contradict it.
            let _ = books.accounts.add(Who::Ccn(ccn), Account { zips, ..Account::of(self.service) });
        }
        again
    }
}
