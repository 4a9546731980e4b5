//! One row being read: its cells by column, and the faults found.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use csv::StringRecord;
use jiff::civil::Date;

use crate::place::{Point, Zip};
use crate::provider::{Address, Ccn, Npi, Phone, QualityMeasure, Rating};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::source_record::RowError;
use crate::refresh::{csv_cell, day};

/// A row of a table.
pub(crate) struct CsvRow<'a> {
    record: &'a StringRecord,
    columns: &'a CsvHeader,
    /// Pad ZIP codes that lost their leading zeros.
    loses_zeros: bool,
    /// The line the row begins on.
    pub line: u64,
    /// The faults found so far.
    faults: &'a mut Vec<RowError>,
    /// Whether a fault rejects the whole row.
    refused: bool,
}

impl<'a> CsvRow<'a> {
    /// A row of a table with these columns.
    pub(crate) fn new(
        record: &'a StringRecord,
        columns: &'a CsvHeader,
        loses_zeros: bool,
        line: u64,
        faults: &'a mut Vec<RowError>,
    ) -> Self {
        Self { record, columns, loses_zeros, line, faults, refused: false }
    }

    /// Records a fault of a cell; the row is kept.
    pub(crate) fn warn(&mut self, fault: RowError) {
        self.faults.push(fault);
    }

    /// Records a fault that rejects the row.
    pub(crate) fn refuse(&mut self, fault: RowError) {
        self.refused = true;
        self.faults.push(fault);
    }

    /// Whether the row is rejected.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// The raw cell; empty if the file lacks the column.
    pub(crate) fn raw(&self, column: KnownColumn) -> &'a str {
        self.columns.at(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// The positions of columns named `stem` plus a number.
    pub(crate) fn series(&self, stem: &str) -> Vec<usize> {
        self.columns.series(stem)
    }

    /// The cells at these positions, empty for those without a value.
    pub(crate) fn cells(&self, places: &[usize]) -> impl Iterator<Item = &'a str> {
        let record = self.record;
        places.iter().map(|at| record.get(*at).and_then(csv_cell::non_empty).unwrap_or_default())
    }

