//! What providers say about themselves: profiles of the services that CMS certifies nobody for, and of hospices with a house of their own.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::rng::SampleRng;
use crate::service::Service;

/// A need, and how often in a thousand such a provider takes it and says that it does not.
type OfferedNeed = (&'static str, u32, u32);

const INFUSION: &[OfferedNeed] = &[
    ("inf.home-pump", 1_000, 0),
    ("inf.abx", 950, 0),
    ("inf.central", 850, 0),
    ("inf.home-nurse", 700, 100),
    ("inf.abx-multi", 600, 150),
    ("nut.tpn", 600, 150),
    ("inf.pca", 400, 200),
    ("inf.vasoactive", 200, 400),
    ("inf.transfusion", 50, 600),
];
const EQUIPMENT: &[OfferedNeed] = &[
    ("dme.general", 1_000, 0),
    ("resp.o2", 800, 50),
    ("resp.niv", 600, 100),
    ("wound.surface", 600, 50),
    ("wound.npwt", 500, 150),
    ("size.bariatric", 450, 150),
    ("dme.custom", 350, 250),
    ("resp.vent", 200, 400),
];
const LIVING: &[OfferedNeed] = &[
    ("cog.dementia", 650, 150),
    ("cog.secured", 350, 350),
    ("mob.lift", 300, 400),
    ("resp.o2", 700, 100),
    ("beh.aggression", 50, 700),
    ("inf.abx", 50, 600),
];
const INPATIENT: &[OfferedNeed] = &[
    ("eol.inpatient", 1_000, 0),
    ("resp.o2-high", 600, 100),
    ("inf.pca", 800, 0),
    ("wound.complex", 700, 0),
    ("resp.vent", 150, 500),
];

/// Writes the profiles; nothing is said later than `day`.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility], day: Date) -> Result<(), SampleError> {
    let columns = include_str!("columns/provider_profiles.txt");
    let mut sheet = CsvTable::create(folder, "provider_profiles.csv", columns, "")?;
    for (at, facility) in facilities.iter().enumerate() {
        write_profile(&mut sheet, facility, at, day)?;
    }
    sheet.finish()
}

fn write_profile(sheet: &mut CsvTable, facility: &SampleFacility, at: usize, day: Date) -> Result<(), SampleError> {
    let mut chance = facility.chance("profile");
    let needs = match facility.service {
        Service::HomeInfusion => INFUSION,
        Service::MedicalEquipment => EQUIPMENT,
        Service::AssistedLiving => LIVING,
        _ => INPATIENT,
    };
    let (yes, no) = answers(needs, &mut chance);
    let said = day.saturating_sub(i64::from(chance.between(20, 240)).days());
    let checked = chance.permille(650).then(|| said.saturating_add(i64::from(chance.between(1, 15)).days()).to_string());
    let comes = matches!(facility.service, Service::HomeInfusion | Service::MedicalEquipment);
    let living = facility.service == Service::AssistedLiving;
    let radius = if comes { chance.between(20, 60).to_string() } else { String::new() };
    let start = if comes { chance.weigh(&[(5, "24"), (3, "48"), (2, "4")]) } else { "" };
    let least_age = if living { chance.weigh(&[(5, "55"), (4, "62"), (1, "")]) } else { chance.weigh(&[(4, "18"), (6, "")]) };
    let heaviest = if living { chance.weigh(&[(3, "250"), (2, "300"), (3, "")]) } else { "" };
    // One home in eight is for the residents of its community alone.
    let serves = if living && at % 8 == 2 { "residents" } else { "" };
    let languages = chance.weigh(&[(5, "en"), (3, "en|es"), (1, "en|vi"), (1, "")]);
    // Of a certified provider only what CMS does not say.
    let known = facility.npi.is_none();
    let unless_known = |text: String| if known { String::new() } else { text };
    sheet.row(&[
        ("ccn", &facility.ccn),
        ("npi", facility.npi.as_deref().unwrap_or_default()),
        ("service", facility.service.code()),
        ("name", &unless_known(facility.name.clone())),
        ("street", &unless_known(facility.street.clone())),
        ("city", &unless_known(facility.city())),
        ("state", &unless_known(facility.place.state.to_string())),
        ("zip", &unless_known(facility.zip())),
        ("phone", &unless_known(facility.dialed())),
        ("needs_yes", &yes),
        ("needs_no", &no),
        ("max_weight_lb", heaviest),
        ("min_age", least_age),
        ("radius_miles", &radius),
        ("languages", languages),
        ("serves", serves),
        ("start_of_care_hours", start),
        ("as_of", &said.to_string()),
        ("verified_at", &checked.unwrap_or_default()),
        ("stated_by", "intake desk"),
    ])
}

fn answers(needs: &[OfferedNeed], chance: &mut SampleRng) -> (String, String) {
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for (need, takes, refuses) in needs {
        if chance.permille(*takes) {
            yes.push(*need);
        } else if chance.permille(*refuses) {
            no.push(*need);
        }
    }
    (yes.join("|"), no.join("|"))
}
