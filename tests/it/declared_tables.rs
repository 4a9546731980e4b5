//! Tables that an administrator declares in refresh.toml, such as the license lists of states.

use std::fs;

use jiff::Timestamp;
use placement::refresh::error::RefreshError;
use placement::refresh::gather::read_and_reconcile;
use placement::refresh::options::RefreshOptions;
use placement::refresh::settings::RefreshConfig;
use placement::service::Service;

use crate::folder::{Read, write};
use crate::new_sources::public;

/// The declarations of the three worked examples.
fn examples() -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/declared_tables.md")).unwrap();
    let examples = page.split_once("## Three examples").unwrap().1;
    let lines = examples.lines().filter(|line| line.is_empty() || line.starts_with("    "));
    lines.map(|line| format!("{}\n", line.trim_start())).collect::<Vec<_>>().concat()
}

/// Reads a folder of these files with these settings.
fn read<T: AsRef<[u8]>>(settings: &str, files: &[(&str, T)]) -> Read {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let settings = RefreshConfig::parse(settings).unwrap();
    let tonight = Timestamp::constant(1_900_000_000, 0);
    let options = RefreshOptions { dry_run: true, settings, ..RefreshOptions::new(folder.path(), "nowhere", tonight) };
    let read: Result<_, RefreshError> = read_and_reconcile(&options, &mut |_| {});
    let (night, report) = read.unwrap();
    Read { night, report }
}

fn remarked(read: &Read, words: &str) -> bool {
    read.report.remarks.iter().any(|remark| remark.contains(words))
}

const TX: &str = "\"Directory of Assisted Living Facility Providers with an Active License\",,,,,,,\n\
    Facility  Name,Facility ID,Service  Type,Physical Address,Physical Address CITY,Physical Address State,Physical Address Zipcode,Facility Phone Number,Total Licensed Capacity\n\
    BLUEBONNET HOUSE,000821,TYPE B,1 TRINITY CT,PALESTINE,TEXAS,75801-6978,(903) 555-0100,60\n\
    MESQUITE HOUSE,102438,TYPE A,2 SPRING ST,PALESTINE,TX,75803,903 5550101,some\n\
    ,102439,TYPE A,3 SPRING ST,PALESTINE,TX,75803,,12\n";
const NY: &str = "Facility ID,Facility Name,Short Description,Facility Address 1,Facility City,Facility State,Facility Zip Code,Facility Phone Number,Ownership Type,Facility Latitude,Facility Longitude\n\
    11,Larkwater Adult Home,AH,1 Elm St,Buffalo,New York,14201,7165550100,Not for Profit Corporation,42.9,-78.88\n\
    12,Larkwater Home Care,LHCSA,1 Elm St,Buffalo,New York,14201,7165550101,LLC,,\n\
    13,Larkwater Home Care Two,LHCSA,1 Elm St,Buffalo,New York,14201,7165550101,LLC,,\n\
    14,Harbor Nursing Center,NH,9 Pier St,Buffalo,New York,14201,7165550199,LLC,,\n";
const WA: &str = "LicenseNumber;FacilityType;FacilityName;LocationAddress;LocationCity;LocationZipCode;TelephoneNmbr;LicensedBedCount\n\
    AL-1/2;Adult Family Home;CEDAR HOME;5 FIR ST;OLYMPIA;98501;360-555-0100;6\n";

#[test]
fn the_lists_of_three_states_are_read_by_their_declarations() {
    let read = read(&examples(), &[("tx_2025-10-10.csv", TX), ("ny.csv", NY), ("wa.csv", WA)]);
    let house = read.provider("list:tx-assisted-living:000821");
    assert_eq!(house.address.as_ref().unwrap().value.to_string(), "1 TRINITY CT, PALESTINE, TX 75801");
    assert_eq!(house.phone.as_ref().unwrap().value.to_string(), "903-555-0100");
    let name = &house.name.evidence;
    assert_eq!((&*name.source, name.as_of), ("Texas HHSC assisted living", Some(jiff::civil::date(2025, 10, 10))));
    assert_eq!(read.line("list:tx-assisted-living:000821", Service::AssistedLiving).beds.as_ref().unwrap().value, 60);
    assert!(house.ccn.is_none(), "a license is no CCN");
    let adult_home = read.provider("list:ny-facilities:11");
    assert_eq!(adult_home.position.as_ref().unwrap().value.precision, placement::place::Precision::Address);
    assert!(read.night.providers.iter().all(|provider| !provider.name.value.contains("Home Care")));
    assert!(remarked(&read, "2 rows skipped, because [tables.ny-facilities]"), "{:?}", read.report.remarks);
    let cedar = read.provider("list:wa-residential-care:AL-1-2");
    assert_eq!(cedar.address.as_ref().unwrap().value.to_string(), "5 FIR ST, OLYMPIA, WA 98501");
    let told = read.rejects();
    assert_eq!(
        told.iter().filter(|fault| fault.starts_with("tx_")).count(),
        3,
        "the line of the header, beds, a name: {told:?}"
    );
    assert!(told.iter().any(|fault| fault.starts_with("tx_2025-10-10.csv:4 Total Licensed Capacity:")), "{told:?}");
    assert!(told.iter().any(|fault| fault.starts_with("tx_2025-10-10.csv:5 Facility  Name: it is missing")), "{told:?}");
}

