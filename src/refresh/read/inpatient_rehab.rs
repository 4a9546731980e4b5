//! CMS inpatient rehabilitation facilities: "General Information", "Conditions" and "Provider Data".

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::refresh::column;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::general_information::general_information;
use crate::refresh::read::measures::{MEASURES_BY_PROVIDER, MeasureFile, MeasurePivot};
use crate::refresh::read::row_reader::{DatasetReader, RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Need, Service};

/// "General Information".
pub(crate) static FACILITIES: DatasetSpec = {
    let table = TableSpec {
        optional: &[KnownColumn::Street2, KnownColumn::Phone, KnownColumn::Ownership],
        ..general_information(|| Box::new(RowReader(facility)))
    };
    let name = "CMS Inpatient Rehabilitation Facility General Information";
    DatasetSpec::complete_list_of(Service::InpatientRehab, name, table)
};

/// "Conditions".
pub(crate) static FACILITY_CONDITIONS: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(4, &[C::Condition, C::Count, C::Ccn, C::Name, C::CmsRegion])
        .without(&[C::MeasureCode, C::Ownership]);
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::Condition, C::Count];
    let table = TableSpec {
        optional: &[C::Street2, C::Phone],
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(signature, required, || Box::new(ConditionPivot::default()))
    };
    let name = "CMS Inpatient Rehabilitation Facility Conditions";
    DatasetSpec::list_of(Service::InpatientRehab, name, TrustTier::Cms, table)
};

/// "Provider Data".
pub(crate) static FACILITY_MEASURES: DatasetSpec = {
    use KnownColumn as C;
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::Score];
    let table = TableSpec {
        optional: &[C::Street2, C::Phone, C::Footnote],
        ..TableSpec::read(MEASURES_BY_PROVIDER, required, || Box::new(MeasurePivot::of(&MEASURES)))
    };
    let name = "CMS Inpatient Rehabilitation Facility Provider Data";
    DatasetSpec::list_of(Service::InpatientRehab, name, TrustTier::Cms, table)
};

/// The measures of "Provider Data" that are read.
pub(crate) static MEASURES: MeasureFile = MeasureFile {
    listed: certified,
    value: KnownColumn::Score,
    rating: Some(("I_019_02_DTC_COMP_PERF", QualityMeasure::DischargeToCommunity)),
    supporting: &[
        ("I_017_01_PPR_PD_COMP_PERF", SupportingMeasure::Readmission),
        ("I_018_01_PPR_WI_COMP_PERF", SupportingMeasure::ReadmissionDuringStay),
        ("I_006_01_COMP_PERF", SupportingMeasure::UrinaryInfection),
        ("I_015_01_COMP_PERF", SupportingMeasure::CDifficile),
        ("I_026_01_OBS_RATE", SupportingMeasure::DischargeFunction),
        ("I_020_01_MSPB_SCORE", SupportingMeasure::MedicareSpending),
    ],
};

/// Every certified facility provides three hours of therapy a day, five days a week (42 CFR 412.622(a)(3)(ii)).
pub(crate) const CERTIFIED_MEANS: Need = Need::from_code("rehab.intensive").unwrap();

/// Reads one facility.
pub(crate) fn facility(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    parsed.records.add(ProviderKey::Ccn(ccn), certified(row)?)
}

fn certified(row: &mut CsvRow<'_>) -> Result<SourceRecord, RowError> {
    let mut source_record = listed(row, Service::InpatientRehab)?;
    source_record.medicare = Some(true);
    source_record.yes(CERTIFIED_MEANS);
    Ok(source_record)
}

/// The nine conditions of the file and the need that treated patients prove. "Hip or knee replacement, amputation or other
/// bone or joint condition" is one row for all of them, so it proves no amputee program.
const CONDITIONS: [(&str, Option<Need>); 9] = [
    ("Stroke", Some(Need::from_code("rehab.stroke").unwrap())),
    ("Nervous system disorder (excluding stroke)", None),
    ("Brain disease or condition (non-traumatic)", None),
    ("Brain injury (traumatic)", Some(Need::from_code("rehab.tbi").unwrap())),
    ("Spinal cord disease or condition (non-traumatic)", None),
    ("Spinal cord injury (traumatic)", Some(Need::from_code("rehab.sci").unwrap())),
    ("Hip or femur fracture", None),
    ("Hip or knee replacement, amputation or other bone or joint condition", None),
    ("All other conditions", None),
];

/// Pivots the nine rows of a facility: the first identifies it, each may answer a need.
#[derive(Debug, Default)]
pub(crate) struct ConditionPivot {
    facilities: BTreeMap<ProviderKey, FacilityConditions>,
}

/// A facility and its patient counts, indexed by condition.
#[derive(Debug)]
struct FacilityConditions {
    source_record: SourceRecord,
    counts: BTreeMap<usize, Option<u32>>,
}

impl DatasetReader for ConditionPivot {
    fn row(&mut self, row: &mut CsvRow<'_>, _: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let who = ProviderKey::Ccn(row.ccn()?);
        let text = row.raw(KnownColumn::Condition);
        let known = CONDITIONS.iter().position(|(name, _)| same_condition(name, text));
        let place =
            known.ok_or_else(|| RowError::of(KnownColumn::Condition, text, "it is not one of the nine conditions"))?;
        let count = row.count(KnownColumn::Count);
        let facility = match self.facilities.entry(who) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(empty) => {
                empty.insert(FacilityConditions { source_record: certified(row)?, counts: BTreeMap::new() })
            }
        };
        match facility.counts.insert(place, count) {
            None => Ok(RowOutcome::Used),
            Some(earlier) if earlier == count => Ok(RowOutcome::Again),
            Some(earlier) => {
                facility.counts.insert(place, earlier);
                let reason = "it differs from an earlier row of the file";
                Err(RowError::of(KnownColumn::Count, row.raw(KnownColumn::Count), reason))
            }
        }
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        for (who, FacilityConditions { mut source_record, counts }) in std::mem::take(&mut self.facilities) {
            for (place, count) in counts {
                // "Less than 11" and "Not Available" are missing counts; like zero they leave the need unknown.
                let treats = count.filter(|count| *count > 0).map(|_| true);
                CONDITIONS[place].1.into_iter().for_each(|need| source_record.answer(need, treats));
            }
            // Each facility is added once, so no earlier row can contradict it.
            let _ = parsed.records.add(who, source_record);
        }
        0
    }
}

/// Compares condition names; releases differ in spaces, hyphens and a plural.
fn same_condition(name: &str, text: &str) -> bool {
    let plain = |text: &str| column::normalize_header(text).trim_end_matches('s').to_owned();
    plain(name) == plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_known_in_every_spelling_and_never_for_another() {
        let need =
            |text: &str| CONDITIONS.iter().find(|(name, _)| same_condition(name, text)).map(|(_, need)| need.map(Need::code));
        for (text, answers) in [
            ("Stroke", Some(Some("rehab.stroke"))),
            ("Nervous system disorder (excluding stroke)", Some(None)),
            ("Brain injury (traumatic)", Some(Some("rehab.tbi"))),
            ("Brain disease or condition (non- traumatic)", Some(None)),
            ("Hip or knee replacement, amputation or other bone or joint conditions", Some(None)),
            ("Cardiac", None),
        ] {
            assert_eq!(need(text), answers, "{text}");
        }
    }
}
