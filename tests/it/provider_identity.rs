//! Matching records to providers: NPIs through the registry, doubtful cases for a person,
//! exclusions, marketplace files.

use placement::coverage::{AffiliationTerms, IdentityConfidence};
use placement::provider::OperatingStatus;
use placement::refresh::report::review;
use placement::service::Service;

use crate::folder::{Read, read};

const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date
425001,LARKWATER NURSING CENTER,12 King Street,CHARLESTON,SC,29401,8435550101,For profit,80,Medicare,LARKWATER LLC,,N,4,32.78,-79.93,,2026-06-01
425002,BELLMOOR CARE CENTER,900 Meeting Street,CHARLESTON,SC,29403,8435550102,For profit,60,Medicare,BELLMOOR LLC,,N,3,32.80,-79.94,,2026-06-01
";
const REGISTRY: &str = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider Last Name (Legal Name),Provider Other Organization Name,Provider First Line Business Practice Location Address,Provider Second Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Provider Business Practice Location Address Telephone Number,Last Update Date,NPI Deactivation Date,NPI Reactivation Date,Healthcare Provider Taxonomy Code_1,Healthcare Provider Taxonomy Code_15,Other Provider Identifier_1,Other Provider Identifier Type Code_1\n";
const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";
const EXCLUSIONS: &str = "\"LASTNAME\",\"FIRSTNAME\",\"MIDNAME\",\"BUSNAME\",\"GENERAL\",\"SPECIALTY\",\"UPIN\",\"NPI\",\"DOB\",\"ADDRESS\",\"CITY\",\"STATE\",\"ZIP\",\"EXCLTYPE\",\"EXCLDATE\",\"REINDATE\",\"WAIVERDATE\",\"WVRSTATE\"\n";

/// NPIs with a valid check digit.
const LARKWATER: &str = "1000000012";
const BELLMOOR: &str = "1000000020";
const INFUSION: &str = "1000000038";
const PERSON: &str = "1000000046";
const GONE: &str = "1000000053";

/// The registry: one number that is certainly Larkwater's, one that is probably Bellmoor's (another
/// street), an infusion pharmacy with the relevant code in the last slot, a person, and a
/// deactivated number.
fn registry() -> String {
    format!(
        "{REGISTRY}\
         {LARKWATER},2,\"LARKWATER NSG CTR, LLC\",,,12 KING ST,,CHARLESTON,SC,294010000,8435559999,06/30/2026,,,314000000X,,,\n\
         {BELLMOOR},2,BELLMOOR CARE CTR,,,1 FARAWAY RD,,CHARLESTON,SC,29405,8435550102,06/30/2026,,,314000000X,,,\n\
         {INFUSION},2,DUNMERE PHARMACY INC,,DUNMERE INFUSION,5 QUEEN ST,,CHARLESTON,SC,29401,8435550103,06/30/2026,,,333600000X,251F00000X,,\n\
         {PERSON},1,,SECRETPERSON,,7 QUIET LN,,CHARLESTON,SC,29401,8435550104,06/30/2026,,,314000000X,,,\n\
         {GONE},2,OAKVALE INFUSION,,,6 QUEEN ST,,CHARLESTON,SC,29401,8435550105,06/30/2026,05/01/2026,,251F00000X,,,\n"
    )
}

fn roster() -> String {
    let row = |npi: &str| format!("Acme,Gold,Acme Wide,,{npi},,,,\n");
    format!("{ROSTER}{}", [LARKWATER, BELLMOOR, INFUSION, GONE].map(row).concat())
}

fn terms<'a>(read: &'a Read, id: &str, service: Service) -> Vec<&'a AffiliationTerms> {
    read.terms(id, service)
}

fn links(read: &Read, id: &str, service: Service) -> Vec<IdentityConfidence> {
    terms(read, id, service).iter().map(|terms| terms.link).collect()
}

