//! NPPES, the registry of National Provider Identifiers: the monthly and weekly files and the list of deactivations.
//!
//! Organisations only, and of these only those with a taxonomy code of one of the services, in any of the fifteen slots.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::care::Service;
use crate::evidence::Evidence;
use crate::provider::{Ccn, Npi};
use crate::refresh::account::{Account, Accounts, Refusal, SourceKey, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::day;
use crate::refresh::party::Party;
use crate::refresh::read::{Books, Reader};
use crate::refresh::row::Row;

/// The organisations of the registry.
#[derive(Debug, Default)]
pub struct Registry {
    /// Each by its number, with the day it was last changed: of two rows, as in a weekly file, the newer holds.
    parties: BTreeMap<Npi, (Option<Date>, Party)>,
    /// The numbers taken out of use, with the day, and the file that says so.
    deactivated: BTreeMap<Npi, (Option<Date>, SourceKey)>,
    /// The numbers taken into use again.
    reactivated: BTreeMap<Npi, Date>,
}

impl Registry {
    /// The organisations whose numbers are in use.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|(npi, _)| self.out_of_use(**npi).is_none()).map(|(_, (_, party))| party)
    }

    /// The organisation of a number that is in use.
    pub fn party(&self, npi: Npi) -> Option<&Party> {
        self.parties.get(&npi).filter(|_| self.out_of_use(npi).is_none()).map(|(_, party)| party)
    }

    fn out_of_use(&self, npi: Npi) -> Option<&(Option<Date>, SourceKey)> {
        let back = self.reactivated.get(&npi).copied();
        self.deactivated.get(&npi).filter(|(gone, _)| back.is_none() || back < *gone)
    }

    /// Who says that the number was taken out of use, and when; `None` while it is in use or is no NPI.
    pub fn deactivation(&self, who: &Who, accounts: &Accounts) -> Option<Evidence> {
        let Who::Npi(npi) = who else { return None };
        let (day, source) = self.out_of_use(*npi)?;
        let source = accounts.sources.get(source.0)?;
        Some(Evidence::new(source.name.clone(), day.or(source.as_of)))
    }

    fn add(&mut self, npi: Npi, changed: Option<Date>, party: Party) -> Taken {
        match self.parties.get(&npi) {
            Some((known, _)) if *known > changed => Taken::Again,
            _ => {
                self.parties.insert(npi, (changed, party));
                Taken::Used
            }
        }
    }
}

/// The kind of entity that is an organisation; `1` is a person.
const ORGANISATION: &str = "2";
/// The kind of other identifier that is a CMS Certification Number (NPPES code values, "MEDICARE OSCAR/CERTIFICATION").
const CERTIFICATION: &str = "06";

/// Reads one file.
#[derive(Debug, Default)]
pub struct Registered {
    places: Option<Places>,
}

/// Where the numbered columns are.
#[derive(Debug)]
struct Places {
    taxonomy: Vec<usize>,
    identifier: Vec<usize>,
    identifier_kind: Vec<usize>,
}

impl Places {
    fn of(row: &Row<'_>) -> Self {
        Self {
            taxonomy: row.series("Healthcare Provider Taxonomy Code_"),
            identifier: row.series("Other Provider Identifier_"),
            identifier_kind: row.series("Other Provider Identifier Type Code_"),
        }
    }

    fn services(&self, row: &Row<'_>) -> Vec<Service> {
        let codes: Vec<&str> = row.cells(&self.taxonomy).filter(|code| !code.is_empty()).collect();
        let offered = |service: &Service| service.taxonomy().iter().any(|code| codes.contains(code));
        Service::ALL.into_iter().filter(offered).collect()
    }

    fn ccn(&self, row: &Row<'_>) -> Option<Ccn> {
        let mut identifiers = row.cells(&self.identifier).zip(row.cells(&self.identifier_kind));
        identifiers.find(|(_, kind)| *kind == CERTIFICATION).and_then(|(text, _)| text.parse().ok())
    }
}

impl Reader for Registered {
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
        let kind = row.said(Column::EntityType);
        if kind == Some("1") {
            return Ok(Taken::PassedOver);
        }
        let npi = row.npi()?;
        if let Some(back) = row.date(Column::ReactivationDate) {
            books.registry.reactivated.insert(npi, back);
        }
        if let Some(gone) = row.date(Column::DeactivationDate) {
            books.registry.deactivated.insert(npi, (Some(gone), books.accounts.current()));
        }
        let places = self.places.get_or_insert_with(|| Places::of(row));
        let services = places.services(row);
        if kind != Some(ORGANISATION) || services.is_empty() {
            return Ok(Taken::PassedOver);
        }
        let ccn = places.ccn(row);
        let changed = day::come(row.date(Column::LastUpdate), books.today);
        let party = organisation(npi, ccn, services, row, books.accounts.current())?;
        Ok(books.registry.add(npi, changed, party))
    }
}

fn organisation(
    npi: Npi,
    ccn: Option<Ccn>,
    services: Vec<Service>,
    row: &mut Row<'_>,
    source: SourceKey,
) -> Result<Party, Refusal> {
    let name = row.required_words(Column::Name)?;
    let other = row.words(Column::OtherName);
    let address = row.address();
    let phone = row.phone();
    // The name over the door is the other one, where there is one.
    let called = other.clone().unwrap_or_else(|| name.clone());
    let account = |service: &Service| Account {
        source,
        name: Some(called.clone()),
        address: address.clone(),
        phone,
        ..Account::of(*service)
    };
    let says = services.iter().map(account).collect();
    let names = [Some(name), other].into_iter().flatten().collect();
    Ok(Party { ccn, npis: vec![npi], listed_as: None, names, address, phone, services, says })
}
