//! Accuracy of record matching, measured on records with a hidden CCN: seven years of real changes,
//! and generated errors.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use placement::refresh::identity::{IdentityIndex, IdentityMatch, IdentityTraits, NormalizedName, NormalizedStreet};
use placement::service::Service;

use crate::directories::real_folder;
use crate::seeded_random::SeededRandom;

/// One row: its CCN, which is hidden from matching, and its visible fields.
struct Labelled {
    ccn: String,
    traits: IdentityTraits,
}

struct Columns {
    ccn: &'static str,
    name: &'static str,
    street: &'static str,
    zip: &'static str,
    phone: &'static str,
}

/// Name, street, ZIP and phone of each row, by label.
fn cells(file: &Path, columns: &Columns) -> BTreeMap<String, [String; 4]> {
    let mut bytes = std::fs::read(file).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name} in {headers:?}"));
    let label = at(columns.ccn);
    let places = [columns.name, columns.street, columns.zip, columns.phone].map(at);
    let records = reader.records().map(Result::unwrap);
    records.map(|record| (record[label].to_owned(), places.map(|at| record[at].to_owned()))).collect()
}

fn rows(file: &Path, columns: &Columns, service: &[Service]) -> Vec<Labelled> {
    let row = |(label, [name, street, zip, phone]): (String, [String; 4])| Labelled {
        ccn: label,
        traits: IdentityTraits {
            names: vec![NormalizedName::of(&name)],
            street: NormalizedStreet::of(&street),
            zip: format!("{zip:0>5}").parse().ok(),
            phone: phone.parse().ok(),
            services: service.to_vec(),
            ..IdentityTraits::default()
        },
    };
    cells(file, columns).into_iter().map(row).collect()
}

/// Name, street and phone, by label.
fn texts(file: &Path, columns: &Columns) -> BTreeMap<String, (String, String, String)> {
    cells(file, columns).into_iter().map(|(label, [name, street, _, phone])| (label, (name, street, phone))).collect()
}

#[derive(Debug, Default)]
struct Tally {
    sure_right: u32,
    sure_wrong: u32,
    /// Renumbered by CMS (a hospital that became a critical access hospital): its old number is
    /// gone and the found one is new, so the numbers cannot tell whether it is the same provider.
    renumbered: u32,
    probable_right: u32,
    probable_wrong: u32,
    missed: u32,
}

impl Tally {
    fn precision(&self) -> f64 {
        f64::from(self.sure_right) / f64::from(self.sure_right + self.sure_wrong)
    }

    /// Recall among the records that can be found.
    fn recall(&self) -> (f64, f64) {
        let there = f64::from(self.sure_right + self.probable_right + self.missed);
        (f64::from(self.sure_right) / there, f64::from(self.sure_right + self.probable_right) / there)
    }
}

