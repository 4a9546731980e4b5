//! The provider profile, version 1: what a provider accepts, with one entry per service line.
//!
//! A table row and a JSON object both become a [`ProfileEntry`], which is parsed only here. An entry
//! with an invalid provider, service or date is rejected; other faults are reported and only the
//! faulty field is skipped.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::fuzzy::{did_you_mean, nearest};
use crate::place::{State, Zip, ZipTable, zip_text};
use crate::provider::{Address, Ccn, Npi};
use crate::refresh::address_doubt::zip_elsewhere;
use crate::refresh::column::KnownColumn;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord, SourceRecords};
use crate::refresh::{csv_cell, day};
use crate::service::Service;
use crate::text::spreadsheet;

pub(crate) mod area;
pub(crate) mod takes;

/// One profile as written.
#[derive(Debug, Default)]
pub(crate) struct ProfileEntry<'a> {
    /// The non-empty texts of each field, with their positions in it.
    pub texts: BTreeMap<KnownColumn, Vec<(usize, Cow<'a, str>)>>,
    /// The GeoJSON of its area.
    pub area: Option<Value>,
    /// Fields of the wrong type, which have already been reported.
    pub unreadable: Vec<KnownColumn>,
}

/// One parsed profile.
#[derive(Debug)]
pub(crate) struct ProviderProfile {
    who: ProviderKey,
    npi: Option<Npi>,
    source_record: SourceRecord,
}

/// The columns whose faults reject the entry.
const ESSENTIAL: [KnownColumn; 4] = [KnownColumn::Ccn, KnownColumn::Npi, KnownColumn::Service, KnownColumn::AsOf];

/// The columns in which zeros alone mean that there is no value.
const ZEROS_ARE_NONE: [KnownColumn; 4] = [KnownColumn::Ccn, KnownColumn::Npi, KnownColumn::Zip, KnownColumn::Phone];

/// Parses an entry of `file`; dates after `today` are reported. `None` if it is rejected; `faults`
/// has the reasons.
pub(crate) fn read(
    entry: &ProfileEntry<'_>,
    file: &str,
    today: Option<Date>,
    faults: &mut Vec<RowError>,
) -> Option<ProviderProfile> {
    let refused = entry.unreadable.iter().any(|column| ESSENTIAL.contains(column));
    let mut reading = ProfileParser { entry, today, faults, refused };
    let who = reading.who();
    let service = reading.service();
    // Without a service the rest is still parsed, so that all its faults are reported.
    let source_record = reading.source_record(service.unwrap_or(Service::HomeHealth), file);
    let ((who, npi), _) = who.zip(service).filter(|_| !reading.refused)?;
    Some(ProviderProfile { who, npi, source_record })
}

/// An entry being parsed.
struct ProfileParser<'a> {
    entry: &'a ProfileEntry<'a>,
    today: Option<Date>,
    faults: &'a mut Vec<RowError>,
    refused: bool,
}

