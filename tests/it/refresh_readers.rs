//! The rules of each reader, with small files.

use placement::evidence::Tristate;
use placement::evidence::Tristate::{No, Unknown, Yes};
use placement::place::Precision;
use placement::provider::quality::QualityMeasure;
use placement::provider::{ServiceArea, stated};
use placement::refresh::error::RefreshError;
use placement::service::Service;

use crate::folder::{Read, read, try_read};

const AGENCIES: &str = "State,CMS Certification Number (CCN),Provider Name,Address,City/Town,ZIP Code,Telephone Number,Type of Ownership,Offers Nursing Care Services,Offers Physical Therapy Services,Offers Occupational Therapy Services,Offers Speech Pathology Services,Offers Medical Social Services,Offers Home Health Aide Services,Certification Date,Quality of patient care star rating\n";
const GENERAL: &str = "CMS Certification Number (CCN),Facility Name,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,CMS Region,Ownership Type,Certification Date\n";
const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date\n";
const ZIPS: &str = "State,CMS Certification Number (CCN),ZIP Code\n";

fn one(name: &str, header: &str, rows: &str) -> Read {
    read(&[(name, format!("{header}{rows}"))])
}

#[test]
fn an_agency_answers_by_its_flags() {
    let read = one(
        "hh.csv",
        AGENCIES,
        "SC,427001,RIVERBEND HOME CARE,1 MAIN ST,CHARLESTON,29401,8435550100,PROPRIETARY,Yes,No,-,,Not Available,Yes,07/01/1966,4.5\n",
    );
    let answers = ["hh.nursing", "rehab.pt", "rehab.ot", "rehab.slp", "hh.msw", "hh.aide"]
        .map(|need| read.says("ccn:427001", Service::HomeHealth, need));
    assert_eq!(answers, [Yes, No, Unknown, Unknown, Unknown, Yes]);
    let line = read.line("ccn:427001", Service::HomeHealth);
    assert_eq!(line.rating.as_ref().unwrap().value.to_string(), "4.5");
    assert_eq!((stated(line.medicare.as_ref()), stated(line.medicaid.as_ref())), (Yes, Unknown));
    let agency = read.provider("ccn:427001");
    assert_eq!(agency.address.as_ref().unwrap().value.to_string(), "1 MAIN ST, CHARLESTON, SC 29401");
    assert_eq!(agency.phone.as_ref().unwrap().value.to_string(), "843-555-0100");
    assert_eq!(agency.position.as_ref().unwrap().value.precision, Precision::Zip);
}

#[test]
fn every_spelling_of_a_header_reads_the_same() {
    let row = "SC,427001,RIVERBEND HOME CARE,1 MAIN ST,CHARLESTON,29401,8435550100,PROPRIETARY,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n";
    let expected = one("hh.csv", AGENCIES, row).night.providers;
    let api = "state,cms_certification_number_ccn,provider_name,address,citytown,zip_code,telephone_number,type_of_ownership,offers_nursing_care_services,offers_physical_therapy_services,offers_occupational_therapy_services,offers_speech_pathology_services,offers_medical_social_services,offers_home_health_aide_services,certification_date,quality_of_patient_care_star_rating\n";
    let older = AGENCIES
        .replace("City/Town", "City")
        .replace("ZIP Code", "Zip")
        .replace("Telephone Number", "Phone")
        .replace("CMS Certification Number (CCN)", "Provider Number");
    for header in [api, &older, &AGENCIES.to_uppercase()] {
        assert_eq!(one("hh.csv", header, row).night.providers, expected, "{header}");
    }
}

