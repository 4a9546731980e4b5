//! CMS "Home Health Care Agencies": identity, the six "Offers ..." flags, the star rating and other measures.

use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::measures;
use crate::refresh::read::row_reader::{RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::service::{Need, Service};

/// The list as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(
        4,
        &[
            C::OffersNursing,
            C::OffersPhysical,
            C::OffersOccupational,
            C::OffersSpeech,
            C::OffersSocial,
            C::OffersAide,
            C::PatientCareStar,
        ],
    );
    let table = TableSpec::read(signature.without(&[C::StartDate, C::Latitude]), REQUIRED, || Box::new(RowReader(agency)));
    let table = TableSpec {
        optional: &[C::Phone, C::Ownership, C::PatientCareStar],
        together: &[C::CommunityClass, C::ReadmissionClass, C::FunctionScore, C::MedicareSpending],
        column_names: &[(C::Street, "Address")],
        ..table
    };
    DatasetSpec::complete_list_of(Service::HomeHealth, "CMS Home Health Care Agencies", table)
};

/// The columns without which an agency cannot be read correctly.
pub(crate) const REQUIRED: &[KnownColumn] = {
    use KnownColumn as C;
    &[
        C::Ccn,
        C::Name,
        C::Street,
        C::City,
        C::State,
        C::Zip,
        C::OffersNursing,
        C::OffersPhysical,
        C::OffersOccupational,
        C::OffersSpeech,
        C::OffersSocial,
        C::OffersAide,
    ]
};

/// The flags and the needs they answer. "-" means unknown, not "no".
const OFFERS: [(KnownColumn, Need); 6] = [
    (KnownColumn::OffersNursing, Need::from_code("hh.nursing").unwrap()),
    (KnownColumn::OffersPhysical, Need::from_code("rehab.pt").unwrap()),
    (KnownColumn::OffersOccupational, Need::from_code("rehab.ot").unwrap()),
    (KnownColumn::OffersSpeech, Need::from_code("rehab.slp").unwrap()),
    (KnownColumn::OffersSocial, Need::from_code("hh.msw").unwrap()),
    (KnownColumn::OffersAide, Need::from_code("hh.aide").unwrap()),
];

/// The measures that are shown beside the stars.
const MEASURES: [(KnownColumn, SupportingMeasure); 4] = [
    (KnownColumn::CommunityClass, SupportingMeasure::CommunityDischarge),
    (KnownColumn::ReadmissionClass, SupportingMeasure::Readmission),
    (KnownColumn::FunctionScore, SupportingMeasure::DischargeFunction),
    (KnownColumn::MedicareSpending, SupportingMeasure::MedicareSpending),
];

/// Reads one agency. Being on the list means Medicare-certified; the list says nothing about Medicaid.
pub(crate) fn agency(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut source_record = listed(row, Service::HomeHealth)?;
    source_record.medicare = Some(true);
    if row.has(KnownColumn::PatientCareStar) && csv_cell::trimmed(row.raw(KnownColumn::PatientCareStar)).is_empty() {
        // CMS writes "-" where an agency has no stars.
        row.fault(KnownColumn::PatientCareStar, "it is missing");
    }
    source_record.rating = row.rating(KnownColumn::PatientCareStar, QualityMeasure::HomeHealthPatientCare);
    source_record.measures = measures::all(row, &MEASURES);
    offers(row, &mut source_record);
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}

/// Reads the six flags.
pub(crate) fn offers(row: &mut CsvRow<'_>, source_record: &mut SourceRecord) {
    for (column, need) in OFFERS {
        source_record.answer(need, row.flag(column));
    }
}
