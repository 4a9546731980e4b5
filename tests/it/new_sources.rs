//! Sources beyond the lists of providers: enrollments, owners, surveys, the registry's further files and tables that an
//! administrator declares.

use std::path::{Path, PathBuf};
use std::{env, fs};

use placement::coverage::IdentityConfidence;
use placement::provider::Npi;
use placement::service::Service;

use crate::folder::{Read, read};

const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,Legal Business Name,Chain Name,Chain ID,Special Focus Status,Abuse Icon,Overall Rating,Processing Date\n";
const ENROLLMENTS: &str = "\"ENROLLMENT ID\",\"ENROLLMENT STATE\",\"PROVIDER TYPE CODE\",\"PROVIDER TYPE TEXT\",\"NPI\",\"MULTIPLE NPI FLAG\",\"CCN\",\"ASSOCIATE ID\",\"ORGANIZATION NAME\",\"DOING BUSINESS AS NAME\",\"INCORPORATION DATE\",\"INCORPORATION STATE\",\"ORGANIZATION TYPE STRUCTURE\",\"ORGANIZATION OTHER TYPE TEXT\",\"PROPRIETARY_NONPROFIT\",\"NURSING HOME PROVIDER NAME\",\"AFFILIATION ENTITY NAME\",\"AFFILIATION ENTITY ID\",\"ADDRESS LINE 1\",\"ADDRESS LINE 2\",\"CITY\",\"STATE\",\"ZIP CODE\"\n";

/// A file of the public data beside the project. It must be there where `CI` is set.
pub(crate) fn public(name: &str) -> Option<(String, Vec<u8>)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = env::var_os("PLACEMENT_SHARED").map_or_else(beside, PathBuf::from).join("data").join(name);
    let bytes = fs::read(&path).ok();
    assert!(bytes.is_some() || env::var_os("CI").is_none(), "{} is missing", path.display());
    if bytes.is_none() {
        println!("skipped: {} is missing", path.display());
    }
    Some((path.file_name()?.to_str()?.to_owned(), bytes?))
}

/// The nth valid NPI of a row of them.
fn npi(n: usize) -> Npi {
    let nine = 123_000_000 + n;
    (0..10).find_map(|check| format!("{nine}{check}").parse().ok()).unwrap()
}

fn home(ccn: usize, name: &str, cells: &str) -> String {
    format!("{ccn},{name},{ccn} MAIN ST,CHARLESTON,SC,29401,Medicare,{cells},,N,4,2026-08-01\n")
}

fn enrollment(id: usize, npi: Npi, several: &str, ccn: &str, names: &str) -> String {
    format!(
        "O{id},SC,00-18,PART A PROVIDER - SKILLED NURSING FACILITY,{npi},{several},{ccn},1,{names},,,LLC,,P,,,,1 OTHER ST,,AIKEN,SC,298010000\n"
    )
}

/// The business behind a provider, each as `code: words`.
fn business(read: &Read, id: &str) -> Vec<String> {
    read.provider(id).business.iter().map(|fact| format!("{}: {}", fact.value.code(), fact.value)).collect()
}

fn remarked(read: &Read, words: &str) -> bool {
    read.report.remarks.iter().any(|remark| remark.contains(words))
}

/// The providers that a network has for certain.
fn in_network(read: &Read) -> usize {
    let listed = |provider: &&placement::provider::Provider| {
        let terms = read.terms(provider.id.as_str(), Service::SkilledNursing);
        terms.iter().any(|terms| terms.link == IdentityConfidence::Sure)
    };
    read.night.providers.iter().filter(listed).count()
}

