//! How often identity is right, measured on records whose CCN is known but hidden: seven years of real drift, and written corruptions.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use placement::care::Service;
use placement::refresh::identity::{Found, Index, Name, Street, Traits};

/// One row: its CCN, which identity must not see, and what it may see.
struct Labelled {
    ccn: String,
    traits: Traits,
}

struct Columns {
    ccn: &'static str,
    name: &'static str,
    street: &'static str,
    zip: &'static str,
    phone: &'static str,
}

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("PLACEMENT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
        .join("data/real");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "the real files are missing: {}", folder.display());
    println!("skipped: no real files in {}", folder.display());
    None
}

fn rows(file: &Path, columns: &Columns, service: &[Service]) -> Vec<Labelled> {
    let mut bytes = std::fs::read(file).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name} in {headers:?}"));
    let (ccn, name, street, zip, phone) =
        (at(columns.ccn), at(columns.name), at(columns.street), at(columns.zip), at(columns.phone));
    let mut rows = BTreeMap::new();
    for record in reader.records() {
        let record = record.unwrap();
        let traits = Traits {
            names: vec![Name::of(&record[name])],
            street: Street::of(&record[street]),
            zip: format!("{:0>5}", &record[zip]).parse().ok(),
            phone: record[phone].parse().ok(),
            services: service.to_vec(),
            ..Traits::default()
        };
        rows.insert(record[ccn].to_owned(), traits);
    }
    rows.into_iter().map(|(ccn, traits)| Labelled { ccn, traits }).collect()
}

#[derive(Debug, Default)]
struct Tally {
    sure_right: u32,
    sure_wrong: u32,
    /// Its own number is gone and the number found is new: renumbered by CMS (a hospital that became a critical access hospital),
    /// so the numbers cannot tell whether it is the same place.
    renumbered: u32,
    probable_right: u32,
    probable_wrong: u32,
    missed: u32,
}

impl Tally {
    fn precision(&self) -> f64 {
        f64::from(self.sure_right) / f64::from(self.sure_right + self.sure_wrong)
    }

    /// Of those that are there to be found.
    fn recall(&self) -> (f64, f64) {
        let there = f64::from(self.sure_right + self.probable_right + self.missed);
        (f64::from(self.sure_right) / there, f64::from(self.sure_right + self.probable_right) / there)
    }
}

fn measure(what: &str, known: &[Labelled], sought: &[Labelled]) -> Tally {
    let index = Index::new(known.iter().map(|row| row.traits.clone()).collect());
    let there: std::collections::BTreeSet<&str> = known.iter().map(|row| row.ccn.as_str()).collect();
    let was: std::collections::BTreeSet<&str> = sought.iter().map(|row| row.ccn.as_str()).collect();
    let mut tally = Tally::default();
    for row in sought {
        let right = |at: usize| known[at].ccn == row.ccn;
        match index.find(&row.traits) {
            Found::Sure(at, _) if right(at) => tally.sure_right += 1,
            Found::Sure(at, _) if !there.contains(row.ccn.as_str()) && !was.contains(known[at].ccn.as_str()) => {
                tally.renumbered += 1;
            }
            Found::Sure(at, ground) => {
                tally.sure_wrong += 1;
                println!("wrong: {ground:?}\n   {:?}\n   {:?}", row.traits, known[at].traits);
            }
            Found::Probable(list) if list.iter().any(|(at, _)| right(*at)) => tally.probable_right += 1,
            Found::Probable(_) => tally.probable_wrong += 1,
            Found::No if there.contains(row.ccn.as_str()) => tally.missed += 1,
            Found::No => {}
        }
    }
    println!("{what}: {tally:?} precision {:.4} recall {:?}", tally.precision(), tally.recall());
    tally
}

const HOME_HEALTH: Columns = Columns {
    ccn: "CMS Certification Number (CCN)",
    name: "Provider Name",
    street: "Address",
    zip: "ZIP Code",
    phone: "Telephone Number",
};
const HOSPITAL: Columns = Columns {
    ccn: "Facility ID",
    name: "Facility Name",
    street: "Address",
    zip: "ZIP Code",
    phone: "Telephone Number",
};
const HOSPICE: Columns = Columns {
    ccn: "CMS Certification Number (CCN)",
    name: "Facility Name",
    street: "Address Line 1",
    zip: "ZIP Code",
    phone: "Telephone Number",
};
const SYNTHEA: Columns = Columns { ccn: "id", name: "name", street: "address", zip: "zip", phone: "phone" };

#[test]
fn identity_is_right_on_years_of_drift() {
    let Some(real) = shared() else { return };
    let mut sure_right = 0;
    let mut sure_wrong = 0;
    for (what, known, columns, sought, service) in [
        (
            "home health SC",
            "cms/hh_provider_SC_2024-07.csv",
            &HOME_HEALTH,
            "synthea/home_health_agencies.csv.gz",
            Service::HomeHealth,
        ),
        (
            "home health US",
            "cms/hh_provider_sample_2026.csv",
            &HOME_HEALTH,
            "synthea/home_health_agencies.csv.gz",
            Service::HomeHealth,
        ),
        (
            "hospice SC",
            "cms/hospice_provider_data_SC_2024-05.csv.gz",
            &HOSPICE,
            "synthea/hospice.csv",
            Service::Hospice,
        ),
        (
            "hospitals",
            "cms/hospital_general_information_US_2024.csv.gz",
            &HOSPITAL,
            "synthea/hospitals.csv",
            Service::LongTermAcute,
        ),
    ] {
        let known = rows(&real.join(known), columns, &[service]);
        let sought = rows(&real.join(sought), &SYNTHEA, &[service]);
        let tally = measure(what, &known, &sought);
        sure_right += tally.sure_right;
        sure_wrong += tally.sure_wrong;
    }
    let precision = f64::from(sure_right) / f64::from(sure_right + sure_wrong);
    assert!(precision >= 0.995, "{sure_right} right, {sure_wrong} wrong");
}
