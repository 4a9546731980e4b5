//! What a file is: told by its header and, where datasets share one, by the CCNs in its first rows. Never by its name.

use crate::fuzzy::nearest;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::read::DATASETS;
use crate::refresh::schema::TableField;
use crate::service::Service;

/// A table whose header is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecognizedTable {
    /// The dataset.
    pub dataset: &'static DatasetSpec,
    /// The table it comes as.
    pub table: &'static TableSpec,
}

impl RecognizedTable {
    /// Every dataset that comes as a table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        DATASETS.iter().filter_map(|dataset| Some(Self { dataset, table: dataset.table.as_ref()? }))
    }
}

/// What a file with these columns, and these CCNs in its first rows, is.
///
/// # Errors
/// It is of no known dataset, or could be of two; the sentence says which.
pub(crate) fn recognise<'a>(columns: &CsvHeader, ccns: impl IntoIterator<Item = &'a str>) -> Result<RecognizedTable, String> {
    let fitting: Vec<RecognizedTable> = RecognizedTable::all().filter(|found| found.table.signature.fits(columns)).collect();
    let one_header = fitting.windows(2).all(|pair| pair[0].table.signature == pair[1].table.signature);
    match fitting.as_slice() {
        [] => Err(separated(columns).unwrap_or_else(|| "its header is of no known dataset".to_owned())),
        [only] => Ok(*only),
        // Without CCNs any of them will do: the missing column is what has to be told.
        [first, ..] if one_header && !columns.has(KnownColumn::Ccn) => Ok(*first),
        several if one_header => by_ccn(several, ccns),
        several => Err(format!("its header fits {}", names(several))),
    }
}

fn names(several: &[RecognizedTable]) -> String {
    several.iter().map(|found| found.dataset.name).collect::<Vec<_>>().join(" and ")
}

/// Which of our schemas a header was most likely meant for; `None` where hardly a cell of it is like any.
pub(crate) fn likely(columns: &CsvHeader) -> Option<RecognizedTable> {
    let alike = |fields: &[TableField]| {
        let names = || fields.iter().map(|field| field.name);
        columns.cells().filter(|cell| !nearest(cell, names(), 1).is_empty()).count()
    };
    let ours = RecognizedTable::all().filter_map(|found| Some((alike(found.table.schema?), found)));
    let (cells, found) = ours.max_by_key(|(cells, _)| *cells)?;
    (cells >= 2).then_some(found)
}

/// That the cells of a header of one column are separated by something else.
fn separated(columns: &CsvHeader) -> Option<String> {
    let header = columns.cells().next().filter(|_| columns.len() == 1)?;
    let (_, by) = [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(mark, _)| header.contains(*mark))?;
    Some(format!("it is separated by {by}: save it with commas"))
}

fn by_ccn<'a>(several: &[RecognizedTable], ccns: impl IntoIterator<Item = &'a str>) -> Result<RecognizedTable, String> {
    let of_kind = |kind: Service| several.iter().find(|found| found.dataset.subject.service() == Some(kind));
    let mut kinds = ccns.into_iter().filter_map(certified_as).peekable();
    let other = several.iter().find(|found| found.table.reader.is_err()).filter(|_| kinds.peek().is_some());
    let told = || format!("its header fits {}, and no CCN in its first rows tells which", names(several));
    kinds.find_map(of_kind).or(other).copied().ok_or_else(told)
}

/// The kind of provider a CCN was given to (CMS State Operations Manual, section 2779A1).
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
