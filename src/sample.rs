//! Invented directories: files in the real formats of CMS and of payers with providers that do not exist.
//!
//! There are two uses. A small directory around a metropolitan area in two states is built into
//! the program ([`FILES`]), so that a fresh checkout answers questions without a download. A whole
//! synthetic nation ([`generate`]) is used for benchmarks. Providers are placed where people live,
//! in the national proportion of services, with the errors that real files have. `synthetic = true`
//! in the `sources.toml` beside the files marks them as invented; a certification number has no
//! room for such a mark.

use std::fs;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::regular_file;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::options::SampleOptions;
use crate::sample::zip_pool::ZipPool;
use crate::service::Service;

pub(crate) mod csv_table;
pub(crate) mod dialysis;
pub mod error;
pub(crate) mod exclusions;
pub(crate) mod facility;
pub(crate) mod home_health;
pub(crate) mod home_stories;
pub(crate) mod hospice;
pub(crate) mod hospital;
pub(crate) mod names;
pub(crate) mod nursing_home;
pub mod options;
pub(crate) mod plan_net;
pub(crate) mod profiles;
pub(crate) mod rng;
pub(crate) mod roster;
pub(crate) mod service_area;
pub(crate) mod states;
pub(crate) mod zip_pool;

/// The files of the built-in sample with their bytes, including `sources.toml`.
pub const FILES: &[(&str, &[u8])] = &[
    ("dialysis_facilities.csv", include_bytes!("../data/sample/dialysis_facilities.csv")),
    ("exclusions.csv", include_bytes!("../data/sample/exclusions.csv")),
    ("facility_characteristics.csv", include_bytes!("../data/sample/facility_characteristics.csv")),
    ("home_health_agencies.csv", include_bytes!("../data/sample/home_health_agencies.csv")),
    ("home_health_zips.csv", include_bytes!("../data/sample/home_health_zips.csv")),
    ("hospice_general.csv", include_bytes!("../data/sample/hospice_general.csv")),
    ("hospice_provider_data.csv", include_bytes!("../data/sample/hospice_provider_data.csv")),
    ("hospice_survey.csv", include_bytes!("../data/sample/hospice_survey.csv")),
    ("hospice_zips.csv", include_bytes!("../data/sample/hospice_zips.csv")),
    ("irf_conditions.csv", include_bytes!("../data/sample/irf_conditions.csv")),
    ("irf_general.csv", include_bytes!("../data/sample/irf_general.csv")),
    ("irf_provider_data.csv", include_bytes!("../data/sample/irf_provider_data.csv")),
    ("ltch_general.csv", include_bytes!("../data/sample/ltch_general.csv")),
    ("ltch_provider_data.csv", include_bytes!("../data/sample/ltch_provider_data.csv")),
    ("nh_penalties.csv", include_bytes!("../data/sample/nh_penalties.csv")),
    ("nursing_homes.csv", include_bytes!("../data/sample/nursing_homes.csv")),
    ("payer_roster.csv", include_bytes!("../data/sample/payer_roster.csv")),
    ("plan_net.ndjson", include_bytes!("../data/sample/plan_net.ndjson")),
    ("provider_profiles.csv", include_bytes!("../data/sample/provider_profiles.csv")),
    (SOURCES, include_bytes!("../data/sample/sources.toml")),
];

const SOURCES: &str = "sources.toml";

/// Age of each file in days before the day of the sample. Our choice, close to how often CMS
/// publishes.
const AGES: [(&str, i64); 19] = [
    ("dialysis_facilities.csv", 24),
    ("exclusions.csv", 11),
    ("facility_characteristics.csv", 52),
    ("home_health_agencies.csv", 24),
    ("home_health_zips.csv", 24),
    ("hospice_general.csv", 17),
    ("hospice_provider_data.csv", 17),
    ("hospice_survey.csv", 17),
    ("hospice_zips.csv", 17),
    ("irf_conditions.csv", 66),
    ("irf_general.csv", 66),
    ("irf_provider_data.csv", 66),
    ("ltch_general.csv", 66),
    ("ltch_provider_data.csv", 66),
    ("nh_penalties.csv", 23),
    ("nursing_homes.csv", 23),
    ("payer_roster.csv", 6),
    ("plan_net.ndjson", 4),
    ("provider_profiles.csv", 8),
];

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleSummary {
    /// Number of providers of each service.
    pub providers: Vec<(Service, u32)>,
    /// Number of networks in the rosters; the payer's own directory has one more.
    pub networks: u32,
    /// The files written.
    pub files: Vec<&'static str>,
}

