//! Reads the rows of a file into source records: one reader for each dataset, and the loop that calls it.

use std::io;

use rustc_hash::FxHashMap;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::DatasetSpec;
use crate::refresh::input::CsvRows;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{DatasetReader, ragged};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::RowOutcome;
use crate::run_report::rejects::{RejectedRow, RejectedRows};

pub(crate) mod dialysis;
pub(crate) mod exclusions;
pub(crate) mod facility_characteristics;
pub(crate) mod general_information;
pub(crate) mod home_health;
pub(crate) mod hospice;
pub(crate) mod inpatient_rehab;
pub(crate) mod long_term_acute;
pub(crate) mod marketplace;
pub(crate) mod medical_equipment;
pub(crate) mod npi_registry;
pub(crate) mod nursing_home;
pub(crate) mod plan_net;
pub(crate) mod profile;
pub(crate) mod profile_json;
pub(crate) mod roster;
pub(crate) mod row_reader;
pub(crate) mod same_as;
pub(crate) mod service_zips;
pub(crate) mod stats;
pub(crate) mod synthea;
pub(crate) mod unused;

/// Every known kind of file. For JSON the first match is taken. If several match a table, the CCNs decide between datasets
/// with the same header; different headers are an error.
pub(crate) static DATASETS: &[&DatasetSpec] = &[
    &home_health::SPEC,
    &synthea::HOME_HEALTH,
    &synthea::HOSPICES,
    &synthea::REHAB,
    &synthea::LONG_TERM,
    &synthea::HOSPITALS,
    &nursing_home::HOMES,
    &nursing_home::DIRECTORY,
    &nursing_home::RATINGS,
    &facility_characteristics::SPEC,
    &inpatient_rehab::FACILITIES,
    &long_term_acute::SPEC,
    &hospice::HOSPICES,
    &inpatient_rehab::FACILITY_CONDITIONS,
    &hospice::MEASURES,
    &unused::OTHER_MEASURES,
    &service_zips::HOME_HEALTH,
    &service_zips::HOSPICE,
    &dialysis::SPEC,
    &medical_equipment::SPEC,
    &roster::SPEC,
    &plan_net::SPEC,
    &marketplace::PLANS,
    &marketplace::PROVIDERS,
    &marketplace::INDEX,
    &unused::PRICE_TRANSPARENCY,
    &profile::SPEC,
    &unused::HOME_HEALTH_SURVEY,
    &unused::HOSPITALS,
    &unused::ZIP_POINTS,
    &exclusions::SPEC,
    &npi_registry::DEACTIVATIONS,
    &same_as::SPEC,
    &npi_registry::ORGANIZATIONS,
    &unused::TAXONOMY,
];

/// The dataset with this name.
pub(crate) fn dataset_named(name: &str) -> Option<&'static DatasetSpec> {
    DATASETS.iter().copied().find(|dataset| dataset.name == name)
}

impl ParsedInput {
    /// Builds the listings that need every file to be read first.
    pub(crate) fn finish(&mut self, rejects: &mut RejectedRows) {
        let plan_nets = std::mem::take(&mut self.plan_nets);
        let labels = plan_net::labels(plan_nets.keys());
        for ((folder, plan_net), label) in plan_nets.into_iter().zip(labels) {
            plan_net.list(&folder, &label, self, rejects);
        }
        let incomplete = std::mem::take(&mut self.marketplace).list(&mut self.listings, &self.accounts);
        self.remarks.extend(incomplete);
        let incomplete = std::mem::take(&mut self.incomplete);
        // By name, because all of 100,000 networks may be incomplete.
        let mut of_name: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (number, network) in (0..).zip(&self.listings.networks).filter(|_| !incomplete.is_empty()) {
            of_name.entry(&network.name).or_default().push(number);
        }
        for (name, file) in incomplete {
            let gaps = of_name.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            if !gaps.is_empty() {
                let why = "a row was rejected, so being absent from the list does not mean out of network";
                self.remarks.push(format!("{file}: the network \"{name}\" is treated as incomplete: {why}"));
            }
            self.listings.partial.extend(gaps.iter().copied());
        }
        self.listings.name_networks();
    }
}

