//! The header that the "General Information" files of several provider types share; the CCNs tell them apart.

use crate::refresh::column::KnownColumn;
use crate::refresh::dataset::{TableReader, TableSpec};
use crate::refresh::header_signature::HeaderSignature;

/// The "General Information" table of any provider type.
pub(crate) const fn general_information(reader: TableReader) -> TableSpec {
    use KnownColumn as C;
    let marks = &[C::CmsRegion, C::Ownership, C::CertificationDate, C::Street, C::County, C::Phone, C::Name];
    let signature = HeaderSignature::of(5, marks).without(&[
        C::StartDate,
        C::Latitude,
        C::LegalName,
        C::Condition,
        C::Count,
        C::MeasureCode,
        C::Score,
        C::OffersSpeech,
        C::OffersAide,
        C::Stations,
        C::OffersHaemodialysis,
        C::FiveStar,
        C::HospitalType,
    ]);
    TableSpec {
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(signature, &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip], reader)
    }
}