#[test]
fn what_the_file_looks_like_on_disk_makes_no_difference() {
    let text = format!(
        "{AGENCIES}SC,427001,MUÑOZ HOME CARE,1 MAIN ST,CHARLESTON,29401,8435550100,PROPRIETARY,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\nSC,427002,\"B, INC\",2 MAIN ST,CHARLESTON,29401,bad,PROPRIETARY,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n"
    );
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let expected = read(&[("hh.csv", &text)]);
    assert_eq!(expected.provider("ccn:427001").name.value, "MUÑOZ HOME CARE");
    for (what, bytes) in [
        ("byte order mark", format!("\u{feff}{text}").into_bytes()),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("bare CR", text.replace('\n', "\r").into_bytes()),
        ("no final newline", text.trim_end().as_bytes().to_vec()),
        ("Windows-1252", latin),
    ] {
        let read = read(&[("hh.csv", bytes)]);
        assert_eq!(read.night.providers, expected.night.providers, "{what}");
        assert_eq!(read.rejects(), expected.rejects(), "{what}: the same line is at fault");
    }
}

#[test]
fn a_renamed_column_is_named_with_the_nearest_and_all_are_told_at_once() {
    let agencies = AGENCIES.replace("Offers Speech Pathology Services", "Offers Speech Therapy Services");
    let zips = ZIPS.replace("ZIP Code", "Postal ZIP");
    let error = try_read(&[("hh.csv", agencies), ("zips.csv", format!("{zips}SC,427001,29401\n"))]).err().unwrap();
    assert_eq!(
        error.to_string(),
        "hh.csv: looks like CMS Home Health Care Agencies, but the column \"Offers Speech Pathology Services\" is missing; \
         the nearest is \"Offers Speech Therapy Services\"\n\
         zips.csv: looks like CMS Home Health Care ZIP Codes, but the column \"ZIP Code\" is missing; the nearest is \"Postal ZIP\""
    );
    assert!(matches!(error, RefreshError::MissingColumns(missing) if missing.len() == 2));
}

#[test]
fn a_column_that_can_be_done_without_is_remarked_on() {
    let header = HOMES.replace("Telephone Number", "Fax");
    let read =
        one("nh.csv", &header, "425001,HOME,1 A ST,CHARLESTON,SC,29401,8435550100,X,10,Medicare,L,,N,4,,,,2026-06-01\n");
    assert_eq!(read.report.remarks, ["nh.csv: column \"Telephone Number\" is missing"]);
}

#[test]
fn a_home_says_who_pays_and_how_good_its_point_is() {
    let rows = "425001,A,1 A ST,CHARLESTON,SC,29401,8435550100,X,\"1,010\",Medicare and Medicaid,L,SFF,N,4,32.78,-79.93,,2026-06-01\n\
                425002,B,2 A ST,CHARLESTON,SC,29401,8435550100,X,.,Medicare,L,,Y,,32.78,-79.93,22,2026-06-01\n\
                425003,C,3 A ST,CHARLESTON,SC,29401,8435550100,X,5,Medicaid,L,,N,6,,,,2026-06-01\n\
                425004,D,4 A ST,CHARLESTON,SC,29401,8435550100,X,5,Both,L,,N,3.0,0,0,,2026-06-01\n";
    let read = one("nh.csv", HOMES, rows);
    let pays = |id: &str| {
        let line = read.line(id, Service::SkilledNursing);
        (stated(line.medicare.as_ref()), stated(line.medicaid.as_ref()))
    };
    for (id, expected) in
        [("ccn:425001", (Yes, Yes)), ("ccn:425002", (Yes, No)), ("ccn:425003", (No, Yes)), ("ccn:425004", (Unknown, Unknown))]
    {
        assert_eq!(pays(id), expected, "{id}");
    }
    let precision = |id: &str| read.provider(id).position.as_ref().unwrap().value.precision;
    assert_eq!(
        [precision("ccn:425001"), precision("ccn:425002"), precision("ccn:425003"), precision("ccn:425004")],
        [Precision::Address, Precision::Approximate, Precision::Zip, Precision::Zip]
    );
    assert_eq!(read.line("ccn:425001", Service::SkilledNursing).beds.as_ref().unwrap().value, 1010);
    assert!(read.line("ccn:425002", Service::SkilledNursing).beds.is_none());
    assert_eq!(read.report.rejects.cells, 3, "{:?}", read.rejects());
    assert_eq!(read.report.files[0].status.faulty, 2);
    assert_eq!(read.report.files[0].status.as_of.unwrap().to_string(), "2026-06-01");
    assert_eq!(read.report.files[0].status.as_of_from, "date column");
}

