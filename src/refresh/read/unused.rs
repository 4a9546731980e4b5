//! Files that are recognised and from which nothing is read, so that whoever put one into the folder learns why.

use crate::refresh::column::KnownColumn;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::read::hospice::MEASURES_BY_PROVIDER;
use crate::refresh::trust_tier::TrustTier;

/// Why no list of hospitals is read.
pub(crate) const SEND_PATIENTS: &str = "hospitals send patients; they are not asked to take them";

const fn ignored(name: &'static str, signature: HeaderSignature, reason: &'static str) -> DatasetSpec {
    DatasetSpec::table_of(name, TrustTier::Cms, TableSpec::ignored(signature, reason))
}

/// Survey answers of home health patients.
pub(crate) static HOME_HEALTH_SURVEY: DatasetSpec = ignored(
    "CMS Home Health Patient Survey (HHCAHPS)",
    HeaderSignature::of(1, &[KnownColumn::SurveyStar]),
    "survey answers are neither matched on nor ranked by",
);

/// Hospitals.
pub(crate) static HOSPITALS: DatasetSpec = ignored(
    "CMS Hospital General Information",
    HeaderSignature::of(2, &[KnownColumn::HospitalType, KnownColumn::EmergencyServices]).without(&[KnownColumn::Latitude]),
    SEND_PATIENTS,
);

/// Measures of other providers than hospices.
pub(crate) static OTHER_MEASURES: DatasetSpec =
    ignored("CMS quality measures by provider", MEASURES_BY_PROVIDER, "no measure in it is one that providers are ranked by");

/// Points of ZIP codes.
pub(crate) static ZIP_POINTS: DatasetSpec = ignored(
    "Census ZIP area points",
    HeaderSignature::of(3, &[KnownColumn::Zip, KnownColumn::Latitude, KnownColumn::Longitude])
        .without(&[KnownColumn::Ccn])
        .at_most(6),
    "the table of ZIP points is built in",
);

/// The provider taxonomy.
pub(crate) static TAXONOMY: DatasetSpec = ignored(
    "NUCC provider taxonomy",
    HeaderSignature::of(
        3,
        &[KnownColumn::TaxonomyCode, KnownColumn::Grouping, KnownColumn::Classification, KnownColumn::Specialization],
    ),
    "the taxonomy codes of each service are built in",
);

/// Prices that payers publish.
pub(crate) static PRICE_TRANSPARENCY: DatasetSpec = {
    let reason = "it lists prices by tax number, not a directory of providers";
    let keys: &[&[&str]] = &[&["in_network"], &["reporting_structure"]];
    let document = DocumentSpec { resource_types: &[], keys, reader: Err(reason) };
    DatasetSpec::document_of("price transparency file", TrustTier::Cms, SourceNaming::Dataset, document)
};
