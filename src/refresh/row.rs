//! One row while a reader looks at it: its cells by column, and what is wrong with single ones.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use csv::StringRecord;
use jiff::civil::Date;

use crate::place::{Point, Zip};
use crate::provider::{Address, Ccn, Measure, Npi, Phone, Rating};
use crate::refresh::account::Refusal;
use crate::refresh::cell;
use crate::refresh::column::Column;
use crate::refresh::day;
use crate::refresh::table::Columns;

/// A row of a table.
pub struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a Columns,
    /// Pad ZIP codes that lost their leading zeros.
    loses_zeros: bool,
    /// The line it begins on.
    pub line: u64,
    /// What could not be read.
    faults: &'a mut Vec<Refusal>,
    /// One of the faults is such that the row is not kept.
    refused: bool,
}

impl<'a> Row<'a> {
    /// A row of a table with these columns.
    pub fn new(
        record: &'a StringRecord,
        columns: &'a Columns,
        loses_zeros: bool,
        line: u64,
        faults: &'a mut Vec<Refusal>,
    ) -> Self {
        Self { record, columns, loses_zeros, line, faults, refused: false }
    }

    /// Notes what is wrong with a cell; the row is kept.
    pub fn note(&mut self, fault: Refusal) {
        self.faults.push(fault);
    }

    /// Notes what is wrong with the row, which gives nothing for it.
    pub fn refuse(&mut self, fault: Refusal) {
        self.refused = true;
        self.faults.push(fault);
    }

    /// Whether the row gives nothing.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// The cell as it is; empty where there is no such column.
    pub fn raw(&self, column: Column) -> &'a str {
        self.columns.at(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// Where the columns are that are called `stem` and a number behind it.
    pub fn series(&self, stem: &str) -> Vec<usize> {
        self.columns.series(stem)
    }

    /// What the cells at these places say, empty where they say that there is no value.
    pub fn cells(&self, places: &[usize]) -> impl Iterator<Item = &'a str> {
        let record = self.record;
        places.iter().map(|at| record.get(*at).and_then(cell::said).unwrap_or_default())
    }

