//! Nursing homes: Provider Information, Penalties and the facility characteristics of form CMS-671.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::place::Point;
use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::home_stories;
use crate::sample::home_stories::{HomeStory, SamplePenalty};
use crate::sample::rng::SampleRng;

/// Dedicated beds: the column, how many homes in a thousand have some, and the maximum number of
/// beds. The shares are those of the real file, higher where a small sample would otherwise have
/// none.
const UNITS: [(&str, u32, u32); 9] = [
    ("Number of AIDS Beds", 5, 4),
    ("Number of Alzheimer's Disease Beds", 130, 40),
    ("Number of Dialysis Beds", 45, 12),
    ("Number of Disabled Children/Young Adult Beds", 4, 20),
    ("Number of Head Trauma Beds", 15, 12),
    ("Number of Hospice Beds", 40, 10),
    ("Number of Huntington's Disease Beds", 5, 2),
    ("Number of Ventilator Beds", 50, 30),
    ("Number of Other Specialized Rehab Beds", 20, 30),
];

/// Writes the files; `processed` is the date that CMS prints on every row of the first two.
pub(crate) fn write(folder: &Path, facilities: &[&SampleFacility], processed: Date) -> Result<(), SampleError> {
    let mut homes = CsvTable::create(folder, "nursing_homes.csv", include_str!("columns/nursing_homes.txt"), "")?;
    let mut penalties = CsvTable::create(folder, "nh_penalties.csv", include_str!("columns/home_penalties.txt"), "")?;
    let columns = include_str!("columns/facility_characteristics.txt");
    let mut survey = CsvTable::create(folder, "facility_characteristics.csv", columns, "")?;
    for (at, facility) in facilities.iter().enumerate() {
        let story = HomeStory::of(at);
        let facility = &story.renamed(facility);
        let home = NursingHome::draw(facility, story, processed);
        write_home(&mut homes, facility, &home, &facility.ccn)?;
        if at == 2 {
            // A row that every reader must reject: a spreadsheet has destroyed the CCN.
            write_home(&mut homes, facility, &home, "0")?;
        }
        write_penalties(&mut penalties, facility, &home)?;
        // One home in two hundred is missing from the survey.
        if !facility.chance("surveyed").permille(5) {
            write_survey(&mut survey, facility, &home)?;
        }
    }
    homes.finish()?;
    penalties.finish()?;
    survey.finish()
}

/// Data of one home that the files contain.
struct NursingHome {
    story: HomeStory,
    penalties: Vec<SamplePenalty>,
    beds: u32,
    residents: u32,
    owner: (&'static str, &'static str),
    pays: (&'static str, &'static str),
    hospital: bool,
    overall: u32,
    processed: Date,
}

impl NursingHome {
    fn draw(facility: &SampleFacility, story: HomeStory, processed: Date) -> Self {
        let mut chance = facility.chance("nursing home");
        let beds = chance.between(24, 180);
        let owner = chance.weigh(&[
            (34, ("For profit - Corporation", "For Profit - Corporation")),
            (34, ("For profit - Limited Liability company", "For Profit - LLC")),
            (20, ("Non profit - Corporation", "Non-Profit - Nonprofit Corporation")),
            (5, ("Non profit - Church related", "Non-Profit - Church Related")),
            (4, ("Government - County", "Government - County")),
            (3, ("Government - Hospital district", "Government - Hospital District")),
        ]);
        let pays = chance.weigh(&[
            (93, ("Medicare and Medicaid", "SNF/NF Dual Certification")),
            (5, ("Medicare", "SNF (Medicare) Only")),
            (2, ("Medicaid", "NF (Medicaid) Only")),
        ]);
        Self {
            story,
            penalties: home_stories::penalties(facility, &story, processed),
            beds,
            residents: beds * chance.between(55, 98) / 100,
            owner,
            pays,
            hospital: chance.permille(36),
            overall: chance.weigh(&[(1, 0), (18, 1), (19, 2), (19, 3), (21, 4), (22, 5)]),
            processed,
        }
    }
}

impl NursingHome {
    /// The day it was first approved.
    fn approved(&self, facility: &SampleFacility) -> String {
        let (year, month, day) = facility.certified();
        let new = self.processed.saturating_sub(200.days());
        if self.story.is_new { new.to_string() } else { format!("{year}-{month:02}-{day:02}") }
    }