/// Reads every row below the header into `books`.
///
/// # Errors
/// A disk error or a truncated compressed file.
pub(crate) fn read(
    rows: &mut CsvRows,
    columns: &CsvHeader,
    loses_zeros: bool,
    reader: &mut dyn DatasetReader,
    file: &str,
    books: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let mut counts = ReadStats::default();
    let dated = [KnownColumn::ProcessingDate, KnownColumn::LastUpdate].into_iter().find(|column| columns.has(*column));
    let mut faults = Vec::new();
    rows.next()?; // the header
    while let Some((record, line)) = rows.next()? {
        counts.rows += 1;
        let whole = record.len() == columns.len();
        let mut row = CsvRow::new(record, columns, loses_zeros, line, &mut faults);
        let taken = if whole { reader.row(&mut row, books) } else { Err(ragged(record.len(), columns.len())) };
        if let Some(column) = dated {
            counts.days.take(csv_cell::date(row.raw(column)), books.today);
        }
        let refused = row.is_refused() || taken.is_err();
        if refused {
            reader.lost(whole.then_some(&row));
        }
        match taken {
            Ok(RowOutcome::Again) if !refused => {
                counts.duplicates += 1;
                faults.retain(|fault| fault.doubt);
            }
            Ok(RowOutcome::PassedOver) => {
                counts.passed_over += 1;
                faults.clear();
            }
            Ok(_) => {}
            // A reader may have recorded the cell's fault before it rejected the row.
            Err(refusal) if faults.contains(&refusal) => {}
            Err(refusal) => faults.push(refusal),
        }
        let told = faults.drain(..).map(|fault| RejectedRow::new(file, line, columns, fault, !refused));
        if refused {
            counts.rejected += 1;
            rejects.push_row(told);
        } else {
            let cells = rejects.cells;
            told.for_each(|reject| rejects.push(reject));
            counts.faulty += u64::from(rejects.cells > cells);
        }
    }
    counts.duplicates += reader.end(books);
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use csv::StringRecord;

    use super::*;
    use crate::refresh::dataset::{DatasetSubject, DocumentSpec, SourceNaming, TableSpec};
    use crate::refresh::{detect, json_shape};
    use crate::service::Service;

    /// A header with the columns that identify the dataset and those that are required.
    fn header(table: &TableSpec) -> CsvHeader {
        let columns: BTreeSet<KnownColumn> = [table.signature.marks(), table.required].concat().into_iter().collect();
        let named = |column: &KnownColumn| table.column_name(*column);
        CsvHeader::of(&columns.iter().map(named).collect::<StringRecord>())
    }

    /// A CCN in the range CMS uses for the service; a nursing home's CCN if there is no service or it has no CCNs.
    fn ccn_of(service: Option<Service>) -> &'static str {
        match service {
            Some(Service::HomeHealth) => "427001",
            Some(Service::InpatientRehab) => "423025",
            Some(Service::LongTermAcute) => "422005",
            Some(Service::Hospice) => "421501",
            Some(Service::Dialysis) => "422501",
            _ => "425003",
        }
    }

    #[test]
    fn every_dataset_is_complete() {
        for dataset in DATASETS {
            let name = dataset.name;
            assert!(!name.trim().is_empty() && name.trim() == name, "{name:?}");
            assert!(dataset.table.is_some() || dataset.document.is_some(), "{name}: no file can match it");
            assert!(
                dataset.naming != SourceNaming::Folder || dataset.document.is_some(),
                "{name}: tables are named one by one"
            );
            if let Some(table) = &dataset.table {
                assert!(table.signature.can_fit(), "{name}: its header matches nothing");
                assert_eq!(table.reader.is_ok(), !table.required.is_empty(), "{name}: some column is required");
                assert!(table.optional.iter().all(|column| !table.required.contains(column)), "{name}: required or optional");
                let ours = table.schema.unwrap_or_default();
                let unknown = table.required.iter().find(|column| !ours.iter().any(|field| field.column == **column));
                assert!(ours.is_empty() || unknown.is_none(), "{name}: {unknown:?} is not in its schema");
                for (column, named) in table.column_names {
                    assert_eq!(KnownColumn::named(named), Some(*column), "{name}: {named}");
                }
                let reason = table.reader.err().or(table.useless_without.map(|(_, reason)| reason));
                assert_ne!(reason, Some(""), "{name}");
            }
            if let Some(DocumentSpec { resource_types, keys, reader }) = &dataset.document {
                assert!(keys.iter().all(|keys| !keys.is_empty()), "{name}: it would match everything");
                assert!(!(keys.is_empty() && resource_types.is_empty()), "{name}: nothing identifies it");
                assert_ne!(reader.err(), Some(""), "{name}");
            }
        }
    }

    #[test]
    fn every_dataset_is_known_for_what_it_is_and_for_nothing_else() {
        for dataset in DATASETS {
            assert!(std::ptr::eq(*dataset, dataset_named(dataset.name).unwrap()), "{}: duplicate name", dataset.name);
            if let Some(table) = &dataset.table {
                let found = detect::recognise(&header(table), [ccn_of(dataset.subject.service())]);
                assert_eq!(found.map(|found| found.dataset.name), Ok(dataset.name));
            }
            for keys in dataset.document.iter().flat_map(|document| document.keys) {
                let text = format!("{{{}}}", keys.iter().map(|key| format!("\"{key}\":[]")).collect::<Vec<_>>().join(","));
                let found = json_shape::recognise(text.as_bytes());
                assert_eq!(found.map(|found| found.dataset.name), Ok(dataset.name), "{text}");
            }
            for of_type in dataset.document.iter().flat_map(|document| document.resource_types) {
                let found = json_shape::recognise(format!("{{\"resourceType\":\"{of_type}\"}}").as_bytes());
                assert_eq!(found.map(|found| found.dataset.name), Ok(dataset.name), "{of_type}");
            }
        }
        assert!(dataset_named("tea leaves").is_none());
    }

    #[test]
    fn datasets_of_one_header_are_of_different_kinds_of_provider() {
        let tables = || DATASETS.iter().filter_map(|dataset| Some((dataset, dataset.table.as_ref()?)));
        for (dataset, table) in tables() {
            let same: Vec<_> = tables().filter(|(_, other)| other.signature == table.signature).collect();
            let kinds: BTreeSet<Option<Service>> = same.iter().map(|(other, _)| other.subject.service()).collect();
            assert_eq!(kinds.len(), same.len(), "{}: another dataset has its header and service", dataset.name);
            let anything = same.iter().filter(|(other, _)| other.subject == DatasetSubject::Anything);
            let read = anything.filter(|(_, table)| table.reader.is_ok()).count();
            assert!(same.len() == 1 || read == 0, "{}: no CCN identifies it", dataset.name);
        }
    }

    #[test]
    fn the_documentation_lists_every_dataset() {
        let list = documented();
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sources.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (begin, end) = ("<!-- every kind of file -->\n", "<!-- end -->");
        let (before, rest) = page.split_once(begin).unwrap();
        let (written, after) = rest.split_once(end).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, format!("{before}{begin}{list}{end}{after}")).unwrap();
        } else {
            assert_eq!(written, list, "UPDATE=1 cargo test --lib the_documentation_lists_every_dataset writes it");
        }
    }

    /// One table line per dataset, as in docs/sources.md.
    fn documented() -> String {
        let line = |dataset: &&DatasetSpec| {
            let table = dataset.table.iter().map(|table| ("table", table.reader.err()));
            let ways: Vec<_> = table.chain(dataset.document.iter().map(|document| ("JSON", document.reader.err()))).collect();
            let forms = ways.iter().map(|(form, _)| *form).collect::<Vec<_>>().join(", ");
            let service = dataset.subject.service().map_or("", Service::label);
            let unread = ways.iter().find_map(|(_, reason)| *reason);
            let read = unread.map_or_else(|| "yes".to_owned(), |reason| format!("no: {reason}"));
            format!("| {} | {forms} | {service} | {read} |\n", dataset.name)
        };
        let head = "| kind of file | comes as | about | read |\n| --- | --- | --- | --- |\n";
        format!("{head}{}", DATASETS.iter().map(line).collect::<String>())
    }
}
