//! Files that are recognized but not read, so that users who put one into the folder learn why.

use crate::refresh::column::KnownColumn;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::read::measures::MEASURES_BY_PROVIDER;
use crate::refresh::trust_tier::TrustTier;

/// Why hospital lists are not read.
pub(crate) const SEND_PATIENTS: &str = "hospitals refer patients and are not a referral target";

const fn ignored(name: &'static str, signature: HeaderSignature, reason: &'static str) -> DatasetSpec {
    DatasetSpec::table_of(name, TrustTier::Cms, TableSpec::ignored(signature, reason))
}

/// Hospitals.
pub(crate) static HOSPITALS: DatasetSpec = ignored(
    "CMS Hospital General Information",
    HeaderSignature::of(2, &[KnownColumn::HospitalType, KnownColumn::EmergencyServices]).without(&[KnownColumn::Latitude]),
    SEND_PATIENTS,
);

/// Measures of other providers than hospices, inpatient rehabilitation facilities and long-term care hospitals.
pub(crate) static OTHER_MEASURES: DatasetSpec =
    ignored("CMS quality measures by provider", MEASURES_BY_PROVIDER, "it has no measure used for ranking");

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

/// Price files published by payers. They also have keys of marketplace plans, so they are recognized first.
pub(crate) static PRICE_TRANSPARENCY: DatasetSpec = {
    let reason = "it lists prices by tax number and is not a provider directory";
    let keys: &[&[&str]] = &[
        &["reporting_entity_name"],
        &["reporting_entity_type"],
        &["reporting_structure"],
        &["in_network"],
        &["out_of_network"],
        &["provider_references"],
        &["provider_groups"],
    ];
    let document = DocumentSpec { resource_types: &[], keys, reader: Err(reason) };
    DatasetSpec::document_of("price transparency file", TrustTier::Cms, SourceNaming::Dataset, document)
};