#[test]
fn the_registry_tells_whose_an_npi_is_and_doubt_is_left_to_a_person() {
    let read = read(&[("homes.csv", HOMES.to_owned()), ("npidata.csv", registry()), ("acme.csv", roster())]);
    assert_eq!(links(&read, "ccn:425001", Service::SkilledNursing), [IdentityConfidence::Sure]);
    assert_eq!(read.provider("ccn:425001").npis[0].to_string(), LARKWATER);
    assert_eq!(links(&read, "ccn:425002", Service::SkilledNursing), [IdentityConfidence::Probable]);
    assert!(read.provider("ccn:425002").npis.is_empty(), "what is only probable is not its number");
    let [row] = read.report.review.as_slice() else { panic!("{:?}", read.report.review) };
    assert_eq!((row.record.as_str(), row.provider.as_str()), (&*format!("npi:{BELLMOOR}"), "ccn:425002"));
    assert_eq!(
        (row.record_address.as_str(), row.provider_address.as_str()),
        ("1 FARAWAY RD, CHARLESTON, SC 29405", "900 Meeting Street, CHARLESTON, SC 29403")
    );
    // Infusion has no certification, so the registry is enough to be listed, and the last slot
    // counts.
    assert_eq!(read.provider(&format!("npi:{INFUSION}")).name.value, "DUNMERE INFUSION");
    assert_eq!(links(&read, &format!("npi:{INFUSION}"), Service::HomeInfusion), [IdentityConfidence::Sure]);
    assert_eq!(read.report.unknown_members, [format!("npi:{GONE}")], "a number out of use is nobody's");
    assert_eq!(read.night.providers.len(), 3);
}

#[test]
fn what_a_person_decided_holds_and_the_review_file_is_the_form_to_decide_in() {
    let files = |decision: &str| {
        let open = read(&[("homes.csv", HOMES.to_owned()), ("npidata.csv", registry()), ("acme.csv", roster())]);
        let review = String::from_utf8(review::csv(&open.report.review).unwrap()).unwrap();
        let decided = review.replace("ccn:425002,,,", &format!("ccn:425002,{decision},A. Clerk,2026-11-20"));
        read(&[("homes.csv", HOMES.to_owned()), ("npidata.csv", registry()), ("acme.csv", roster()), ("same.csv", decided)])
    };
    let yes = files("yes");
    assert_eq!(links(&yes, "ccn:425002", Service::SkilledNursing), [IdentityConfidence::Sure]);
    assert_eq!(yes.provider("ccn:425002").npis[0].to_string(), BELLMOOR);
    let no = files("no");
    assert!(links(&no, "ccn:425002", Service::SkilledNursing).is_empty());
    assert!(no.report.unknown_members.contains(&format!("npi:{BELLMOOR}")));
    let open = files("");
    assert_eq!(links(&open, "ccn:425002", Service::SkilledNursing), [IdentityConfidence::Probable]);
    for decided in [&yes, &no] {
        assert!(decided.report.review.is_empty(), "{:?}", decided.report.review);
    }
    assert_eq!(open.report.review.len(), 1);
}

#[test]
fn a_list_of_numbers_out_of_use_is_read_with_any_registry_file() {
    let gone = format!("NPI,NPPES Deactivation Date\n{LARKWATER},2026-07-01\n");
    let read = read(&[
        ("homes.csv", HOMES.to_owned()),
        ("npidata.csv", registry()),
        ("npis_out_of_use.csv", gone),
        ("acme.csv", roster()),
    ]);
    assert!(read.provider("ccn:425001").npis.is_empty());
    assert!(links(&read, "ccn:425001", Service::SkilledNursing).is_empty());
}

fn excluded(rows: &[&str]) -> String {
    format!("{EXCLUSIONS}{}", rows.concat())
}

