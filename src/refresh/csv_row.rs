//! One row being read: its cells by column, and the faults found.

use std::borrow::Cow;
use std::fmt::Display;

use csv::StringRecord;
use jiff::civil::Date;

use crate::place::{Point, State, Zip, ZipTable, zip_text};
use crate::provider::quality::{QualityMeasure, Rating};
use crate::provider::{Address, Ccn, Npi, Phone, phone_text};
use crate::refresh::address_doubt::zip_elsewhere;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::source_record::RowError;
use crate::refresh::{csv_cell, day};
use crate::text::spreadsheet;

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

    /// All its cells.
    pub(crate) fn record(&self) -> &'a StringRecord {
        self.record
    }

    /// The raw cell; empty if the file lacks the column.
    pub(crate) fn raw(&self, column: KnownColumn) -> &'a str {
        self.columns.at(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// Whether the file has the column.
    pub(crate) fn has(&self, column: KnownColumn) -> bool {
        self.columns.has(column)
    }

    /// The position of the column; `None` if the file lacks it.
    pub(crate) fn position(&self, column: KnownColumn) -> Option<usize> {
        self.columns.at(column)
    }

    /// Whether nothing of the row is to be reported.
    pub(crate) fn is_faultless(&self) -> bool {
        self.faults.is_empty() && !self.refused
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

    /// Text for display, borrowed if it needs no cleaning.
    pub(crate) fn text(&self, column: KnownColumn) -> Option<Cow<'a, str>> {
        Some(csv_cell::clean_text(self.non_empty(column)?).0).filter(|text| !text.is_empty())
    }

    /// Text for display; records a doubt if double encoding was repaired.
    pub(crate) fn words(&mut self, column: KnownColumn) -> Option<String> {
        let (text, mended) = csv_cell::clean_text(self.non_empty(column)?);
        if mended {
            let repaired = RowError::of(column, self.raw(column), "it was encoded twice; repaired");
            self.faults.push(RowError { doubt: true, ..repaired });
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

    /// The identifier, or `None` if the cell has no value; zeros alone are none.
    pub(crate) fn identifier(&self, column: KnownColumn) -> Option<&'a str> {
        self.non_empty(column).filter(|text| !spreadsheet::is_zeros(text))
    }

    /// The CCN of the row.
    ///
    /// # Errors
    /// The cell is not a CCN.
    pub(crate) fn ccn(&self) -> Result<Ccn, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Ccn));
        let fault = |error| RowError::of(KnownColumn::Ccn, text, &error).with_hint(spreadsheet::way_out(text, 6));
        text.parse().map_err(fault)
    }

    /// The NPI of the row.
    ///
    /// # Errors
    /// The cell is not an NPI.
    pub(crate) fn npi(&self) -> Result<Npi, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Npi));
        let fault = |error| RowError::of(KnownColumn::Npi, text, &error).with_hint(spreadsheet::way_out(text, 0));
        text.parse().map_err(fault)
    }

    /// The ZIP code. Leading zeros are restored if the file is known to lose them, or if the row's
    /// state confirms the result.
    ///
    /// # Errors
    /// The cell is not a ZIP code.
    pub(crate) fn zip(&mut self) -> Result<Zip, RowError> {
        let text = csv_cell::trimmed(self.raw(KnownColumn::Zip));
        let fault = |reason: &str| RowError::of(KnownColumn::Zip, text, reason);
        if let Ok(zip) = text.parse() {
            return Ok(zip);
        }
        let unreadable = || fault("a ZIP code is five digits").with_hint(zip_text::way_out(text));
        let zip = Zip::with_lost_zeros(text).ok_or_else(unreadable)?;
        if self.loses_zeros {
            return Ok(zip);
        }
        let state = self.non_empty(KnownColumn::State).and_then(|state| state.parse::<State>().ok());
        let confirmed = ZipTable::curated().get(zip).is_some_and(|place| Some(place.state) == state);
        if !confirmed {
            return Err(unreadable());
        }
        self.warn(RowError {
            doubt: true,
            ..fault(&format!("it lost its leading zero; read as {zip}, which is in the row's state"))
        });
        Ok(zip)
    }

    /// The address. A part that is missing or unreadable is a fault and leaves the others as they
    /// are; the state may come from the ZIP code.
    pub(crate) fn address(&mut self) -> Option<Address> {
        let stated = self.non_empty(KnownColumn::State).map(str::parse::<State>);
        let zip = match self.identifier(KnownColumn::Zip).map(|_| self.zip()) {
            Some(Ok(zip)) => Some(zip),
            Some(Err(fault)) => {
                self.warn(fault);
                None
            }
            None => {
                if self.has(KnownColumn::Zip) {
                    self.fault(KnownColumn::Zip, "it is missing");
                }
                None
            }
        };
        let of_zip = zip.and_then(|zip| ZipTable::curated().get(zip)).map(|place| place.state);
        let state = match stated {
            Some(Ok(state)) => Some(state),
            Some(Err(error)) => {
                self.fault(KnownColumn::State, &error);
                of_zip
            }
            None => {
                if self.has(KnownColumn::State) {
                    self.fault(KnownColumn::State, "it is missing");
                }
                of_zip
            }
        };
        let first = self.words(KnownColumn::Street).unwrap_or_default();
        let street = match self.words(KnownColumn::Street2) {
            Some(second) if first.is_empty() => second,
            Some(second) => format!("{first}, {second}"),
            None => first,
        };
        let city = self.words(KnownColumn::City).unwrap_or_default();
        let address = Address { street, city, state, zip }.unless_empty()?;
        self.faults.extend(zip_elsewhere(&address));
        Some(address)
    }

    /// The telephone number; of two the first, with a doubt.
    pub(crate) fn phone(&mut self) -> Option<Phone> {
        let text = self.identifier(KnownColumn::Phone)?;
        match text.parse() {
            Ok(phone) => {
                if phone_text::read(text).is_some_and(|read| read.has_second) {
                    self.warn(RowError {
                        doubt: true,
                        ..RowError::of(KnownColumn::Phone, text, "only the first number is used")
                    });
                }
                Some(phone)
            }
            Err(error) => {
                self.warn(RowError::of(KnownColumn::Phone, text, &error).with_hint(spreadsheet::way_out(text, 0)));
                None
            }
        }
    }

    /// The position.
    pub(crate) fn point(&mut self) -> Option<Point> {
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let latitude = self.read(KnownColumn::Latitude, "it is not in degrees", degrees);
        let longitude = self.read(KnownColumn::Longitude, "it is not in degrees", degrees);
        let lacks = |column| self.non_empty(column).is_none();
        let (north, east) = (lacks(KnownColumn::Latitude), lacks(KnownColumn::Longitude));
        if north != east {
            let missing = if north { KnownColumn::Latitude } else { KnownColumn::Longitude };
            self.fault(missing, "it is missing, and the other coordinate is not");
        }
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

    /// An amount in whole dollars.
    pub(crate) fn dollars(&mut self, column: KnownColumn) -> Option<u32> {
        self.read(column, "it is not an amount in dollars", csv_cell::dollars)
    }

    /// The numbers of footnotes; none where the cell is empty.
    pub(crate) fn footnotes(&mut self, column: KnownColumn) -> Option<Vec<u32>> {
        if self.non_empty(column).is_none() {
            return Some(Vec::new());
        }
        self.read(column, "it is not the number of a footnote", csv_cell::footnotes)
    }

    /// A day.
    pub(crate) fn date(&mut self, column: KnownColumn) -> Option<Date> {
        self.read(column, "it is not a date", csv_cell::date)
    }

    /// A date no later than `last`. A later date is a doubt and counts as unknown.
    pub(crate) fn past_date(&mut self, column: KnownColumn, last: Option<Date>) -> Option<Date> {
        let day = self.read(column, "it is not a past date", csv_cell::date)?;
        if day::come(Some(day), last).is_none() {
            let future = RowError::of(column, self.raw(column), "it is in the future, so the day counts as unknown");
            self.faults.push(RowError { doubt: true, ..future });
            return None;
        }
        Some(day)
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
