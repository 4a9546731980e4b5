//! Notices columns that an export or a spreadsheet spoiled: all blank where publishers always write something, or an error in place of
//! values. The readers take both as "no value".

use csv::StringRecord;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::input::table_rows::is_blank;
use crate::refresh::read::table_input::TableInput;
use crate::refresh::source_record::RowError;

/// The columns in which publishers write something for nearly every row.
const FILLED: [KnownColumn; 45] = {
    use KnownColumn as C;
    [
        C::Name,
        C::Street,
        C::City,
        C::State,
        C::Zip,
        C::Phone,
        C::Ownership,
        C::CertificationDate,
        C::InspectionRating,
        C::StaffingRating,
        C::ResultsRating,
        C::FirstApproved,
        C::ProviderType,
        C::Beds,
        C::Stations,
        C::OverallRating,
        C::FiveStar,
        C::PatientCareStar,
        C::AbuseIcon,
        C::OwnershipChanged,
        C::RetirementCommunity,
        C::FineCount,
        C::FineDollars,
        C::DenialCount,
        C::OffersNursing,
        C::OffersPhysical,
        C::OffersOccupational,
        C::OffersSpeech,
        C::OffersSocial,
        C::OffersAide,
        C::OffersHaemodialysis,
        C::OffersPeritoneal,
        C::MeasureCode,
        C::Score,
        C::Condition,
        C::Count,
        C::Npi,
        C::EntityType,
        C::ExclusionDate,
        C::LastUpdate,
        C::ProcessingDate,
        C::Latitude,
        C::Longitude,
        C::Payer,
        C::Plan,
    ]
};

/// So many rows must be blank in a column to say something about it. Our choice.
const ENOUGH_ROWS: u64 = 3;

/// A column that is watched.
#[derive(Debug)]
struct WatchedColumn {
    at: usize,
    column: Option<KnownColumn>,
    is_filled: bool,
}

/// Watches the columns of one table.
#[derive(Debug)]
pub(crate) struct ColumnWatch {
    columns: Vec<WatchedColumn>,
    rows: u64,
}

impl ColumnWatch {
    /// Watches the columns that the reader of a table uses.
    pub(crate) fn of(input: &TableInput<'_>) -> Self {
        let (columns, table) = (input.columns, input.table);
        let ours = table.schema.into_iter().flatten().map(|field| field.column);
        let used = [table.required, table.optional, table.together].into_iter().flatten().copied().chain(ours);
        let mut watched: Vec<WatchedColumn> = used
            .filter_map(|column| Some(WatchedColumn { at: columns.at(column)?, column: Some(column), is_filled: false }))
            .collect();
        for stem in table.required_series {
            watched.extend(columns.series(stem).into_iter().map(|at| WatchedColumn { at, column: None, is_filled: false }));
        }
        watched.sort_unstable_by_key(|watched| watched.at);
        watched.dedup_by_key(|watched| watched.at);
        // Of our own schemas, most columns are optional.
        let may_be_blank =
            |column: KnownColumn| table.schema.is_some() && !matches!(column, KnownColumn::Payer | KnownColumn::Plan);
        for watched in watched.iter_mut().filter(|watched| watched.column.is_some_and(may_be_blank)) {
            watched.is_filled = true;
        }
        Self { columns: watched, rows: 0 }
    }

    /// Notes which columns have a value in a row; adds each error of a spreadsheet to `faults`.
    pub(crate) fn row(&mut self, cells: &StringRecord, faults: &mut Vec<RowError>) {
        self.rows += 1;
        let has_error = cells.as_slice().contains('#');
        for watched in &mut self.columns {
            let cell = cells.get(watched.at).unwrap_or_default();
            let is_error = has_error && csv_cell::is_spreadsheet_error(cell);
            watched.is_filled = watched.is_filled || !(is_error || cell.chars().all(is_blank));
            if let Some(column) = watched.column.filter(|_| is_error) {
                let fault = RowError::of(column, cell.trim(), "a spreadsheet shows an error in place of the value");
                faults.push(fault.with_hint("export the file again from its source".to_owned()));
            }
        }
    }

    /// Counts a row whose cells are those of an earlier one, except for identifiers.
    pub(crate) fn pass(&mut self) {
        self.rows += 1;
    }

    /// A remark for each column that is blank in every row although it never should be.
    pub(crate) fn remarks(&self, input: &TableInput<'_>) -> Vec<String> {
        if self.rows < ENOUGH_ROWS {
            return Vec::new();
        }
        let (file, columns) = (input.file, input.columns);
        let blank = |watched: &&WatchedColumn| !watched.is_filled && watched.column.is_some_and(|of| FILLED.contains(&of));
        let name = |watched: &WatchedColumn| columns.cells().nth(watched.at).unwrap_or_default().to_owned();
        let mut names: Vec<String> = self.columns.iter().filter(blank).map(name).collect();
        for stem in input.table.required_series {
            let series = columns.series(stem);
            let is_filled = |at: &usize| self.columns.iter().any(|watched| watched.at == *at && watched.is_filled);
            if !series.is_empty() && !series.iter().any(is_filled) {
                names.push(format!("{stem}1"));
            }
        }
        names
            .iter()
            .map(|name| format!("{file}: the column \"{name}\" is blank in every row; export the file again"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::csv_header::CsvHeader;
    use crate::refresh::read::{home_health, roster};

    /// The remarks about a table of these rows, and the number of faults.
    fn watched(spec: &'static crate::refresh::dataset::DatasetSpec, rows: &[&[&str]]) -> (Vec<String>, usize) {
        let columns = CsvHeader::of(&StringRecord::from(rows[0].to_vec()));
        let input =
            TableInput { file: "a.csv", columns: &columns, table: spec.table.as_ref().unwrap(), subject: spec.subject };
        let (mut watch, mut faults) = (ColumnWatch::of(&input), Vec::new());
        for row in &rows[1..] {
            watch.row(&StringRecord::from(row.to_vec()), &mut faults);
        }
        (watch.remarks(&input), faults.len())
    }

    #[test]
    fn a_column_that_is_never_blank_is_missed_and_others_are_not() {
        let header: &[&str] = &["CCN", "Telephone Number", "City", "Quality of patient care star rating"];
        let rows = [header, &["1", "", "A", "-"], &["2", " ", "B", "-"], &["3", "#REF!", "", "-"]];
        let (remarks, faults) = watched(&home_health::SPEC, &rows);
        assert_eq!((remarks.len(), faults), (1, 1), "{remarks:?}");
        assert!(remarks[0].starts_with("a.csv: the column \"Telephone Number\""), "{remarks:?}");
        assert_eq!(watched(&home_health::SPEC, &rows[..3]).0, Vec::<String>::new(), "two rows say nothing");
        let ours: &[&str] = &["network", "ccn", "npi"];
        assert_eq!(watched(&roster::SPEC, &[ours, &["A", "1", ""], &["A", "2", ""], &["A", "#REF!", ""]]), (Vec::new(), 1));
    }
}