#[test]
fn a_licensed_home_that_cms_lists_is_one_provider() {
    const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Processing Date\n\
        335001,HARBOR NURSING CENTER,9 PIER STREET,BUFFALO,NY,14201,7165550199,Medicare,L,,N,4,2026-08-01\n";
    // The second has the telephone and another street.
    let near = "15,Harbor Nursing Centre,NH,88 Far St,Buffalo,New York,14209,7165550199,LLC,,\n";
    let read = read(&examples(), &[("nh.csv", HOMES.to_owned()), ("ny.csv", format!("{NY}{near}"))]);
    let homes: Vec<&str> = read
        .night
        .providers
        .iter()
        .filter(|provider| provider.line(Service::SkilledNursing).is_some())
        .map(|provider| provider.id.as_str())
        .collect();
    assert_eq!(homes, ["ccn:335001"]);
    assert_eq!(read.provider("ccn:335001").name.value, "HARBOR NURSING CENTER", "CMS names it");
    assert!(!read.report.review.is_empty(), "a person decides about the other");
}

#[test]
fn every_fault_of_a_declaration_is_reported_at_once() {
    let settings = "[tables.TX_list]\nsource = \"\"\nstate = \"Texass\"\nservice = \"assisted\"\nservice_column = \"Type\"\n\
        columns = { nam = \"Name\", phone = \"\", street = \"A\", city = \"A\", latitude = \"LAT\" }\n\
        [tables.ok]\nsource = \"x\"\nservice_column = \"T\"\nservices = { AH = \"assistedliving\" }\ncolumns = { name = \"N\", ccn = \"C\" }\n\
        [tables.none]\ncolour = 1\n";
    let faults = RefreshConfig::parse(settings).unwrap_err();
    for expected in [
        "tables.TX_list: the name is part of the ids",
        "tables.TX_list.source: the name of the source is required",
        "tables.TX_list.state: \"Texass\" is no state",
        "tables.TX_list.service_column: service is also set",
        "tables.TX_list.columns: there is no field \"nam\"; did you mean",
        "tables.TX_list.columns: phone names no column",
        "tables.TX_list.columns: the column of the name is required",
        "tables.TX_list.columns: one column has to identify the provider",
        "tables.TX_list.columns: latitude and longitude belong together",
        "tables.TX_list.columns: two fields name the column \"A\"",
        "tables.ok.services: there is no service \"assistedliving\"; did you mean",
        "tables.none.colour: there is no setting \"colour\"",
    ] {
        assert!(faults.lines().any(|line| line.contains(expected)), "{expected}\n{faults}");
    }
}

#[test]
fn a_file_without_a_declared_column_is_listed_with_what_is_missing() {
    let renamed = TX.replace("Facility ID", "Facility Number").replace("Total Licensed Capacity", "Capacity, Total Licensed");
    let read = read(&examples(), &[("tx.csv", renamed.as_str()), ("wa.csv", WA)]);
    let unread = &read.report.unread[0];
    for words in ["[tables.tx-assisted-living]", "\"Facility ID\"", "\"Total Licensed Capacity\""] {
        assert!(unread.reason.contains(words), "{words}: {}", unread.reason);
    }
    assert!(remarked(&read, "[tables.tx-assisted-living]: no file has its columns"), "{:?}", read.report.remarks);
}

/// The declaration of a table of these columns.
fn declared(columns: &str) -> String {
    format!("[tables.homes]\nsource = \"list\"\nservice = \"assisted_living\"\nstate = \"TX\"\ncolumns = {{ {columns} }}\n")
}

#[test]
fn a_table_without_zip_and_points_has_no_faulty_rows() {
    let settings = declared("license = \"No\", name = \"Name\", street = \"Street\", city = \"City\"");
    let rows = (1..30).map(|n| format!("{n},HOUSE {n},{n} ELM ST,PALESTINE\n")).collect::<Vec<_>>().concat();
    let read = read(&settings, &[("homes.csv", format!("No,Name,Street,City\n{rows}"))]);
    let status = &read.report.files[0].status;
    assert_eq!((status.rows, status.rejected, status.faulty), (29, 0, 0), "{:?}", read.rejects());
    assert_eq!(read.provider("list:homes:7").address.as_ref().unwrap().value.to_string(), "7 ELM ST, PALESTINE, TX");
}

