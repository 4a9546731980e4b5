//! Reads a whole folder: recognizes, reads and records each file.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use jiff::civil::Date;

use crate::catalog::manifest::SourceStatus;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::{DatasetSpec, DocumentReader, SourceNaming, TableReader, TableSpec};
use crate::refresh::day::SourceDays;
use crate::refresh::declared_table::{DeclaredReader, DeclaredTable};
use crate::refresh::detect::{RecognizedTable, disagreement};
use crate::refresh::error::{MissingColumn, RefreshError, at};
use crate::refresh::header_search;
use crate::refresh::header_search::FoundTable;
use crate::refresh::input::OpenInput;
use crate::refresh::input::hashing_reader::FileFingerprint;
use crate::refresh::input::input_file::InputFile;
use crate::refresh::input::table_rows::RowLayout;
use crate::refresh::json_shape::{RecognizedDocument, recognize as recognize_document};
use crate::refresh::name_date::{date_in, without_date};
use crate::refresh::options::RefreshProgress;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::read::table_input::TableInput;
use crate::refresh::row_counter::RowCounter;
use crate::refresh::source_record::{RowError, Source, SourceId};
use crate::refresh::sources::SourcesFile;
use crate::refresh::{day, declared_table, directory_check, fact_census, input, read, schema, sources};
use crate::regular_file;
use crate::run_report::FileReport;
use crate::run_report::rejects::{RejectedRow, RejectedRows, SkippedFile};
use crate::text::count_text::counted;

mod workbook_sheets;

/// The result of reading a folder.
#[derive(Debug, Default)]
pub(crate) struct FolderContents {
    /// The content of its files.
    pub parsed: ParsedInput,
    /// Files read.
    pub files: Vec<FileReport>,
    /// Files not used.
    pub unread: Vec<SkippedFile>,
    /// Rows and cells that could not be used.
    pub rejects: RejectedRows,
    /// Other remarks.
    pub remarks: Vec<String>,
    /// The tables that the administrator declares.
    pub tables: Vec<DeclaredTable>,
    /// Whether the providers are synthetic.
    pub synthetic: bool,
    /// Whether a JSON file broke off, so that its rest is unknown.
    pub broken: bool,
    /// Learns how many rows of the current file have been read.
    pub row_counter: RowCounter,
}

