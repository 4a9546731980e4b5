//! Recognizes a file by its header and, where datasets share one, by the CCNs in its first rows.
//! The file name is never used.

use crate::fuzzy::nearest;
use crate::refresh::ccn_kind::{CcnKind, noun, plural};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::read::DATASETS;
use crate::refresh::schema::TableField;
use crate::text::fold_words;

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

/// Why a header is of no known dataset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UnknownHeader {
    /// No dataset has such a header.
    None,
    /// Several have, and nothing tells which it is.
    Doubtful(String),
}

/// Recognizes a file by its columns and, where datasets share a header, by the CCNs in its first
/// rows; `ccns` gives them, and they are returned.
///
/// # Errors
/// The header is of no known dataset, or of more than one.
pub(crate) fn recognize(
    columns: &CsvHeader,
    ccns: impl FnOnce() -> Vec<String>,
) -> Result<(RecognizedTable, Vec<String>), UnknownHeader> {
    let fitting: Vec<RecognizedTable> = RecognizedTable::all().filter(|found| found.table.signature.fits(columns)).collect();
    let one_header = fitting.windows(2).all(|pair| pair[0].table.signature == pair[1].table.signature);
    if fitting.is_empty() {
        return Err(UnknownHeader::None);
    }
    let ccns = ccns();
    let found = match fitting.as_slice() {
        [only] => *only,
        // Without CCNs the choice does not matter: the missing column is what gets reported.
        [first, ..] if one_header && !columns.has(KnownColumn::Ccn) => *first,
        several if one_header => by_ccn(several, &ccns).map_err(UnknownHeader::Doubtful)?,
        several => return Err(UnknownHeader::Doubtful(format!("its header matches {}", names(several)))),
    };
    Ok((found, ccns))
}

fn names(several: &[RecognizedTable]) -> String {
    several.iter().map(|found| found.dataset.name).collect::<Vec<_>>().join(" and ")
}

/// The dataset of which a header has the most columns, and the columns by which it is recognized and
/// read; `None` if it has none of any.
pub(crate) fn nearest_dataset(columns: &CsvHeader) -> Option<(RecognizedTable, Vec<KnownColumn>)> {
    let wanted = |found: RecognizedTable| {
        let mut wanted = found.table.signature.marks().to_vec();
        wanted.extend(found.table.required.iter().filter(|column| !found.table.signature.marks().contains(column)));
        let there = wanted.iter().filter(|column| columns.has(**column)).count();
        (there, std::cmp::Reverse(wanted.len()), found, wanted)
    };
    // Of equals the first.
    let nearest =
        RecognizedTable::all().map(wanted).reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best });
    nearest.filter(|(there, ..)| *there > 0).map(|(.., found, wanted)| (found, wanted))
}

/// Why a list of the providers of a service is not used, if most of the CCNs in its first rows belong
/// to other kinds of provider.
pub(crate) fn disagreement(found: RecognizedTable, ccns: &[String]) -> Option<String> {
    let service = found.dataset.subject.service()?;
    let kinds: Vec<(&String, CcnKind)> = ccns.iter().filter_map(|ccn| Some((ccn, CcnKind::of(ccn)?))).collect();
    let others: Vec<&(&String, CcnKind)> = kinds.iter().filter(|(_, kind)| !kind.offers(service)).collect();
    let (ccn, kind) = others.first().filter(|_| others.len() * 2 > kinds.len())?;
    Some(format!(
        "it is no such list: {} of the {} CCNs in its first rows are not of {}; {ccn} is the CCN of a {}",
        others.len(),
        kinds.len(),
        plural(noun(service)),
        kind.noun()
    ))
}

/// The schema of ours that a header resembles most; `None` if fewer than two cells, or fewer than
/// half of them, are similar. Public files have names and cities too.
pub(crate) fn likely(columns: &CsvHeader) -> Option<RecognizedTable> {
    let words = |name: &str| fold_words(name).split(' ').count();
    let alike = |fields: &[TableField]| {
        let name_of = |cell| nearest(cell, fields.iter().map(|field| field.name), 1).first().copied();
        columns.cells().filter(|cell| name_of(cell).is_some_and(|name| words(cell) <= words(name) + 1)).count()
    };
    let ours = RecognizedTable::all().filter_map(|found| Some((alike(found.table.schema?), found)));
    let (cells, found) = ours.max_by_key(|(cells, _)| *cells)?;
    (cells >= 2 && cells * 2 >= columns.len()).then_some(found)
}

/// The dataset whose kind of provider most of the CCNs belong to.
fn by_ccn(several: &[RecognizedTable], ccns: &[String]) -> Result<RecognizedTable, String> {
    let kinds: Vec<CcnKind> = ccns.iter().filter_map(|ccn| CcnKind::of(ccn)).collect();
    let of = |found: &RecognizedTable| {
        let service = found.dataset.subject.service();
        kinds.iter().filter(|kind| service.is_some_and(|service| kind.offers(service))).count()
    };
    // Of equals the first.
    let most = several.iter().rev().max_by_key(|found| of(found)).filter(|found| of(found) > 0);
    let other = several.iter().find(|found| found.table.reader.is_err()).filter(|_| !kinds.is_empty());
    most.or(other).copied().ok_or_else(|| {
        let shared = format!("its header matches {}", names(several));
        match kinds.first() {
            Some(kind) => format!("{shared}, and the CCNs in its first rows are of {}", plural(kind.noun())),
            None => format!("{shared}, and no CCN in its first rows shows which it is"),
        }
    })
}
