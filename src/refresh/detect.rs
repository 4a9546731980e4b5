//! What a file is: told by its header and, where datasets share one, by the CCNs in its first rows. Never by its name.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::Dataset;
use crate::service::Service;

/// The columns that tell a dataset, and those that speak against it. Some columns may be missing, so that a file with one
/// renamed is still known for what it is.
struct DatasetSignature {
    /// What it may be; where several share a header, the kind of provider its CCNs are of decides.
    may_be: &'static [Dataset],
    marks: &'static [KnownColumn],
    /// How many of the marks are enough.
    enough: usize,
    against: &'static [KnownColumn],
    /// The most columns such a file has.
    width: usize,
}

const WIDE: usize = usize::MAX;

const SIGNS: &[DatasetSignature] = {
    use Dataset as D;
    use KnownColumn as C;
    &[
        DatasetSignature {
            may_be: &[D::HomeHealthAgencies],
            marks: &[
                C::OffersNursing,
                C::OffersPhysical,
                C::OffersOccupational,
                C::OffersSpeech,
                C::OffersSocial,
                C::OffersAide,
                C::PatientCareStar,
            ],
            enough: 4,
            against: &[C::StartDate, C::Latitude],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::SyntheaHomeHealth],
            marks: &[C::OffersNursing, C::OffersSpeech, C::OffersAide, C::StartDate, C::Latitude, C::Longitude],
            enough: 5,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::SyntheaHospices],
            marks: &[C::StartDate, C::Latitude, C::Longitude, C::Street2, C::CmsRegion],
            enough: 4,
            against: &[C::Beds, C::Rehab],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::SyntheaRehab],
            marks: &[C::StartDate, C::Latitude, C::Longitude, C::Hospital, C::Rehab],
            enough: 4,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::SyntheaLongTerm],
            marks: &[C::StartDate, C::Latitude, C::Longitude, C::Beds, C::CmsRegion],
            enough: 4,
            against: &[C::Street2, C::Rehab],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::SyntheaHospitals],
            marks: &[C::EmergencyServices, C::HospitalType, C::Quality, C::Latitude, C::Longitude],
            enough: 4,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::NursingHomes],
            marks: &[
                C::ProviderType,
                C::LegalName,
                C::SpecialFocus,
                C::AbuseIcon,
                C::OverallRating,
                C::Beds,
                C::ProcessingDate,
                C::GeocodingFootnote,
            ],
            enough: 5,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::NursingHomeDirectory],
            marks: &[C::Ccn, C::Name, C::Street, C::Beds, C::Latitude, C::Longitude],
            enough: 5,
            against: &[C::StartDate, C::LegalName, C::SpecialFocus, C::AbuseIcon, C::CmsRegion, C::Quality],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::NursingHomeRatings],
            marks: &[C::Ccn, C::OverallRating, C::Latitude, C::Longitude],
            enough: 3,
            against: &[C::Name, C::Street],
            width: 8,
        },
        DatasetSignature {
            may_be: &[D::FacilityCharacteristics],
            marks: &[
                C::Participation,
                C::VentilatorBeds,
                C::AlzheimerBeds,
                C::DialysisBeds,
                C::HospiceBeds,
                C::HeadTraumaBeds,
                C::YoungAdultBeds,
            ],
            enough: 4,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::RehabFacilities, D::LongTermHospitals, D::Hospices],
            marks: &[C::CmsRegion, C::Ownership, C::CertificationDate, C::Street, C::County, C::Phone, C::Name],
            enough: 5,
            against: &[
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
            ],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::RehabConditions],
            marks: &[C::Condition, C::Count, C::Ccn, C::Name, C::CmsRegion],
            enough: 4,
            against: &[C::MeasureCode, C::Ownership],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::HospiceMeasures, D::OtherMeasures],
            marks: &[C::MeasureCode, C::Score, C::Ccn, C::Name, C::Street],
            enough: 4,
            against: &[C::Ownership, C::StarRating, C::Condition],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::HomeHealthZips, D::HospiceZips],
            marks: &[C::Ccn, C::Zip, C::State],
            enough: 2,
            against: &[C::Name, C::Street, C::Network],
            width: 4,
        },
        DatasetSignature {
            may_be: &[D::DialysisFacilities],
            marks: &[
                C::Stations,
                C::OffersHaemodialysis,
                C::OffersPeritoneal,
                C::OffersHomeTraining,
                C::FiveStar,
                C::Ccn,
                C::Name,
            ],
            enough: 4,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::EquipmentSuppliers],
            marks: &[C::AcceptsAssignment, C::ParticipationBegin, C::Supplies, C::Specialities],
            enough: 2,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::PayerRoster],
            marks: &[C::Network, C::Ccn, C::Npi, C::Payer, C::Plan, C::Tier, C::Begin, C::End],
            enough: 2,
            against: &[C::Street, C::Zip, C::Stations, C::NeedsYes, C::NeedsNo, C::StatedBy, C::Zips, C::RadiusMiles],
            width: 16,
        },
        DatasetSignature {
            may_be: &[D::ProviderProfiles],
            marks: &[
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
                C::StartOfCare,
                C::AsOf,
                C::VerifiedAt,
                C::StatedBy,
            ],
            enough: 2,
            against: &[C::Network],
            width: WIDE,
        },
        DatasetSignature { may_be: &[D::HomeHealthSurvey], marks: &[C::SurveyStar], enough: 1, against: &[], width: WIDE },
        DatasetSignature {
            may_be: &[D::Hospitals],
            marks: &[C::HospitalType, C::EmergencyServices],
            enough: 2,
            against: &[C::Latitude],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::ZipCentroids],
            marks: &[C::Zip, C::Latitude, C::Longitude],
            enough: 3,
            against: &[C::Ccn],
            width: 6,
        },
        DatasetSignature {
            may_be: &[D::Exclusions],
            marks: &[C::ExclusionType, C::ExclusionDate, C::WaiverDate],
            enough: 2,
            against: &[],
            width: WIDE,
        },
        DatasetSignature {
            may_be: &[D::NpiDeactivations],
            marks: &[C::Npi, C::DeactivationDate],
            enough: 2,
            against: &[C::EntityType],
            width: 4,
        },
        DatasetSignature {
            may_be: &[D::SameAs],
            marks: &[C::Record, C::Provider, C::Same],
            enough: 3,
            against: &[],
            width: WIDE,
        },
        DatasetSignature { may_be: &[D::Npis], marks: &[C::Npi, C::EntityType], enough: 2, against: &[], width: WIDE },
        DatasetSignature {
            may_be: &[D::Taxonomy],
            marks: &[C::TaxonomyCode, C::Grouping, C::Classification, C::Specialization],
            enough: 3,
            against: &[],
            width: WIDE,
        },
    ]
};