    /// The cell, unless it says that there is no value.
    pub fn said(&self, column: Column) -> Option<&'a str> {
        cell::said(self.raw(column))
    }

    /// Notes that a cell cannot be read.
    pub fn fault(&mut self, column: Column, reason: &(impl Display + ?Sized)) {
        self.faults.push(Refusal::of(column, self.raw(column), reason));
    }

    /// The cell as `read` understands it; a fault when it says something else.
    pub fn read<T>(&mut self, column: Column, reason: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = read(self.said(column)?);
        if value.is_none() {
            self.fault(column, reason);
        }
        value
    }

    /// The cell as a `T`; a fault when it is none.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, column: Column) -> Option<T> {
        match self.said(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(column, &error);
                None
            }
        }
    }

    /// Text for people to read, borrowed where the cell is fit to be read as it is.
    pub fn text(&self, column: Column) -> Option<Cow<'a, str>> {
        Some(cell::words(self.said(column)?).0).filter(|text| !text.is_empty())
    }

    /// Text for people to read; a fault when its encoding had to be mended.
    pub fn words(&mut self, column: Column) -> Option<String> {
        let (text, mended) = cell::words(self.said(column)?);
        if mended {
            self.fault(column, "its encoding was doubled; mended");
        }
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }

    /// Text without which the row says nothing.
    ///
    /// # Errors
    /// The cell is empty.
    pub fn required_words(&mut self, column: Column) -> Result<String, Refusal> {
        self.words(column).ok_or_else(|| Refusal::of(column, self.raw(column), "it is missing"))
    }

    /// Whom the row is about.
    ///
    /// # Errors
    /// The cell is no CCN.
    pub fn ccn(&self) -> Result<Ccn, Refusal> {
        let text = cell::trimmed(self.raw(Column::Ccn));
        text.parse().map_err(|error| Refusal::of(Column::Ccn, text, &error))
    }

    /// Whom the row is about.
    ///
    /// # Errors
    /// The cell is no NPI.
    pub fn npi(&self) -> Result<Npi, Refusal> {
        let text = self.raw(Column::Npi).trim();
        text.parse().map_err(|error| Refusal::of(Column::Npi, text, &error))
    }

    /// A ZIP code; padded where the file is known to lose leading zeros.
    ///
    /// # Errors
    /// The cell is no ZIP code.
    pub fn zip(&self) -> Result<Zip, Refusal> {
        let text = cell::trimmed(self.raw(Column::Zip));
        let short = self.loses_zeros && (3..5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let zip = if short { format!("{text:0>5}").parse() } else { text.parse() };
        zip.map_err(|error| Refusal::of(Column::Zip, text, &error))
    }

    /// The address; a fault when it has no state or ZIP.
    pub fn address(&mut self) -> Option<Address> {
        let state = self.parsed_or_missing(Column::State)?;
        let zip = match self.zip() {
            Ok(zip) => zip,
            Err(refusal) => {
                self.faults.push(refusal);
                return None;
            }
        };
        let first = self.words(Column::Street).unwrap_or_default();
        let street = match self.words(Column::Street2) {
            Some(second) if first.is_empty() => second,
            Some(second) => format!("{first}, {second}"),
            None => first,
        };
        let city = self.words(Column::City).unwrap_or_default();
        Some(Address { street, city, state, zip })
    }

    fn parsed_or_missing<T: FromStr<Err: Display>>(&mut self, column: Column) -> Option<T> {
        if self.said(column).is_none() {
            self.fault(column, "it is missing");
        }
        self.parsed(column)
    }

    /// The telephone number.
    pub fn phone(&mut self) -> Option<Phone> {
        self.parsed(Column::Phone)
    }

    /// Latitude and longitude.
    pub fn point(&mut self) -> Option<Point> {
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let latitude = self.read(Column::Latitude, "it is not in degrees", degrees);
        let longitude = self.read(Column::Longitude, "it is not in degrees", degrees);
        // Unset coordinates read as zero and zero, a point in the Gulf of Guinea.
        let set = |point: &Point| point.latitude_micro() != 0 || point.longitude_micro() != 0;
        let point = Point::from_degrees(latitude?, longitude?).filter(set);
        if point.is_none() {
            self.fault(Column::Latitude, "with the longitude it is no place in the country");
        }
        point
    }

    /// A rating on the scale of `measure`.
    pub fn rating(&mut self, column: Column, measure: Measure) -> Option<Rating> {
        self.read(column, "it is not on the scale of the measure", |text| rating(text, measure))
    }

    /// A whole number.
    pub fn count(&mut self, column: Column) -> Option<u32> {
        self.read(column, "it is not a whole number", cell::count)
    }

    /// Yes or no.
    pub fn flag(&mut self, column: Column) -> Option<bool> {
        self.read(column, "it is neither yes nor no", cell::flag)
    }

    /// A day.
    pub fn date(&mut self, column: Column) -> Option<Date> {
        self.read(column, "it is not a date", cell::date)
    }

    /// A day that has come by `last`. One that has not is told and counts as unknown.
    pub fn past_date(&mut self, column: Column, last: Option<Date>) -> Option<Date> {
        let past = |text: &str| cell::date(text).filter(|day| day::come(Some(*day), last).is_some());
        self.read(column, "it is not a date that has come", past)
    }
}

/// A number as a rating, if it lies on the scale of the measure.
pub fn rating(text: &str, measure: Measure) -> Option<Rating> {
    let tenths = cell::number(text)? * 10.0;
    if !(0.0..=100.0).contains(&tenths) || tenths.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and at most 100, checked above")]
    let tenths = tenths as u8;
    measure.holds(tenths).then_some(Rating { measure, tenths })
}
