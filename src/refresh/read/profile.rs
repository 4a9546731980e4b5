//! Provider profiles, version 1, as a table: one row per service line of a provider.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::profile;
use crate::refresh::profile::{ProfileEntry, SeenProfiles};
use crate::refresh::read::profile_json;
use crate::refresh::read::row_reader::DatasetReader;
use crate::refresh::schema::{FieldType, PROFILE};
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// Profiles, as a table and as JSON.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[
        C::Service,
        C::NeedsYes,
        C::NeedsNo,
        C::MaxWeight,
        C::MinAge,
        C::MaxAge,
        C::MaxDoses,
        C::MaxCost,
        C::Zips,
        C::RadiusMiles,
        C::AreaGeojson,
        C::Languages,
        C::OnlySex,
        C::Serves,
        C::StartOfCare,
        C::AsOf,
        C::VerifiedAt,
        C::StatedBy,
    ];
    let signature = HeaderSignature::of(2, marks).without(&[C::Network]);
    let table = TableSpec {
        ccn_or_npi: true,
        schema: Some(&PROFILE),
        ..TableSpec::read(signature, &[C::Service], || Box::new(ProfileCsvReader::default()))
    };
    let keys: &[&[&str]] = &[&["profiles"], &["needs_yes"], &["needs_no"], &["service", "ccn"], &["service", "npi"]];
    DatasetSpec {
        naming: SourceNaming::Place,
        document: Some(DocumentSpec { resource_types: &[], keys, reader: Ok(profile_json::read) }),
        ..DatasetSpec::table_of("provider profiles", TrustTier::Stated, table)
    }
};

/// Reads one file of profiles.
#[derive(Debug, Default)]
pub(crate) struct ProfileCsvReader {
    entered: SeenProfiles,
}

impl DatasetReader for ProfileCsvReader {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let entry = entry(row);
        let mut faults = Vec::new();
        let read = profile::read(&entry, parsed.records.current_file(), parsed.today, &mut faults);
        let taken = read.map(|profile| self.entered.enter(profile, row.line, &mut parsed.records, &mut faults));
        let give = if taken.is_some() { CsvRow::warn } else { CsvRow::refuse };
        for fault in faults {
            give(row, fault);
        }
        taken.unwrap_or(Ok(RowOutcome::Used))
    }
}

/// The non-empty cells of a row.
fn entry<'a>(row: &mut CsvRow<'a>) -> ProfileEntry<'a> {
    let mut entry = ProfileEntry::default();
    for field in PROFILE {
        let Some(text) = row.text(field.column) else { continue };
        match field.kind {
            FieldType::Text | FieldType::Number => {
                entry.texts.insert(field.column, vec![(0, text)]);
            }
            FieldType::Texts => {
                let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
                entry.texts.insert(field.column, parts.map(|part| part.to_owned().into()).enumerate().collect());
            }
            FieldType::Area => match serde_json::from_str(row.raw(field.column)) {
                Ok(area) => entry.area = Some(area),
                Err(error) => row.fault(KnownColumn::AreaGeojson, &format!("it is not JSON: {error}")),
            },
        }
    }
    entry
}
