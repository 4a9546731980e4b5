//! Recognizes a file by its header and, where datasets share one, by the CCNs in its first rows.
//! The file name is never used.

use crate::fuzzy::nearest;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::read::DATASETS;
use crate::refresh::schema::TableField;
use crate::service::Service;

/// A table with a known header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecognizedTable {
    /// The dataset.
    pub dataset: &'static DatasetSpec,
    /// Its table format.
    pub table: &'static TableSpec,
}

impl RecognizedTable {
    /// Every dataset with a table format.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        DATASETS.iter().filter_map(|dataset| Some(Self { dataset, table: dataset.table.as_ref()? }))
    }
}

/// Recognizes a file by its columns and by the CCNs in its first rows.
///
/// # Errors
/// The file matches no known dataset or more than one; the message says which.
pub(crate) fn recognise<'a>(columns: &CsvHeader, ccns: impl IntoIterator<Item = &'a str>) -> Result<RecognizedTable, String> {
    let fitting: Vec<RecognizedTable> = RecognizedTable::all().filter(|found| found.table.signature.fits(columns)).collect();
    let one_header = fitting.windows(2).all(|pair| pair[0].table.signature == pair[1].table.signature);
    match fitting.as_slice() {
        [] => Err(separated(columns).unwrap_or_else(|| "its header matches no known dataset".to_owned())),
        [only] => Ok(*only),
        // Without CCNs the choice does not matter: the missing column is what gets reported.
        [first, ..] if one_header && !columns.has(KnownColumn::Ccn) => Ok(*first),
        several if one_header => by_ccn(several, ccns),
        several => Err(format!("its header matches {}", names(several))),
    }
}

fn names(several: &[RecognizedTable]) -> String {
    several.iter().map(|found| found.dataset.name).collect::<Vec<_>>().join(" and ")
}

/// The schema of ours that a header resembles most; `None` if fewer than two cells are similar.
pub(crate) fn likely(columns: &CsvHeader) -> Option<RecognizedTable> {
    let alike = |fields: &[TableField]| {
        let names = || fields.iter().map(|field| field.name);
        columns.cells().filter(|cell| !nearest(cell, names(), 1).is_empty()).count()
    };
    let ours = RecognizedTable::all().filter_map(|found| Some((alike(found.table.schema?), found)));
    let (cells, found) = ours.max_by_key(|(cells, _)| *cells)?;
    (cells >= 2).then_some(found)
}

/// Reports a one-column header whose cells are separated by something other than commas.
fn separated(columns: &CsvHeader) -> Option<String> {
    let header = columns.cells().next().filter(|_| columns.len() == 1)?;
    let (_, by) = [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(mark, _)| header.contains(*mark))?;
    Some(format!("it is separated by {by}; save it with commas"))
}

fn by_ccn<'a>(several: &[RecognizedTable], ccns: impl IntoIterator<Item = &'a str>) -> Result<RecognizedTable, String> {
    let of_kind = |kind: Service| several.iter().find(|found| found.dataset.subject.service() == Some(kind));
    let mut kinds = ccns.into_iter().filter_map(certified_as).peekable();
    let other = several.iter().find(|found| found.table.reader.is_err()).filter(|_| kinds.peek().is_some());
    let told = || format!("its header matches {}, and no CCN in its first rows shows which it is", names(several));
    kinds.find_map(of_kind).or(other).copied().ok_or_else(told)
}

/// The kind of provider a CCN belongs to (CMS State Operations Manual, section 2779A1).
fn certified_as(ccn: &str) -> Option<Service> {
    let last_four = ccn.trim().get(2..6).filter(|_| ccn.trim().len() == 6)?;
    if matches!(last_four.as_bytes().first(), Some(b'T' | b'R' | b't' | b'r')) {
        return Some(Service::InpatientRehab);
    }
    match last_four.parse::<u32>().ok()? {
        1500..=1799 => Some(Service::Hospice),
        2000..=2299 => Some(Service::LongTermAcute),
        2300..=2999 | 3500..=3799 => Some(Service::Dialysis),
        3025..=3099 => Some(Service::InpatientRehab),
        3100..=3199 | 7000..=8499 | 9000..=9799 => Some(Service::HomeHealth),
        5000..=6499 => Some(Service::SkilledNursing),
        _ => None,
    }
}