impl DatasetSignature {
    fn fits(&self, columns: &CsvHeader) -> bool {
        let has = |column: &&KnownColumn| columns.has(**column);
        columns.len() <= self.width
            && self.marks.iter().filter(has).count() >= self.enough
            && !self.against.iter().any(|column| columns.has(*column))
    }
}

/// What a file with these columns, and these CCNs in its first rows, is.
///
/// # Errors
/// It is of no known dataset, or could be of two; the sentence says which.
pub(crate) fn recognise<'a>(columns: &CsvHeader, ccns: impl IntoIterator<Item = &'a str>) -> Result<Dataset, String> {
    let fitting: Vec<&DatasetSignature> = SIGNS.iter().filter(|sign| sign.fits(columns)).collect();
    match fitting.as_slice() {
        [] => Err(separated(columns).unwrap_or_else(|| "its header is of no known dataset".to_owned())),
        [sign] => match sign.may_be {
            [only] => Ok(*only),
            // Without CCNs any of them will do: the missing column is what has to be told.
            [first, ..] if !columns.has(KnownColumn::Ccn) => Ok(*first),
            several => by_ccn(several, ccns),
        },
        several => {
            let names: Vec<&str> = several.iter().flat_map(|sign| sign.may_be).map(|dataset| dataset.name()).collect();
            Err(format!("its header fits {}", names.join(" and ")))
        }
    }
}

/// That the cells of a header of one column are separated by something else.
fn separated(columns: &CsvHeader) -> Option<String> {
    let header = columns.cells().next().filter(|_| columns.len() == 1)?;
    let (_, by) = [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(mark, _)| header.contains(*mark))?;
    Some(format!("it is separated by {by}: save it with commas"))
}

fn by_ccn<'a>(several: &[Dataset], ccns: impl IntoIterator<Item = &'a str>) -> Result<Dataset, String> {
    let of_kind = |kind: Service| several.iter().find(|dataset| dataset.service() == Some(kind));
    let mut kinds = ccns.into_iter().filter_map(certified_as).peekable();
    let other = several.iter().find(|dataset| dataset.ignored_reason().is_some()).filter(|_| kinds.peek().is_some());
    kinds.find_map(of_kind).or(other).copied().ok_or_else(|| {
        let names: Vec<&str> = several.iter().map(|dataset| dataset.name()).collect();
        format!("its header fits {}, and no CCN in its first rows tells which", names.join(" and "))
    })
}

/// The kind of provider a CCN was given to (CMS State Operations Manual, section 2779A1).
fn certified_as(ccn: &str) -> Option<Service> {
    let last_four = ccn.trim().get(2..6).filter(|_| ccn.trim().len() == 6)?;
    if matches!(last_four.as_bytes().first(), Some(b'T' | b'R' | b't' | b'r')) {
        return Some(Service::InpatientRehab);
    }
    match last_four.parse::<u32>().ok()? {
        1500..=1799 => Some(Service::Hospice),
        2000..=2299 => Some(Service::LongTermAcute),
        2300..=2999 | 3500..=3799 => Some(Service::Dialysis),
        3025..=3099 => Some(Service::InpatientRehab),
        3100..=3199 | 7000..=8499 | 9000..=9799 => Some(Service::HomeHealth),
        5000..=6499 => Some(Service::SkilledNursing),
        _ => None,
    }
}