const SINCE_2016: &str = ",,\" \",\"LARKWATER NURSING CENTER\",\"OTHER BUSINESS\",\"NURSING FACILITY\",,\"1000000012\",,\"12 KING STREET\",\"CHARLESTON\",\"SC\",\"29401\",\"1128b7\",\"20160320\",\"00000000\",\"00000000\",\n";
const LIFTED_2018: &str = ",,\" \",\"LARKWATER NURSING CENTER\",\"OTHER BUSINESS\",\"NURSING FACILITY\",,\"0000000000\",,\"12 KING STREET\",\"CHARLESTON\",\"SC\",\"29401\",\"1128b7\",\"20160320\",\"20180511\",\"00000000\",\n";
const BY_NAME_2020: &str = ",,\" \",\"LARKWATER NURSING CENTER\",\"OTHER BUSINESS\",\"NURSING FACILITY\",,\"0000000000\",,\"12 KING STREET\",\"CHARLESTON\",\"SC\",\"29401\",\"1128b8\",\"20200820\",\"00000000\",\"00000000\",\n";
const A_PERSON: &str = "SECRETPERSON,QUIETLY,\" \",,\"IND- LIC HC SERV PRO\",\"NURSE/NURSES AIDE\",,\"0000000000\",\"19610203\",\"7 QUIET LN\",\"CHARLESTON\",\"SC\",\"29401\",\"1128b4\",\"20200820\",\"00000000\",\"00000000\",\n";

#[test]
fn an_exclusion_is_certain_by_npi_lifted_in_order_and_a_candidate_by_name() {
    let night = |files: &[(&str, String)]| {
        let mut all = vec![("homes.csv", HOMES.to_owned()), ("npidata.csv", registry())];
        all.extend_from_slice(files);
        read(&all)
    };
    let standing = |read: &Read| {
        let line = read.line("ccn:425001", Service::SkilledNursing);
        let suspected = read.provider("ccn:425001").suspected_exclusions.len();
        (line.standing, line.standing_by.as_ref().map(|by| by.as_of.unwrap().to_string()), suspected)
    };
    let first = night(&[("leie_2016-04.csv", excluded(&[SINCE_2016, A_PERSON]))]);
    assert_eq!(standing(&first), (OperatingStatus::ExcludedByOig, Some("2016-04-01".to_owned()), 0));
    let lifted = night(&[("leie_2016-04.csv", excluded(&[SINCE_2016])), ("rein_2018-06.csv", excluded(&[LIFTED_2018]))]);
    assert_eq!(standing(&lifted), (OperatingStatus::Open, None, 0));
    let again = night(&[
        ("leie_2016-04.csv", excluded(&[SINCE_2016])),
        ("rein_2018-06.csv", excluded(&[LIFTED_2018])),
        ("leie_2020-09.csv", excluded(&[BY_NAME_2020, A_PERSON])),
    ]);
    assert_eq!(standing(&again), (OperatingStatus::Open, None, 1), "a name and an address remove nobody");
    let suspicion = &again.provider("ccn:425001").suspected_exclusions[0];
    assert_eq!(suspicion.value, "LARKWATER NURSING CENTER, 12 KING STREET, CHARLESTON, SC 29401, excluded 2020-08-20");
    assert_eq!(suspicion.evidence.as_of.unwrap().to_string(), "2020-09-01");
    let row = &again.report.review.iter().find(|row| row.used_for.contains("OIG")).unwrap();
    assert_eq!((row.provider.as_str(), row.record.as_str()), ("ccn:425001", "name:larkwater-nursing-center:29401"));
    let whole = "[files.\"leie.csv\"]\nas_of = \"2026-11-01\"\nwhole = true\n".to_owned();
    let fresh = night(&[
        ("leie_2016-04.csv", excluded(&[SINCE_2016])),
        ("leie.csv", excluded(&[A_PERSON, &SINCE_2016.replace("1000000012", "0000000000").replace("LARKWATER", "OAKVALE")])),
        ("sources.toml", whole),
    ]);
    assert_eq!(standing(&fresh), (OperatingStatus::Open, None, 0), "who is missing from a newer whole list is off it");
    assert!(fresh.report.remarks.iter().any(|remark| remark.starts_with("leie_2016-04.csv: it is older")));
}

