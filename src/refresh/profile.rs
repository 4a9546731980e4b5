//! The provider profile, version 1: what a provider says it takes, an entry for each of its service lines.
//!
//! A row of a table and an object of a JSON file become the same [`Entry`], and this is the one place that reads it. Who it
//! is about, the service and the day must be right, or the entry gives nothing; anything else that is wrong is left out and told.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::care::Service;
use crate::likeness::{did_you_mean, nearest};
use crate::provider::{Address, Ccn, Npi};
use crate::refresh::account::{Account, Accounts, Refusal, Taken, Who};
use crate::refresh::cell;
use crate::refresh::column::Column;
use crate::refresh::day;

mod area;
mod takes;

/// One profile as it is written.
#[derive(Debug, Default)]
pub struct Entry<'a> {
    /// The texts of each field that says something, with their places in it.
    pub texts: BTreeMap<Column, Vec<(usize, Cow<'a, str>)>>,
    /// The GeoJSON of its area.
    pub area: Option<Value>,
    /// The fields that are there and of the wrong type, which has been told.
    pub unreadable: Vec<Column>,
}

/// One profile as it is understood.
#[derive(Debug)]
pub struct Profile {
    who: Who,
    npi: Option<Npi>,
    account: Account,
}

/// The columns without which an entry is not used.
const ESSENTIAL: [Column; 4] = [Column::Ccn, Column::Npi, Column::Service, Column::AsOf];

/// Reads an entry of the file called `file`; days after `today` are told. `None` when it gives nothing: the faults say why.
pub fn read(entry: &Entry<'_>, file: &str, today: Option<Date>, faults: &mut Vec<Refusal>) -> Option<Profile> {
    let refused = entry.unreadable.iter().any(|column| ESSENTIAL.contains(column));
    let mut reading = Reading { entry, today, faults, refused };
    let who = reading.who();
    let service = reading.service();
    // Without a service the rest is read all the same, so that everything wrong with it is told.
    let account = reading.account(service.unwrap_or(Service::HomeHealth), file);
    let ((who, npi), _) = who.zip(service).filter(|_| !reading.refused)?;
    Some(Profile { who, npi, account })
}

/// An entry while it is read.
struct Reading<'a> {
    entry: &'a Entry<'a>,
    today: Option<Date>,
    faults: &'a mut Vec<Refusal>,
    refused: bool,
}

impl<'a> Reading<'a> {
    fn text(&self, column: Column) -> Option<&'a str> {
        self.entry.texts.get(&column).and_then(|texts| texts.first()).map(|(_, text)| text.as_ref())
    }

    /// The texts of a field with their places.
    fn texts(&self, column: Column) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        self.entry.texts.get(&column).into_iter().flatten().map(|(place, text)| (*place, text.as_ref()))
    }

    fn fault(&mut self, fault: Refusal) {
        self.refused |= !fault.doubt && fault.column.is_some_and(|column| ESSENTIAL.contains(&column));
        self.faults.push(fault);
    }

    /// Notes what is used all the same.
    fn doubt(&mut self, fault: Refusal) {
        self.fault(Refusal { doubt: true, ..fault });
    }

    /// Whether the field is neither there nor told to be unreadable.
    fn lacks(&self, column: Column) -> bool {
        self.text(column).is_none() && !self.entry.unreadable.contains(&column)
    }

    /// The field as a `T`; a fault with `advice` when it is none.
    fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        column: Column,
        advice: impl FnOnce(&str) -> Option<String>,
    ) -> Option<T> {
        let text = self.text(column)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(Refusal::of(column, text, &error).advised(advice(text)));
                None
            }
        }
    }

    /// The provider, and its NPI where the entry gives a CCN too.
    fn who(&mut self) -> Option<(Who, Option<Npi>)> {
        let ccn: Option<Ccn> = self.parsed(Column::Ccn, |text| lost_zeros(text, 6));
        let npi: Option<Npi> =
            self.parsed(Column::Npi, |_| Some("look it up: a digit is wrong or two are swapped".to_owned()));
        if self.lacks(Column::Ccn) && self.lacks(Column::Npi) {
            self.fault(Refusal::of(Column::Ccn, "", "it is missing, and so is the NPI: one of them tells who it is"));
        }
        match ccn {
            Some(ccn) => Some((Who::Ccn(ccn), npi)),
            None => npi.map(|npi| (Who::Npi(npi), None)),
        }
    }

    fn service(&mut self) -> Option<Service> {
        let Some(text) = self.text(Column::Service) else {
            if self.lacks(Column::Service) {
                self.fault(Refusal::of(Column::Service, "", "it is missing").advised(services()));
            }
            return None;
        };
        let service = text.parse().ok();
        if service.is_none() {
            self.fault(no_such_service(text));
        }
        service
    }

    fn account(&mut self, service: Service, file: &str) -> Account {
        let (as_of, verified_at) = (self.day(Column::AsOf), self.day(Column::VerifiedAt));
        if let (Some(as_of), Some(verified_at)) = (as_of, verified_at)
            && verified_at < as_of
        {
            let reason = format!("it was checked before it was said, on {as_of}");
            self.doubt(Refusal::of(Column::VerifiedAt, &verified_at.to_string(), &reason));
        }
        let said_by = match self.text(Column::StatedBy) {
            Some(stated_by) => format!("profile {file} ({stated_by})"),
            None => format!("profile {file}"),
        };
        let (zips, radius) = self.area(service);
        Account {
            said_by: Some(said_by.into()),
            as_of,
            verified_at,
            name: self.text(Column::Name).map(str::to_owned),
            address: self.address(),
            phone: self.parsed(Column::Phone, |_| Some("write it as 816-555-0100".to_owned())),
            answers: self.answers(),
            limits: self.limits(),
            zips,
            radius,
            languages: self.languages(),
            only_sex: self.only_sex(),
            start_of_care_hours: self.whole(Column::StartOfCare, LONGEST_PROMISE),
            ..Account::of(service)
        }
    }

    /// A day; one yet to come is told and counts as unknown.
    fn day(&mut self, column: Column) -> Option<Date> {
        let text = self.text(column)?;
        let day = cell::date(text);
        let past = day::come(day, self.today);
        if day.is_none() {
            self.fault(not_a_date(column, text));
        } else if past.is_none() {
            self.doubt(Refusal::of(column, text, "it is in the future"));
        }
        past
    }

    /// The address; state and ZIP code are needed where any part of it is given.
    fn address(&mut self) -> Option<Address> {
        const PARTS: [Column; 4] = [Column::Street, Column::City, Column::State, Column::Zip];
        if PARTS.iter().all(|part| self.text(*part).is_none()) {
            return None;
        }
        for part in [Column::City, Column::State, Column::Zip] {
            if self.lacks(part) {
                self.fault(Refusal::of(part, "", "it is missing, and the rest of the address is useless without it"));
            }
        }
        let state = self.parsed(Column::State, |_| None);
        let zip = self.parsed(Column::Zip, |text| lost_zeros(text, 5));
        let words = |column| self.text(column).unwrap_or_default().to_owned();
        Some(Address { street: words(Column::Street), city: words(Column::City), state: state?, zip: zip? })
    }
}

