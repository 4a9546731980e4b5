//! CMS "Dialysis Facility - Listing by Facility".

use crate::provider::quality::QualityMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome};
use crate::service::{Need, Service};

/// The list as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let marks =
        &[C::Stations, C::OffersHaemodialysis, C::OffersPeritoneal, C::OffersHomeTraining, C::FiveStar, C::Ccn, C::Name];
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip];
    let table = TableSpec {
        optional: &[
            C::Street2,
            C::Phone,
            C::Ownership,
            C::FiveStar,
            C::Stations,
            C::OffersHaemodialysis,
            C::OffersPeritoneal,
        ],
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(HeaderSignature::of(4, marks), required, || Box::new(RowReader(facility)))
    };
    DatasetSpec::complete_list_of(Service::Dialysis, "CMS Dialysis Facility Listing", table)
};

const HEMODIALYSIS: Need = Need::from_code("renal.hd-onsite").unwrap();
const PERITONEAL: Need = Need::from_code("renal.pd").unwrap();

/// Reads one facility. Home hemodialysis training answers no need of the vocabulary.
pub(crate) fn facility(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut source_record = listed(row, Service::Dialysis)?;
    source_record.medicare = Some(true);
    source_record.rating = row.rating(KnownColumn::FiveStar, QualityMeasure::DialysisFacility);
    source_record.beds = row.count(KnownColumn::Stations);
    source_record.answer(HEMODIALYSIS, row.flag(KnownColumn::OffersHaemodialysis));
    source_record.answer(PERITONEAL, row.flag(KnownColumn::OffersPeritoneal));
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}
