//! The kinds of files that publishers offer. Each is described by a [`DatasetSpec`], defined beside
//! its reader in `read`; `read::DATASETS` lists all of them.

use std::io;
use std::io::BufRead;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::schema::TableField;
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::RejectedRows;
use crate::service::Service;

/// The description of a kind of file.
#[derive(Debug)]
pub(crate) struct DatasetSpec {
    /// Its display name, which facts from it name as their source.
    pub name: &'static str,
    /// How far it is trusted.
    pub trust: TrustTier,
    /// What its rows describe.
    pub subject: DatasetSubject,
    /// It names every provider of its service, so that a newer one without a provider says something of it.
    pub complete: bool,
    /// How several files of it combine.
    pub several: SeveralFiles,
    /// How facts from one of its files name their source.
    pub naming: SourceNaming,
    /// Its table format.
    pub table: Option<TableSpec>,
    /// Its JSON format.
    pub document: Option<DocumentSpec>,
    /// Its format as a report in text.
    pub text: Option<TextSpec>,
    /// Its format as several sheets of a workbook.
    pub workbook: Option<WorkbookSpec>,
}

/// What the rows of a dataset describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatasetSubject {
    /// The providers of a service. A provider that no such file lists does not offer it.
    Providers(Service),
    /// Facts about providers of a service that other files list.
    FactsAbout(Service),
    /// The service areas of providers of a service.
    ServiceAreas(Service),
    /// Several services or none.
    Anything,
}

/// How several files of a dataset combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeveralFiles {
    /// One file is the whole list and a newer one replaces it; two files cause a warning.
    OneList,
    /// Each source is counted by its newest file, so that an older one beside it may be deleted.
    NewestCounts,
    /// The files of a source are added up.
    AddUp,
}

/// How facts from a file name their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceNaming {
    /// By the dataset, which has one publisher.
    Dataset,
    /// By the dataset and the file's location, because many publishers offer such files.
    Place,
    /// By the dataset and the folder, all files of which are one source.
    Folder,
}

/// Creates the reader of one table.
pub(crate) type TableReader = fn() -> Box<dyn DatasetReader>;

/// The table format of a dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableSpec {
    /// The header it is recognized by.
    pub signature: HeaderSignature,
    /// Its row reader, or the reason why it is not read.
    pub reader: Result<TableReader, &'static str>,
    /// Required columns. If one is missing, the refresh fails.
    pub required: &'static [KnownColumn],
    /// Required series of numbered columns, each by the beginning of its names.
    pub required_series: &'static [&'static str],
    /// Whether a CCN or an NPI column is also required.
    pub ccn_or_npi: bool,
    /// Columns that are read if present; a missing one causes a remark.
    pub optional: &'static [KnownColumn],
    /// Further columns that are read if present. A layout has all of them or none; a missing one of several causes a remark.
    pub together: &'static [KnownColumn],
    /// A column without which the file is not read, and the reason.
    pub useless_without: Option<(KnownColumn, &'static str)>,
    /// Names of columns that differ from those of other publishers.
    pub column_names: &'static [(KnownColumn, &'static str)],
    /// All its columns if the schema is ours; `None` if it is another publisher's and may have more
    /// columns.
    pub schema: Option<&'static [TableField]>,
    /// Whether the publisher's tool dropped leading zeros of ZIP codes.
    pub loses_zeros: bool,
    /// A column of identifiers. A file of which any row or any cell of this column cannot be read is
    /// refused by the gate.
    pub must_read: Option<KnownColumn>,
    /// The end of the remark about unreadable rows, after "3 rows cannot be read, ".
    pub lost_rows: Option<&'static str>,
}

/// Reads a JSON document, or one per line, into the parsed input.
pub(crate) type DocumentReader =
    fn(&mut dyn BufRead, &ReadBudget, &str, &mut ParsedInput, &mut RejectedRows) -> io::Result<ReadStats>;

/// The JSON format of a dataset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentSpec {
    /// The FHIR resource types it is recognized by.
    pub resource_types: &'static [&'static str],
    /// The keys of its first object it is recognized by: all of any one set.
    pub keys: &'static [&'static [&'static str]],
    /// Its reader, or the reason why it is not read.
    pub reader: Result<DocumentReader, &'static str>,
}

/// The format of a report in text, such as that of a PDF.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextSpec {
    /// The words near its beginning that it is recognized by.
    pub phrase: &'static str,
    /// Its reader.
    pub reader: DocumentReader,
}

impl TextSpec {
    /// Whether the beginning of a file is that of such a report.
    pub(crate) fn fits(&self, beginning: &[u8]) -> bool {
        let beginning = String::from_utf8_lossy(beginning.get(..Self::NEAR).unwrap_or(beginning));
        beginning.contains(self.phrase)
    }

    /// How near to the beginning the phrase is, in bytes.
    const NEAR: usize = 2_000;
}

/// Reads the sheets of a workbook, each as CSV, into the parsed input; the error says why the file is not used.
pub(crate) type WorkbookReader = fn(&[String], &str, &mut ParsedInput, &mut RejectedRows) -> Result<ReadStats, String>;