    /// The number of fines, their sum, and the number of denials of payment.
    fn penalties_in_all(&self) -> [String; 3] {
        let fines: Vec<u32> = self.penalties.iter().filter_map(|penalty| penalty.fine).collect();
        let denials = self.penalties.len() - fines.len();
        [fines.len().to_string(), format!("{}.00", fines.iter().sum::<u32>()), denials.to_string()]
    }
}

fn write_penalties(sheet: &mut CsvTable, facility: &SampleFacility, home: &NursingHome) -> Result<(), SampleError> {
    let (city, zip, state) = (facility.city(), facility.zip(), facility.place.state.as_str());
    let location = format!("{},{city},{state},{zip}", facility.street);
    let mut chance = facility.chance("penalty numbers");
    for penalty in &home.penalties {
        let day = penalty.day.to_string();
        let fine = penalty.fine.map(|dollars| (chance.between(80_000, 99_999).to_string(), dollars.to_string()));
        let (number, amount) = fine.unwrap_or_default();
        let denial = penalty.denial.map(|(from, length)| (from.to_string(), length.to_string()));
        let (from, length) = denial.unwrap_or_default();
        sheet.row(&[
            ("CMS Certification Number (CCN)", &facility.ccn),
            ("Provider Name", &facility.name),
            ("Provider Address", &facility.street),
            ("City/Town", &city),
            ("State", state),
            ("ZIP Code", &zip),
            ("Penalty Date", &day),
            ("Penalty Type", if penalty.fine.is_some() { "Fine" } else { "Payment Denial" }),
            ("Fine ID", &number),
            ("Fine Amount", &amount),
            ("Payment Denial Start Date", &from),
            ("Payment Denial Length in Days", &length),
            ("Location", &location),
            ("Processing Date", &home.processed.to_string()),
        ])?;
    }
    Ok(())
}

fn write_home(sheet: &mut CsvTable, facility: &SampleFacility, home: &NursingHome, ccn: &str) -> Result<(), SampleError> {
    let mut chance = facility.chance("nursing home file");
    let (city, zip, state) = (facility.city(), facility.zip(), facility.place.state.as_str());
    let (beds, residents) = (home.beds.to_string(), format!("{}.{}", home.residents, chance.between(0, 9)));
    let approved = home.approved(facility);
    let staffing = stars(beside(home.overall, &mut chance));
    let (point, geocoded) = printed_point(facility.point, &mut chance);
    let location = format!("{},{city},{state},{zip}", facility.street);
    let legal = format!("{}, LLC", facility.name);
    let turnover = format!("{}.{}", chance.between(25, 75), chance.between(0, 9));
    let retirement = chance.weigh(&[(88, "N"), (12, "Y")]);
    let drawn = chance.weigh(&[(970, ""), (24, "SFF Candidate"), (6, "SFF")]);
    let special_focus = home.story.special_focus.unwrap_or(drawn);
    // CMS rates no Special Focus Facility, and says so by footnote 18.
    let withheld = special_focus == "SFF";
    let shown = |stars: String| if withheld { String::new() } else { stars };
    let rating = shown(stars(home.overall));
    let footnote = match (withheld, rating.is_empty()) {
        (true, _) => "18",
        (false, true) => home.story.footnote.unwrap_or("2"),
        (false, false) => "",
    };
    let staffing_footnote = if withheld { "18" } else { home.story.staffing };
    let [fines, dollars, denials] = home.penalties_in_all();
    sheet.row(&[
        ("CMS Certification Number (CCN)", ccn),
        ("Provider Name", &facility.name),
        ("Provider Address", &facility.street),
        ("City/Town", &city),
        ("State", state),
        ("ZIP Code", &zip),
        ("Telephone Number", facility.phone_or("")),
        ("Ownership Type", home.owner.0),
        ("Number of Certified Beds", &beds),
        ("Average Number of Residents per Day", &residents),
        ("Provider Type", home.pays.0),
        ("Provider Resides in Hospital", if home.hospital { "Y" } else { "N" }),
        ("Legal Business Name", &legal),
        ("Date First Approved to Provide Medicare and Medicaid Services", &approved),
        ("Continuing Care Retirement Community", retirement),
        ("Special Focus Status", special_focus),
        ("Abuse Icon", chance.weigh(&[(92, "N"), (8, "Y")])),
        ("Most Recent Health Inspection More Than 2 Years Ago", chance.weigh(&[(90, "N"), (10, "Y")])),
        ("Provider Changed Ownership in Last 12 Months", chance.weigh(&[(93, "N"), (7, "Y")])),
        ("With a Resident and Family Council", chance.weigh(&[(84, "Resident"), (13, "Both"), (3, "None")])),
        ("Automatic Sprinkler Systems in All Required Areas", "Yes"),
        ("Overall Rating", &rating),
        ("Overall Rating Footnote", footnote),
        ("Health Inspection Rating", &shown(stars(beside(home.overall, &mut chance)))),
        ("QM Rating", &shown(stars(beside(home.overall, &mut chance)))),
        ("Staffing Rating", &shown(staffing)),
        ("Staffing Rating Footnote", staffing_footnote),
        ("Number of Fines", &fines),
        ("Total Amount of Fines in Dollars", &dollars),
        ("Number of Payment Denials", &denials),
        ("Total nursing staff turnover", &turnover),
        ("Location", &location),
        ("Latitude", &degrees(point.latitude_micro())),
        ("Longitude", &degrees(point.longitude_micro())),
        ("Geocoding Footnote", geocoded),
        ("Processing Date", &home.processed.to_string()),
    ])
}