impl<'a> ProfileParser<'a> {
    fn text(&self, column: KnownColumn) -> Option<&'a str> {
        let text = self.entry.texts.get(&column).and_then(|texts| texts.first()).map(|(_, text)| text.as_ref());
        text.filter(|text| !(ZEROS_ARE_NONE.contains(&column) && spreadsheet::is_zeros(text)))
    }

    /// The texts of a field with their positions.
    fn texts(&self, column: KnownColumn) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        self.entry.texts.get(&column).into_iter().flatten().map(|(place, text)| (*place, text.as_ref()))
    }

    fn fault(&mut self, fault: RowError) {
        self.refused |= !fault.doubt && fault.column.is_some_and(|column| ESSENTIAL.contains(&column));
        self.faults.push(fault);
    }

    /// Records a doubt about a value that is used.
    fn doubt(&mut self, fault: RowError) {
        self.fault(RowError { doubt: true, ..fault });
    }

    /// Whether the field is missing and not already reported.
    fn lacks(&self, column: KnownColumn) -> bool {
        self.text(column).is_none() && !self.entry.unreadable.contains(&column)
    }

    /// Parses the field; a failure is a fault with `advice`.
    fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        column: KnownColumn,
        advice: impl FnOnce(&str) -> Option<String>,
    ) -> Option<T> {
        let text = self.text(column)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(RowError::of(column, text, &error).with_hint(advice(text)));
                None
            }
        }
    }

    /// The provider, and its NPI if the entry also has a CCN.
    fn who(&mut self) -> Option<(ProviderKey, Option<Npi>)> {
        let ccn: Option<Ccn> = self.parsed(KnownColumn::Ccn, |text| spreadsheet::way_out(text, 6));
        let npi: Option<Npi> =
            self.parsed(KnownColumn::Npi, |_| Some("look it up: a digit is wrong or two are swapped".to_owned()));
        if self.lacks(KnownColumn::Ccn) && self.lacks(KnownColumn::Npi) {
            self.fault(RowError::of(KnownColumn::Ccn, "", "it is missing, and so is the NPI; one of them is required"));
        }
        match ccn {
            Some(ccn) => Some((ProviderKey::Ccn(ccn), npi)),
            None => npi.map(|npi| (ProviderKey::Npi(npi), None)),
        }
    }

    fn service(&mut self) -> Option<Service> {
        let Some(text) = self.text(KnownColumn::Service) else {
            if self.lacks(KnownColumn::Service) {
                self.fault(RowError::of(KnownColumn::Service, "", "it is missing").with_hint(services()));
            }
            return None;
        };
        let service = text.parse().ok();
        if service.is_none() {
            self.fault(no_such_service(text));
        }
        service
    }

    fn source_record(&mut self, service: Service, file: &str) -> SourceRecord {
        let (as_of, verified_at) = (self.day(KnownColumn::AsOf), self.day(KnownColumn::VerifiedAt));
        if let (Some(as_of), Some(verified_at)) = (as_of, verified_at)
            && verified_at < as_of
        {
            let reason = format!("it is before as_of, {as_of}");
            self.doubt(RowError::of(KnownColumn::VerifiedAt, &verified_at.to_string(), &reason));
        }
        let said_by = match self.text(KnownColumn::StatedBy) {
            Some(stated_by) => format!("profile {file} ({stated_by})"),
            None => format!("profile {file}"),
        };
        let (zips, radius, area_incomplete) = self.area(service);
        SourceRecord {
            said_by: Some(said_by.into()),
            as_of,
            verified_at,
            name: self.text(KnownColumn::Name).map(str::to_owned),
            address: self.address(),
            phone: self.parsed(KnownColumn::Phone, |_| Some("write it as 816-555-0100".to_owned())),
            answers: self.answers(),
            limits: self.limits(),
            zips,
            area_incomplete,
            radius,
            languages: self.languages(),
            only_sex: self.only_sex(),
            serves: self.serves(),
            start_of_care_hours: self.whole(KnownColumn::StartOfCare, LONGEST_PROMISE),
            ..SourceRecord::of(service)
        }
    }

    /// A date; a future date is reported and counts as unknown.
    fn day(&mut self, column: KnownColumn) -> Option<Date> {
        let text = self.text(column)?;
        let day = csv_cell::date(text);
        let past = day::come(day, self.today);
        if day.is_none() {
            self.fault(not_a_date(column, text));
        } else if past.is_none() {
            self.doubt(RowError::of(column, text, "it is in the future"));
        }
        past
    }

    /// The address. City and ZIP code are required if any part is given; the state may come from the
    /// ZIP code. A part at fault leaves the others as they are.
    fn address(&mut self) -> Option<Address> {
        const PARTS: [KnownColumn; 4] = [KnownColumn::Street, KnownColumn::City, KnownColumn::State, KnownColumn::Zip];
        if PARTS.iter().all(|part| self.text(*part).is_none()) {
            return None;
        }
        let state: Option<State> = self.parsed(KnownColumn::State, |_| None);
        let zip: Option<Zip> = self.parsed(KnownColumn::Zip, zip_text::way_out);
        let of_zip = zip.and_then(|zip| ZipTable::curated().get(zip)).map(|place| place.state);
        for part in [KnownColumn::City, KnownColumn::State, KnownColumn::Zip] {
            let derived = part == KnownColumn::State && of_zip.is_some();
            if self.lacks(part) && !derived {
                self.fault(RowError::of(part, "", "it is missing; an address needs it"));
            }
        }
        let words = |column| self.text(column).unwrap_or_default().to_owned();
        let (street, city) = (words(KnownColumn::Street), words(KnownColumn::City));
        let address = Address { street, city, state: state.or(of_zip), zip }.unless_empty()?;
        self.faults.extend(zip_elsewhere(&address));
        Some(address)
    }
}