#[test]
fn a_roster_of_600_homes_by_npi_only_finds_all_but_those_without_an_enrollment() {
    let homes: String = (0..600).map(|n| home(425_000 + n, &format!("HOME {n}"), "L,,")).collect();
    // Every seventh home is listed by its second NPI, and ten have no enrollment.
    let second = |n: usize| n.is_multiple_of(7);
    let enrolled = |n: &usize| *n >= 10;
    let rows = (0..600).filter(enrolled).map(|n| {
        enrollment(n, npi(n), if second(n) { "Y" } else { "N" }, &(425_000 + n).to_string(), &format!("OWNER {n} LLC,"))
    });
    let additional = (0..600).filter(|n| second(*n) && enrolled(n)).map(|n| format!("O{n},{}\n", npi(1_000 + n)));
    let roster: String = (0..600)
        .map(|n| format!("Acme,Acme PPO,{}\n", npi(if second(n) { 1_000 + n } else { n })))
        .collect::<Vec<_>>()
        .concat();
    let files = [
        ("nh.csv", format!("{HOMES}{homes}")),
        ("SNF_Enrollments_2026.07.31.csv", format!("{ENROLLMENTS}{}", rows.collect::<String>())),
        ("SNF_Additional_NPIs_2026.07.31.csv", format!("ENROLLMENT ID,NPI\n{}", additional.collect::<String>())),
        ("roster.csv", format!("payer,network,npi\n{roster}")),
    ];
    let whole = read(&files);
    assert_eq!(whole.rejects(), Vec::<String>::new());
    assert_eq!(in_network(&whole), 590);
    assert_eq!(whole.report.unknown_members.len(), 10);
    assert!(!remarked(&whole, "several NPIs"));
    // Without the second file the homes that are listed by their second NPI are not found, and the report says so.
    let without = read(&[&files[..2], &files[3..]].concat());
    assert_eq!(in_network(&without), 590 - 84);
    assert!(remarked(&without, "84 enrollments have several NPIs"), "{:?}", without.report.remarks);
}

#[test]
fn an_enrollment_gives_names_and_makes_no_provider() {
    let names = "\"HARBOR  OPERATIONS, LLC\",HARBOR \u{96} MANOR";
    // Windows-1252: a byte that is no UTF-8.
    let rows = [
        enrollment(1, npi(1), "N", "425003", "\"HARBOR OPERATIONS, LLC\",PIER & HARBOR MANOR"),
        enrollment(2, npi(2), "N", "425099", "NOBODY LLC,"),
        enrollment(3, npi(3), "N", "420018", "A HOSPITAL,"),
        enrollment(4, npi(4), "N", "42500?", names),
    ];
    let mut bytes = format!("{ENROLLMENTS}{}", rows.concat()).into_bytes();
    let at = bytes.windows(6).position(|six| six == b"PIER &").unwrap();
    bytes[at + 5] = 0x96;
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", "LEGAL OF THE LIST,,"));
    let read = read(&[("nh.csv", homes.into_bytes()), ("SNF_Enrollments_2026.07.31.csv", bytes)]);
    let known = read.provider("ccn:425003");
    assert_eq!(known.npis, [npi(1)]);
    assert_eq!(known.name.value, "HARBOR MANOR", "the list of providers names it");
    assert_eq!(business(&read, "ccn:425003"), ["legal_name: LEGAL OF THE LIST", "business_name: PIER \u{2013} HARBOR MANOR"]);
    let legal = &known.business[0];
    assert_eq!(legal.others[0].0.to_string(), "HARBOR OPERATIONS, LLC", "the older file's name stays visible");
    assert_eq!(&*legal.others[0].1.source, "CMS enrollments");
    assert_eq!(legal.others[0].1.as_of, Some(jiff::civil::date(2026, 7, 31)));
    assert_eq!(read.night.providers.len(), 1);
    assert!(read.report.without_name.is_empty());
    assert!(remarked(&read, "1 record of enrollments"), "{:?}", read.report.remarks);
    assert!(read.rejects().iter().any(|told| told.contains("CCN: a CCN is six")), "{:?}", read.rejects());
}

