//! The OIG's List of Excluded Individuals/Entities: the full list, the monthly supplements and the reinstatements, which
//! share a header. Rows of persons are dropped as they are read: no name, birth date or address of a person is kept.

use jiff::civil::Date;

use crate::provider::Npi;
use crate::refresh::account::{Refusal, SourceKey, Taken};
use crate::refresh::column::Column;
use crate::refresh::party::Party;
use crate::refresh::read::Books;
use crate::refresh::row::Row;

/// Where names are cut in every file of the list, in characters.
pub const CUT: usize = 30;

/// A row about a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The business.
    pub party: Party,
    /// The day the exclusion began; `None` where it cannot be read, which makes nobody less excluded.
    pub since: Option<Date>,
    /// The day it was lifted, in the files of reinstatements.
    pub until: Option<Date>,
    /// The file.
    pub source: SourceKey,
}

/// Reads one row; a row without a business name is a person's.
#[expect(clippy::unnecessary_wraps, reason = "a reader of rows may refuse them; this one finds a use for each")]
pub fn row(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let Some(name) = row.text(Column::Name) else { return Ok(Taken::PassedOver) };
    let name = name.into_owned();
    let npi: Option<Npi> = row.said(Column::Npi).and_then(|_| row.parsed(Column::Npi));
    let since = row.date(Column::ExclusionDate);
    let until = row.date(Column::ReinstatementDate);
    let address = row.address();
    let party = Party { npis: npi.into_iter().collect(), names: vec![name], address, ..Party::default() };
    let source = books.accounts.current();
    books.exclusions.push(Excluded { party, since, until, source });
    Ok(Taken::Used)
}