#[test]
fn an_npi_that_two_sources_give_to_two_providers_is_neithers() {
    // A roster row with an error gives Bellmoor the number that the registry describes as
    // Larkwater's.
    let slip = format!("{ROSTER}Acme,Gold,Acme Wide,425002,{LARKWATER},,,,\nAcme,Gold,Acme Narrow,,{LARKWATER},,,,\n");
    let night = |more: Vec<(&str, String)>| {
        let mut files = vec![("homes.csv", HOMES.to_owned()), ("npidata.csv", registry()), ("acme.csv", slip.clone())];
        files.extend(more);
        read(&files)
    };
    let contested = night(vec![("leie_2016-04.csv", excluded(&[SINCE_2016]))]);
    assert_eq!(links(&contested, "ccn:425001", Service::SkilledNursing), [IdentityConfidence::Probable]);
    assert_eq!(
        links(&contested, "ccn:425002", Service::SkilledNursing),
        [IdentityConfidence::Probable, IdentityConfidence::Sure]
    );
    assert!(contested.night.providers.iter().all(|provider| !provider.npis.iter().any(|npi| npi.to_string() == LARKWATER)));
    for id in ["ccn:425001", "ccn:425002"] {
        assert_eq!(contested.line(id, Service::SkilledNursing).standing, OperatingStatus::Open);
        let reviewed =
            |purpose: &str| contested.report.review.iter().any(|row| row.provider == id && row.used_for.contains(purpose));
        assert!(reviewed("whose NPI"), "{id}");
    }
    assert_eq!(contested.provider("ccn:425001").suspected_exclusions.len(), 1, "by its name, until somebody decides");
    let same = format!("record,provider,same\nnpi:{LARKWATER},ccn:425001,yes\nnpi:{BELLMOOR},ccn:429999,yes\n");
    let decided = night(vec![("leie_2016-04.csv", excluded(&[SINCE_2016])), ("same.csv", same)]);
    assert_eq!(decided.line("ccn:425001", Service::SkilledNursing).standing, OperatingStatus::ExcludedByOig);
    assert!(decided.report.remarks.iter().any(|remark| remark.contains("ccn:429999")), "{:?}", decided.report.remarks);
}

#[test]
fn an_exclusion_is_not_lost_by_doubt_by_a_slip_or_by_a_strangers_reinstatement() {
    let night = |files: &[(&str, String)]| {
        let mut all = vec![("homes.csv", HOMES.to_owned()), ("npidata.csv", registry())];
        all.extend_from_slice(files);
        read(&all)
    };
    let former = SINCE_2016.replace(LARKWATER, BELLMOOR).replace("LARKWATER NURSING CENTER", "FORMER NAME INC");
    let doubtful = night(&[("leie_2016-04.csv", excluded(&[&former]))]);
    assert_eq!(doubtful.provider("ccn:425002").suspected_exclusions.len(), 1, "its NPI is the provider's perhaps");
    let undated = night(&[("leie_2016-04.csv", excluded(&[&SINCE_2016.replace("20160320", "BAD")]))]);
    assert_eq!(undated.line("ccn:425001", Service::SkilledNursing).standing, OperatingStatus::ExcludedByOig);
    let torn =
        night(&[("leie_2016-04.csv", excluded(&[&SINCE_2016.replace("\"LARKWATER NURSING CENTER\"", "LARKWATER, INC")]))]);
    assert!(torn.report.remarks.iter().any(|remark| remark.contains("1 row cannot be read, and the providers")));
    let stranger = LIFTED_2018.replace("29401", "").replace("CHARLESTON", "RENO");
    let other_day = LIFTED_2018.replace("20160320", "20110101");
    let to_come = LIFTED_2018.replace("20180511", "20991231");
    for lift in [stranger, other_day, to_come] {
        let held = night(&[("leie_2016-04.csv", excluded(&[SINCE_2016])), ("rein_2018-06.csv", excluded(&[&lift]))]);
        assert_eq!(held.line("ccn:425001", Service::SkilledNursing).standing, OperatingStatus::ExcludedByOig, "{lift}");
    }
    let halves =
        "[files.\"a.csv\"]\nas_of = \"2026-11-01\"\nwhole = true\n[files.\"b.csv\"]\nas_of = \"2026-11-01\"\nwhole = true\n";
    let both = night(&[
        ("a.csv", excluded(&[SINCE_2016])),
        ("b.csv", excluded(&[&BY_NAME_2020.replace("LARKWATER", "OAKVALE")])),
        ("sources.toml", halves.to_owned()),
    ]);
    assert_eq!(both.line("ccn:425001", Service::SkilledNursing).standing, OperatingStatus::ExcludedByOig);
}