#[test]
fn a_payer_that_lists_the_legal_name_at_the_address_is_understood() {
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", ",,"));
    let enrollments = format!("{ENROLLMENTS}{}", enrollment(1, npi(1), "N", "425003", "PIER OPERATIONS LLC,"));
    let facility = r#"{"npi":"NPI","type":"FACILITY","facility_name":"Pier Operations, LLC","facility_type":["Skilled Nursing Facility"],"addresses":[{"address":"425003 Main Street","city":"Charleston","state":"SC","zip":"29401"}],"plans":[{"plan_id_type":"HIOS-PLAN-ID","plan_id":"12345SC0010001","network_tier":"PREFERRED","years":[2026]}],"last_updated_on":"2026-10-01"}"#;
    let facility = facility.replace("NPI", &npi(7).to_string());
    let read_with = |enrollments: &str| {
        read(&[("nh.csv", homes.as_str()), ("e.csv", enrollments), ("providers.json", &format!("[{facility}]"))])
    };
    assert_eq!(in_network(&read_with(ENROLLMENTS)), 0);
    assert_eq!(in_network(&read_with(&enrollments.replace(&npi(1).to_string(), &npi(7).to_string()))), 1);
}

#[test]
fn the_public_enrollments_join_nearly_every_home_of_south_carolina() {
    let Some((homes, home_bytes)) = public("real/cms/nh_provider_info_SC_2024-06.csv") else { return };
    let Some((file, bytes)) = public("sources_2026/cms_enrollment/snf_enrollments_SC_MO_KS_2026-07.csv") else { return };
    let read = read(&[(homes.as_str(), home_bytes), (file.as_str(), bytes)]);
    let numbered = read.night.providers.iter().filter(|provider| !provider.npis.is_empty()).count();
    assert_eq!((read.night.providers.len(), numbered), (189, 186));
    let report = read.report.files.iter().find(|found| found.status.file == file).unwrap();
    assert_eq!((report.status.dataset.as_str(), report.status.rows, report.status.rejected), ("CMS enrollments", 1016, 0));
    assert!(remarked(&read, "several NPIs"));
}

#[test]
fn lost_zeros_of_a_spreadsheet_are_restored_and_reported() {
    let Some((file, bytes)) = public("sources_2026/cms_retyped/hospice_enrollments_2025-10_lost_zeros.csv") else { return };
    let read = crate::folder::try_read(&[(file.as_str(), bytes)]).unwrap();
    let report = &read.report.files[0];
    assert_eq!((report.status.dataset.as_str(), report.status.rejected), ("CMS enrollments", 0), "{:?}", read.rejects());
    let restored = read.rejects().iter().filter(|told| told.contains("lost its leading zero")).count();
    assert!(restored >= 2, "{:?}", read.rejects());
}

const OWNERS: &str = "ENROLLMENT ID,ASSOCIATE ID,ORGANIZATION NAME,ASSOCIATE ID - OWNER,TYPE - OWNER,ROLE CODE - OWNER,ROLE TEXT - OWNER,ASSOCIATION DATE - OWNER,FIRST NAME - OWNER,MIDDLE NAME - OWNER,LAST NAME - OWNER,TITLE - OWNER,ORGANIZATION NAME - OWNER,DOING BUSINESS AS NAME - OWNER,ADDRESS LINE 1 - OWNER,ADDRESS LINE 2 - OWNER,CITY - OWNER,STATE - OWNER,ZIP CODE - OWNER,PERCENTAGE OWNERSHIP\n\
    O1,1,HARBOR OPERATIONS LLC,2,O,34,5% OR GREATER DIRECT OWNERSHIP INTEREST,01/02/2020,,,,,HARBOR HOLDINGS LLC,,9 FAR ST,,MIAMI,FL,33101,60\n\
    O1,1,HARBOR OPERATIONS LLC,3,I,40,OFFICER,01/02/2020,PAT,,SECRETPERSON,CEO,,,,,,,,\n\
    O9,1,UNKNOWN LLC,2,O,34,PARTNER,01/02/2020,,,,,NOBODY LLC,,,,,,,\n";
