//! The OIG List of Excluded Individuals/Entities: the full list, the monthly supplements and the reinstatements, which
//! share a header. Rows of persons are dropped while reading: no name, birth date or address of a person is kept.
//!
//! Another list, such as that of a state, gets a reader of its own beside this file that fills the same rows. Which list
//! supersedes which is decided in `refresh/reconcile/exclusions.rs`; it assumes that all lists are of
//! one publisher, the OIG.

use crate::provider::Npi;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::exclusions::{ExclusionRow, ExclusionWaiver};
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// The list as the OIG publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(2, &[C::ExclusionType, C::ExclusionDate, C::WaiverDate]);
    let required = &[C::Name, C::Npi, C::Street, C::City, C::State, C::Zip, C::ExclusionDate, C::ReinstatementDate];
    let table = TableSpec {
        column_names: &[
            (C::Name, "BUSNAME"),
            (C::Street, "ADDRESS"),
            (C::City, "CITY"),
            (C::State, "STATE"),
            (C::Zip, "ZIP"),
        ],
        lost_rows: Some("and the providers excluded there stay in the directory"),
        must_read: Some(C::Npi),
        optional: &[C::LastName, C::WaiverDate, C::WaiverState],
        ..TableSpec::read(signature, required, || Box::new(ExclusionReader))
    };
    DatasetSpec::table_of("OIG List of Excluded Individuals/Entities", TrustTier::Cms, table)
};

/// Reads the rows about businesses. A row without a business name is about a person.
struct ExclusionReader;

impl DatasetReader for ExclusionReader {
    fn concerns(&self, row: &CsvRow<'_>) -> bool {
        row.non_empty(KnownColumn::Name).is_some() || names_nobody(row)
    }

    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        if names_nobody(row) {
            return Err(RowError::of(
                KnownColumn::Name,
                row.raw(KnownColumn::Name),
                "the row names no business and no person",
            ));
        }
        let Some(name) = row.text(KnownColumn::Name) else { return Ok(RowOutcome::PassedOver) };
        let name = name.into_owned();
        let npis = npi(row).into_iter().collect();
        let since = row.date(KnownColumn::ExclusionDate);
        let until = row.date(KnownColumn::ReinstatementDate);
        // In a row whose cells have moved, the day of the exclusion would seem to be that of a reinstatement.
        if until.is_some_and(|until| since.is_none_or(|since| until < since)) {
            let text = row.raw(KnownColumn::ReinstatementDate);
            return Err(RowError::of(KnownColumn::ReinstatementDate, text, "it is not after the day of the exclusion"));
        }
        let waiver = waiver(row);
        let party = ExternalProvider { npis, names: names_of(&name), address: row.address(), ..ExternalProvider::default() };
        parsed.exclusions.push(ExclusionRow { party, since, until, waiver, source: parsed.records.current() });
        Ok(RowOutcome::Used)
    }
}

/// Whether the row names neither a business nor a person, so that a business may be lost.
fn names_nobody(row: &CsvRow<'_>) -> bool {
    let is_blank = |column| row.non_empty(column).is_none();
    is_blank(KnownColumn::Name) && row.has(KnownColumn::LastName) && is_blank(KnownColumn::LastName)
}

/// The name as written, and where it says under which name the business is done, both names.
fn names_of(name: &str) -> Vec<String> {
    let upper = name.to_ascii_uppercase();
    let mark = [" D/B/A ", " DBA "].into_iter().find_map(|mark| Some((upper.find(mark)?, mark.len())));
    let parts =
        mark.and_then(|(at, length)| Some((name.get(..at)?.trim().to_owned(), name.get(at + length..)?.trim().to_owned())));
    let parts = parts.map(|(legal, business)| [legal, business]).into_iter().flatten().filter(|part| !part.is_empty());
    [name.to_owned()].into_iter().chain(parts).collect()
}

/// The NPI; zeros alone mean that the business has none.
fn npi(row: &mut CsvRow<'_>) -> Option<Npi> {
    row.identifier(KnownColumn::Npi)?;
    row.npi().map_err(|fault| row.warn(fault)).ok()
}

/// The waiver. A state without a day is one, a day without a state is none.
fn waiver(row: &mut CsvRow<'_>) -> Option<ExclusionWaiver> {
    let since = row.date(KnownColumn::WaiverDate);
    let state = row.read(KnownColumn::WaiverState, "it is not a state", |text| text.parse().ok())?;
    Some(ExclusionWaiver { state, since })
}