#[test]
fn beds_on_form_671_are_a_yes_and_none_are_no_answer() {
    let header = "Provider Number,Facility Name,City,State,Zip Code,Certification Date,Program Participation Code,Ownership Type,Number of Alzheimer's Disease Beds,Number of Dialysis Beds,Number of Disabled Children/Young Adult Beds,Number of Head Trauma Beds,Number of Hospice Beds,Number of Ventilator Beds\n";
    let codes = [
        ("SNF/NF Dual Certification", (Yes, Yes)),
        ("SNF/NF - Medicare/Medicaid", (Yes, Yes)),
        ("SNF/NF Distinct Part", (Yes, Yes)),
        ("SNF (Medicare) Only", (Yes, No)),
        ("Skilled Nursing Facility (SNF) - Medicare Participation", (Yes, No)),
        ("NF (Medicaid) Only", (No, Yes)),
        ("Nursing Facility (NF) - Medicaid Participation", (No, Yes)),
        ("", (Unknown, Unknown)),
    ];
    let row = |(at, (code, _)): (usize, &(&str, _))| {
        format!("42500{at},HOME {at},CHARLESTON,SC,29401,2023-03-0{},{code},X,1,0,0,2,0,40\n", at + 1)
    };
    let rows: Vec<String> = codes.iter().enumerate().map(row).collect();
    let read = one("ltc_2025Q4.csv", header, &rows.concat());
    for (at, (code, pays)) in codes.iter().enumerate() {
        let line = read.line(&format!("ccn:42500{at}"), Service::SkilledNursing);
        assert_eq!((stated(line.medicare.as_ref()), stated(line.medicaid.as_ref())), *pays, "{code}");
    }
    let says = |need| read.says("ccn:425000", Service::SkilledNursing, need);
    assert_eq!(
        ["resp.vent", "cog.dementia", "rehab.tbi", "renal.hd-onsite", "eol.inpatient", "pop.peds"].map(says),
        [Yes, Yes, Yes, Unknown, Unknown, Unknown]
    );
    let home = read.provider("ccn:425000");
    assert_eq!(home.name.evidence.as_of.unwrap().to_string(), "2023-03-01", "the day of the survey, not of the file");
    assert_eq!(read.report.files[0].status.as_of.unwrap().to_string(), "2025-10-01");
}

#[test]
fn files_with_one_header_are_told_apart_by_their_ccns() {
    let row = |ccn: &str| format!("{ccn},A,1 A ST,STE 2,CHARLESTON,SC,29401,X,(843) 555-0100,4,Other,01/01/2001\n");
    let beds = GENERAL.replace("Certification Date\n", "Certification Date,Total Number of Beds\n");
    let read = read(&[
        ("a.csv", format!("{GENERAL}{}{}", row("42T001"), row("423025"))),
        ("b.csv", format!("{GENERAL}{}", row("421501"))),
        ("c.csv", format!("{beds}{}", row("422001").replace("01/01/2001", "01/01/2001,42"))),
        ("d.csv", format!("{ZIPS}SC,427001,29401\n")),
        ("e.csv", format!("{ZIPS}SC,421501,29403\nSC,421501,29401\nSC,421501,29403\nSC,421501,99999\n")),
        ("f.csv", format!("{GENERAL}{}", row("420001"))),
    ]);
    assert_eq!(read.says("ccn:42T001", Service::InpatientRehab, "rehab.intensive"), Yes);
    assert_eq!(read.says("ccn:421501", Service::Hospice, "eol.home"), Yes);
    assert_eq!(read.line("ccn:422001", Service::LongTermAcute).beds.as_ref().unwrap().value, 42);
    assert_eq!(read.provider("ccn:422001").address.as_ref().unwrap().value.street, "1 A ST, STE 2");
    let ServiceArea::Zips(area) = &read.line("ccn:421501", Service::Hospice).area else { panic!("no area") };
    assert_eq!(area.value.iter().map(ToString::to_string).collect::<Vec<_>>(), ["29401", "29403", "99999"]);
    assert_eq!(read.report.unknown_zips, 1);
    assert_eq!(read.report.files.iter().map(|file| file.duplicates).sum::<u64>(), 1);
    assert_eq!(read.report.without_name, ["ccn:427001"], "a ZIP file names nobody");
    assert_eq!(read.report.unread.len(), 1, "hospitals share the header and are told apart: {:?}", read.report.unread);
}