const CHANGES: &str = "ENROLLMENT ID - BUYER,ENROLLMENT STATE - BUYER,PROVIDER TYPE CODE - BUYER,PROVIDER TYPE TEXT - BUYER,NPI - BUYER,MULTIPLE NPI FLAG - BUYER,CCN - BUYER,ASSOCIATE ID - BUYER,ORGANIZATION NAME - BUYER,DOING BUSINESS AS NAME - BUYER,CHOW TYPE CODE,CHOW TYPE TEXT,EFFECTIVE DATE,ENROLLMENT ID - SELLER,ENROLLMENT STATE - SELLER,NPI - SELLER,CCN - SELLER,ASSOCIATE ID - SELLER,ORGANIZATION NAME - SELLER,DOING BUSINESS AS NAME - SELLER\n\
    O1,SC,00-18,SNF,1234567893,N,425003,1,HARBOR OPERATIONS LLC,,CH,CHANGE OF OWNERSHIP,03/01/2026,O2,SC,1234567893,425003,2,OLD PIER INC,\n\
    O1,SC,00-18,SNF,1234567893,N,425004,1,HARBOR OPERATIONS LLC,,CH,CHANGE OF OWNERSHIP,03/01/2019,O2,SC,1234567893,425004,2,OLD PIER INC,\n\
    O1,SC,00-18,SNF,1234567893,N,425004,1,HARBOR OPERATIONS LLC,,CH,CHANGE OF OWNERSHIP,someday,O2,SC,1234567893,425004,2,OLD PIER INC,\n";
const CHAINS: &str = "Chain,\"Chain ID\",\"Number of facilities\",\"Number of states and territories with operations\",\"Number of Special Focus Facilities (SFF)\",\"Number of SFF candidates\",\"Number of facilities with an abuse icon\",\"Average overall 5-star rating\"\n\
    National,\"\",14709,53,86,440,1466,3\nHARBOR CHAIN,48,14,2,1,0,3,1.5\n";

/// The files of a home with an enrollment, owners, a change of ownership and a chain.
fn owned() -> Vec<(&'static str, String)> {
    let homes = [home(425_003, "HARBOR MANOR", ",HARBOR CHAIN,48"), home(425_004, "PIER MANOR", ",,")];
    vec![
        ("nh.csv", format!("{HOMES}{}", homes.concat())),
        (
            "SNF_Enrollments_2026.07.31.csv",
            format!("{ENROLLMENTS}{}", enrollment(1, npi(1), "N", "425003", "HARBOR OPERATIONS LLC,")),
        ),
        ("SNF_All_Owners_2026.07.31.csv", OWNERS.to_owned()),
        ("SNF_CHOW_2026.07.01.csv", CHANGES.to_owned()),
        ("NH_Chain_Performance_2026-06.csv", CHAINS.to_owned()),
    ]
}

#[test]
fn owners_changes_of_ownership_and_chains_are_shown_and_rate_nobody() {
    let read = read(&owned());
    assert_eq!(
        business(&read, "ccn:425003"),
        [
            "legal_name: HARBOR OPERATIONS LLC",
            "chain: HARBOR CHAIN",
            "chain_counts: 14 homes, 1 Special Focus Facility, 0 candidates, 3 with the abuse icon",
            "owner: HARBOR HOLDINGS LLC (5% OR GREATER DIRECT OWNERSHIP INTEREST, 60 %)",
            "ownership_change: Mar 1, 2026, before it OLD PIER INC",
        ]
    );
    let line = read.line("ccn:425003", Service::SkilledNursing);
    assert_eq!(line.rating.as_ref().unwrap().value.to_string(), "4", "the average of a chain is nobody's rating");
    let notices = |id: &str| {
        let safety = &read.line(id, Service::SkilledNursing).safety;
        safety.iter().map(|fact| fact.value.code()).collect::<Vec<_>>()
    };
    assert_eq!(notices("ccn:425003"), ["ownership_change"]);
    assert_eq!(notices("ccn:425004"), Vec::<&str>::new(), "a change of 2019 is no news");
    assert_eq!(business(&read, "ccn:425004"), ["ownership_change: Mar 1, 2019, before it OLD PIER INC"]);
    let told = read.rejects();
    assert!(told.len() == 1 && told[0].contains("EFFECTIVE DATE"), "{told:?}");
    assert!(remarked(&read, "the owners of 1 enrollment"), "{:?}", read.report.remarks);
    let report = serde_json::to_string(&read.report).unwrap();
    assert!(!report.contains("SECRETPERSON"));
}

