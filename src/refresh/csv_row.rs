//! One row while a reader looks at it: its cells by column, and what is wrong with single ones.

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
    /// The line it begins on.
    pub line: u64,
    /// What could not be read.
    faults: &'a mut Vec<RowError>,
    /// One of the faults is such that the row is not kept.
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

    /// Notes what is wrong with a cell; the row is kept.
    pub(crate) fn warn(&mut self, fault: RowError) {
        self.faults.push(fault);
    }

    /// Notes what is wrong with the row, which gives nothing for it.
    pub(crate) fn refuse(&mut self, fault: RowError) {
        self.refused = true;
        self.faults.push(fault);
    }

    /// Whether the row gives nothing.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// The cell as it is; empty where there is no such column.
    pub(crate) fn raw(&self, column: KnownColumn) -> &'a str {
        self.columns.at(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// Where the columns are that are called `stem` and a number behind it.
    pub(crate) fn series(&self, stem: &str) -> Vec<usize> {
        self.columns.series(stem)
    }

    /// What the cells at these places say, empty where they say that there is no value.
    pub(crate) fn cells(&self, places: &[usize]) -> impl Iterator<Item = &'a str> {
        let record = self.record;
        places.iter().map(|at| record.get(*at).and_then(csv_cell::non_empty).unwrap_or_default())
    }

    /// The cell, unless it says that there is no value.
    pub(crate) fn non_empty(&self, column: KnownColumn) -> Option<&'a str> {
        csv_cell::non_empty(self.raw(column))
    }

    /// Notes that a cell cannot be read.
    pub(crate) fn fault(&mut self, column: KnownColumn, reason: &(impl Display + ?Sized)) {
        self.faults.push(RowError::of(column, self.raw(column), reason));
    }

    /// The cell as `read` understands it; a fault when it says something else.
    pub(crate) fn read<T>(&mut self, column: KnownColumn, reason: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = read(self.non_empty(column)?);
        if value.is_none() {
            self.fault(column, reason);
        }
        value
    }

    /// The cell as a `T`; a fault when it is none.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self, column: KnownColumn) -> Option<T> {
        match self.non_empty(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(column, &error);
                None
            }
        }
    }

    /// Text for people to read, borrowed where the cell is fit to be read as it is.
    pub(crate) fn text(&self, column: KnownColumn) -> Option<Cow<'a, str>> {
        Some(csv_cell::clean_text(self.non_empty(column)?).0).filter(|text| !text.is_empty())
    }

    /// Text for people to read; a fault when its encoding had to be mended.
    pub(crate) fn words(&mut self, column: KnownColumn) -> Option<String> {
        let (text, mended) = csv_cell::clean_text(self.non_empty(column)?);
        if mended {
            self.fault(column, "its encoding was doubled; mended");
        }
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }

    /// Text without which the row says nothing.
    ///
    /// # Errors
    /// The cell is empty.
    pub(crate) fn required_words(&mut self, column: KnownColumn) -> Result<String, RowError> {
        self.words(column).ok_or_else(|| RowError::of(column, self.raw(column), "it is missing"))
    }

    /// Whom the row is about.
    ///
    /// # Errors
    /// The cell is no CCN.
    pub(crate) fn ccn(&self) -> Result<Ccn, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Ccn));
        text.parse().map_err(|error| RowError::of(KnownColumn::Ccn, text, &error))
    }

    /// Whom the row is about.
    ///
    /// # Errors
    /// The cell is no NPI.
    pub(crate) fn npi(&self) -> Result<Npi, RowError> {
        let text = self.raw(KnownColumn::Npi).trim();
        text.parse().map_err(|error| RowError::of(KnownColumn::Npi, text, &error))
    }

    /// A ZIP code; padded where the file is known to lose leading zeros.
    ///
    /// # Errors
    /// The cell is no ZIP code.
    pub(crate) fn zip(&self) -> Result<Zip, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Zip));
        let short = self.loses_zeros && (3..5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let zip = if short { format!("{text:0>5}").parse() } else { text.parse() };
        zip.map_err(|error| RowError::of(KnownColumn::Zip, text, &error))
    }

    /// The address; a fault when it has no state or ZIP.
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

    /// The telephone number.
    pub(crate) fn phone(&mut self) -> Option<Phone> {
        self.parsed(KnownColumn::Phone)
    }

    /// Latitude and longitude.
    pub(crate) fn point(&mut self) -> Option<Point> {
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let latitude = self.read(KnownColumn::Latitude, "it is not in degrees", degrees);
        let longitude = self.read(KnownColumn::Longitude, "it is not in degrees", degrees);
        // Unset coordinates read as zero and zero, a point in the Gulf of Guinea.
        let set = |point: &Point| point.latitude_micro() != 0 || point.longitude_micro() != 0;
        let point = Point::from_degrees(latitude?, longitude?).filter(set);
        if point.is_none() {
            self.fault(KnownColumn::Latitude, "with the longitude it is no place in the country");
        }
        point
    }

    /// A rating on the scale of `measure`.
    pub(crate) fn rating(&mut self, column: KnownColumn, measure: QualityMeasure) -> Option<Rating> {
        self.read(column, "it is not on the scale of the measure", |text| rating(text, measure))
    }

    /// A whole number.
    pub(crate) fn count(&mut self, column: KnownColumn) -> Option<u32> {
        self.read(column, "it is not a whole number", csv_cell::count)
    }

    /// Yes or no.
    pub(crate) fn flag(&mut self, column: KnownColumn) -> Option<bool> {
        self.read(column, "it is neither yes nor no", csv_cell::flag)
    }

    /// A day.
    pub(crate) fn date(&mut self, column: KnownColumn) -> Option<Date> {
        self.read(column, "it is not a date", csv_cell::date)
    }

    /// A day that has come by `last`. One that has not is told and counts as unknown.
    pub(crate) fn past_date(&mut self, column: KnownColumn, last: Option<Date>) -> Option<Date> {
        let past = |text: &str| csv_cell::date(text).filter(|day| day::come(Some(*day), last).is_some());
        self.read(column, "it is not a date that has come", past)
    }
}

/// A number as a rating, if it lies on the scale of the measure.
pub(crate) fn rating(text: &str, measure: QualityMeasure) -> Option<Rating> {
    let tenths = csv_cell::number(text)? * 10.0;
    if !(0.0..=100.0).contains(&tenths) || tenths.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and at most 100, checked above")]
    let tenths = tenths as u8;
    measure.holds(tenths).then_some(Rating { measure, tenths })
}