#[test]
fn counts_of_conditions_prove_programmes() {
    let header = "CMS Certification Number (CCN),Facility Name,Address Line 1,Address Line 2,City,State,Zip Code,County Name,Phone Number,CMS Region,Condition,Count,Footnote\n";
    let row = |condition: &str, count: &str| {
        format!("423025,A,1 A ST,,CHARLESTON,SC,29401,X,8435550100,4,\"{condition}\",\"{count}\",\n")
    };
    let rows = [
        row("Stroke", "1,232"),
        row("Nervous system disorder (excluding stroke)", "13"),
        row("Brain injury (traumatic)", "Less than 11"),
        row("Spinal cord injury (traumatic)", "0"),
        row("Hip or knee replacement, amputation or other bone or joint condition", "80"),
        row("Stroke", "1,232"),
        row("Stroke", "7"),
        row("Gout", "7"),
    ];
    let read = one("irf.csv", header, &rows.concat());
    let says = |need| read.says("ccn:423025", Service::InpatientRehab, need);
    assert_eq!(["rehab.stroke", "rehab.tbi", "rehab.sci", "rehab.amputee"].map(says), [Yes, Unknown, Unknown, Unknown]);
    assert_eq!(read.report.files[0].duplicates, 1);
    assert_eq!(
        read.rejects(),
        [
            "irf.csv:8 Count: it differs from an earlier row of the file",
            "irf.csv:9 Condition: it is not one of the nine conditions"
        ]
    );
}

#[test]
fn the_tall_hospice_file_is_one_hospice_a_group_of_rows() {
    let header = "CMS Certification Number (CCN),Facility Name,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,CMS Region,Measure Code,Measure Name,Score,Footnote,Measure Date Range\n";
    let row = |ccn: &str, name: &str, code: &str, score: &str| {
        format!("{ccn},{name},1 A ST,,CHARLESTON,SC,29401,X,(843) 555-0100,4,{code},,{score},,07/01/2022-06/30/2023\n")
    };
    let rows = [
        row("421500", "A", "H_001_01_OBSERVED", "100.0"),
        row("421500", "A", "H_012_00_OBSERVED", "9.0"),
        row("421501", "B", "H_012_00_OBSERVED", "Not Available"),
        row("421501", "B SOUTH", "H_001_01_OBSERVED", "7"),
        row("421500", "A", "H_012_00_OBSERVED", "8"),
    ];
    let read = one("hospice.csv", header, &rows.concat());
    let rating = |id| read.line(id, Service::Hospice).rating.as_ref().map(|fact| (fact.value.measure, fact.value.tenths));
    assert_eq!(rating("ccn:421500"), Some((QualityMeasure::HospiceCareIndex, 90)));
    assert_eq!(rating("ccn:421501"), None);
    assert_eq!(
        read.rejects(),
        [
            "hospice.csv:5 Facility Name: the first row of this provider has \"B\"",
            "hospice.csv:6 Score: an earlier row of this provider has another value"
        ]
    );
}