/// The longest promise that means anything, in hours: thirty days. Our choice.
const LONGEST_PROMISE: u32 = 720;

/// That there is no such service, with the nearest.
pub fn no_such_service(text: &str) -> Refusal {
    let alike = nearest(text, Service::ALL.map(Service::code), 3);
    Refusal::of(Column::Service, text, "there is no such service")
        .advised(did_you_mean(&alike).unwrap_or_else(services))
}

fn services() -> String {
    format!("it is one of {}", Service::ALL.map(Service::code).join(", "))
}

/// That a cell is no date.
pub fn not_a_date(column: Column, text: &str) -> Refusal {
    Refusal::of(column, text, "it is not a date").advised("write it as 2026-01-31".to_owned())
}

/// Spreadsheets take identifiers for numbers and drop their leading zeros.
pub fn lost_zeros(text: &str, length: usize) -> Option<String> {
    let short = (3..length).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    short.then(|| format!("did a spreadsheet drop its leading zero? Perhaps {text:0>length$}"))
}

/// The profiles of a file entered so far, by the line each stands on, and whether another contradicts it.
#[derive(Debug, Default)]
pub struct Entered(FxHashMap<(Who, Service), (u64, bool)>);

impl Entered {
    /// Enters a profile that stands on `line` into the accounts; what it repeats is noted as a doubt.
    ///
    /// # Errors
    /// Another entry of the file speaks of the same service of the provider, and says otherwise: neither is used.
    pub fn enter(
        &mut self,
        profile: Profile,
        line: u64,
        accounts: &mut Accounts,
        faults: &mut Vec<Refusal>,
    ) -> Result<Taken, Refusal> {
        let Profile { who, npi, account } = profile;
        if let (Who::Ccn(ccn), Some(npi)) = (&who, npi) {
            accounts.npis.entry(npi).or_default().insert(ccn.clone());
        }
        let service = account.service;
        let (earlier, disputed) = self.0.entry((who.clone(), service)).or_insert((line, false));
        let added = if *disputed { Err(Refusal::whole("", "")) } else { accounts.add(who.clone(), account) };
        match added {
            Ok(taken @ (Taken::Used | Taken::PassedOver)) => Ok(taken),
            Ok(Taken::Again) => {
                let reason = format!("line {earlier} says the same");
                faults.push(Refusal { doubt: true, ..Refusal::whole("", &reason) });
                Ok(Taken::Again)
            }
            Err(_) => {
                *disputed = true;
                accounts.withdraw(&who, service);
                let reason = format!("line {earlier} says otherwise of this provider's {service}, so neither is used");
                let advice = "keep one entry for each service of a provider".to_owned();
                let (column, id) = match &who {
                    Who::Npi(npi) => (Column::Npi, npi.to_string()),
                    Who::Ccn(ccn) => (Column::Ccn, ccn.to_string()),
                    Who::Listed(id) => (Column::Name, id.to_string()),
                };
                Err(Refusal::of(column, &id, &reason).advised(advice))
            }
        }
    }
}
