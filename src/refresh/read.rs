//! Reads the rows of a file into source records: one reader for each dataset, and the loop that calls it.

use std::io;
use std::io::Read;

use rustc_hash::FxHashMap;

use crate::provider::Npi;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, DocumentReader, WorkbookSpec};
use crate::refresh::input::strict_rows::{QuoteFault, StrictLine};
use crate::refresh::input::table_rows::{CsvRows, TableRow};
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::file_index::FileIndex;
use crate::refresh::read::column_watch::ColumnWatch;
use crate::refresh::read::last_line::LastLine;
use crate::refresh::read::row_checks::RowChecks;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::read::table_input::TableInput;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::text::name_key::name_key;

pub(crate) mod chains;
pub(crate) mod column_watch;
pub(crate) mod county_standards;
pub(crate) mod dialysis;
pub(crate) mod enrollments;
pub(crate) mod exclusions;
pub(crate) mod facility_characteristics;
pub(crate) mod file_index;
pub(crate) mod general_information;
pub(crate) mod home_health;
pub(crate) mod home_health_survey;
pub(crate) mod home_safety;
pub(crate) mod hospice;
pub(crate) mod inpatient_rehab;
pub(crate) mod last_line;
pub(crate) mod long_term_acute;
pub(crate) mod marketplace;
pub(crate) mod measures;
pub(crate) mod medical_equipment;
pub(crate) mod medicare_advantage;
pub(crate) mod npi_crosswalk;
pub(crate) mod npi_details;
pub(crate) mod npi_registry;
pub(crate) mod nursing_home;
pub(crate) mod owners;
pub(crate) mod payer_words;
pub(crate) mod penalties;
pub(crate) mod plan_net;
pub(crate) mod profile;
pub(crate) mod profile_json;
pub(crate) mod roster;
pub(crate) mod row_checks;
pub(crate) mod row_reader;
pub(crate) mod same_as;
pub(crate) mod service_zips;
pub(crate) mod special_focus;
pub(crate) mod stats;
pub(crate) mod stay_waiver;
pub(crate) mod synthea;
pub(crate) mod table_input;
pub(crate) mod unused;
pub(crate) mod zip_counties;

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
    &penalties::SPEC,
    &facility_characteristics::SPEC,
    &inpatient_rehab::FACILITIES,
    &long_term_acute::SPEC,
    &hospice::HOSPICES,
    &inpatient_rehab::FACILITY_CONDITIONS,
    &hospice::MEASURES,
    &inpatient_rehab::FACILITY_MEASURES,
    &long_term_acute::HOSPITAL_MEASURES,
    &hospice::SURVEY,
    &unused::OTHER_MEASURES,
    &enrollments::SPEC,
    &enrollments::ADDITIONAL_NPIS,
    &owners::ALL_OWNERS,
    &owners::HOME_OWNERS,
    &owners::CHANGES,
    &stay_waiver::SPEC,
    &chains::SPEC,
    &special_focus::SPEC,
    &county_standards::SPEC,
    &zip_counties::SPEC,
    &home_health_survey::SPEC,
    &service_zips::HOME_HEALTH,
    &service_zips::HOSPICE,
    &dialysis::SPEC,
    &medical_equipment::SPEC,
    &roster::SPEC,
    &plan_net::SPEC,
    &unused::PRICE_TRANSPARENCY,
    &medicare_advantage::SPEC,
    &medicare_advantage::plan_names::PAYER_INDEX,
    &marketplace::PLANS,
    &marketplace::PROVIDERS,
    &file_index::INDEX,
    &file_index::MANIFEST,
    &file_index::NATIONAL_MANIFEST,
    &medicare_advantage::plan_names::CROSSWALK,
    &medicare_advantage::plan_names::ADDRESSES,
    &profile::SPEC,
    &unused::HOSPITALS,
    &unused::ZIP_POINTS,
    &exclusions::SPEC,
    &npi_registry::DEACTIVATIONS,
    &npi_crosswalk::SPEC,
    &npi_details::OTHER_NAMES,
    &npi_details::LOCATIONS,
    &same_as::SPEC,
    &npi_registry::ORGANIZATIONS,
    &unused::TAXONOMY,
];

/// The dataset and the reader of a report in text, by its beginning.
pub(crate) fn report_reader(beginning: &[u8]) -> Option<(&'static DatasetSpec, DocumentReader)> {
    let reader = |dataset: &'static DatasetSpec| {
        dataset.text.as_ref().filter(|text| text.fits(beginning)).map(|text| (dataset, text.reader))
    };
    DATASETS.iter().copied().find_map(reader)
}

/// The dataset of a workbook of which several sheets are read, by the names of its sheets.
pub(crate) fn workbook_dataset(sheets: &[String]) -> Option<(&'static DatasetSpec, &'static WorkbookSpec)> {
    let has_one = |of: &&WorkbookSpec| of.sheets.iter().any(|name| WorkbookSpec::sheet(sheets, name).is_some());
    DATASETS.iter().copied().find_map(|dataset| Some((dataset, dataset.workbook.as_ref().filter(has_one)?)))
}

