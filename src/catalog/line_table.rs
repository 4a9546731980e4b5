//! The columns of the index as plain memory, one row for each line: what a decision reads of a line lies together, in 64 bytes.

use tantivy::TantivyError;
use tantivy::index::SegmentReader;

use crate::catalog::index_fields;
use crate::service::NeedSet;

/// What is decided on, for each line.
#[derive(Debug)]
pub(crate) struct LineTable {
    /// The place key of each line, in order: they are searched by themselves.
    pub(crate) places: Vec<u64>,
    /// The other columns of each line.
    pub(crate) rows: Vec<LineColumns>,
}

/// The columns of one line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LineColumns {
    /// The needs answered yes.
    pub(crate) yes: NeedSet,
    /// The needs answered no.
    pub(crate) no: NeedSet,
    /// The provider's half of the tie-break hash.
    pub(crate) lot: u64,
    /// The packed flags: [`crate::catalog::line_flags::PackedLineFlags`].
    pub(crate) flags: u64,
    /// What official sources publish, packed: [`crate::catalog::published_flags`].
    pub(crate) published: u64,
    /// The provider's record.
    pub(crate) record: u32,
}

impl LineTable {
    /// Reads the columns of `segment`.
    ///
    /// # Errors
    /// A column is missing or has not one value for every line.
    pub(crate) fn read(segment: &SegmentReader) -> tantivy::Result<Self> {
        let places = column(segment, index_fields::PLACE)?;
        let mut rows = vec![LineColumns::default(); places.len()];
        let mut fill = |name: &str, set: fn(&mut LineColumns, u64)| {
            let values = column(segment, name)?;
            rows.iter_mut().zip(values).for_each(|(row, value)| set(row, value));
            Ok::<_, TantivyError>(())
        };
        fill(index_fields::YES[0], |row, bits| row.yes = low(bits))?;
        fill(index_fields::YES[1], |row, bits| row.yes = row.yes | high(bits))?;
        fill(index_fields::NO[0], |row, bits| row.no = low(bits))?;
        fill(index_fields::NO[1], |row, bits| row.no = row.no | high(bits))?;
        fill(index_fields::LOT, |row, lot| row.lot = lot)?;
        fill(index_fields::STATED_FLAGS, |row, flags| row.flags = flags)?;
        fill(index_fields::PUBLISHED, |row, published| row.published = published)?;
        // A record that a generation cannot have is no record of it.
        fill(index_fields::RECORD, |row, record| row.record = u32::try_from(record).unwrap_or(u32::MAX))?;
        Ok(Self { places, rows })
    }
}

fn low(bits: u64) -> NeedSet {
    NeedSet::from_bits(u128::from(bits))
}

fn high(bits: u64) -> NeedSet {
    NeedSet::from_bits(u128::from(bits) << 64)
}

/// The value of each line in a column, read without the layer that checks for missing values.
fn column(segment: &SegmentReader, name: &str) -> tantivy::Result<Vec<u64>> {
    let column = segment.fast_fields().u64(name)?.values;
    if column.num_vals() != segment.max_doc() {
        return Err(TantivyError::SchemaError(format!("some lines have no {name}")));
    }
    let mut values = vec![0; column.num_vals() as usize];
    column.get_range(0, &mut values);
    Ok(values)
}
