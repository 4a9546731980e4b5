//! The Synthea project's provider lists: CMS lists of 2017 and 2018 with a point added for each city. For trying out the
//! program; the least trusted source.

use crate::place::Precision;
use crate::provider::quality::QualityMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, SeveralFiles, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{RowReader, listed, position};
use crate::refresh::read::unused;
use crate::refresh::read::{home_health, hospice as cms_hospice, inpatient_rehab};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// Home health agencies.
pub(crate) static HOME_HEALTH: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[C::OffersNursing, C::OffersSpeech, C::OffersAide, C::StartDate, C::Latitude, C::Longitude];
    let table = TableSpec::read(HeaderSignature::of(5, marks), home_health::REQUIRED, || Box::new(RowReader(agency)));
    list_of(Service::HomeHealth, "Synthea home health agencies", table)
};

/// Hospices.
pub(crate) static HOSPICES: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(4, &[C::StartDate, C::Latitude, C::Longitude, C::Street2, C::CmsRegion])
        .without(&[C::Beds, C::Rehab]);
    let table = TableSpec::read(signature, REQUIRED, || Box::new(RowReader(hospice)));
    list_of(Service::Hospice, "Synthea hospices", table)
};

/// Rehabilitation facilities.
pub(crate) static REHAB: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(4, &[C::StartDate, C::Latitude, C::Longitude, C::Hospital, C::Rehab]);
    let table = TableSpec::read(signature, REQUIRED, || Box::new(RowReader(rehab)));
    list_of(Service::InpatientRehab, "Synthea rehabilitation facilities", table)
};

/// Long-term care hospitals.
pub(crate) static LONG_TERM: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(4, &[C::StartDate, C::Latitude, C::Longitude, C::Beds, C::CmsRegion])
        .without(&[C::Street2, C::Rehab]);
    let table = TableSpec::read(signature, REQUIRED, || Box::new(RowReader(long_term)));
    list_of(Service::LongTermAcute, "Synthea long-term care hospitals", table)
};

/// Hospitals.
pub(crate) static HOSPITALS: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[C::EmergencyServices, C::HospitalType, C::Quality, C::Latitude, C::Longitude];
    let table = TableSpec::ignored(HeaderSignature::of(4, marks), unused::SEND_PATIENTS);
    DatasetSpec::table_of("Synthea hospitals", TrustTier::Synthea, table)
};

const REQUIRED: &[KnownColumn] =
    &[KnownColumn::Ccn, KnownColumn::Name, KnownColumn::Street, KnownColumn::City, KnownColumn::State, KnownColumn::Zip];

/// A list of one service, for a state or the whole country; several such lists may be used together.
const fn list_of(service: Service, name: &'static str, table: TableSpec) -> DatasetSpec {
    let table = TableSpec { loses_zeros: true, ..table };
    DatasetSpec { several: SeveralFiles::AddUp, ..DatasetSpec::list_of(service, name, TrustTier::Synthea, table) }
}

/// Reads one home health agency.
pub(crate) fn agency(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let rating = row.rating(KnownColumn::Quality, QualityMeasure::HomeHealthPatientCare);
    add(row, parsed, Service::HomeHealth, |row, source_record| {
        source_record.rating = rating;
        home_health::offers(row, source_record);
    })
}

/// Reads one hospice.
pub(crate) fn hospice(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, parsed, Service::Hospice, |_, source_record| source_record.yes(cms_hospice::CERTIFIED_MEANS))
}

/// Reads one rehabilitation facility.
pub(crate) fn rehab(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, parsed, Service::InpatientRehab, |_, source_record| source_record.yes(inpatient_rehab::CERTIFIED_MEANS))
}

/// Reads one long-term care hospital.
pub(crate) fn long_term(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    add(row, parsed, Service::LongTermAcute, |row, source_record| source_record.beds = row.count(KnownColumn::Beds))
}

/// Adds the record. Every list contains Medicare-certified providers only.
fn add(
    row: &mut CsvRow<'_>,
    parsed: &mut ParsedInput,
    service: Service,
    more: impl FnOnce(&mut CsvRow<'_>, &mut SourceRecord),
) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut source_record =
        SourceRecord { medicare: Some(true), position: position(row, Precision::City), ..listed(row, service)? };
    more(row, &mut source_record);
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}