/// The longest plausible promise, in hours: thirty days. Our choice.
const LONGEST_PROMISE: u32 = 720;

/// The fault for an unknown service, with the nearest names.
pub(crate) fn no_such_service(text: &str) -> RowError {
    let alike = nearest(text, Service::ALL.map(Service::code), 3);
    RowError::of(KnownColumn::Service, text, "there is no such service")
        .with_hint(did_you_mean(&alike).unwrap_or_else(services))
}

fn services() -> String {
    format!("it is one of {}", Service::ALL.map(Service::code).join(", "))
}

/// The fault for an invalid date.
pub(crate) fn not_a_date(column: KnownColumn, text: &str) -> RowError {
    RowError::of(column, text, "it is not a date").with_hint("write it as 2026-01-31".to_owned())
}

/// The profiles of a file so far, with their line and whether another entry contradicts them.
#[derive(Debug, Default)]
pub(crate) struct SeenProfiles(FxHashMap<(ProviderKey, Service), (u64, bool)>);

impl SeenProfiles {
    /// Adds a profile from `line` to the records; a repetition is a doubt.
    ///
    /// # Errors
    /// Another entry of the file contradicts it; neither is used.
    pub(crate) fn enter(
        &mut self,
        profile: ProviderProfile,
        line: u64,
        source_records: &mut SourceRecords,
        faults: &mut Vec<RowError>,
    ) -> Result<RowOutcome, RowError> {
        let ProviderProfile { who, npi, source_record } = profile;
        if let (ProviderKey::Ccn(ccn), Some(npi)) = (&who, npi) {
            source_records.npis.entry(npi).or_default().insert(ccn.clone());
        }
        let service = source_record.service;
        let (earlier, disputed) = self.0.entry((who.clone(), service)).or_insert((line, false));
        let added = if *disputed { Err(RowError::whole("", "")) } else { source_records.add(who.clone(), source_record) };
        match added {
            Ok(taken @ (RowOutcome::Used | RowOutcome::PassedOver)) => Ok(taken),
            Ok(RowOutcome::Again) => {
                let reason = format!("line {earlier} says the same");
                faults.push(RowError { doubt: true, ..RowError::whole("", &reason) });
                Ok(RowOutcome::Again)
            }
            Err(_) => {
                *disputed = true;
                source_records.withdraw(&who, service);
                let reason = format!("line {earlier} contradicts it for this provider's {service}, so neither is used");
                let advice = "keep one entry for each service of a provider".to_owned();
                let (column, id) = match &who {
                    ProviderKey::Npi(npi) => (KnownColumn::Npi, npi.to_string()),
                    ProviderKey::Ccn(ccn) => (KnownColumn::Ccn, ccn.to_string()),
                    ProviderKey::Listed(id) => (KnownColumn::Name, id.to_string()),
                };
                Err(RowError::of(column, &id, &reason).with_hint(advice))
            }
        }
    }
}
