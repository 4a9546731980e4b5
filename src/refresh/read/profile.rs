//! Provider profiles, version 1, as a table: a row for each service line of a provider.

use crate::refresh::account::{Refusal, Taken};
use crate::refresh::column::Column;
use crate::refresh::profile::{self, Entered, Entry};
use crate::refresh::read::{Books, Reader};
use crate::refresh::row::Row;
use crate::refresh::schema::{Kind, PROFILE};

/// Reads one file of profiles.
#[derive(Debug, Default)]
pub struct Reading {
    entered: Entered,
}

impl Reader for Reading {
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
        let entry = entry(row);
        let mut faults = Vec::new();
        let read = profile::read(&entry, books.accounts.current_file(), books.today, &mut faults);
        let taken = read.map(|profile| self.entered.enter(profile, row.line, &mut books.accounts, &mut faults));
        let give = if taken.is_some() { Row::note } else { Row::refuse };
        for fault in faults {
            give(row, fault);
        }
        taken.unwrap_or(Ok(Taken::Used))
    }
}

/// The cells of a row that say something.
fn entry<'a>(row: &mut Row<'a>) -> Entry<'a> {
    let mut entry = Entry::default();
    for field in PROFILE {
        let Some(text) = row.text(field.column) else { continue };
        match field.kind {
            Kind::Text | Kind::Number => {
                entry.texts.insert(field.column, vec![(0, text)]);
            }
            Kind::Texts => {
                let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
                entry.texts.insert(field.column, parts.map(|part| part.to_owned().into()).enumerate().collect());
            }
            Kind::Area => match serde_json::from_str(row.raw(field.column)) {
                Ok(area) => entry.area = Some(area),
                Err(error) => row.fault(Column::AreaGeojson, &format!("it is not JSON: {error}")),
            },
        }
    }
    entry
}