fn measure(what: &str, known: &[Labelled], sought: &[Labelled]) -> Tally {
    let index = IdentityIndex::new(known.iter().map(|row| row.traits.clone()).collect());
    let there: std::collections::BTreeSet<&str> = known.iter().map(|row| row.ccn.as_str()).collect();
    let was: std::collections::BTreeSet<&str> = sought.iter().map(|row| row.ccn.as_str()).collect();
    let mut tally = Tally::default();
    for row in sought {
        let right = |at: usize| known[at].ccn == row.ccn;
        match index.find(&row.traits) {
            IdentityMatch::Sure(at, _) if right(at) => tally.sure_right += 1,
            IdentityMatch::Sure(at, _) if !there.contains(row.ccn.as_str()) && !was.contains(known[at].ccn.as_str()) => {
                tally.renumbered += 1;
            }
            IdentityMatch::Sure(at, ground) => {
                tally.sure_wrong += 1;
                println!("wrong: {ground:?}\n   {:?}\n   {:?}", row.traits, known[at].traits);
            }
            IdentityMatch::Probable(list) if list.iter().any(|(at, _)| right(*at)) => tally.probable_right += 1,
            IdentityMatch::Probable(_) => tally.probable_wrong += 1,
            IdentityMatch::No if there.contains(row.ccn.as_str()) => tally.missed += 1,
            IdentityMatch::No => {}
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
const HOSPITAL: Columns =
    Columns { ccn: "Facility ID", name: "Facility Name", street: "Address", zip: "ZIP Code", phone: "Telephone Number" };
const HOSPICE: Columns = Columns {
    ccn: "CMS Certification Number (CCN)",
    name: "Facility Name",
    street: "Address Line 1",
    zip: "ZIP Code",
    phone: "Telephone Number",
};
const SYNTHEA: Columns = Columns { ccn: "id", name: "name", street: "address", zip: "zip", phone: "phone" };

const NURSING_HOME: Columns = Columns {
    ccn: "CMS Certification Number (CCN)",
    name: "Provider Name",
    street: "Provider Address",
    zip: "ZIP Code",
    phone: "Telephone Number",
};
const NURSING_HOME_CUT: Columns =
    Columns { ccn: "CCN", name: "Provider_Name", street: "Provider_Address", zip: "Zip", phone: "Telephone" };
const REGISTRY: Columns = Columns {
    ccn: "NPI",
    name: "Provider Organization Name (Legal Business Name)",
    street: "Provider First Line Business Practice Location Address",
    zip: "Provider Business Practice Location Address Postal Code",
    phone: "Provider Business Practice Location Address Telephone Number",
};

/// Organizations of the Plan-Net sample, labeled by their NPI there.
fn plan_net(file: &Path) -> Vec<Labelled> {
    let text = std::fs::read_to_string(file).unwrap();
    let labelled = |line: &str| {
        let resource: serde_json::Value = serde_json::from_str(line).unwrap();
        let identifier = &resource["identifier"][0];
        let has_npi = identifier["system"].as_str()? == "http://hl7.org/fhir/sid/us-npi";
        let address = &resource["address"][0];
        let traits = IdentityTraits {
            names: vec![NormalizedName::of(resource["name"].as_str()?)],
            street: NormalizedStreet::of(address["line"][0].as_str()?),
            zip: address["postalCode"].as_str()?.parse().ok(),
            ..IdentityTraits::default()
        };
        has_npi.then(|| Labelled { ccn: identifier["value"].as_str().unwrap_or_default().to_owned(), traits })
    };
    text.lines().filter_map(labelled).collect()
}

/// The sample gave public organizations invented NPIs: 123 before the last seven digits of the real
/// one.
fn last_seven(rows: Vec<Labelled>) -> Vec<Labelled> {
    rows.into_iter().map(|row| Labelled { ccn: row.ccn[row.ccn.len() - 7..].to_owned(), ..row }).collect()
}

/// Checked by hand: organizations of the registry that are a hospital or home of a CMS list. Two
/// more are listed under other names (1164427431 is 220098, 1528062387 is 225540), which only a
/// person can know.
const SAME: [(&str, &str); 4] =
    [("1386643294", "410009"), ("1649278250", "410004"), ("1689670259", "220002"), ("1790780047", "220019")];

#[test]
fn the_registry_a_payer_and_cms_mean_the_same_organisations() {
    let Some(real) = real_folder() else { return };
    let registry = || rows(&real.join("nppes/nppes_organizations_sample_2018.csv"), &REGISTRY, &[]);
    let payer = last_seven(plan_net(&real.join("fhir_plan_net/Organization.ndjson")));
    let tally = measure("Plan-Net in NPPES", &last_seven(registry()), &payer);
    // One organization has two NPIs with one address in the payer's file: without a number they
    // cannot be distinguished.
    assert!(tally.sure_wrong <= 1 && tally.sure_right >= 30, "{tally:?}");
    let mut cms = rows(&real.join("cms/hospital_general_information_US_2024.csv.gz"), &HOSPITAL, &[]);
    cms.extend(rows(&real.join("cms/nh_directory_latlon_US_2024-08.csv.gz"), &NURSING_HOME_CUT, &[]));
    let label = |npi: &str| SAME.iter().find(|(known, _)| *known == npi).map_or("none", |(_, ccn)| ccn).to_owned();
    let sought: Vec<Labelled> = registry().into_iter().map(|row| Labelled { ccn: label(&row.ccn), ..row }).collect();
    let tally = measure("NPPES in the lists of CMS", &cms, &sought);
    assert_eq!((tally.sure_right, tally.sure_wrong), (3, 0), "Harrington has another name by now");
}

/// Applies typical errors to a record.
fn corrupt(row: &Labelled, text: (&str, &str, &str), random: &mut SeededRandom) -> IdentityTraits {
    let (mut name, mut street, mut phone) = (text.0.to_owned(), text.1.to_owned(), text.2.to_owned());
    if random.happens(50) {
        for (long, short) in
            [("CENTER", "CTR"), ("REHABILITATION", "REHAB"), ("NURSING", "NSG"), ("HEALTHCARE", "HLTHCARE"), (" AND ", " & ")]
        {
            name = name.replace(long, short);
        }
    }
    if random.happens(40) {
        name.push_str(random.pick::<&str>(&[", LLC", " INC", ", L.P.", " OPERATING COMPANY LLC", " AT THE PARK"]));
    }
    if random.happens(15) && name.len() > 8 {
        let at = 1 + random.below(name.len() - 3);
        if name.is_char_boundary(at) && name.is_char_boundary(at + 1) {
            name.remove(at);
        }
    }
    if random.happens(50) {
        for (long, short) in [("STREET", "ST"), ("AVENUE", "AVE."), ("ROAD", "RD"), ("NORTH ", "N "), ("DRIVE", "DR")] {
            street = street.replace(long, short);
        }
    }
    if random.happens(15) {
        street.push_str(random.pick::<&str>(&[", SUITE 100", " UNIT B", ", 2ND FLOOR"]));
    }
    if random.happens(10) {
        "PO BOX 12".clone_into(&mut street);
    }
    if random.happens(25) {
        phone = String::new();
    } else if random.happens(10) {
        "8005550199".clone_into(&mut phone);
    }
    IdentityTraits {
        names: vec![if random.happens(20) {
            NormalizedName::cut_at(&name.chars().take(30).collect::<String>(), 30)
        } else {
            NormalizedName::of(&name)
        }],
        street: NormalizedStreet::of(&street),
        zip: row.traits.zip.filter(|_| !random.happens(3)),
        phone: phone.parse().ok(),
        services: row.traits.services.clone(),
        ..IdentityTraits::default()
    }
}

#[test]
fn corrupted_records_find_their_home_or_nobody_and_neighbours_are_not_taken_for_each_other() {
    let Some(real) = real_folder() else { return };
    let homes = rows(&real.join("cms/nh_directory_latlon_US_2024-08.csv.gz"), &NURSING_HOME_CUT, &[Service::SkilledNursing]);
    let texts = texts(&real.join("cms/nh_directory_latlon_US_2024-08.csv.gz"), &NURSING_HOME_CUT);
    let mut random = SeededRandom::seeded(7);
    let mut sought = Vec::new();
    for row in &homes {
        let (name, street, phone) = &texts[&row.ccn];
        let traits = corrupt(row, (name, street, phone), &mut random);
        sought.push(Labelled { ccn: row.ccn.clone(), traits });
    }
    let tally = measure("nursing homes, corrupted", &homes, &sought);
    assert!(tally.precision() >= 0.995, "{tally:?}");
    assert!(tally.recall().0 >= 0.7 && tally.recall().1 >= 0.9, "{tally:?}");
    // Two providers in one building with one phone, and sister facilities nearby: none is matched
    // to another with certainty.
    let stranger = |row: &Labelled, name: &str, street: &str, phone: &str| Labelled {
        ccn: "none".to_owned(),
        traits: IdentityTraits {
            names: vec![NormalizedName::of(name)],
            street: NormalizedStreet::of(street),
            phone: phone.parse().ok(),
            ..row.traits.clone()
        },
    };
    let mut strangers = Vec::new();
    for row in homes.iter().step_by(5) {
        let (name, street, phone) = &texts[&row.ccn];
        strangers.push(stranger(row, "OAKVALE NURSING CENTER", street, phone));
        let first = name.split(' ').next().unwrap_or_default();
        strangers.push(stranger(row, &format!("{first} PINES NURSING CENTER"), "77777 ELSEWHERE PIKE", ""));
    }
    let tally = measure("neighbours and sisters", &homes, &strangers);
    let taken = tally.sure_wrong + tally.renumbered;
    assert!(taken * 1000 <= u32::try_from(strangers.len()).unwrap(), "{taken} of {} were taken for another", strangers.len());
}

#[test]
fn identity_is_right_on_years_of_drift() {
    let Some(real) = real_folder() else { return };
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
        ("hospice SC", "cms/hospice_provider_data_SC_2024-05.csv.gz", &HOSPICE, "synthea/hospice.csv", Service::Hospice),
        (
            "nursing homes SC",
            "cms/nh_provider_info_SC_2024-06.csv",
            &NURSING_HOME,
            "cms/nh_directory_latlon_US_2024-08.csv.gz",
            Service::SkilledNursing,
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
        let sought_columns = if sought.starts_with("synthea") { &SYNTHEA } else { &NURSING_HOME_CUT };
        let sought = rows(&real.join(sought), sought_columns, &[service]);
        let tally = measure(what, &known, &sought);
        sure_right += tally.sure_right;
        sure_wrong += tally.sure_wrong;
    }
    let precision = f64::from(sure_right) / f64::from(sure_right + sure_wrong);
    assert!(precision >= 0.995, "{sure_right} right, {sure_wrong} wrong");
}