/// Writes the files of `plan` into `folder`, creating it if it is missing and overwriting files of
/// the same names.
///
/// # Errors
/// The center ZIP is not in use, nobody lives around it, or a file could not be written.
pub fn generate(plan: &SampleOptions, folder: &Path) -> Result<SampleSummary, SampleError> {
    make_folder(folder)?;
    let places = places_of(plan)?;
    let mut facilities = facility::draw(plan, &places);
    if let (true, Some((zip, radius))) = (facilities.is_empty(), plan.around) {
        return Err(SampleError::NobodyThere { zip, radius });
    }
    let beside = facility::draw_beside(plan, &places, &facilities);
    let listed = facilities.len();
    facilities.extend(beside);
    let of = |service| facilities.iter().filter(|f| f.service == service).collect::<Vec<&SampleFacility>>();
    home_health::write(folder, &of(Service::HomeHealth), &places)?;
    nursing_home::write(folder, &of(Service::SkilledNursing), aged(plan.day, "nursing_homes.csv"))?;
    hospital::write_rehab(folder, &of(Service::InpatientRehab))?;
    hospital::write_long_term(folder, &of(Service::LongTermAcute))?;
    hospice::write(folder, &of(Service::Hospice), &places)?;
    dialysis::write(folder, &of(Service::Dialysis))?;
    let beside: Vec<&SampleFacility> = facilities.iter().skip(listed).collect();
    profiles::write(folder, &beside, plan.day)?;
    exclusions::write(folder, &beside)?;
    plan_net::write(folder, &facilities)?;
    roster::write(folder, plan, &facilities, &places)?;
    write_file(&folder.join(SOURCES), sources(plan.day).as_bytes())?;

    let count = |service| (service, u32::try_from(of(service).len()).unwrap_or(u32::MAX));
    let providers = Service::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect();
    let files = AGES.iter().map(|(name, _)| *name).chain([SOURCES]).collect();
    Ok(SampleSummary { providers, networks: plan.networks, files })
}

/// Writes the built-in sample into `folder`, creating it if it is missing. `day` is the date of its
/// files: [`options::DAY`] gives exactly [`FILES`]; today keeps a demonstration current.
///
/// # Errors
/// A file could not be written.
pub fn unpack(folder: &Path, day: Date) -> Result<(), SampleError> {
    make_folder(folder)?;
    for (name, bytes) in FILES {
        match *name {
            SOURCES => write_file(&folder.join(name), sources(day).as_bytes())?,
            _ => write_file(&folder.join(name), bytes)?,
        }
    }
    Ok(())
}

fn places_of(plan: &SampleOptions) -> Result<ZipPool, SampleError> {
    let middle = |(zip, radius)| zip_pool::middle(zip).map(|point| (point, radius)).ok_or(SampleError::NoSuchZip(zip));
    Ok(ZipPool::new(plan.around.map(middle).transpose()?))
}

/// The `sources.toml` of a sample for `day`.
fn sources(day: Date) -> String {
    let head = "# Every provider, payer and network in these files is invented.\nsynthetic = true\n".to_owned();
    let files = AGES.iter().map(|(name, _)| format!("\n[files.\"{name}\"]\nas_of = \"{}\"\n", aged(day, name)));
    head + &files.collect::<String>()
}

fn aged(day: Date, file: &str) -> Date {
    let days = AGES.iter().find(|(name, _)| *name == file).map_or(0, |(_, days)| *days);
    day.saturating_sub(days.days())
}

fn make_folder(folder: &Path) -> Result<(), SampleError> {
    fs::create_dir_all(folder).map_err(|error| SampleError::Disk { path: folder.to_owned(), error })
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), SampleError> {
    regular_file::write(path, bytes).map_err(|error| SampleError::Disk { path: path.to_owned(), error })
}
