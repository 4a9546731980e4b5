//! CMS "Home Health Care - Zip Codes" and "Hospice - Zip Data": the ZIPs a provider served, one per row, up to 650,000 rows.

use std::collections::BTreeSet;

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
use crate::text::count_text::counted;
use crate::text::list_text::first_few;

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
    let table = TableSpec { optional: &[C::State], ..TableSpec::read(signature, &[C::Ccn, C::Zip], reader) };
    let subject = DatasetSubject::ServiceAreas(service);
    DatasetSpec { subject, ..DatasetSpec::list_of(service, name, TrustTier::Cms, table) }
}

/// Collects the ZIPs of each CCN; a row needs memory only for its ZIP.
#[derive(Debug)]
pub(crate) struct ServiceZips {
    service: Service,
    providers: FxHashMap<String, usize>,
    zips: Vec<(Ccn, Vec<Zip>)>,
    /// The agencies of which a row could not be read. Half an area would leave people out, so they have none.
    incomplete: BTreeSet<Ccn>,
    /// The agency of the row above, and whether a row of an unknown agency stands between. The rows of an agency stand together.
    above: Option<usize>,
    after_lost: bool,
}

impl ServiceZips {
    /// Reads the ZIPs that providers of `service` serve.
    pub(crate) fn of(service: Service) -> Self {
        Self {
            service,
            providers: FxHashMap::default(),
            zips: Vec::new(),
            incomplete: BTreeSet::new(),
            above: None,
            after_lost: false,
        }
    }

    /// Notes the agency of a row; after rows of an unknown agency, they may be rows of this one.
    fn pass(&mut self, place: usize) {
        if std::mem::take(&mut self.after_lost) {
            self.incomplete.insert(self.zips[place].0.clone());
        }
        self.above = Some(place);
    }

    fn place(&mut self, row: &CsvRow<'_>) -> Result<usize, RowError> {
        let text = row.raw(KnownColumn::Ccn).trim();
        if let Some(known) = self.providers.get(text) {
            return Ok(*known);
        }
        let ccn = row.ccn()?;
        let known = self.providers.get(&ccn.to_string()).copied();
        let place = known.unwrap_or(self.zips.len());
        if known.is_none() {
            self.providers.insert(ccn.to_string(), place);
            self.zips.push((ccn, Vec::new()));
        }
        self.providers.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl DatasetReader for ServiceZips {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let zip = row.zip()?;
        let place = self.place(row)?;
        self.pass(place);
        self.zips[place].1.push(zip);
        Ok(RowOutcome::Used)
    }

    fn lost(&mut self, row: Option<&CsvRow<'_>>) {
        if let Some(ccn) = row.and_then(|row| row.ccn().ok()) {
            self.incomplete.insert(ccn);
        } else {
            self.incomplete.extend(self.above.map(|place| self.zips[place].0.clone()));
            self.after_lost = true;
        }
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        let mut again = 0;
        let incomplete = std::mem::take(&mut self.incomplete);
        if !incomplete.is_empty() {
            let file = parsed.records.current_path();
            parsed.remarks.push(without_area(file, &incomplete));
        }
        let known: BTreeSet<Ccn> = self.zips.iter().map(|(ccn, _)| ccn.clone()).collect();
        self.zips.extend(incomplete.difference(&known).map(|ccn| (ccn.clone(), Vec::new())));
        for (ccn, mut zips) in self.zips.drain(..) {
            let rows = zips.len();
            zips.sort_unstable();
            zips.dedup();
            zips.shrink_to_fit();
            again += (rows - zips.len()) as u64;
            // Each CCN is added once, so no earlier row can contradict it.
            let area_incomplete = incomplete.contains(&ccn);
            let source_record = SourceRecord { zips, area_incomplete, ..SourceRecord::of(self.service) };
            let _ = parsed.records.add(ProviderKey::Ccn(ccn), source_record);
        }
        again
    }
}

/// How many agencies a remark names.
const NAMED: usize = 5;

/// That agencies count as without a published area, and why.
fn without_area(file: &str, incomplete: &BTreeSet<Ccn>) -> String {
    let named = first_few(incomplete.iter().map(|ccn| format!("ccn:{ccn}")), NAMED);
    let agencies = counted(incomplete.len() as u64, "provider");
    format!("{file}: {agencies} with a row that cannot be read count as without a published area: {named}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::row_reader::read_text;

    #[test]
    fn an_agency_with_a_row_that_cannot_be_read_has_no_area() {
        let text = "State,CMS Certification Number (CCN),ZIP Code\nMO,267044,64106\nMO,267044,641O8\nMO,267045,64106\nMO,267046,?\n\
            MO,267047,64106\nMO,2.67E+05,64108\nMO,267048,64106\nMO,267049,64106\n";
        let (parsed, faults) = read_text(&mut ServiceZips::of(Service::HomeHealth), text);
        assert_eq!(faults.len(), 3, "{faults:?}");
        let whole: Vec<(String, bool)> =
            parsed.records.of.iter().map(|(who, said)| (who.id().to_string(), !said[0].area_incomplete)).collect();
        // The row of an unknown agency may belong to the one above or the one below.
        let expected = [
            ("ccn:267044", false),
            ("ccn:267045", true),
            ("ccn:267046", false),
            ("ccn:267047", false),
            ("ccn:267048", false),
            ("ccn:267049", true),
        ];
        assert_eq!(whole, expected.map(|(id, whole)| (id.to_owned(), whole)));
        assert!(
            parsed.remarks[0].contains("4 providers") && parsed.remarks[0].contains("ccn:267044"),
            "{:?}",
            parsed.remarks
        );
    }
}
