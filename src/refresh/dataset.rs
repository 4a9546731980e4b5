//! A kind of file that some publisher puts out. All that is known of one is a [`DatasetSpec`], which stands beside its reader in
//! `read`; `read::DATASETS` names every one.

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

/// All that is known of a kind of file.
#[derive(Debug)]
pub(crate) struct DatasetSpec {
    /// What people call it; the source every fact from it names.
    pub name: &'static str,
    /// How far it is trusted.
    pub trust: TrustTier,
    /// What its rows are about.
    pub subject: DatasetSubject,
    /// What it means that there are several files of it.
    pub several: SeveralFiles,
    /// What facts from one of its files name as their source.
    pub naming: SourceNaming,
    /// How it comes as a table.
    pub table: Option<TableSpec>,
    /// How it comes as JSON.
    pub document: Option<DocumentSpec>,
}

/// What the rows of a dataset are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatasetSubject {
    /// The providers of a service: one that no such file names does not offer it.
    Providers(Service),
    /// Where the providers of a service come to.
    ServiceAreas(Service),
    /// Several services or none.
    Anything,
}

/// What it means that there are several files of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeveralFiles {
    /// Its publisher puts out one file that is the whole list, so that a newer one takes the place of the last: two are warned about.
    OneList,
    /// Each source stands by the rows of its newest file, so that an older one may be cleared away beside it.
    NewestCounts,
    /// The files of a source add up.
    AddUp,
}

/// What facts from a file name as their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceNaming {
    /// The dataset: it has one publisher.
    Dataset,
    /// The dataset and where the file lies: many keep such files.
    Place,
    /// The dataset and the folder, all files of which are one.
    Folder,
}

/// Makes the reader of one table.
pub(crate) type TableReader = fn() -> Box<dyn DatasetReader>;

/// How a dataset comes as a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableSpec {
    /// The header that tells it.
    pub signature: HeaderSignature,
    /// What reads its rows, or why nothing is read from it.
    pub reader: Result<TableReader, &'static str>,
    /// The columns without which its rows would be read wrongly or for nothing; lacking one, the refresh is refused.
    pub required: &'static [KnownColumn],
    /// A CCN or an NPI is required too.
    pub ccn_or_npi: bool,
    /// Columns that are read when they are there; lacking one is remarked on.
    pub optional: &'static [KnownColumn],
    /// A column without which nothing is read, and why.
    pub useless_without: Option<(KnownColumn, &'static str)>,
    /// What its publisher calls a column otherwise than others do.
    pub column_names: &'static [(KnownColumn, &'static str)],
    /// Its columns, where the schema is ours; `None` where it is somebody else's and may hold more than is read.
    pub schema: Option<&'static [TableField]>,
    /// The tool that made the file took ZIP codes for numbers and lost their leading zeros.
    pub loses_zeros: bool,
    /// What is remarked on where rows cannot be read: "and whoever they exclude is not left out".
    pub lost_rows: Option<&'static str>,
}

/// Reads a JSON document, or one a line, into the parsed input.
pub(crate) type DocumentReader =
    fn(&mut dyn BufRead, &ReadBudget, &str, &mut ParsedInput, &mut RejectedRows) -> io::Result<ReadStats>;

/// How a dataset comes as JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentSpec {
    /// The types of FHIR resources that tell it.
    pub resource_types: &'static [&'static str],
    /// The keys of its first object that tell it: all of one of these.
    pub keys: &'static [&'static [&'static str]],
    /// What reads it, or why nothing is read from it.
    pub reader: Result<DocumentReader, &'static str>,
}

impl DatasetSpec {
    /// A table that lists the providers of a service and comes as one whole file.
    pub(crate) const fn list_of(service: Service, name: &'static str, trust: TrustTier, table: TableSpec) -> Self {
        let (subject, several) = (DatasetSubject::Providers(service), SeveralFiles::OneList);
        Self { name, trust, subject, several, naming: SourceNaming::Dataset, table: Some(table), document: None }
    }

    /// A table that is about no service and whose files add up.
    pub(crate) const fn table_of(name: &'static str, trust: TrustTier, table: TableSpec) -> Self {
        let (subject, several) = (DatasetSubject::Anything, SeveralFiles::AddUp);
        Self { name, trust, subject, several, naming: SourceNaming::Dataset, table: Some(table), document: None }
    }

    /// JSON that is about no service and whose files add up.
    pub(crate) const fn document_of(
        name: &'static str,
        trust: TrustTier,
        naming: SourceNaming,
        document: DocumentSpec,
    ) -> Self {
        let (subject, several) = (DatasetSubject::Anything, SeveralFiles::AddUp);
        Self { name, trust, subject, several, naming, table: None, document: Some(document) }
    }
}

impl DatasetSubject {
    /// The service the rows are about; `None` where they are about several or none.
    pub(crate) fn service(self) -> Option<Service> {
        match self {
            Self::Providers(service) | Self::ServiceAreas(service) => Some(service),
            Self::Anything => None,
        }
    }

    /// The service whose providers are listed.
    pub(crate) fn lists(self) -> Option<Service> {
        match self {
            Self::Providers(service) => Some(service),
            Self::ServiceAreas(_) | Self::Anything => None,
        }
    }
}

impl TableSpec {
    /// A table that is read, with the columns it needs and nothing unusual about it.
    pub(crate) const fn read(signature: HeaderSignature, required: &'static [KnownColumn], reader: TableReader) -> Self {
        Self { required, ..Self::new(signature, Ok(reader)) }
    }

    /// A table that is recognised, and why nothing is read from it.
    pub(crate) const fn ignored(signature: HeaderSignature, reason: &'static str) -> Self {
        Self::new(signature, Err(reason))
    }

    const fn new(signature: HeaderSignature, reader: Result<TableReader, &'static str>) -> Self {
        Self {
            signature,
            reader,
            required: &[],
            ccn_or_npi: false,
            optional: &[],
            useless_without: None,
            column_names: &[],
            schema: None,
            loses_zeros: false,
            lost_rows: None,
        }
    }

    /// The reader of a file with these columns.
    ///
    /// # Errors
    /// Why nothing is read from it.
    pub(crate) fn reader_for(&self, columns: &CsvHeader) -> Result<TableReader, &'static str> {
        let useless = self.useless_without.filter(|(column, _)| !columns.has(*column));
        let reader = self.reader?;
        useless.map_or(Ok(reader), |(_, reason)| Err(reason))
    }

    /// What its publisher calls a column today.
    pub(crate) fn column_name(&self, column: KnownColumn) -> &'static str {
        let own = self.schema.into_iter().flatten().find(|field| field.column == column).map(|field| field.name);
        let published = self.column_names.iter().find(|(known, _)| *known == column).map(|(_, name)| *name);
        own.or(published).unwrap_or_else(|| column.name())
    }
}