#[tokio::test]
async fn the_business_behind_a_provider_is_in_the_api_and_on_its_page() {
    let folder = tempfile::TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    crate::folder::write(&files, &owned());
    crate::api::publish(&files, &index, "2026-11-21T12:00:00Z");
    let api = crate::api::Api::of(&index);
    let shown = api.get("/v1/providers/ccn:425003").await.json();
    let business = shown["provider"]["business"].as_array().unwrap();
    let codes: Vec<&str> = business.iter().map(|fact| fact["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["legal_name", "chain", "chain_counts", "owner", "ownership_change"]);
    for (fact, (source, day)) in business.iter().zip([
        ("CMS enrollments", "2026-07-31"),
        ("CMS Nursing Home Provider Information", "2026-08-01"),
        ("CMS Nursing Home Chain Performance Measures", "2026-06-01"),
        ("CMS All Owners", "2026-07-31"),
        ("CMS Changes of Ownership", "2026-07-01"),
    ]) {
        assert_eq!((fact["source"].as_str(), fact["as_of"].as_str()), (Some(source), Some(day)), "{fact}");
    }
    let page = crate::provider_pages::page(&api.get("/providers/ccn:425003").await).words();
    for words in ["Harbor Holdings LLC", "CMS All Owners, Jul 31, 2026", "Change of ownership", "14 homes"] {
        assert!(page.to_lowercase().contains(&words.to_lowercase()), "{words}: {page}");
    }
    assert!(!page.contains("1.5"), "the average stars of the chain are not shown");
}

#[test]
fn the_public_chain_list_is_read_whole() {
    let Some((file, bytes)) = public("sources_2026/cms_safety/nh_chain_performance_2026-06.csv") else { return };
    let Some((homes, home_bytes)) = public("sources_2026/cms_retyped/nh_provider_info_SC_TX_AL_2026-08.csv") else { return };
    let read = read(&[(file.as_str(), bytes), (homes.as_str(), home_bytes)]);
    let report = read.report.files.iter().find(|found| found.status.file == file).unwrap();
    assert_eq!((report.status.rows, report.status.rejected, report.passed_over), (636, 0, 1));
    let chained = read.night.providers.iter().filter(|p| p.business.iter().any(|fact| fact.value.code() == "chain_counts"));
    assert!(chained.count() > 5);
}

#[test]
fn the_special_focus_list_of_cms_is_read_as_text() {
    let Some((file, bytes)) = public("sources_2026/cms_safety/sff_list_2026-07.pdf.txt") else { return };
    let rows =
        [home(425_302, "REHAB CENTER OF CHERAW", ",,"), home(425_047, "ACHIEVE", ",,"), home(425_003, "HARBOR MANOR", ",,")];
    let homes = format!("{HOMES}{}", rows.concat()).replace("2026-08-01", "2026-06-01");
    let read = read(&[(file.as_str(), bytes), ("nh.csv", homes.into_bytes())]);
    let status = &read.report.files.iter().find(|found| found.status.file == file).unwrap().status;
    assert_eq!(status.dataset, "CMS Special Focus Facility list");
    assert_eq!(status.as_of, Some(jiff::civil::date(2026, 7, 29)));
    assert!(status.rows > 500 && status.rejected == 0, "{} rows, {:?}", status.rows, read.rejects());
    let notices = |id: &str| {
        let safety = &read.line(id, Service::SkilledNursing).safety;
        safety.iter().map(|fact| fact.value.code()).collect::<Vec<_>>()
    };
    assert_eq!(notices("ccn:425302"), ["special_focus_facility"]);
    assert_eq!(notices("ccn:425047"), ["special_focus_candidate"]);
    assert_eq!(notices("ccn:425003"), Vec::<&str>::new());
}

#[test]
fn the_stars_of_patients_are_shown_and_do_not_rate() {
    let Some((file, bytes)) = public("real/cms/hhcahps_provider_US_2025-04.csv.gz") else { return };
    let Some((agencies, agency_bytes)) = public("real/cms/hh_provider_SC_2024-07.csv") else { return };
    let read = read(&[(file.as_str(), bytes), (agencies.as_str(), agency_bytes)]);
    let status = &read.report.files.iter().find(|found| found.status.file == file).unwrap().status;
    assert_eq!((status.dataset.as_str(), status.rejected), ("CMS Home Health Patient Survey (HHCAHPS)", 0));
    let lines = || read.night.providers.iter().flat_map(|provider| &provider.lines);
    let stars = |line: &&placement::provider::ServiceLine| {
        line.measures.contains_key(&placement::provider::quality::SupportingMeasure::PatientSurveyStar)
    };
    assert!(lines().filter(stars).count() > 10, "{}", lines().filter(stars).count());
    let rated = |line: &placement::provider::ServiceLine| line.rating.as_ref().map(|fact| fact.value.measure.code());
    assert!(lines().filter_map(rated).all(|measure| measure == "quality_of_patient_care_star"));
}

const REGISTRY: &str = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider Other Organization Name,Provider Other Organization Name Type Code,Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Healthcare Provider Taxonomy Code_1,Last Update Date\n";

/// A home infusion pharmacy of the registry.
fn infusion(npi: Npi, name: &str) -> String {
    format!("{npi},2,{name},,,1 KING ST,CHARLESTON,SC,29401,251F00000X,2026-01-01\n")
}

#[test]
fn other_names_and_places_of_the_registry_add_to_its_organizations() {
    let names = format!(
        "\"NPI\",\"Provider Other Organization Name\",\"Provider Other Organization Name Type Code\"\n\
         {0},HARBOR INFUSION,3\n{0},HARBOR HOME PHARMACY,3\n{0},OLD PIER PHARMACY,4\n{1},A STRANGER,3\nx,Y,3\n",
        npi(1),
        npi(2)
    );
    let places = format!(
        "\"NPI\",\"Provider Secondary Practice Location Address- Address Line 1\",\"Provider Secondary Practice Location Address-  Address Line 2\",\"Provider Secondary Practice Location Address - City Name\",\"Provider Secondary Practice Location Address - State Name\",\"Provider Secondary Practice Location Address - Postal Code\",\"Provider Secondary Practice Location Address - Country Code (If outside U.S.)\",\"Provider Secondary Practice Location Address - Telephone Number\"\n\
         {0},9 BAY ST,STE 2,AIKEN,SC,298010000,US,8035550100\n{1},1 OTHER ST,,AIKEN,SC,29801,US,\n",
        npi(1),
        npi(2)
    );
    let read = read(&[
        ("npidata_pfile.csv", format!("{REGISTRY}{}", infusion(npi(1), "PIER HOLDINGS LLC"))),
        ("othername_pfile.csv", names),
        ("pl_pfile.csv", places),
    ]);
    let known = read.provider(&format!("npi:{}", npi(1)));
    assert_eq!(known.name.value, "HARBOR INFUSION", "the first name it does business under");
    assert_eq!(
        business(&read, known.id.as_str()),
        [
            "legal_name: PIER HOLDINGS LLC",
            "business_name: HARBOR HOME PHARMACY",
            "other_location: 9 BAY ST, STE 2, AIKEN, SC 29801"
        ]
    );
    assert_eq!(read.night.providers.len(), 1);
    assert_eq!(read.rejects().len(), 1, "{:?}", read.rejects());
    let skipped = |file: &str| read.report.files.iter().find(|found| found.status.file == file).unwrap().passed_over;
    assert_eq!((skipped("othername_pfile.csv"), skipped("pl_pfile.csv")), (1, 1));
}

#[test]
fn the_public_files_of_the_registry_are_recognized() {
    for (name, dataset) in [
        ("sources_2026/nppes/nppes_othername_pfile_sample.csv", "NPPES other names"),
        ("sources_2026/nppes/nppes_pl_pfile_sample.csv", "NPPES secondary practice locations"),
    ] {
        let Some((file, bytes)) = public(name) else { return };
        let read = read(&[(file.as_str(), bytes)]);
        let status = &read.report.files[0].status;
        assert_eq!((status.dataset.as_str(), status.rejected), (dataset, 0), "{:?}", read.rejects());
    }
}

#[test]
fn a_deactivated_npi_is_reported_and_matches_nobody_for_certain() {
    let homes = format!("{HOMES}{}{}", home(425_003, "HARBOR MANOR", ",,"), home(425_004, "PIER MANOR", ",,"));
    let enrollments =
        [enrollment(1, npi(1), "N", "425003", "A LLC,"), enrollment(2, npi(2), "N", "425004", "B LLC,")].concat();
    let roster = format!("payer,network,npi\nAcme,Acme PPO,{}\nAcme,Acme PPO,{}\n", npi(1), npi(2));
    let excluded = format!(
        "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n\
         ,,,SOMETHING ELSE,OTHER BUSINESS,NURSING HOME,,{},,9 Z ST,TULSA,OK,74101,1128b8,20160320,00000000,00000000,\n",
        npi(1)
    );
    let files = |day: &str| {
        vec![
            ("nh.csv", homes.clone()),
            ("SNF_Enrollments_2026.07.31.csv", format!("{ENROLLMENTS}{enrollments}")),
            ("deactivated.csv", format!("NPI,NPPES Deactivation Date\n{},{day}\n", npi(1))),
            ("roster.csv", roster.clone()),
        ]
    };
    let whole = read(&files("03/01/2025"));
    let link = |read: &Read, id: &str| read.terms(id, Service::SkilledNursing).first().map(|terms| terms.link);
    assert_eq!(link(&whole, "ccn:425003"), Some(IdentityConfidence::Probable), "never out of network by an old number");
    assert_eq!(link(&whole, "ccn:425004"), Some(IdentityConfidence::Sure));
    assert!(whole.provider("ccn:425003").npis.is_empty());
    assert!(remarked(&whole, &format!("no provider for certain ({})", npi(1))), "{:?}", whole.report.remarks);
    // What must fail closed does: the number still excludes.
    let mut with_list = files("03/01/2025");
    with_list.push(("leie.csv", excluded));
    let closed = read(&with_list);
    let standing = closed.line("ccn:425003", Service::SkilledNursing).standing;
    assert_eq!(standing, placement::provider::OperatingStatus::ExcludedByOig);
}

#[test]
fn an_excluded_business_is_found_by_either_of_its_names_and_its_waiver_is_shown() {
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", ",,"));
    for name in ["HARBOR MANOR", "PIER OPERATIONS DBA HARBOR MANOR"] {
        let excluded = format!(
            "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n\
             ,,,{name},OTHER BUSINESS,NURSING HOME,,0000000000,,425003 MAIN ST,CHARLESTON,SC,29401,1128b8,20160320,00000000,20240601,SC\n"
        );
        let read = read(&[("nh.csv", homes.clone()), ("leie.csv", excluded)]);
        let suspected = &read.provider("ccn:425003").suspected_exclusions;
        assert_eq!(suspected.len(), 1, "{name}");
        assert!(suspected[0].value.contains("waived for SC since 2024-06-01"), "{}", suspected[0].value);
    }
}

/// A workbook of these sheets.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, csv) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in (0..).zip(csv.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_roster_and_a_profile_are_read_from_the_sheet_that_is_named() {
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", ",,"));
    let roster = workbook(&[("Notes", "write to us"), ("Members", "network,ccn,verified_at\nAcme PPO,425003,2026-10-05\n")]);
    let profile = workbook(&[
        ("Cover", "x"),
        ("Takes", "ccn,service,needs_yes,verified_at\n425003,skilled_nursing,inf.abx,2026-10-01\n"),
    ]);
    let sheets = |members: &str| {
        format!("[files.\"roster.xlsx\"]\nsheet = \"{members}\"\n[files.\"profile.xlsx\"]\nsheet = \"takes\"\n")
    };
    let read_with = |sources: String| {
        read(&[
            ("nh.csv", homes.clone().into_bytes()),
            ("roster.xlsx", roster.clone()),
            ("profile.xlsx", profile.clone()),
            ("sources.toml", sources.into_bytes()),
        ])
    };
    let named = read_with(sheets("Members"));
    let terms = named.terms("ccn:425003", Service::SkilledNursing);
    assert_eq!(terms[0].evidence.verified_at, Some(jiff::civil::date(2026, 10, 5)));
    assert_eq!(named.says("ccn:425003", Service::SkilledNursing, "inf.abx"), placement::evidence::Tristate::Yes);
    let wrong = read_with(sheets("Member"));
    let reason = &wrong.report.unread[0].reason;
    assert!(reason.contains("no sheet \"Member\"") && reason.contains("\"Members\""), "{reason}");
    let first = read_with(String::new());
    assert_eq!(first.report.unread.len(), 2, "the first sheets are no tables");
}

#[test]
fn the_day_a_membership_was_checked_is_kept_and_a_wrong_one_left_out() {
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", ",,"));
    for (day, verified, faults) in [("2026-10-05", true, 0), ("", false, 0), ("soon", false, 1), ("2099-01-01", false, 1)] {
        let roster = format!("network,ccn,verified_at\nAcme PPO,425003,{day}\n");
        let read = read(&[("nh.csv", homes.clone()), ("roster.csv", roster)]);
        let terms = read.terms("ccn:425003", Service::SkilledNursing);
        assert_eq!((terms[0].evidence.verified_at.is_some(), read.rejects().len()), (verified, faults), "{day}");
    }
}

/// The files of the National Provider Directory, in one folder.
fn national_directory() -> Option<Vec<(String, Vec<u8>)>> {
    [
        "01-Organization.ndjson",
        "02-Location.ndjson",
        "04-HealthcareService.ndjson",
        "05-InsurancePlan.ndjson",
        "08-OrganizationAffiliation.ndjson",
        "manifest.json",
    ]
    .into_iter()
    .map(|name| public(&format!("sources_2026/fhir_npd/{name}")).map(|(name, bytes)| (format!("npd/{name}"), bytes)))
    .collect()
}

#[test]
fn the_national_directory_is_read_and_excludes_nobody() {
    let Some(files) = national_directory() else { return };
    let homes = format!("{HOMES}{}", home(425_003, "HARBOR MANOR", ",,"));
    let with_homes = |files: Vec<(String, Vec<u8>)>| {
        let mut all: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        all.push(("nh.csv", homes.as_bytes()));
        read(&all)
    };
    // The same resources as pages of the directory's interface.
    let page = |(name, bytes): &(String, Vec<u8>)| {
        let results: Vec<serde_json::Value> =
            String::from_utf8_lossy(bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let page = serde_json::json!({"count": 1, "next": null, "previous": null, "results": results});
        (name.replace(".ndjson", ".json"), page.to_string().into_bytes())
    };
    let pages: Vec<(String, Vec<u8>)> = files.iter().filter(|(name, _)| name.ends_with(".ndjson")).map(page).collect();
    for read in [with_homes(files.clone()), with_homes(pages)] {
        assert!(read.report.unread.is_empty(), "{:?}", read.report.unread);
        let of_directory = read.report.files.iter().filter(|file| file.status.dataset == "FHIR Plan-Net directory");
        assert_eq!(of_directory.map(|file| file.status.rejected).collect::<Vec<_>>(), [0; 5], "{:?}", read.rejects());
        assert!(read.night.plans.networks.iter().all(|network| !network.whole), "nobody is out of a network by it");
    }
    let whole = with_homes(files);
    let manifest = whole.report.files.iter().find(|file| file.status.file == "npd/manifest.json").unwrap();
    assert_eq!(manifest.status.dataset, "CMS National Provider Directory manifest");
    assert!(
        remarked(&whole, "06-Practitioner.ndjson"),
        "a file that the manifest lists is missing: {:?}",
        whole.report.remarks
    );
}