#[test]
fn of_persons_in_public_files_nothing_is_kept() {
    let torn = A_PERSON.replace("\"00000000\",\n", "\"00000000\"\n");
    let read = read(&[
        ("homes.csv", HOMES.to_owned()),
        ("npidata.csv", registry()),
        ("leie_2020-09.csv", excluded(&[A_PERSON, &torn, BY_NAME_2020])),
    ]);
    let file = read.report.files.iter().find(|file| file.status.file.starts_with("leie")).unwrap();
    assert_eq!((file.status.rows, file.passed_over), (3, 1));
    let review = String::from_utf8(review::csv(&read.report.review).unwrap()).unwrap();
    let everything = format!(
        "{:?} {:?} {} {} {} {review}",
        read.night.providers,
        read.night.plans,
        read.report,
        read.report.json().unwrap(),
        read.report.rejects_ndjson().unwrap(),
    );
    for trace in ["SECRETPERSON", "QUIETLY", "QUIET LN", "19610203", "1961-02-03", PERSON, "8435550104"] {
        assert!(!everything.contains(trace), "{trace}");
    }
}

#[test]
fn marketplace_files_list_facilities_by_plan_and_tier_with_little_confidence() {
    let plans = r#"[{"plan_id_type":"HIOS-PLAN-ID","plan_id":"12345XX0000001","marketing_name":"Acme Gold","years":[2026]},
                    {"plan_id_type":"HIOS-PLAN-ID","plan_id":"12345XX0000002","marketing_name":"Acme Bronze","years":[2026]}]"#;
    let facility = |npi: &str, name: &str, street: &str, phone: &str| {
        format!(
            r#"{{"npi":"{npi}","type":"FACILITY","facility_name":"{name}","speciality":["Skilled Nursing Facility"],
                "addresses":[{{"address":"{street}","city":"Charleston","state":"SC","zip":"29401","phone":"{phone}"}}],
                "plans":[{{"plan_id_type":"HIOS-PLAN-ID","plan_id":"12345XX0000001","network_tier":"PREFERRED","years":[2025,2026,2028]}}],
                "last_updated_on":"2026-10-01"}}"#
        )
    };
    let person = r#"{"npi":"1000000046","type":"INDIVIDUAL","name":{"first":"QUIETLY","last":"SECRETPERSON"},"addresses":[],"plans":[]}"#;
    let list = |entry: String| format!("[{person},{entry},{{\"type\":\"FACILITY\"}}]");
    let night = |entry: String| {
        read(&[
            ("homes.csv", HOMES.to_owned()),
            ("npidata.csv", registry()),
            ("plans.json", plans.to_owned()),
            ("providers.json", list(entry)),
        ])
    };
    let here = night(facility(LARKWATER, "Larkwater Nursing Center", "12 King St", "8435550101"));
    let listed = terms(&here, "ccn:425001", Service::SkilledNursing);
    let shown: Vec<_> =
        listed.iter().map(|t| (t.begin.unwrap().year(), t.end.unwrap().year(), t.tier.as_deref().unwrap())).collect();
    assert_eq!(shown, [(2025, 2026, "PREFERRED"), (2028, 2028, "PREFERRED")]);
    assert!(listed.iter().all(|terms| terms.low_confidence && terms.link == IdentityConfidence::Sure));
    let names: Vec<(&str, usize)> =
        here.night.plans.plans.iter().map(|plan| (plan.name.as_str(), plan.networks.len())).collect();
    assert_eq!(names, [("Acme Bronze (12345XX0000002)", 0), ("Acme Gold (12345XX0000001)", 1)]);
    assert_eq!(here.rejects(), ["providers.json:3 /2: missing field `facility_name` at line 1 column 19"]);
    assert!(!format!("{:?}{}", here.night.providers, here.report).contains("SECRETPERSON"));
    let elsewhere = night(facility(LARKWATER, "Larkwater Nursing Center", "77 Ashley Avenue", "8435550177"));
    assert_eq!(links(&elsewhere, "ccn:425001", Service::SkilledNursing), [IdentityConfidence::OtherLocation; 2]);
    let doubtful = night(facility("1000000099", "Larkwater Nursing Center", "12 King St", "8435550101"));
    assert_eq!(
        links(&doubtful, "ccn:425001", Service::SkilledNursing),
        [IdentityConfidence::Sure; 2],
        "a wrong NPI is no NPI"
    );
    assert_eq!(doubtful.rejects().len(), 2);
}