/// The dataset with this name.
pub(crate) fn dataset_named(name: &str) -> Option<&'static DatasetSpec> {
    DATASETS.iter().copied().find(|dataset| dataset.name == name)
}

impl ParsedInput {
    /// Builds the listings that need every file to be read first.
    pub(crate) fn finish(&mut self) {
        self.remarks.extend(std::mem::take(&mut self.enrollments).join(&mut self.records));
        self.registry.add_details();
        for index in &mut self.indexes {
            index.compare(self.records.sources.iter().map(|source| source.file.as_str()));
        }
        self.remarks.extend(self.indexes.iter().filter_map(FileIndex::remark));
        let advantage = std::mem::take(&mut self.advantage);
        let labels = plan_net::labels(advantage.keys());
        for ((folder, directory), label) in advantage.into_iter().zip(labels) {
            directory.list(&folder, &label, self);
        }
        let plan_nets = std::mem::take(&mut self.plan_nets);
        let labels = plan_net::labels(plan_nets.keys());
        for ((folder, plan_net), label) in plan_nets.into_iter().zip(labels) {
            plan_net.list(&folder, &label, self);
        }
        let incomplete =
            std::mem::take(&mut self.marketplace).list(&mut self.listings, &self.records, &self.indexes, &mut self.checks);
        self.remarks.extend(incomplete);
        let incomplete = std::mem::take(&mut self.incomplete);
        // By name, because all of 100,000 networks may be incomplete.
        let mut of_name: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for (number, network) in (0..).zip(&self.listings.networks).filter(|_| !incomplete.is_empty()) {
            of_name.entry(name_key(&network.name)).or_default().push(number);
        }
        for (name, file) in incomplete {
            let gaps = of_name.get(&name_key(&name)).map(Vec::as_slice).unwrap_or_default();
            if !gaps.is_empty() {
                let why = "a row was rejected, so being absent from the list does not mean out of network";
                self.remarks.push(format!("{file}: the network \"{name}\" is treated as incomplete: {why}"));
            }
            self.listings.partial.extend(gaps.iter().copied());
        }
        self.listings.name_networks();
    }
}

/// Reads every row below the header into `parsed`.
///
/// # Errors
/// A disk error or a truncated compressed file.
pub(crate) fn read<R: Read>(
    rows: &mut CsvRows<R>,
    input: &TableInput<'_>,
    reader: &mut dyn DatasetReader,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let columns = input.columns;
    let (checks, watch, counts) = (RowChecks::of(input), ColumnWatch::of(input), ReadStats::default());
    let mut reading = TableParser { input, checks, watch, reader, rejects, counts };
    let dated = [KnownColumn::ProcessingDate, KnownColumn::LastUpdate].into_iter().find(|column| columns.has(*column));
    let (mut faults, mut last) = (Vec::new(), LastLine::default());
    if let Some(header) = rows.next()?
        && let Some(fault) = header.fault.filter(|fault| fault.rejects())
    {
        reading.refuse_header(fault, header.line);
    }
    while let Some(row) = rows.next_unknown(|line| dated.is_none() && reading.is_known(line, &mut last, parsed))? {
        if row.is_empty() {
            reading.counts.empty += 1;
            continue;
        }
        if columns.is_repeated_by(row.cells) {
            reading.doubt(row.line, "the header is repeated; the line is not read");
            continue;
        }
        reading.counts.rows += 1;
        if let Some(column) = dated {
            let day = columns.at(column).and_then(|at| csv_cell::date(row.cells.get(at)?));
            reading.counts.days.take(day, parsed.today);
        }
        last.note(&row, columns.len());
        reading.row(&row, &mut faults, parsed);
    }
    if let Some(line) = last.cut_off(rows.ends_with_line_break()) {
        reading.doubt(line, "the file ends in this line, whose last cell is shorter than the one above; it may be cut off");
        reading.reader.lost(None);
    }
    parsed.remarks.extend(reading.watch.remarks(input));
    reading.counts.duplicates += reading.reader.end(parsed);
    Ok(reading.counts)
}

/// The outcome of a row about something that the directory does not hold.
const OUTSIDE: Result<RowOutcome, RowError> = Ok(RowOutcome::PassedOver);

/// Reads the rows of a table and counts what happens to them.
struct TableParser<'a> {
    input: &'a TableInput<'a>,
    checks: RowChecks<'a>,
    watch: ColumnWatch,
    reader: &'a mut dyn DatasetReader,
    rejects: &'a mut RejectedRows,
    counts: ReadStats,
}