#[test]
fn a_dialysis_facility_answers_by_its_flags() {
    let header = "CMS Certification Number (CCN),Network,Facility Name,Five Star Date,Five Star,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,Profit or Non-Profit,Chain Owned,Late Shift,# of Dialysis Stations,Offers in-center hemodialysis,Offers peritoneal dialysis,Offers home hemodialysis training,Certification Date\n";
    let read = one(
        "dfc.csv",
        header,
        "422500,6,A,x,Not Available,1 A ST,,CHARLESTON,SC,29401,X,(843) 555-0100,Profit,No,No,20,Yes,No,Yes,01/01/2001\n",
    );
    let line = read.line("ccn:422500", Service::Dialysis);
    assert_eq!((line.beds.as_ref().unwrap().value, line.rating.is_none()), (20, true));
    assert_eq!(["renal.hd-onsite", "renal.pd"].map(|need| read.says("ccn:422500", Service::Dialysis, need)), [Yes, No]);
}

#[test]
fn suppliers_are_read_only_where_they_can_be_followed() {
    let header = "provider_id,acceptsassignement,participationbegindate,businessname,practicename,practiceaddress1,practiceaddress2,practicecity,practicestate,practicezip9code,telephonenumber,specialitieslist,providertypelist,supplieslist,latitude,longitude";
    let row = "3436341,True,2026-02-27,LEGAL INC,CORNER PHARMACY,1 A ST,,CHARLESTON,SC,294011234,8435550100,Pharmacy,,Beds,32.78,-79.93";
    let other = ("hh.csv", AGENCIES.to_owned());
    let without = read(&[("dme.csv", format!("{header}\n{row}\n")), other]);
    assert_eq!(without.report.unread[0].dataset.as_deref(), Some("CMS Medical Equipment Suppliers"));
    let with = read(&[("dme.csv", format!("{header},npi\n{row},1234567893\n{row},1234567890\n"))]);
    let supplier = with.provider("npi:1234567893");
    assert_eq!(
        (supplier.name.value.as_str(), supplier.address.as_ref().unwrap().value.zip.unwrap().to_string()),
        ("CORNER PHARMACY", "29401".to_owned())
    );
    assert_eq!(with.rejects(), ["dme.csv:3 npi: an NPI is ten digits, the last a check digit"]);
}

#[test]
fn a_synthea_list_loses_zeros_and_points_at_the_city() {
    let header = ",id,name,address,city,state,zip,county,phone,ownership,startdate,LAT,LON,hospital,rehab\n";
    let read = one(
        "rehab.csv",
        header,
        "0,313029,A,14 HOSPITAL DRIVE,TOMS RIVER,NJ,8755,Ocean,(732) 555-0100,For  profit,01/01/1985,39.953394, -74.198149,false,true\n",
    );
    let facility = read.provider("ccn:313029");
    assert_eq!(facility.address.as_ref().unwrap().value.zip.unwrap().to_string(), "08755");
    assert_eq!(facility.ownership.as_ref().unwrap().value, "For profit");
    let position = facility.position.as_ref().unwrap();
    assert_eq!(position.value.precision, Precision::Zip, "the middle of the ZIP is closer than that of the city");
    assert_eq!(position.others[0].0.precision, Precision::City);
    assert_eq!(facility.name.evidence.as_of, None);
    assert_eq!(read.says("ccn:313029", Service::InpatientRehab, "rehab.intensive"), Tristate::Yes);
}

#[test]
fn two_of_three_decide_where_a_provider_is() {
    let home = |ccn: &str| format!("{ccn},OAK MANOR,1 A ST,SPRINGFIELD,MO,01103,4175550100,X,90,X,X,,N,4,,,,2026-06-01\n");
    let homes = format!("{HOMES}{}{}", home("265001"), home("225001"));
    let profile =
        "npi,service,name,city,state,zip,as_of\n1234567893,home_infusion,OAK INFUSION,SPRINGFIELD,MO,01103,2026-06-01\n";
    let read = read(&[("homes.csv", homes), ("profiles.csv", profile.to_owned())]);
    for (id, state, precision, code) in [
        ("ccn:265001", "MO", Precision::City, "zip_of_another_state"),
        ("ccn:225001", "MA", Precision::Zip, "state_corrected"),
        ("npi:1234567893", "MO", Precision::City, "state_in_doubt"),
    ] {
        let provider = read.provider(id);
        let (address, position) = (provider.address.as_ref().unwrap(), provider.position.as_ref().unwrap());
        assert_eq!(address.value.state.unwrap().as_str(), state, "{id}");
        assert_eq!(address.others.iter().any(|(written, _)| written.state.unwrap().as_str() == "MO"), state == "MA", "{id}");
        assert_eq!(position.value.precision, precision, "{id}");
        assert_eq!(position.value.point.longitude() < -90.0, state == "MO", "{id}");
        let told = format!("{code}: {id} {}: its address says MO, and ZIP 01103 lies in", provider.name.value);
        assert!(read.report.remarks.iter().any(|remark| remark.starts_with(&told)), "{told}: {:?}", read.report.remarks);
    }
    assert_eq!(read.report.rejects.doubts, 3);
}

