//! CMS hospices: "General Information", and the long-format "Provider Data" with a row for each hospice and measure.

use csv::StringRecord;
use rustc_hash::FxHashMap;

use crate::provider::QualityMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::general_information::general_information;
use crate::refresh::read::row_reader::{DatasetReader, RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Need, Service};

/// "General Information".
pub(crate) static HOSPICES: DatasetSpec = {
    let table = TableSpec {
        optional: &[KnownColumn::Phone, KnownColumn::Ownership],
        ..general_information(|| Box::new(RowReader(hospice)))
    };
    DatasetSpec::list_of(Service::Hospice, "CMS Hospice General Information", TrustTier::Cms, table)
};

/// "Provider Data".
pub(crate) static MEASURES: DatasetSpec = {
    use KnownColumn as C;
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::Score];
    let table = TableSpec {
        optional: &[C::Phone],
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(MEASURES_BY_PROVIDER, required, || Box::new(MeasurePivot::default()))
    };
    DatasetSpec::list_of(Service::Hospice, "CMS Hospice Provider Data", TrustTier::Cms, table)
};

/// The header of every long-format CMS file with a row for each provider and measure.
pub(crate) const MEASURES_BY_PROVIDER: HeaderSignature = {
    use KnownColumn as C;
    HeaderSignature::of(4, &[C::MeasureCode, C::Score, C::Ccn, C::Name, C::Street]).without(&[
        C::Ownership,
        C::StarRating,
        C::Condition,
    ])
};

/// Every certified hospice provides care at home; routine home care is its first level of care (42 CFR 418.100 and 418.302).
pub(crate) const CERTIFIED_MEANS: Need = Need::from_code("eol.home").unwrap();

/// The code of the Hospice Care Index, 0 to 10.
const CARE_INDEX: &str = "H_012_00_OBSERVED";

/// Reads one hospice of "General Information".
pub(crate) fn hospice(row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    books.accounts.add(ProviderKey::Ccn(ccn), certified(row)?)
}

fn certified(row: &mut CsvRow<'_>) -> Result<SourceRecord, RowError> {
    let mut account = listed(row, Service::Hospice)?;
    account.medicare = Some(true);
    account.yes(CERTIFIED_MEANS);
    Ok(account)
}

/// The columns repeated on each row of a hospice.
const REPEATED: [KnownColumn; 9] = [
    KnownColumn::Ccn,
    KnownColumn::Name,
    KnownColumn::Street,
    KnownColumn::Street2,
    KnownColumn::City,
    KnownColumn::State,
    KnownColumn::Zip,
    KnownColumn::County,
    KnownColumn::Phone,
];

/// Pivots the long-format file: the first row of a hospice identifies it, the others must agree, and one holds its rating.
#[derive(Debug, Default)]
pub(crate) struct MeasurePivot {
    places: FxHashMap<String, usize>,
    hospices: Vec<HospicePivot>,
}

#[derive(Debug)]
struct HospicePivot {
    who: ProviderKey,
    /// The repeated cells of the first row.
    first: StringRecord,
    account: SourceRecord,
}

impl MeasurePivot {
    fn place(&mut self, row: &mut CsvRow<'_>) -> Result<usize, RowError> {
        let text = row.raw(KnownColumn::Ccn).trim();
        if let Some(known) = self.places.get(text) {
            return Ok(*known);
        }
        let who = ProviderKey::Ccn(row.ccn()?);
        let account = certified(row)?;
        let place = self.hospices.len();
        self.hospices.push(HospicePivot { who, first: REPEATED.iter().map(|column| row.raw(*column)).collect(), account });
        self.places.insert(text.to_owned(), place);
        Ok(place)
    }
}

impl DatasetReader for MeasurePivot {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let place = self.place(row)?;
        let hospice = &mut self.hospices[place];
        for (column, first) in REPEATED.into_iter().zip(&hospice.first) {
            if row.raw(column) != first {
                let reason = format!("it differs from the first row of this hospice, \"{first}\"");
                return Err(RowError::of(column, row.raw(column), &reason));
            }
        }
        if row.raw(KnownColumn::MeasureCode).trim() == CARE_INDEX {
            let scale = "it is not between 0 and 10";
            let index = row.read(KnownColumn::Score, scale, |text| csv_row::rating(text, QualityMeasure::HospiceCareIndex));
            match hospice.account.rating {
                Some(earlier) if index.is_some_and(|index| index != earlier) => {
                    return Err(RowError::of(
                        KnownColumn::Score,
                        row.raw(KnownColumn::Score),
                        "it differs from an earlier row",
                    ));
                }
                earlier => hospice.account.rating = earlier.or(index),
            }
        }
        Ok(RowOutcome::Used)
    }

    fn end(&mut self, books: &mut ParsedInput) -> u64 {
        for hospice in self.hospices.drain(..) {
            // Each hospice is added once, so no earlier row can contradict it.
            let _ = books.accounts.add(hospice.who, hospice.account);
        }
        0
    }
}