#[test]
fn an_issuers_older_file_of_a_plan_counts_beside_the_newer_one() {
    let list = |name: &str, street: &str, zip: &str, phone: &str| {
        format!(
            r#"[{{"npi":"","type":"FACILITY","facility_name":"{name}","speciality":["Skilled Nursing Facility"],
                "addresses":[{{"address":"{street}","city":"Charleston","state":"SC","zip":"{zip}","phone":"{phone}"}}],
                "plans":[{{"plan_id":"12345XX0000001","network_tier":"PREFERRED","years":[2026]}}]}}]"#
        )
    };
    let read = read(&[
        ("homes.csv", HOMES.to_owned()),
        ("a_2026-08.json", list("Larkwater Nursing Center", "12 King St", "29401", "8435550101")),
        ("b_2026-10.json", list("Bellmoor Care Center", "900 Meeting St", "29403", "8435550102")),
    ]);
    for id in ["ccn:425001", "ccn:425002"] {
        assert_eq!(terms(&read, id, Service::SkilledNursing).len(), 1, "{id}");
    }
    assert!(!read.report.remarks.iter().any(|remark| remark.contains("older")), "{:?}", read.report.remarks);
}

#[test]
fn the_public_samples_are_read_whole() {
    let Some(real) = crate::directories::real_folder() else { return };
    let bytes = |name: &str| std::fs::read(real.join(name)).unwrap();
    let read = read(&[
        ("homes.csv", HOMES.as_bytes().to_vec()),
        ("leie_2016-12.csv", bytes("exclusions/leie_business_exclusions_2015-11_to_2016-12.csv")),
        ("rein_2016.csv", bytes("exclusions/leie_business_reinstatements_2016.csv")),
        ("npidata.csv", bytes("nppes/nppes_organizations_sample_2018.csv")),
        ("plans.json", bytes("qhp/plans.json")),
        ("providers.json", bytes("qhp/providers.json")),
        ("index.json", bytes("qhp/index.json")),
        ("rates.json", bytes("price_transparency/in_network_rates_multiple_plans_sample.json")),
    ]);
    let file = |name: &str| read.report.files.iter().find(|file| file.status.file == name).unwrap();
    let counts = |name: &str| (file(name).status.rows, file(name).status.rejected, file(name).passed_over);
    assert_eq!(counts("leie_2016-12.csv"), (43, 0, 0));
    assert_eq!(counts("rein_2016.csv"), (2, 0, 0));
    assert_eq!(counts("npidata.csv"), (40, 0, 38), "one home and one hospital with a rehabilitation unit");
    // A list of homes is loaded, so the registry adds none; there is no list of rehabilitation
    // units or assisted living.
    let lines = |name: &str| {
        let provider = read.night.providers.iter().find(|provider| provider.name.value == name).unwrap();
        provider.lines.iter().map(|line| line.service).collect::<Vec<_>>()
    };
    assert_eq!(lines("HOSPITAL OF SAINT RAPHAEL"), [Service::InpatientRehab]);
    assert_eq!(lines("GERMAN CENTRE FOR EXTENDED CARE"), [Service::AssistedLiving]);
    assert_eq!(read.night.providers.len(), 4);
    assert_eq!(counts("providers.json"), (3, 0, 2), "two persons; a hospital may be one of ours");
    assert_eq!(counts("index.json"), (2, 0, 0), "the files of plans and providers, which are there");
    let unused: Vec<&str> = read.report.unread.iter().map(|unread| unread.file.as_str()).collect();
    assert_eq!(unused, ["rates.json"]);
    assert_eq!(read.night.plans.plans.len(), 3);
}