#[test]
fn every_row_is_a_fact_or_a_reject() {
    let rows = "SC,427001,GOOD,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,42700,SHORT CCN,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,427003,-,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,427004,TOO FEW CELLS\n\
                ZZ,427005,KEPT,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Perhaps,Yes,Yes,Yes,Yes,07/01/1966,4.7\n\
                SC,427001,GOOD,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,427001,OTHERWISE,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,427008,ESC\u{1b}[31m\u{91}APED,1 A ST,CHARLESTON,29401,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                SC,427009,SHORT PHONE,1 A ST,CHARLESTON,29401,12,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
                ,427010,NOWHERE,1 A ST,CHARLESTON,,8435550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n";
    let read = one("hh.csv", AGENCIES, rows);
    let status = &read.report.files[0].status;
    assert_eq!((status.rows, status.rejected, status.faulty, read.report.files[0].duplicates), (10, 4, 3, 1));
    assert_eq!(read.night.providers.len(), 5);
    assert_eq!(
        read.rejects(),
        [
            "hh.csv:3 CMS Certification Number (CCN): a CCN is six letters and digits",
            "hh.csv:4 Provider Name: it is missing",
            "hh.csv:5 : it has 3 cells but the header has 16",
            "hh.csv:6 State: a state is its two-letter postal code, such as SC",
            "hh.csv:6 Quality of patient care star rating: it is not on the scale of the measure",
            "hh.csv:6 Offers Physical Therapy Services: it is neither yes nor no",
            "hh.csv:8 CMS Certification Number (CCN): it contradicts an earlier row of the file about this provider",
            "hh.csv:10 Telephone Number: a telephone number is ten digits; area code and exchange begin with 2 to 9",
            "hh.csv:11 ZIP Code: it is missing",
            "hh.csv:11 State: it is missing",
        ]
    );
    assert!(!read.provider("ccn:427008").name.value.chars().any(char::is_control));
    assert_eq!(read.report.without_place, ["ccn:427010 NOWHERE"], "a ZIP code says the state");
}

#[test]
fn a_file_that_is_not_read_is_told_with_its_reason() {
    let read = read(&[
        ("hh.csv", AGENCIES.as_bytes()),
        ("a.html", b"<html>moved</html>"),
        ("b.csv", b""),
        ("c.csv", b"red,green\n1,2\n"),
        ("e.csv", b"Facility ID,Facility Name,Hospital Type,Emergency Services\n010001,A,Acute,Yes\n"),
    ]);
    let told: Vec<(&str, bool)> =
        read.report.unread.iter().map(|unread| (unread.file.as_str(), unread.dataset.is_some())).collect();
    assert_eq!(told, [("a.html", false), ("b.csv", false), ("c.csv", false), ("e.csv", true)]);
    let page = read.report.to_string();
    assert!(read.report.unread.iter().all(|unread| page.contains(&unread.file) && page.contains(&unread.reason)), "{page}");
    assert!(matches!(try_read(&[("c.csv", "red,green\n")]), Err(RefreshError::NothingRecognised { .. })));
    let broken = try_read(&[("hh.csv", AGENCIES.as_bytes()), ("d.zip", b"PK\x03\x04broken off")]);
    assert!(matches!(broken, Err(RefreshError::Disk { path, .. }) if path.ends_with("d.zip")));
}
