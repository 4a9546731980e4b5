//! Parses `[tables.NAME]`: the columns of a table that an administrator declares.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::place::State;
use crate::refresh::column::KnownColumn;
use crate::refresh::declared_table::{DeclaredServices, DeclaredTable, FIELDS, IDENTIFIERS};
use crate::refresh::settings::declared::is_plain;
use crate::service::Service;
use crate::text::fold_words;
use crate::toml_reader::{TomlLocation, TomlReader, unknown};

/// A table as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTableConfig {
    source: Option<String>,
    state: Option<String>,
    service: Option<String>,
    service_column: Option<String>,
    services: BTreeMap<String, String>,
    columns: BTreeMap<String, String>,
}

/// Parses every table.
pub(crate) fn tables(strict: &mut TomlReader<'_>, table: DeTable<'_>) -> Vec<DeclaredTable> {
    let mut declared = Vec::new();
    for (key, value) in table {
        let (start, name) = (key.span().start, key.into_inner().into_owned());
        let path = format!("tables.{name}");
        let head = TomlLocation::new(start, &path);
        let DeValue::Table(section) = value.into_inner() else {
            strict.fault(&head, "expected a section, written [tables.NAME] with its keys below it");
            continue;
        };
        let raw = strict.read::<RawTableConfig>(&path, section.clone());
        let mut parser = TableConfigParser { strict, path: &path, head, section };
        declared.extend(raw.and_then(|raw| parser.table(&name, &raw)));
    }
    declared
}

/// One table being parsed.
struct TableConfigParser<'s, 'a, 't> {
    strict: &'s mut TomlReader<'a>,
    path: &'s str,
    head: TomlLocation,
    section: DeTable<'t>,
}

impl TableConfigParser<'_, '_, '_> {
    fn fault(&mut self, key: &str, what: &str) {
        let here = self.section.keys().any(|known| known.get_ref() == key);
        let place = if here { TomlLocation::of(&self.section, self.path, key) } else { self.head.clone() };
        self.strict.fault(&place, what);
    }

    fn table(&mut self, name: &str, raw: &RawTableConfig) -> Option<DeclaredTable> {
        let before = self.strict.faults();
        if !is_plain(name) || name.bytes().any(|b| b.is_ascii_uppercase() || b == b'_') {
            let place = self.head.clone();
            self.strict.fault(&place, "the name is part of the ids of providers; use small letters, digits and hyphens");
        }
        let source = raw.source.clone().filter(|source| !source.trim().is_empty());
        if source.is_none() {
            self.fault("source", "the name of the source is required, such as source = \"Texas HHSC assisted living\"");
        }
        let state = self.state(raw);
        let mut columns = self.columns(raw);
        let services = self.services(raw, &mut columns);
        self.twice(&columns);
        let table = DeclaredTable { name: name.to_owned(), source: source?, columns, services: services?, state };
        (self.strict.faults() == before).then_some(table)
    }

    fn state(&mut self, raw: &RawTableConfig) -> Option<State> {
        let text = raw.state.as_ref()?;
        match text.parse() {
            Ok(state) => Some(state),
            Err(error) => {
                self.fault("state", &format!("\"{text}\" is no state: {error}"));
                None
            }
        }
    }

    /// The column of each field.
    fn columns(&mut self, raw: &RawTableConfig) -> Vec<(KnownColumn, String)> {
        let names = FIELDS.map(|(name, _)| name);
        let mut columns = Vec::new();
        for (field, column) in &raw.columns {
            match FIELDS.iter().find(|(name, _)| name == field) {
                Some((_, known)) if !column.trim().is_empty() => columns.push((*known, column.clone())),
                Some(_) => self.fault("columns", &format!("{field} names no column; leave it out if the file has none")),
                None => self.fault("columns", &unknown("field", field, &names)),
            }
        }
        if !raw.columns.contains_key("name") {
            self.fault("columns", "the column of the name is required: columns = { name = \"Facility Name\" }");
        }
        if !IDENTIFIERS.iter().any(|field| raw.columns.contains_key(*field)) {
            self.fault("columns", "one column has to identify the provider: license, ccn or npi");
        }
        if raw.columns.contains_key("latitude") != raw.columns.contains_key("longitude") {
            self.fault("columns", "latitude and longitude belong together");
        }
        columns
    }

    /// The service of the rows; adds the service column, if there is one.
    fn services(&mut self, raw: &RawTableConfig, columns: &mut Vec<(KnownColumn, String)>) -> Option<DeclaredServices> {
        match (&raw.service, &raw.service_column) {
            (Some(_), Some(_)) => {
                self.fault("service_column", "service is also set; use only one of them");
                None
            }
            (None, None) => {
                self.fault(
                    "service",
                    "the service is required: service = \"assisted_living\", or service_column and services",
                );
                None
            }
            (Some(code), None) => {
                if !raw.services.is_empty() {
                    self.fault("services", "it needs service_column, the column of these words");
                }
                self.service("service", code).map(DeclaredServices::One)
            }
            (None, Some(column)) => {
                if raw.services.is_empty() {
                    self.fault("service_column", "services is required: services = { \"AH\" = \"assisted_living\" }");
                }
                columns.push((KnownColumn::Service, column.clone()));
                let mut words = BTreeMap::new();
                for (word, code) in &raw.services {
                    words.extend(self.service("services", code).map(|service| (fold_words(word), service)));
                }
                Some(DeclaredServices::ByWord(words))
            }
        }
    }

    fn service(&mut self, key: &str, code: &str) -> Option<Service> {
        let service = Service::ALL.into_iter().find(|service| service.code() == code);
        if service.is_none() {
            self.fault(key, &unknown("service", code, &Service::ALL.map(Service::code)));
        }
        service
    }

    /// Reports columns that two fields name.
    fn twice(&mut self, columns: &[(KnownColumn, String)]) {
        for (at, (_, column)) in columns.iter().enumerate() {
            if columns[..at].iter().any(|(_, other)| other == column) {
                self.fault("columns", &format!("two fields name the column \"{column}\""));
            }
        }
    }
}