#[test]
fn every_code_of_a_service_is_a_code_of_the_taxonomy() {
    let Some(real) = crate::directories::real_folder() else { return };
    let table = std::fs::read_to_string(real.join("codes/nucc_taxonomy_24.0_codes.csv")).unwrap();
    let known: Vec<&str> = table.lines().filter_map(|line| line.split(',').next()).collect();
    for service in Service::ALL {
        for code in service.taxonomy() {
            assert!(known.contains(code), "{service}: {code}");
        }
    }
}

/// Each network, and whether it is complete.
fn networks(read: &Read) -> Vec<(&str, bool)> {
    read.night.plans.networks.iter().map(|network| (network.name.as_str(), network.whole)).collect()
}

#[test]
fn a_roster_row_that_is_refused_leaves_its_network_with_a_gap() {
    let rows = |refused: &str| {
        let roster = format!("{ROSTER}Acme,Gold,Wide,425001,,,,,\nAcme,Slim,Narrow,425001,,,,,\n{refused}");
        read(&[("homes.csv", HOMES.to_owned()), ("acme.csv", roster)])
    };
    for (refused, wide, narrow) in [
        ("Acme,Gold,Wide,425002,,skilled_nursing,,2026-06-30,\n", true, true),
        ("Acme,Gold,Wide,425002,,skilled_nursing,,2026-13-01,\n", false, true),
        ("Acme,Gold,Wide,42500,,,,,\n", false, true),
        ("Acme,Gold,,425002,,,,,\n", false, false),
        ("Acme,Gold,Wide,425002\n", false, false),
    ] {
        let read = rows(refused);
        assert_eq!(networks(&read), [("Narrow", narrow), ("Wide", wide)], "{refused}");
        let told = read.report.remarks.iter().any(|remark| remark.contains("\"Wide\" is treated as incomplete"));
        assert_eq!(told, !wide, "{:?}", read.report.remarks);
    }
}

/// Homes and the entries of a marketplace file.
fn marketplace(entries: &[&str]) -> Read {
    read(&[("homes.csv", HOMES.to_owned()), ("providers.json", format!("[{}]", entries.join(",")))])
}

const BELLMOOR_LISTED: &str = r#"{"npi":"1000000020","type":"FACILITY","facility_name":"Bellmoor Care Center","facility_type":["SNF"],
    "addresses":[{"address":"900 Meeting St","city":"Charleston","state":"SC","zip":"29403","phone":"8435550102"}],
    "plans":[{"plan_id":"12345XX0000001","years":[2026]}]}"#;