#[test]
fn a_row_without_the_declared_number_is_refused_by_the_name_of_its_column() {
    for (columns, header, cell, column, words) in [
        ("npi = \"Their NPI\"", "Their NPI", "", "Their NPI", "it is missing"),
        ("ccn = \"Medicare No\"", "Medicare No", "", "Medicare No", "it is missing"),
        ("npi = \"Their NPI\", license = \"No\"", "Their NPI,No", ",", "No", "it is missing"),
        ("npi = \"Their NPI\"", "Their NPI", "12", "Their NPI", "digits"),
    ] {
        let settings = declared(&format!("{columns}, name = \"Name\""));
        let good = if header.contains(',') {
            "1234567893,A1"
        } else if header == "Their NPI" {
            "1234567893"
        } else {
            "267044"
        };
        let rows = format!("{header},Name\n{good},GOOD HOUSE\n{cell},OTHER HOUSE\n");
        let read = read(&settings, &[("homes.csv", rows)]);
        assert_eq!(read.report.files[0].status.rejected, 1, "{columns}: {:?}", read.rejects());
        let faults = read.rejects();
        assert_eq!(faults.len(), 1, "{columns}: {faults:?}");
        assert!(
            faults[0].starts_with(&format!("homes.csv:3 {column}:")) && faults[0].contains(words),
            "{columns}: {faults:?}"
        );
    }
}

#[test]
fn a_blank_column_and_an_error_of_a_spreadsheet_are_reported() {
    let settings = declared("license = \"No\", name = \"Name\", phone = \"Phone\", beds = \"Beds\"");
    let rows = "No,Name,Phone,Beds\n1,HOUSE A,,4\n2,HOUSE B,,#REF!\n3,HOUSE C,,6\n";
    let read = read(&settings, &[("homes.csv", rows)]);
    assert!(remarked(&read, "the column \"Phone\" is blank in every row"), "{:?}", read.report.remarks);
    assert!(!remarked(&read, "\"Beds\""), "{:?}", read.report.remarks);
    let faults = read.rejects();
    assert!(faults.len() == 1 && faults[0].starts_with("homes.csv:3 Beds:"), "{faults:?}");
}

#[test]
fn the_public_lists_of_texas_and_new_york_are_read() {
    let Some((texas, texas_bytes)) = public("sources_2026/state_lists/tx_hhsc_assisted_living_2025-10.xlsx") else { return };
    let Some((york, york_bytes)) = public("sources_2026/state_lists/ny_health_facilities_Erie_Monroe_Albany_2025.csv") else {
        return;
    };
    let read = read(&examples(), &[(texas.as_str(), texas_bytes), (york.as_str(), york_bytes)]);
    let rows = |file: &str| {
        let found = read.report.files.iter().find(|found| found.status.file == file).unwrap();
        (found.status.dataset.as_str(), found.status.rows, found.status.rejected)
    };
    assert_eq!(rows(&texas), ("declared table", 300, 0), "{:?}", read.rejects());
    assert_eq!(rows(&york).1, 290);
    assert_eq!(rows(&york).2, 0, "{:?}", read.rejects());
    let of = |list: &str| read.night.providers.iter().filter(|provider| provider.id.as_str().starts_with(list)).count();
    // Some places have two licenses at one address and are one provider.
    assert!(of("list:tx-assisted-living:") > 280, "{}", of("list:tx-assisted-living:"));
    assert!(of("list:ny-facilities:") > 100, "{}", of("list:ny-facilities:"));
}

#[tokio::test]
async fn a_licensed_place_is_in_the_api_and_on_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    write(&files, &[("tx_2025-10-10.csv", TX), ("ny.csv", NY), ("wa.csv", WA)]);
    let settings = RefreshConfig::parse(&examples()).unwrap();
    let options = RefreshOptions {
        settings,
        force: Some("the first rows have errors on purpose".to_owned()),
        ..RefreshOptions::new(&files, &index, "2026-11-21T12:00:00Z".parse().unwrap())
    };
    placement::refresh::run(&options, &mut |_| {}).unwrap();
    let api = crate::api::Api::of(&index);
    let shown = api.get("/v1/providers/list:tx-assisted-living:000821").await.json();
    assert_eq!(shown["provider"]["name"]["source"], "Texas HHSC assisted living", "{shown}");
    assert_eq!(shown["provider"]["services"][0]["service"], "assisted_living");
    let page = crate::provider_pages::page(&api.get("/providers/list:tx-assisted-living:000821").await).words();
    assert!(page.contains("Texas HHSC assisted living, Oct 10, 2025"), "{page}");
}