/// Reads every file under `folder`. Dates in rows after `today` are reported; `row_counter` learns how many rows of the current file
/// have been read.
///
/// # Errors
/// Files lack required columns (all are listed), no file belongs to a known dataset, or an I/O
/// error.
pub(crate) fn read(
    folder: &Path,
    tables: &[DeclaredTable],
    today: Date,
    row_counter: &RowCounter,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<FolderContents, RefreshError> {
    let files = input::files_of(folder).map_err(|(path, error)| at(&path)(error))?;
    // A `sources.toml` inside an archive is ignored, because its author does not control this
    // folder.
    let speaks = |file: &InputFile| file.file_name() == sources::FILE && file.member.is_none();
    let (declarations, files): (Vec<InputFile>, Vec<InputFile>) = files.into_iter().partition(speaks);
    let sources = sources_of(&declarations)?;
    let mut reading = FolderContents {
        synthetic: sources.synthetic,
        tables: tables.to_vec(),
        row_counter: row_counter.clone(),
        ..FolderContents::default()
    };
    reading.parsed.today = Some(today);
    let mut missing = Vec::new();
    for (place, file) in files.iter().enumerate() {
        progress(RefreshProgress::Reading { file: file.name.clone(), at: place + 1, of: files.len() });
        reading.file(file, &sources, &mut missing).map_err(at(&file.path))?;
    }
    let names: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let absent = sources.files.keys().filter(|name| !names.contains(name.as_str()));
    reading.remarks.extend(absent.map(|name| format!("{} lists {name}, which does not exist", sources::FILE)));
    let is_read = |table: &&DeclaredTable| reading.parsed.records.sources.iter().any(|source| *source.name == table.source);
    let unread = tables.iter().filter(|table| !is_read(table));
    reading.remarks.extend(unread.map(|table| format!("{}: no file has its columns", table.section())));
    reading.parsed.finish();
    directory_check::attach(&reading.parsed.checks, &mut reading.files);
    fact_census::attach(&reading.parsed, &mut reading.files);
    reading.remarks.append(&mut reading.parsed.remarks);
    if !missing.is_empty() {
        return Err(RefreshError::MissingColumns(missing));
    }
    if reading.files.is_empty() {
        return Err(RefreshError::NothingRecognised { folder: folder.to_path_buf(), unread: reading.unread });
    }
    Ok(reading)
}

/// What downloaded files hold.
#[derive(Debug)]
pub(crate) struct DownloadedContent {
    pub datasets: BTreeSet<String>,
    /// The rows that can be used.
    pub rows: u64,
    /// A file lacks a required column, which the refresh reports: none of its rows is counted.
    lacks_column: bool,
}

impl DownloadedContent {
    /// The datasets of files that must have rows.
    ///
    /// # Errors
    /// There are none.
    pub(crate) fn with_rows(self) -> Result<BTreeSet<String>, String> {
        if self.rows == 0 && !self.lacks_column {
            let datasets: Vec<String> = self.datasets.into_iter().collect();
            return Err(format!("the file is {} without rows", datasets.join(", ")));
        }
        Ok(self.datasets)
    }
}

/// Reads downloaded files to their end as a refresh does.
///
/// # Errors
/// Why a refresh would not use them, or would use only a part: none is of a known dataset, a list breaks off, or none of their
/// rows can be read.
pub(crate) fn examine_downloaded(files: &[InputFile], tables: &[DeclaredTable]) -> Result<DownloadedContent, String> {
    let mut reading = FolderContents { tables: tables.to_vec(), ..FolderContents::default() };
    let mut missing = Vec::new();
    for file in files.iter().filter(|file| file.file_name() != sources::FILE) {
        let read = reading.file(file, &SourcesFile::default(), &mut missing);
        read.map_err(|error| format!("the file cannot be read to its end: {error}"))?;
        if let Some(broken) = reading.files.last().filter(|_| reading.broken) {
            return Err(format!("the file ({}) breaks off", broken.status.dataset));
        }
    }
    let lacks_column = !missing.is_empty();
    let usable = |status: &SourceStatus| status.rows.saturating_sub(status.rejected);
    let rows: u64 = reading.files.iter().map(|file| usable(&file.status)).sum();
    let all: u64 = reading.files.iter().map(|file| file.status.rows).sum();
    let datasets: BTreeSet<String> = reading.files.into_iter().map(|file| file.status.dataset).collect();
    if let Some(dataset) = datasets.first().filter(|_| rows == 0 && all > 0 && !lacks_column) {
        return Err(format!("the file looks like {dataset}, but none of its {} can be read", counted(all, "row")));
    }
    let datasets: BTreeSet<String> = datasets.into_iter().chain(missing.into_iter().map(|missing| missing.dataset)).collect();
    if !datasets.is_empty() {
        return Ok(DownloadedContent { datasets, rows, lacks_column });
    }
    Err(match reading.unread.first() {
        Some(unread) => format!("the file is not a supported dataset: {}", unread.reason),
        None => "the download is empty".to_owned(),
    })
}

/// Merges every `sources.toml`. One in a subfolder applies to the files beside it.
fn sources_of(declarations: &[InputFile]) -> Result<SourcesFile, RefreshError> {
    let mut all = SourcesFile::default();
    for file in declarations {
        let unreadable = |error: std::io::Error| RefreshError::Sources { path: file.path.clone(), what: error.to_string() };
        let text = regular_file::read_to_string(&file.path).map_err(unreadable)?;
        let sources = SourcesFile::parse(&text).map_err(|what| RefreshError::Sources { path: file.path.clone(), what })?;
        let folder = file.name.strip_suffix(sources::FILE).unwrap_or_default();
        all.synthetic |= sources.synthetic;
        all.files.extend(sources.files.into_iter().map(|(name, about)| (format!("{folder}{name}"), about)));
    }
    Ok(all)
}

impl FolderContents {
    /// Reads one file, or records why it is not used.
    ///
    /// # Errors
    /// An I/O error, or a compressed file is cut off.
    pub(crate) fn file(
        &mut self,
        file: &InputFile,
        sources: &SourcesFile,
        missing: &mut Vec<MissingColumn>,
    ) -> std::io::Result<()> {
        if !file.regular {
            self.skip(file, None, "it is not a regular file");
            return Ok(());
        }
        let sheet = sources.files.get(&file.name).and_then(|about| about.sheet.as_deref());
        let opened = OpenInput::open_sheet(file, sheet)?.counted_by(&self.row_counter);
        if let Some(reason) = opened.no_table() {
            self.skip(file, None, &reason);
            return Ok(());
        }
        if opened.is_document() {
            return self.document(file, opened, sources);
        }
        if let Some((dataset, workbook)) = read::workbook_dataset(opened.sheets()).filter(|_| sheet.is_none()) {
            return self.workbook(file, opened.sheets(), (dataset, workbook), sources);
        }
        if let Some((dataset, reader)) = read::report_reader(opened.beginning()) {
            return self.read_document(file, opened, dataset, reader, sources);
        }
        let header = match header_search::search(opened.beginning(), opened.is_cut_off(), opened.delimiters()) {
            Ok(header) => header,
            Err(unknown) => return self.declared(file, opened, sources, &unknown.reason),
        };
        let FoundTable { columns, found, .. } = &header;
        let reader = found.table.reader_for(columns).map_err(str::to_owned);
        let reader = match reader.and_then(|reader| disagreement(*found, &header.ccns).map_or(Ok(reader), Err)) {
            Ok(reader) => reader,
            Err(reason) => {
                self.skip(file, Some(found.dataset), &reason);
                return Ok(());
            }
        };
        let line = header.layout.above as u64 + 1;
        self.remark_on_layout(file, &header.layout, &opened);
        for (cell, fault) in found.table.schema.into_iter().flat_map(|fields| schema::wrong_header(fields, columns)) {
            self.rejects.push(RejectedRow::at(&file.name, line, cell, fault, true));
        }
        let lacking = missing_columns(*found, columns, &file.name);
        if lacking.is_empty() {
            self.table(file, opened, &header, reader, sources)
        } else {
            missing.extend(lacking);
            Ok(())
        }
    }

    /// Reports what is unusual about where the header is, how it is written and which sheet is read.
    fn remark_on_layout(&mut self, file: &InputFile, layout: &RowLayout, opened: &OpenInput) {
        for remark in layout.remark().into_iter().chain(opened.remark.clone()) {
            let doubt = RowError { doubt: true, ..RowError::whole("", &remark) };
            self.rejects.push(RejectedRow::at(&file.name, layout.above as u64 + 1, String::new(), doubt, true));
        }
    }

    /// Reads a file of a declared table; any other is not used, for `reason`.
    fn declared(&mut self, file: &InputFile, opened: OpenInput, sources: &SourcesFile, reason: &str) -> std::io::Result<()> {
        let tables = std::mem::take(&mut self.tables);
        let read = match declared_table::find(&tables, opened.beginning(), opened.delimiters()) {
            Ok(Some(found)) => {
                self.remark_on_layout(file, &found.layout, &opened);
                let begun = self.open_source(file, &declared_table::SPEC, &found.table.source, sources);
                let (table, subject) = (&declared_table::DECLARED, declared_table::SPEC.subject);
                let input = TableInput { file: &file.name, columns: &found.columns, table, subject };
                let (mut rows, mut reader) = (opened.rows(found.layout), DeclaredReader::of(found.table));
                read::read(&mut rows, &input, &mut reader, &mut self.parsed, &mut self.rejects)
                    .and_then(|counts| Ok((counts, rows.finish()?)))
                    .map(|(counts, fingerprint)| self.close_source(&begun, file, counts, fingerprint))
            }
            Ok(None) => {
                self.skip(file, None, reason);
                Ok(())
            }
            Err(nearly) => {
                self.skip(file, None, &nearly);
                Ok(())
            }
        };
        self.tables = tables;
        read
    }

    fn skip(&mut self, file: &InputFile, dataset: Option<&DatasetSpec>, reason: &str) {
        let dataset = dataset.map(|dataset| dataset.name.to_owned());
        self.unread.push(SkippedFile { file: file.name.clone(), dataset, reason: reason.to_owned() });
    }

    /// Reads a JSON file.
    fn document(&mut self, file: &InputFile, opened: OpenInput, sources: &SourcesFile) -> std::io::Result<()> {
        let RecognizedDocument { dataset, document: spec } = match recognize_document(opened.beginning()) {
            Ok(found) => found,
            Err(reason) => {
                self.skip(file, None, &reason);
                return Ok(());
            }
        };
        let reader = match spec.reader {
            Ok(reader) => reader,
            Err(reason) => {
                self.skip(file, Some(dataset), reason);
                return Ok(());
            }
        };
        self.read_document(file, opened, dataset, reader, sources)
    }

    /// Reads a file as one text.
    fn read_document(
        &mut self,
        file: &InputFile,
        opened: OpenInput,
        dataset: &'static DatasetSpec,
        reader: DocumentReader,
        sources: &SourcesFile,
    ) -> std::io::Result<()> {
        let begun = self.open_source(file, dataset, &source_name(dataset, &file.name), sources);
        let mut document = opened.document();
        let within = document.allowance();
        let (parsed, rejects) = (&mut self.parsed, &mut self.rejects);
        let counts = reader(document.text(), &within, &file.name, parsed, rejects)?;
        self.broken |= counts.broken;
        self.close_source(&begun, file, counts, document.finish()?);
        Ok(())
    }

    fn table(
        &mut self,
        file: &InputFile,
        opened: OpenInput,
        header: &FoundTable,
        reader: TableReader,
        sources: &SourcesFile,
    ) -> std::io::Result<()> {
        let FoundTable { columns, found: RecognizedTable { dataset, table }, layout, .. } = header;
        let begun = self.open_source(file, dataset, &source_name(dataset, &file.name), sources);
        let mut rows = opened.rows(RowLayout { strict: table.schema.is_some(), ..*layout });
        let input = TableInput { file: &file.name, columns, table, subject: dataset.subject };
        let counts = read::read(&mut rows, &input, &mut *reader(), &mut self.parsed, &mut self.rejects)?;
        self.remark_on(file, columns, table);
        self.close_source(&begun, file, counts, rows.finish()?);
        if let Some(lost) = table.lost_rows.filter(|_| counts.rejected > 0) {
            self.remarks.push(format!("{}: {} cannot be read, {lost}", file.name, counted(counts.rejected, "row")));
        }
        Ok(())
    }

    /// Starts a new source for the file.
    fn open_source(
        &mut self,
        file: &InputFile,
        dataset: &'static DatasetSpec,
        name: &str,
        sources: &SourcesFile,
    ) -> OpenSource {
        let about = sources.files.get(&file.name);
        let (declared, whole) = (about.and_then(|about| about.as_of), about.and_then(|about| about.whole));
        let (trust, lists) = (dataset.trust, dataset.subject.lists());
        let complete = dataset.complete && whole != Some(false);
        let source =
            Source { file: file.name.clone(), trust, lists, complete, name: name.into(), as_of: declared, rows: 0, whole };
        self.parsed.records.sources.push(source);
        OpenSource { source: self.parsed.records.current(), dataset, name: name.to_owned(), declared, at: Instant::now() }
    }

    /// Determines the file's date and adds it to the report.
    fn close_source(&mut self, begun: &OpenSource, file: &InputFile, counts: ReadStats, fingerprint: FileFingerprint) {
        let last = self.parsed.today;
        let dated = dated(begun.declared, counts.days, &file.name, last);
        let (as_of, as_of_from) = (dated.as_of, dated.from);
        self.remarks.extend(dated.remarks);
        if let Some(source) = self.parsed.records.sources.get_mut(begun.source.0) {
            (source.as_of, source.rows) = (as_of, counts.rows);
        }
        let status = SourceStatus {
            file: file.name.clone(),
            dataset: begun.dataset.name.to_owned(),
            source: begun.name.clone(),
            as_of,
            as_of_from: as_of_from.to_owned(),
            rows: counts.rows,
            rejected: counts.rejected,
            faulty: counts.faulty,
            bytes: fingerprint.bytes,
            sha256: fingerprint.sha256,
            completeness: None,
            facts: fact_census::npi_counts(counts.with_npi, counts.rows.saturating_sub(counts.rejected + counts.passed_over)),
        };
        if let Some(twin) = self.files.iter().find(|other| other.status.sha256 == status.sha256) {
            self.remarks.push(format!("{} and {} are the same file", twin.status.file, status.file));
        }
        let seconds = begun.at.elapsed().as_secs_f64();
        let ReadStats { duplicates, passed_over, empty, unidentified, .. } = counts;
        self.files.push(FileReport { status, duplicates, passed_over, empty, unidentified, seconds });
    }

    fn remark_on(&mut self, file: &InputFile, columns: &CsvHeader, table: &TableSpec) {
        let has_some = table.together.iter().any(|column| columns.has(*column));
        let together = table.together.iter().filter(|_| has_some);
        let absent = table.optional.iter().chain(together).filter(|column| !columns.has(**column));
        let absent = absent.map(|column| format!("{}: column \"{}\" is missing", file.name, column.name()));
        // For our own schemas this is reported with the header.
        let foreign = table.schema.is_none();
        let doubled = columns
            .doubled
            .iter()
            .filter(|_| foreign)
            .map(|cell| format!("{}: duplicate column \"{cell}\" is ignored", file.name));
        self.remarks.extend(absent.chain(doubled));
    }
}

/// A file being read.
struct OpenSource {
    source: SourceId,
    dataset: &'static DatasetSpec,
    /// The source name of its facts.
    name: String,
    /// The date given in `sources.toml`.
    declared: Option<Date>,
    at: Instant,
}

/// The required columns that are missing.
pub(crate) fn missing_columns(found: RecognizedTable, columns: &CsvHeader, file: &str) -> Vec<MissingColumn> {
    let RecognizedTable { dataset, table } = found;
    let no_id = table.ccn_or_npi && !columns.has(KnownColumn::Ccn) && !columns.has(KnownColumn::Npi);
    let required = table.required.iter().filter(|column| !columns.has(**column)).chain(no_id.then_some(&KnownColumn::Ccn));
    let missing = |name: String, nearest| MissingColumn {
        file: file.to_owned(),
        dataset: dataset.name.to_owned(),
        column: name,
        nearest,
    };
    let series = table.required_series.iter().filter(|stem| columns.series(stem).is_empty());
    let series = series.map(|stem| missing(format!("{stem}1"), columns.nearest_to(stem)));
    required.map(|column| missing(table.column_name(*column).to_owned(), columns.nearest(*column))).chain(series).collect()
}

/// The date of a file.
struct DatedFile {
    as_of: Option<Date>,
    /// Where the date comes from.
    from: &'static str,
    /// Dates that were not accepted.
    remarks: Vec<String>,
}

/// The date of a file: from `sources.toml`, else its date column, else its name. A date after
/// `last` is in the future and is ignored.
fn dated(declared: Option<Date>, days: SourceDays, name: &str, last: Option<Date>) -> DatedFile {
    const COLUMN: &str = "date column";
    let said = [(declared, sources::FILE), (days.newest, COLUMN), (date_in(name, last), "file name")];
    let mut remarks = Vec::new();
    if let Some(farthest) = days.farthest {
        let rows = counted(days.to_come, "row");
        remarks.push(format!(
            "{name}: {rows} dated in the future by the {COLUMN}, up to {farthest}; such dates count as unknown"
        ));
    }
    for (day, from) in said {
        if let Some(past) = day::come(day, last) {
            return DatedFile { as_of: Some(past), from, remarks };
        }
        remarks.extend(day.map(|day| format!("{name} is dated {day} by its {from}, a future date that counts as unknown")));
    }
    DatedFile { as_of: None, from: "unknown", remarks }
}

/// The source name for facts from a file. Files of payers, providers and hospitals include their
/// location, because there are many of each kind.
fn source_name(dataset: &DatasetSpec, file: &str) -> String {
    let name = dataset.name;
    match (dataset.naming, file.rsplit_once('/')) {
        (SourceNaming::Place, _) => format!("{name} {}", whereabouts(name, file)),
        (SourceNaming::Folder, Some((folder, _))) => format!("{name} {}", folder.rsplit('/').next().unwrap_or(folder)),
        (SourceNaming::Folder, None) | (SourceNaming::Dataset, _) => name.to_owned(),
    }
}

/// The location of a file under the source folder, without extension and date, so that next month's
/// file has the same location: `acme` for `acme_2026-06.csv`, `rosters/acme` for
/// `rosters/acme.csv`. A file name that adds nothing to its folder and kind is left out: `acme` for
/// `acme/roster.csv`, `acme/2026-06.csv` and `acme/acme.csv`.
fn whereabouts(dataset: &str, file: &str) -> String {
    let only_a_day = |name: &str| date_in(name, None).is_some() && without_date(name) == name;
    let of_its_kind = |name: &str| dataset.split(' ').any(|word| word.eq_ignore_ascii_case(name));
    let mut place: Vec<String> = Vec::new();
    let mut parts = file.split('/').peekable();
    while let Some(part) = parts.next() {
        let part = part.strip_suffix(".gz").unwrap_or(part);
        let part = [".csv", ".json", ".zip", ".xlsx", ".tsv", ".txt"]
            .iter()
            .find_map(|ending| part.strip_suffix(ending))
            .unwrap_or(part);
        let name = without_date(part);
        let says_nothing = only_a_day(part) || (!place.is_empty() && of_its_kind(&name)) || place.last() == Some(&name);
        if !says_nothing || (place.is_empty() && parts.peek().is_none()) {
            place.push(name);
        }
    }
    place.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::read::{home_health, marketplace, profile, roster};

    #[test]
    fn each_payers_file_is_a_source_of_its_own_from_month_to_month() {
        for (dataset, file, source) in [
            (&roster::SPEC, "acme_2026-06.csv", "payer roster acme"),
            (&roster::SPEC, "acme.csv.gz", "payer roster acme"),
            (&roster::SPEC, "2026-06.csv", "payer roster 2026-06"),
            // A file fetched into its own folder is named after the folder, whatever its file name.
            (&roster::SPEC, "a/roster.csv", "payer roster a"),
            (&roster::SPEC, "b/roster.csv", "payer roster b"),
            (&roster::SPEC, "b/Roster_2026-06.csv", "payer roster b"),
            (&roster::SPEC, "b/2026-06.csv", "payer roster b"),
            (&roster::SPEC, "acme/acme_2026-06.csv", "payer roster acme"),
            (&roster::SPEC, "acme/acme_2026-06.zip/roster.csv", "payer roster acme"),
            // Files kept by hand in one folder stay separate, even if the second is added later.
            (&roster::SPEC, "rosters/acme.csv", "payer roster rosters/acme"),
            (&roster::SPEC, "rosters/zeta.csv", "payer roster rosters/zeta"),
            (&roster::SPEC, "2026-06/acme.csv", "payer roster acme"),
            (&marketplace::PLANS, "issuer/plans.json", "marketplace plans issuer"),
            (&profile::SPEC, "homes/pier.json", "provider profiles homes/pier"),
            (&home_health::SPEC, "hh/hh.csv", "CMS Home Health Care Agencies"),
        ] {
            assert_eq!(source_name(dataset, file), source, "{file}");
        }
    }
}