fn write_survey(sheet: &mut CsvTable, facility: &SampleFacility, home: &NursingHome) -> Result<(), SampleError> {
    let mut chance = facility.chance("form 671");
    let units = UNITS.map(|(column, often, most)| {
        let beds = if chance.permille(often) { chance.between(1, most) } else { 0 };
        (column, beds.to_string())
    });
    let medicare = home.residents * chance.between(5, 25) / 100;
    let medicaid = home.residents * chance.between(40, 70) / 100;
    let other = home.residents.saturating_sub(medicare + medicaid);
    let certified = format!("{}-{:02}-{:02}", chance.between(2023, 2026), chance.between(1, 9), chance.between(1, 28));
    let census = [medicare, medicaid, other, home.residents].map(|residents| residents.to_string());
    let (city, zip) = (facility.city(), facility.zip());
    let no_yes = |yes: bool| if yes { "Yes" } else { "No" };
    let mut cells = vec![
        ("Provider Number", facility.ccn.as_str()),
        ("Facility Name", &facility.name),
        ("City", &city),
        ("State", facility.place.state.as_str()),
        ("Zip Code", &zip),
        ("Certification Date", &certified),
        ("Medicare Census", &census[0]),
        ("Medicaid Census", &census[1]),
        ("Other Census", &census[2]),
        ("Total Residents", &census[3]),
        ("Program Participation Code", home.pays.1),
        ("Hospital Based", no_yes(home.hospital)),
        ("Ownership Type", home.owner.1),
        ("Multi-Facility Organization", "No"),
        ("Organized Residents' Group", "Yes"),
        ("Organized Family Member Group", no_yes(chance.permille(200))),
        ("Facility Conducts Experimental Research", "No"),
        ("Continuing Care Retirement Community (CCRC)", "No"),
        ("7 Day RN Hrs Waived Per Week", "0"),
        ("24 Hr Licensed Nursing Hrs Waived Per Week", "0"),
        ("Nurse Aide Training and Competency Evaluation Program", no_yes(chance.permille(400))),
    ];
    cells.extend(units.iter().map(|(column, beds)| (*column, beds.as_str())));
    sheet.row(&cells)
}

/// A rating at most one star from `overall`; none if `overall` is none.
fn beside(overall: u32, chance: &mut SampleRng) -> u32 {
    let step = chance.between(0, 2);
    if overall == 0 { 0 } else { (overall + step).saturating_sub(1).clamp(1, 5) }
}

fn stars(rating: u32) -> String {
    if rating == 0 { String::new() } else { rating.to_string() }
}

/// The location as printed in the file: some from part of the address (footnote 22), a few a degree
/// off.
fn printed_point(point: Point, chance: &mut SampleRng) -> (Point, &'static str) {
    if chance.permille(4) {
        let off = Point::from_micro(point.latitude_micro() + 1_000_000, point.longitude_micro());
        return (off.unwrap_or(point), "");
    }
    (point, if chance.permille(80) { "22" } else { "" })
}

/// Micro-degrees as degrees with four decimals.
fn degrees(micro: i32) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let tenths_of_thousandths = micro.unsigned_abs() / 100;
    format!("{sign}{}.{:04}", tenths_of_thousandths / 10_000, tenths_of_thousandths % 10_000)
}