/// The format of a workbook of which several sheets are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkbookSpec {
    /// The names of the sheets, any of which it is recognized by.
    pub sheets: &'static [&'static str],
    /// Its reader, which gets these sheets in this order.
    pub reader: WorkbookReader,
}

impl WorkbookSpec {
    /// The sheet of a workbook that has the name of one of these, in any case.
    pub(crate) fn sheet<'s>(sheets: &'s [String], name: &str) -> Option<&'s str> {
        sheets.iter().map(String::as_str).find(|sheet| sheet.trim().eq_ignore_ascii_case(name))
    }
}

impl DatasetSpec {
    /// A table that lists the providers of a service in one file.
    pub(crate) const fn list_of(service: Service, name: &'static str, trust: TrustTier, table: TableSpec) -> Self {
        let (subject, several) = (DatasetSubject::Providers(service), SeveralFiles::OneList);
        let none = Self::without_form(name, trust);
        Self { subject, several, table: Some(table), ..none }
    }

    /// A dataset about no single service whose files are added up, without any form.
    const fn without_form(name: &'static str, trust: TrustTier) -> Self {
        let (subject, several) = (DatasetSubject::Anything, SeveralFiles::AddUp);
        let naming = SourceNaming::Dataset;
        Self {
            name,
            trust,
            subject,
            complete: false,
            several,
            naming,
            table: None,
            document: None,
            text: None,
            workbook: None,
        }
    }

    /// The same, of every provider of the service that CMS certifies.
    pub(crate) const fn complete_list_of(service: Service, name: &'static str, table: TableSpec) -> Self {
        Self { complete: true, ..Self::list_of(service, name, TrustTier::Cms, table) }
    }

    /// A table in one file that adds facts to the providers of a service that other files list.
    pub(crate) const fn facts_about(service: Service, name: &'static str, trust: TrustTier, table: TableSpec) -> Self {
        Self { subject: DatasetSubject::FactsAbout(service), ..Self::list_of(service, name, trust, table) }
    }

    /// A table about no single service whose files are added up.
    pub(crate) const fn table_of(name: &'static str, trust: TrustTier, table: TableSpec) -> Self {
        Self { table: Some(table), ..Self::without_form(name, trust) }
    }

    /// JSON about no single service whose files are added up.
    pub(crate) const fn document_of(
        name: &'static str,
        trust: TrustTier,
        naming: SourceNaming,
        document: DocumentSpec,
    ) -> Self {
        Self { naming, document: Some(document), ..Self::without_form(name, trust) }
    }

    /// A report in text about no single service whose files are added up.
    pub(crate) const fn text_of(name: &'static str, trust: TrustTier, text: TextSpec) -> Self {
        Self { text: Some(text), ..Self::without_form(name, trust) }
    }

    /// A workbook about no single service, of several files of which the newest counts.
    pub(crate) const fn workbook_of(name: &'static str, trust: TrustTier, workbook: WorkbookSpec) -> Self {
        let none = Self::without_form(name, trust);
        Self { several: SeveralFiles::NewestCounts, workbook: Some(workbook), ..none }
    }
}

impl DatasetSubject {
    /// The service the rows describe; `None` for several or none.
    pub(crate) fn service(self) -> Option<Service> {
        match self {
            Self::Providers(service) | Self::FactsAbout(service) | Self::ServiceAreas(service) => Some(service),
            Self::Anything => None,
        }
    }

    /// The service whose providers it lists.
    pub(crate) fn lists(self) -> Option<Service> {
        match self {
            Self::Providers(service) => Some(service),
            Self::FactsAbout(_) | Self::ServiceAreas(_) | Self::Anything => None,
        }
    }
}

impl TableSpec {
    /// A table that is read, with its required columns and otherwise default settings.
    pub(crate) const fn read(signature: HeaderSignature, required: &'static [KnownColumn], reader: TableReader) -> Self {
        Self { required, ..Self::new(signature, Ok(reader)) }
    }

    /// A table that is recognized but not read, and why.
    pub(crate) const fn ignored(signature: HeaderSignature, reason: &'static str) -> Self {
        Self::new(signature, Err(reason))
    }

    const fn new(signature: HeaderSignature, reader: Result<TableReader, &'static str>) -> Self {
        Self {
            signature,
            reader,
            required: &[],
            required_series: &[],
            ccn_or_npi: false,
            optional: &[],
            together: &[],
            useless_without: None,
            column_names: &[],
            schema: None,
            loses_zeros: false,
            must_read: None,
            lost_rows: None,
        }
    }

    /// The reader for a file with these columns.
    ///
    /// # Errors
    /// Why the file is not read.
    pub(crate) fn reader_for(&self, columns: &CsvHeader) -> Result<TableReader, &'static str> {
        let useless = self.useless_without.filter(|(column, _)| !columns.has(*column));
        let reader = self.reader?;
        useless.map_or(Ok(reader), |(_, reason)| Err(reason))
    }

    /// The publisher's current name of a column.
    pub(crate) fn column_name(&self, column: KnownColumn) -> &'static str {
        let own = self.schema.into_iter().flatten().find(|field| field.column == column).map(|field| field.name);
        let published = self.column_names.iter().find(|(known, _)| *known == column).map(|(_, name)| *name);
        own.or(published).unwrap_or_else(|| column.name())
    }
}