#[test]
fn plausible_marketplace_entries_are_read_however_they_are_typed() {
    for (entry, whole) in [
        (
            r#"{"npi":1000000012,"type":" Facility ","facility_name":"Larkwater Nursing Center","facility_type":null,"speciality":"SNF","specialty":["Skilled Nursing Facility",null],
            "addresses":[{"address":"12 King St","address_2":null,"city":"Charleston","zip":29401,"phone":8435550101},null],"plans":[{"plan_id":"12345XX0000001","network_tier":null,"years":["2026"]}]}"#,
            true,
        ),
        // Half of the facilities have no NPI, so nobody is out of network by this file.
        (
            r#"{"npi":null,"type":"facility","facility_name":"Larkwater Nursing Center","specialty":null,
            "addresses":[{"address":"12 King St","state":"SC","zip":"29401","phone":"8435550101"}],"plans":[{"plan_id":"12345XX0000001","years":null}]}"#,
            false,
        ),
    ] {
        let read = marketplace(&[entry, BELLMOOR_LISTED]);
        assert_eq!(read.rejects(), [""; 0]);
        assert_eq!(links(&read, "ccn:425001", Service::SkilledNursing), [IdentityConfidence::Sure], "{entry}");
        assert_eq!(networks(&read), [("12345XX0000001", whole)]);
    }
}

#[test]
fn a_marketplace_entry_that_is_refused_leaves_every_plan_of_its_file_with_a_gap() {
    for (entry, says) in [
        (r#"{"type":"GROUP","name":"SECRETPERSON"}"#, "its type is neither FACILITY nor INDIVIDUAL"),
        (r#"{"name":"SECRETPERSON"}"#, "its type is neither FACILITY nor INDIVIDUAL"),
        (r#"{"type":["SECRETPERSON"]}"#, "it is not an object with a type"),
        (r#"{"type":"FACILITY","facility_name":null}"#, "it has no facility_name"),
    ] {
        let read = marketplace(&[BELLMOOR_LISTED, entry]);
        assert_eq!(read.rejects(), [format!("providers.json:2 /1: {says}")]);
        assert_eq!(networks(&read), [("12345XX0000001", false)], "{entry}");
        assert!(!format!("{:?}", read.report).contains("SECRETPERSON"));
    }
}

#[test]
fn a_marketplace_hospital_is_no_home_at_the_same_door() {
    let listed = |kinds: &str| {
        let kinds = format!(r#""facility_type":{kinds}"#);
        let entry = BELLMOOR_LISTED.replace(r#""facility_type":["SNF"]"#, &kinds).replace("Bellmoor Care Center", "Bellmoor");
        let read = marketplace(&[&entry, &BELLMOOR_LISTED.replace("12345XX0000001", "12345XX0000002")]);
        (read.night.plans.plans.len(), read.report.files.iter().map(|file| file.passed_over).sum::<u64>())
    };
    assert_eq!(listed(r#"["General Acute Care Hospital"]"#), (1, 1), "it is for other services");
    assert_eq!(listed("[]"), (2, 0), "without a type it may be for any");
    assert_eq!(listed(r#"["Nursing"]"#), (2, 0), "what may mean ours is for any");
}

#[test]
fn decisions_that_contradict_each_other_decide_nothing_in_whatever_order() {
    const SAME_AS: &str = "record,provider,same\n";
    let record = format!("npi:{BELLMOOR}");
    let night = |a: &str, b: &str| {
        let files = [
            ("homes.csv", HOMES.to_owned()),
            ("npidata.csv", registry()),
            ("acme.csv", roster()),
            ("a.csv", format!("{SAME_AS}{a}")),
            ("b.csv", format!("{SAME_AS}{b}")),
        ];
        read(&files)
    };
    let yes = format!("NPI: {BELLMOOR},CCN:425002, Yes \n");
    let decided = night(&yes, "");
    assert_eq!(
        links(&decided, "ccn:425002", Service::SkilledNursing),
        [IdentityConfidence::Sure],
        "prefixes may be typed large"
    );
    for other in [format!("{record},ccn:425002,no\n"), format!("{record},ccn:425001,yes\n")] {
        for (a, b) in [(&yes, &other), (&other, &yes)] {
            let read = night(a, b);
            assert_eq!(links(&read, "ccn:425002", Service::SkilledNursing), [IdentityConfidence::Probable], "{a}{b}");
            let rejects = read.rejects();
            assert!(rejects.len() == 1 && rejects[0].contains("line 2 of a.csv decides"), "{rejects:?}");
            assert!(rejects[0].ends_with("neither is used"), "{rejects:?}");
        }
    }
}