    /// The cell, or `None` if it has no value.
    pub(crate) fn non_empty(&self, column: KnownColumn) -> Option<&'a str> {
        csv_cell::non_empty(self.raw(column))
    }

    /// Records that a cell cannot be parsed.
    pub(crate) fn fault(&mut self, column: KnownColumn, reason: &(impl Display + ?Sized)) {
        self.faults.push(RowError::of(column, self.raw(column), reason));
    }

    /// The cell as parsed by `read`; records a fault if that fails.
    pub(crate) fn read<T>(&mut self, column: KnownColumn, reason: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = read(self.non_empty(column)?);
        if value.is_none() {
            self.fault(column, reason);
        }
        value
    }

    /// The cell as a `T`; records a fault if it cannot be parsed.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self, column: KnownColumn) -> Option<T> {
        match self.non_empty(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(column, &error);
                None
            }
        }
    }

    /// Text for display, borrowed if it needs no cleaning.
    pub(crate) fn text(&self, column: KnownColumn) -> Option<Cow<'a, str>> {
        Some(csv_cell::clean_text(self.non_empty(column)?).0).filter(|text| !text.is_empty())
    }

    /// Text for display; records a fault if double encoding was repaired.
    pub(crate) fn words(&mut self, column: KnownColumn) -> Option<String> {
        let (text, mended) = csv_cell::clean_text(self.non_empty(column)?);
        if mended {
            self.fault(column, "it was encoded twice; repaired");
        }
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }

    /// Text that the row needs.
    ///
    /// # Errors
    /// The cell is empty.
    pub(crate) fn required_words(&mut self, column: KnownColumn) -> Result<String, RowError> {
        self.words(column).ok_or_else(|| RowError::of(column, self.raw(column), "it is missing"))
    }

    /// The CCN of the row.
    ///
    /// # Errors
    /// The cell is not a CCN.
    pub(crate) fn ccn(&self) -> Result<Ccn, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Ccn));
        text.parse().map_err(|error| RowError::of(KnownColumn::Ccn, text, &error))
    }

    /// The NPI of the row.
    ///
    /// # Errors
    /// The cell is not an NPI.
    pub(crate) fn npi(&self) -> Result<Npi, RowError> {
        let text = self.raw(KnownColumn::Npi).trim();
        text.parse().map_err(|error| RowError::of(KnownColumn::Npi, text, &error))
    }

    /// The ZIP code, padded if the file is known to lose leading zeros.
    ///
    /// # Errors
    /// The cell is not a ZIP code.
    pub(crate) fn zip(&self) -> Result<Zip, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Zip));
        let short = self.loses_zeros && (3..5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let zip = if short { format!("{text:0>5}").parse() } else { text.parse() };
        zip.map_err(|error| RowError::of(KnownColumn::Zip, text, &error))
    }

    /// The address; records a fault if state or ZIP is missing or invalid.
    pub(crate) fn address(&mut self) -> Option<Address> {
        let state = self.parsed_or_missing(KnownColumn::State)?;
        let zip = match self.zip() {
            Ok(zip) => zip,
            Err(refusal) => {
                self.faults.push(refusal);
                return None;
            }
        };
        let first = self.words(KnownColumn::Street).unwrap_or_default();
        let street = match self.words(KnownColumn::Street2) {
            Some(second) if first.is_empty() => second,
            Some(second) => format!("{first}, {second}"),
            None => first,
        };
        let city = self.words(KnownColumn::City).unwrap_or_default();
        Some(Address { street, city, state, zip })
    }

    fn parsed_or_missing<T: FromStr<Err: Display>>(&mut self, column: KnownColumn) -> Option<T> {
        if self.non_empty(column).is_none() {
            self.fault(column, "it is missing");
        }
        self.parsed(column)
    }

    pub(crate) fn phone(&mut self) -> Option<Phone> {
        self.parsed(KnownColumn::Phone)
    }

    /// The position.
    pub(crate) fn point(&mut self) -> Option<Point> {
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let latitude = self.read(KnownColumn::Latitude, "it is not in degrees", degrees);
        let longitude = self.read(KnownColumn::Longitude, "it is not in degrees", degrees);
        // Unset coordinates are read as 0, 0, a point in the Gulf of Guinea.
        let set = |point: &Point| point.latitude_micro() != 0 || point.longitude_micro() != 0;
        let point = Point::from_degrees(latitude?, longitude?).filter(set);
        if point.is_none() {
            self.fault(KnownColumn::Latitude, "the position is not in the United States");
        }
        point
    }

    /// A rating on the scale of `measure`.
    pub(crate) fn rating(&mut self, column: KnownColumn, measure: QualityMeasure) -> Option<Rating> {
        self.read(column, "it is not on the scale of the measure", |text| rating(text, measure))
    }

    pub(crate) fn count(&mut self, column: KnownColumn) -> Option<u32> {
        self.read(column, "it is not a whole number", csv_cell::count)
    }

    pub(crate) fn flag(&mut self, column: KnownColumn) -> Option<bool> {
        self.read(column, "it is neither yes nor no", csv_cell::flag)
    }

    pub(crate) fn date(&mut self, column: KnownColumn) -> Option<Date> {
        self.read(column, "it is not a date", csv_cell::date)
    }

    /// A date no later than `last`. A later date is a fault and counts as unknown.
    pub(crate) fn past_date(&mut self, column: KnownColumn, last: Option<Date>) -> Option<Date> {
        let past = |text: &str| csv_cell::date(text).filter(|day| day::come(Some(*day), last).is_some());
        self.read(column, "it is not a past date", past)
    }
}

/// Parses a rating, if it is on the scale of the measure.
pub(crate) fn rating(text: &str, measure: QualityMeasure) -> Option<Rating> {
    let tenths = csv_cell::number(text)? * 10.0;
    if !(0.0..=100.0).contains(&tenths) || tenths.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and at most 100, checked above")]
    let tenths = tenths as u8;
    measure.holds(tenths).then_some(Rating { measure, tenths })
}