impl TableParser<'_> {
    /// Reports something of a line that is to be looked at.
    fn doubt(&mut self, line: u64, reason: &str) {
        let doubt = RowError { doubt: true, ..RowError::whole("", reason) };
        self.rejects.push(RejectedRow::new(self.input.file, line, self.input.columns, doubt, true));
    }

    /// A header whose quotes are wrong: its columns may be, too.
    fn refuse_header(&mut self, fault: QuoteFault, line: u64) {
        let fault = RowError::whole("", &fault).with_hint(fault.hint().to_owned());
        self.rejects.push(RejectedRow::new(self.input.file, line, self.input.columns, fault, false));
        self.reader.lost(None);
    }

    /// Whether the reader uses the line without the checks of a row, because it repeats the cells of earlier rows.
    fn is_known(&mut self, line: &StrictLine<'_>, last: &mut LastLine, parsed: &mut ParsedInput) -> bool {
        let Some(known) = self.reader.known(line, self.input.columns.len(), parsed) else { return false };
        self.counts.rows += 1;
        self.counts.with_npi += u64::from(known.has_npi);
        self.checks.pass();
        self.watch.pass();
        last.note_length(line.number, known.last_cell);
        true
    }

    fn row(&mut self, found: &TableRow<'_>, faults: &mut Vec<RowError>, parsed: &mut ParsedInput) {
        let TableInput { file, columns, table, .. } = self.input;
        let (mut refusal, mut intact) = (self.checks.layout(found, faults), true);
        if refusal.is_none() {
            let before = faults.len();
            self.watch.row(found.cells, faults);
            // A member with a wrong cell is worse than none.
            if table.schema.is_some() && faults.len() > before {
                refusal = faults.pop();
            }
        }
        if refusal.is_none() && found.fault.is_some() {
            // The cells are kept as they are, but another name may be meant.
            self.reader.lost(None);
        }
        let mut row = CsvRow::new(found.cells, columns, table.loses_zeros, found.line, faults);
        if refusal.is_some() {
            intact = false;
        } else if self.reader.concerns(&row) {
            (refusal, intact) = self.checks.cells(&row);
        }
        let taken = refusal.map_or_else(|| self.reader.row(&mut row, parsed), Err);
        let refused = row.is_refused() || taken.is_err();
        if refused {
            self.reader.lost(intact.then_some(&row));
        }
        let npi = columns.at(KnownColumn::Npi).and_then(|at| found.cells.get(at)).filter(|_| !refused && taken != OUTSIDE);
        self.counts.with_npi += u64::from(npi.is_some_and(|npi| npi.parse::<Npi>().is_ok()));
        match taken {
            Ok(RowOutcome::Again) if !refused => {
                self.counts.duplicates += 1;
                faults.retain(|fault| fault.doubt);
            }
            Ok(RowOutcome::PassedOver) => {
                self.counts.passed_over += 1;
                faults.clear();
            }
            Ok(_) => {}
            // A reader may have recorded the cell's fault before it rejected the row.
            Err(refusal) if faults.contains(&refusal) => {}
            Err(refusal) => faults.push(refusal),
        }
        let of_row = |column, fault: &RowError| !fault.doubt && fault.column.is_none_or(|of| of == column);
        let is_unread = |column| refused || faults.iter().any(|fault| of_row(column, fault));
        self.counts.unidentified += u64::from(table.must_read.is_some_and(is_unread));
        let rejected = faults.drain(..).map(|fault| RejectedRow::new(file, found.line, columns, fault, !refused));
        if refused {
            self.counts.rejected += 1;
            self.rejects.push_row(rejected);
        } else {
            let cells = self.rejects.cells;
            rejected.for_each(|reject| self.rejects.push(reject));
            self.counts.faulty += u64::from(self.rejects.cells > cells);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use csv::StringRecord;

    use super::*;
    use crate::refresh::csv_header::CsvHeader;
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
            let forms =
                [dataset.table.is_some(), dataset.document.is_some(), dataset.text.is_some(), dataset.workbook.is_some()];
            assert!(forms.contains(&true), "{name}: no file can match it");
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
                let found = detect::recognize(&header(table), || vec![ccn_of(dataset.subject.service()).to_owned()]);
                assert_eq!(found.map(|(found, _)| found.dataset.name), Ok(dataset.name));
            }
            for keys in dataset.document.iter().flat_map(|document| document.keys) {
                let text = format!("{{{}}}", keys.iter().map(|key| format!("\"{key}\":[]")).collect::<Vec<_>>().join(","));
                let found = json_shape::recognize(text.as_bytes());
                assert_eq!(found.map(|found| found.dataset.name), Ok(dataset.name), "{text}");
            }
            for of_type in dataset.document.iter().flat_map(|document| document.resource_types) {
                let found = json_shape::recognize(format!("{{\"resourceType\":\"{of_type}\"}}").as_bytes());
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
            let document = dataset.document.iter().map(|document| ("JSON", document.reader.err()));
            let text = dataset.text.iter().map(|_| ("text", None));
            let workbook = dataset.workbook.iter().map(|_| ("workbook", None));
            let ways: Vec<_> = table.chain(document).chain(text).chain(workbook).collect();
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
