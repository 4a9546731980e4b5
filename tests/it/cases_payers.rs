//! What payers' files say and is not understood, directories that are not complete, and Medicare Advantage directories: nobody is
//! called out of network by silence. `payers_fetched` has the servers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use placement::catalog::build::BuildInput;
use placement::catalog::{Catalog, SharedCatalog};
use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::evidence::Tristate;
use placement::matching::explain::{Explanation, explain};
use placement::overlay::provider_directory::ProviderDirectory;
use placement::place::ZipTable;
use placement::refresh::options::RefreshOptions;
use placement::refresh::run;
use placement::run_report::RunReport;
use placement::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder::{Read, read};
use crate::full_size::times;
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

/// Wickerhowe Home Health and Quillfold Home Care of the sample, with the NPIs that the payer gives.
const WICKERHOWE: (&str, &str) = ("ccn:267044", "1999991015");
const QUILLFOLD: (&str, &str) = ("ccn:267012", "1999992021");

const NUCC: &str = "http://nucc.org/provider-taxonomy";
const HOME_HEALTH: &str = "251E00000X";
const PLAN: &str = "Acme Gold HMO";

/// A case folder of the project's shared data; `None` where there is none. It must be there where `CI` is set.
pub(crate) fn case(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = env::var_os("PLACEMENT_SHARED").map_or_else(beside, PathBuf::from).join("cases").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "{} is missing", folder.display());
    println!("skipped: there is no {}", folder.display());
    None
}

/// The sample's home health agencies of this test, as a table.
pub(crate) fn agencies() -> (&'static str, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample/home_health_agencies.csv");
    let text = fs::read_to_string(path).unwrap();
    let ours = |line: &&str| line.contains(",267044,") || line.contains(",267012,") || line.starts_with("State,");
    ("agencies_2026-10.csv", text.lines().filter(ours).flat_map(|line| [line, "\n"]).collect())
}

/// Reads the agencies and these files.
pub(crate) fn night(files: &[(&str, String)]) -> Read {
    let mut all = vec![agencies()];
    all.extend(files.iter().map(|(name, text)| (*name, text.clone())));
    read(&all)
}

/// The status that matching gives an agency in the plan whose name holds these words.
pub(crate) fn standing(read: &Read, agency: (&str, &str), plan: &str) -> &'static str {
    let BuildInput { providers, listed, plans, .. } = &read.night;
    let coverage = match plans.plans.iter().find(|one| one.name.contains(plan)) {
        Some(found) => json!({"plan": found.name}),
        None => json!({"plan_name": plan, "known": false}),
    };
    network_status(&SmallDirectory::listing(providers.clone(), listed.clone(), plans.clone()), agency, &coverage)
}

/// The network status of an agency, as `placement match` answers it.
fn network_status(directory: &impl ProviderDirectory, (id, _): (&str, &str), coverage: &Value) -> &'static str {
    let question = json!({"service": "home_health", "near": {"zip": "64108"}, "coverage": coverage});
    let words = ParseContext { zips: ZipTable::curated(), plans: directory.plans(), generation: directory.generation() };
    let (question, _) = parse(&question, &words, date(2026, 12, 1)).unwrap_or_else(|faults| panic!("{coverage}: {faults:?}"));
    let line = directory.line_of(&id.parse().unwrap(), Service::HomeHealth).unwrap();
    match explain(&question.discharges[0], directory, line).unwrap() {
        Explanation::Ranked { found, .. } => found.network.status.code(),
        Explanation::Excluded { network, .. } => network.status.code(),
        Explanation::OtherService { .. } => panic!("{id} has the line"),
    }
}

fn said(read: &Read, words: &str) -> bool {
    read.report.remarks.iter().any(|remark| remark.contains(words))
}

/// A directory published from the sample with a case beside it.
struct Published {
    catalog: Arc<Catalog>,
    report: RunReport,
    _index: TempDir,
}

impl Published {
    /// Copies the sample and the files of a case, into `folder` below it or beside it.
    fn of(case: &Path, folder: &str) -> Self {
        let (from, index) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let copy = |source: &Path, to: &Path| {
            fs::create_dir_all(to).unwrap();
            for entry in fs::read_dir(source).unwrap().map(Result::unwrap) {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample"), from.path());
        copy(case, &from.path().join(folder));
        let more = from.path().join(folder).join("sources_add.toml");
        if more.exists() {
            let sources = from.path().join("sources.toml");
            let text = format!("{}\n{}", fs::read_to_string(&sources).unwrap(), fs::read_to_string(&more).unwrap());
            fs::write(sources, text).unwrap();
            fs::remove_file(more).unwrap();
        }
        let built_at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let report = run(&RefreshOptions::new(from.path(), index.path(), built_at), &mut |_| {}).unwrap();
        let shared = SharedCatalog::new(index.path());
        shared.reload().unwrap();
        Self { catalog: shared.current().unwrap(), report, _index: index }
    }

    /// The network status of an agency in the plan.
    fn status(&self, agency: (&str, &str)) -> &'static str {
        network_status(&*self.catalog, agency, &json!({"plan": PLAN}))
    }

    fn said(&self, words: &str) -> bool {
        self.report.remarks.iter().any(|remark| remark.contains(words))
    }
}

#[test]
fn the_cases_call_nobody_out_of_network() {
    for (name, folder, status, words) in [
        ("payer-and-input-11-qhp-facility-type-unknown-word", "", "in_network", "\"HHA\" (1)"),
        ("payer-and-input-13-plan-net-local-specialty", "acme", "in_network", "\"http://acme.example/specialty|HHA\" (1)"),
        (
            "payer-and-input-15-plan-net-network-by-identifier",
            "acme",
            "plan_not_loaded",
            "1 affiliations name a network that",
        ),
        ("payer-and-input-17-plan-net-coverage-network", "acme", "in_network", ""),
    ] {
        let Some(case) = case(name) else { return };
        let published = Published::of(&case, folder);
        assert_eq!(published.status(WICKERHOWE), status, "{name}");
        assert_eq!(published.status(QUILLFOLD), "in_network", "{name}");
        assert!(words.is_empty() || published.said(words), "{name}: {:?}", published.report.remarks);
        let check = published.report.files.iter().find_map(|file| file.status.completeness.clone()).unwrap();
        assert_eq!(check.complete, status == "in_network", "{name}: {check:?}");
    }
}

/// A marketplace facility of the plan.
fn facility((_, npi): (&str, &str), kinds: &Value) -> Value {
    let (name, street, zip, phone) = match npi {
        "1999991015" => ("WICKERHOWE HOME HEALTH", "7757 Kiln Blvd", "64106", "8165550167"),
        _ => ("QUILLFOLD HOME CARE", "1286 ORCHARD AVENUE", "64127", "8165550103"),
    };
    json!({"npi": npi, "type": "FACILITY", "facility_name": name, "facility_type": kinds, "last_updated_on": "2026-11-01",
        "addresses": [{"address": street, "city": "Kansas City", "state": "MO", "zip": zip, "phone": phone}],
        "plans": [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "99999MO0010001", "network_tier": "PREFERRED", "years": [2026]}]})
}

fn marketplace(facilities: &[Value]) -> Vec<(&'static str, String)> {
    let plan =
        json!([{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "99999MO0010001", "marketing_name": PLAN, "years": [2026]}]);
    vec![("acme/plans.json", plan.to_string()), ("acme/providers.json", Value::from(facilities.to_vec()).to_string())]
}

#[test]
fn any_word_for_a_facility_that_is_not_understood_is_silence() {
    let quillfold = facility(QUILLFOLD, &json!(["Home Health Agency"]));
    for (kinds, status, counted) in [
        (json!(["HHA"]), "in_network", 1),
        (json!(["HomeHealth"]), "in_network", 1),
        (json!(["HH"]), "in_network", 1),
        (json!(["Home Hlth"]), "in_network", 1),
        (json!(["Visiting Nurse Association"]), "in_network", 1),
        (json!(["Facility", "Provider"]), "in_network", 2),
        (json!("Unknown"), "in_network", 1),
        (json!(["N/A"]), "in_network", 1),
        (json!(["\u{fffd}\u{202e}??"]), "in_network", 1),
        (json!(["251E00000X"]), "in_network", 0),
        (json!(["251e00000x"]), "in_network", 0),
        (json!(["HOME-HEALTH  agency"]), "in_network", 0),
        (json!([]), "in_network", 0),
        // Beside a word that is understood, another one may still mean this service.
        (json!(["Hospice", "HHA"]), "in_network", 1),
        (json!(["General Acute Care Hospital", "HHA"]), "in_network", 1),
        (json!(["193200000X"]), "in_network", 1),
        // What is understood is no silence.
        (json!(["Pharmacy"]), "out_of_network", 0),
        (json!(["207Q00000X"]), "out_of_network", 0),
        (json!(["General Acute Care Hospital"]), "out_of_network", 0),
    ] {
        let read = night(&marketplace(&[quillfold.clone(), facility(WICKERHOWE, &kinds)]));
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{kinds}: {:?}", read.report.remarks);
        assert_eq!(standing(&read, QUILLFOLD, PLAN), "in_network", "{kinds}");
        let words = format!("{counted} word{} for a service not understood", if counted == 1 { "" } else { "s" });
        assert_eq!(said(&read, &words), counted > 0, "{kinds}: {:?}", read.report.remarks);
    }
}

/// Specialties by NUCC code.
fn coded(code: &str) -> Value {
    json!([{"coding": [{"system": NUCC, "code": code}]}])
}

fn organization(id: &str, kind: &str, more: Value) -> Value {
    let mut organization = more;
    let own = json!({"resourceType": "Organization", "id": id, "active": true, "type": [{"coding": [{"code": kind}]}]});
    organization.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    organization
}

/// The payer of the cases: a network, its plan, and both agencies in it.
fn payer() -> Vec<Value> {
    let agency = |id: &str, npi: &str, name: &str, line: &str, zip: &str| {
        organization(
            id,
            "fac",
            json!({"identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}], "name": name,
                "address": [{"line": [line], "city": "Kansas City", "state": "MO", "postalCode": zip}]}),
        )
    };
    let affiliation = |id: &str, to: &str| {
        json!({"resourceType": "OrganizationAffiliation", "id": id, "active": true,
            "organization": {"reference": "Organization/pay"}, "participatingOrganization": {"reference": to},
            "network": [{"reference": "Organization/net"}], "specialty": coded(HOME_HEALTH)})
    };
    vec![
        organization("pay", "payer", json!({"name": "Acme Health"})),
        organization("net", "ntwk", json!({"name": "Acme Net", "identifier": [{"system": "urn:acme", "value": "N1"}]})),
        json!({"resourceType": "InsurancePlan", "id": "p", "status": "active", "name": PLAN,
            "ownedBy": {"reference": "Organization/pay"}, "network": [{"reference": "Organization/net"}]}),
        agency("o1", WICKERHOWE.1, "WICKERHOWE HOME HEALTH", "7757 Kiln Blvd", "64106"),
        agency("o2", QUILLFOLD.1, "QUILLFOLD HOME CARE", "1286 ORCHARD AVENUE", "64127"),
        affiliation("a1", "Organization/o1"),
        affiliation("a2", "Organization/o2"),
    ]
}

fn in_lines(all: &[Value]) -> String {
    all.iter().flat_map(|one| [one.to_string(), "\n".to_owned()]).collect()
}

/// The directory of a payer, as a refresh finds it.
fn plan_net(all: &[Value]) -> Vec<(&'static str, String)> {
    vec![("acme/directory_2026-11.ndjson", in_lines(all))]
}

fn with<'a>(all: &'a mut [Value], id: &str) -> &'a mut Value {
    all.iter_mut().find(|one| one["id"] == id).unwrap()
}

/// A change of the payer's resources.
type Change = fn(&mut Vec<Value>);

#[test]
fn a_specialty_of_an_unknown_code_system_is_silence() {
    let own = || json!([{"coding": [{"system": "http://acme.example/specialty", "code": "HHA"}]}]);
    assert_eq!(own()[0]["coding"][0]["code"], "HHA");
    let changes: [(&str, &str, Change); 11] = [
        ("as it is", "in_network", |_| {}),
        ("a code of the payer's own", "in_network", |all| {
            with(all, "a1")["specialty"] = json!([{"coding": [{"system": "http://acme.example/specialty", "code": "HHA"}]}]);
        }),
        ("a number in an OID", "in_network", |all| {
            with(all, "a1")["specialty"] = json!([{"coding": [{"system": "urn:oid:1.2.3", "code": 77}]}]);
        }),
        ("no code that NUCC has", "in_network", |all| with(all, "a1")["specialty"] = coded("HHA")),
        ("a text", "in_network", |all| with(all, "a1")["specialty"] = json!([{"text": "Home Health"}])),
        ("another service and a code of its own", "in_network", |all| {
            let other = coded("207Q00000X")[0].clone();
            with(all, "a1")["specialty"] = json!([other, {"coding": [{"system": "urn:acme", "code": "HHA"}]}]);
        }),
        ("of the service it is listed for", "in_network", |all| {
            with(all, "a1")["specialty"] = json!([]);
            with(all, "a1")["healthcareService"] = json!([{"reference": "HealthcareService/h"}]);
            all.push(json!({"resourceType": "HealthcareService", "id": "h", "active": true,
                "specialty": [{"coding": [{"system": "urn:acme", "code": "HHA"}]}]}));
        }),
        ("a group of any kind", "in_network", |all| with(all, "a1")["specialty"] = coded("193200000X")),
        ("a code of NUCC as the kind of affiliation", "in_network", |all| {
            with(all, "a1")["specialty"] = coded("207Q00000X");
            with(all, "a1")["code"] = coded(HOME_HEALTH);
        }),
        ("another service in NUCC", "out_of_network", |all| with(all, "a1")["specialty"] = coded("207Q00000X")),
        ("another service in NUCC and in the payer's words", "out_of_network", |all| {
            with(all, "a1")["specialty"] = json!([{"coding": [{"system": "urn:oid:2.16.840.1.113883.6.101", "code": "207Q00000X"},
                {"system": "urn:acme", "code": "FAM"}]}]);
        }),
    ];
    for (what, status, change) in changes {
        let mut all = payer();
        change(&mut all);
        let read = night(&plan_net(&all));
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{what}: {:?}", read.report.remarks);
        assert_eq!(standing(&read, QUILLFOLD, PLAN), "in_network", "{what}");
    }
}

#[test]
fn a_link_that_leads_nowhere_turns_nobody_out() {
    let changes: [(&str, &str, Change); 14] = [
        ("a network by its identifier", "in_network", |all| {
            with(all, "a1")["network"] = json!([{"identifier": {"system": "urn:acme", "value": "N1"}}]);
        }),
        ("a network by an identifier that nothing has", "plan_not_loaded", |all| {
            with(all, "a1")["network"] =
                json!([{"identifier": {"system": "urn:acme", "value": "N2"}, "display": "Acme Net"}]);
        }),
        ("a network by display", "plan_not_loaded", |all| {
            with(all, "a1")["network"] = json!([{"display": "Acme Net"}]);
        }),
        ("a network that is missing", "plan_not_loaded", |all| {
            with(all, "a1")["network"] = json!([{"reference": "Organization/net9"}]);
        }),
        ("a contained network of the same name", "in_network", |all| {
            with(all, "a1")["contained"] = json!([organization("n", "ntwk", json!({"name": "ACME NET"}))]);
            with(all, "a1")["network"] = json!([{"reference": "#n"}]);
        }),
        ("a contained network with the same identifier", "in_network", |all| {
            let ids = json!([{"system": "urn:acme", "value": "N1"}]);
            with(all, "a1")["contained"] = json!([organization("n", "ntwk", json!({"name": "A", "identifier": ids}))]);
            with(all, "a1")["network"] = json!([{"reference": "#n"}]);
        }),
        ("a contained network of another name", "plan_not_loaded", |all| {
            with(all, "a1")["contained"] = json!([organization("n", "ntwk", json!({"name": "Acme PPO"}))]);
            with(all, "a1")["network"] = json!([{"reference": "#n"}]);
        }),
        ("a provider by an NPI that no organization has", "plan_not_loaded", |all| {
            all.retain(|one| one["id"] != "o1");
            with(all, "a1")["participatingOrganization"] =
                json!({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": WICKERHOWE.1}});
        }),
        ("a provider by its NPI, which an organization has", "in_network", |all| {
            with(all, "a1")["participatingOrganization"] =
                json!({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": WICKERHOWE.1}});
        }),
        ("a provider by display", "plan_not_loaded", |all| {
            with(all, "a1")["participatingOrganization"] = json!({"display": "WICKERHOWE HOME HEALTH"});
        }),
        ("a provider that a resource contains", "in_network", |all| {
            let contained = organization("o", "fac", with(all, "o1").clone());
            with(all, "a1")["contained"] = json!([contained]);
            with(all, "a1")["participatingOrganization"] = json!({"reference": "#o"});
        }),
        ("the provider where the payer should be", "in_network", |all| {
            with(all, "a1")["organization"] = json!({"reference": "Organization/o1"});
            with(all, "a1")["participatingOrganization"] = json!({"reference": "Organization/pay"});
        }),
        ("one more network of the plan, by display", "plan_not_loaded", |all| {
            all.retain(|one| one["id"] != "a1");
            with(all, "p")["network"] = json!([{"reference": "Organization/net"}, {"display": "Acme Plus"}]);
        }),
        ("nothing lost", "out_of_network", |all| all.retain(|one| one["id"] != "a1")),
    ];
    for (what, status, change) in changes {
        let mut all = payer();
        change(&mut all);
        let read = night(&plan_net(&all));
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{what}: {:?}", read.report.remarks);
        assert_ne!(standing(&read, QUILLFOLD, PLAN), "out_of_network", "{what}");
    }
    // Where somebody says whose the NPI is, the provider is listed by it.
    let mut all = payer();
    all.retain(|one| one["id"] != "o1");
    with(&mut all, "a1")["participatingOrganization"] =
        json!({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": WICKERHOWE.1}});
    let mut files = plan_net(&all);
    files.push(("other_2026-11.csv", format!("{ROSTER}Other,Other,Other,267044,{},,,,\n", WICKERHOWE.1)));
    assert_eq!(standing(&night(&files), WICKERHOWE, PLAN), "in_network");
}

#[test]
fn networks_of_a_plans_coverage_are_its_networks() {
    let changes: [(&str, Change); 4] = [
        ("coverage only", |all| {
            with(all, "p")["network"] = json!([]);
            with(all, "p")["coverage"] =
                json!([{"type": {"text": "medical"}, "network": [{"reference": "Organization/net"}]}]);
        }),
        ("the second coverage", |all| {
            with(all, "p").as_object_mut().unwrap().remove("network");
            with(all, "p")["coverage"] =
                json!([{"type": {"text": "dental"}}, {"network": [{"reference": "Organization/net"}]}]);
        }),
        ("coverage by identifier", |all| {
            with(all, "p")["network"] = json!([]);
            with(all, "p")["coverage"] = json!([{"network": [{"identifier": {"system": "urn:acme", "value": "N1"}}]}]);
        }),
        ("a network that plan and affiliation contain", |all| {
            let contained = json!([organization("n", "ntwk", json!({"name": "Acme Own"}))]);
            all.retain(|one| one["id"] != "net");
            for id in ["p", "a1", "a2"] {
                with(all, id)["contained"] = contained.clone();
                with(all, id)["network"] = json!([{"reference": "#n"}]);
            }
        }),
    ];
    for (what, change) in changes {
        let mut all = payer();
        change(&mut all);
        let read = night(&plan_net(&all));
        assert_eq!(standing(&read, WICKERHOWE, PLAN), "in_network", "{what}: {:?}", read.report.remarks);
    }
}

#[test]
fn only_a_complete_directory_says_who_is_out_of_network() {
    let changes: [(&str, &str, Change); 8] = [
        ("complete", "", |_| {}),
        ("no identifiers", "0 % of its listings have an NPI", |all| {
            for id in ["o1", "o2"] {
                with(all, id).as_object_mut().unwrap().remove("identifier");
            }
        }),
        ("no addresses", "0 % of its listings have a location", |all| {
            for id in ["o1", "o2"] {
                with(all, id).as_object_mut().unwrap().remove("address");
            }
        }),
        ("affiliations without networks", "% of its listings name a network", |all| {
            let mut more = with(all, "a2").clone();
            (more["id"], more["network"]) = (json!("a3"), json!([]));
            all.push(more);
        }),
        ("no facility of ours", "no listing is for a service of ours", |all| {
            with(all, "a2")["specialty"] = json!([]);
        }),
        ("a location that is missing", "1 link of its listings leads nowhere", |all| {
            with(all, "a2")["location"] = json!([{"reference": "Location/7"}]);
        }),
        ("a resource that cannot be read", "1 of its entries could not be read", |all| {
            all.push(json!({"resourceType": "OrganizationAffiliation", "id": "x", "period": {"end": "soon"}}));
        }),
        ("roles only", "it has no affiliations", |all| {
            with(all, "a2")["resourceType"] = json!("PractitionerRole");
            with(all, "a2")["organization"] = json!({"reference": "Organization/o2"});
        }),
    ];
    for (what, fault, change) in changes {
        let mut all = payer();
        all.retain(|one| one["id"] != "a1");
        change(&mut all);
        let read = night(&plan_net(&all));
        let status = if fault.is_empty() { "out_of_network" } else { "plan_not_loaded" };
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{what}: {:?}", read.report.remarks);
        let check = read.report.files.iter().find_map(|file| file.status.completeness.as_ref()).unwrap();
        assert_eq!(check.complete, fault.is_empty(), "{what}: {check:?}");
        assert!(fault.is_empty() || check.faults.iter().any(|told| told.contains(fault)), "{what}: {check:?}");
        let page = read.report.to_string();
        assert!(page.contains(if fault.is_empty() { "\n    complete\n" } else { "\n    NOT COMPLETE\n" }), "{page}");
    }
}

/// An entry of a Medicare Advantage directory.
pub(crate) fn advantage((_, npi): (&str, &str), plan: &str) -> Value {
    let market = facility(("", npi), &json!([]));
    json!({"npi": npi, "type": "Facility", "facilityName": market["facility_name"], "facilityType": [HOME_HEALTH],
        "lastUpdatedOn": "2026-11-01",
        "plans": [{"maPlanId": plan, "year": "2026", "addresses": market["addresses"], "specialty": [HOME_HEALTH],
            "accepting": "Accepting", "networkId": "7"}]})
}

const CROSSWALK: &str = "\u{feff}PREVIOUS_CONTRACT_ID,PREVIOUS_PLAN_ID,PREVIOUS_PLAN_NAME,PREVIOUS_SNP_TYPE,\
    PREVIOUS_SNP_INSTITUTIONAL,CURRENT_CONTRACT_ID,CURRENT_PLAN_ID,CURRENT_PLAN_NAME,CURRENT_SNP_TYPE,CURRENT_SNP_INSTITUTIONAL,STATUS\r\n\
    H9999,001,Old Name,,,H9999,001,Acme Senior (HMO),,,Renewal Plan\r\nH9999,002,Ended,,,,,,,,Terminated\r\n";

#[test]
fn a_medicare_advantage_directory_lists_facilities_by_plan_in_both_forms() {
    let person = json!({"npi": "1999993011", "type": "Individual", "name": {"first": "QUIETLY", "last": "SECRETPERSON"},
        "languages": ["English"], "plans": [{"maPlanId": "H9999-001-000"}], "lastUpdatedOn": "2026-11-01"});
    let entries = json!([person, advantage(WICKERHOWE, "h9999-001"), advantage(QUILLFOLD, "H9999-002-000")]);
    let payer_index = json!({"resourceType": "http://hl7.org/fhir/us/fast-ndh/StructureDefinition/NDHPayerWellknownDefinition",
        "payerLegalName": "ACME HEALTH, INC.", "plan_groups": [{"plan_identifiers": [{"value": "H9999-002", "plan_name": "Acme Plus"}]}]});
    let read = night(&[
        ("acme/providers-1.json", entries.to_string()),
        ("crosswalk.csv", CROSSWALK.to_owned()),
        ("acme.well_known_payer.json", payer_index.to_string()),
    ]);
    let names: Vec<&str> = read.night.plans.plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["Acme Plus H9999-002-000", "Acme Senior (HMO) H9999-001-000"]);
    assert_eq!(read.night.plans.payers[0].name, "ACME HEALTH, INC.");
    assert_eq!(standing(&read, WICKERHOWE, "H9999-001-000"), "in_network", "{:?}", read.report.remarks);
    assert_eq!(standing(&read, WICKERHOWE, "H9999-002-000"), "out_of_network");
    assert_eq!(standing(&read, QUILLFOLD, "H9999-002-000"), "in_network");
    let terms = read.terms(WICKERHOWE.0, Service::HomeHealth);
    assert_eq!(terms[0].new_patients, Tristate::Yes);
    assert_eq!(terms[0].evidence.source.as_ref(), "Medicare Advantage directory acme");
    assert!(!format!("{:?}{}{}", read.night.providers, read.report, read.report.json().unwrap()).contains("SECRETPERSON"));

    // The same as FHIR: the plan has no name, and the facility stands where Plan-Net has the payer.
    let mut all = payer();
    *with(&mut all, "p") = json!({"resourceType": "InsurancePlan", "id": "p", "status": "active",
        "identifier": [{"system": "http://cms.gov/medicare/ma-plan-id", "value": "H9999-001-000"}],
        "period": {"start": "2026-01-01", "end": "2026-12-31"}, "network": [{"reference": "Organization/net"}]});
    with(&mut all, "a1")["organization"] = json!({"reference": "Organization/o1"});
    with(&mut all, "a1").as_object_mut().unwrap().remove("participatingOrganization");
    let entry: Vec<Value> = all.iter().map(|one| json!({"resource": one})).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entry});
    let read = night(&[("acme/fhir_2026-11.json", bundle.to_string()), ("crosswalk.csv", CROSSWALK.to_owned())]);
    assert_eq!(read.night.plans.plans[0].name, "Acme Senior (HMO) H9999-001-000");
    assert_eq!(standing(&read, WICKERHOWE, "H9999-001-000"), "in_network", "{:?}", read.report.remarks);
}

#[test]
fn what_a_medicare_advantage_directory_leaves_unclear_turns_nobody_out() {
    let index = json!({"provider_urls": ["https://acme.example/a/providers-1.json", "https://acme.example/a/providers-2.json?sig=1"]});
    let unknown = |key: &str, value: Value| {
        let mut entry = advantage(WICKERHOWE, "H9999-001-000");
        entry[key] = value.clone();
        entry["plans"][0]["specialty"] = if key == "facilityType" { value } else { json!([HOME_HEALTH]) };
        entry
    };
    let listed = |more: Value| json!([advantage(QUILLFOLD, "H9999-001-000"), more]);
    let mut elsewhere = advantage(WICKERHOWE, "H9999-001-000");
    elsewhere["plans"][0]["maPlanId"] = json!("Acme Senior");
    for (what, files, status) in [
        ("as it is", vec![listed(advantage(WICKERHOWE, "H9999-001-000"))], "in_network"),
        ("a word for its type", vec![listed(unknown("facilityType", json!(["HHA"])))], "in_network"),
        ("no type", vec![listed(unknown("facilityType", json!([])))], "in_network"),
        ("another type", vec![listed(unknown("facilityType", json!(["207Q00000X"])))], "out_of_network"),
        ("a plan that is no plan id", vec![listed(elsewhere)], "plan_not_loaded"),
        ("an entry of no type", vec![listed(json!({"npi": WICKERHOWE.1}))], "plan_not_loaded"),
        ("not listed", vec![listed(advantage(QUILLFOLD, "H9999-001-000"))], "out_of_network"),
        ("a part of the index is missing", vec![listed(advantage(QUILLFOLD, "H9999-001-000")), index], "plan_not_loaded"),
    ] {
        let names = ["acme/providers-1.json", "acme/index.json"];
        let files: Vec<(&str, String)> = names.into_iter().zip(&files).map(|(name, file)| (name, file.to_string())).collect();
        let read = night(&files);
        assert_eq!(standing(&read, WICKERHOWE, "H9999-001-000"), status, "{what}: {:?}", read.report.remarks);
    }
}

#[test]
fn an_index_beside_its_files_says_which_are_missing() {
    let files = marketplace(&[facility(QUILLFOLD, &json!(["Home Health Agency"]))]);
    for (urls, status) in [
        (json!(["https://acme.example/providers.json"]), "out_of_network"),
        (json!(["https://acme.example/providers.json", "https://acme.example/more/providers-2.json"]), "plan_not_loaded"),
    ] {
        let index = json!({"provider_urls": urls, "plan_urls": ["https://acme.example/plans.json"], "formulary_urls": ["https://x/d.json"]});
        let mut all = files.clone();
        all.push(("acme/index.json", index.to_string()));
        let read = night(&all);
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{:?}", read.report.remarks);
        assert_eq!(said(&read, "1 of the 3 files it lists is not beside it (providers-2.json)"), status != "out_of_network");
    }
    // The same by the manifest of an export.
    let mut all = payer();
    all.retain(|one| one["id"] != "a1");
    for (names, status) in
        [(vec!["d_2026-11.ndjson"], "out_of_network"), (vec!["d_2026-11.ndjson", "e.ndjson"], "plan_not_loaded")]
    {
        let output: Vec<Value> =
            names.iter().map(|name| json!({"type": "Organization", "url": format!("https://x/{name}")})).collect();
        let manifest = json!({"transactionTime": "2026-11-01T00:00:00Z", "requiresAccessToken": false, "output": output});
        let read = night(&[("acme/d_2026-11.ndjson", in_lines(&all)), ("acme/manifest.json", manifest.to_string())]);
        assert_eq!(standing(&read, WICKERHOWE, PLAN), status, "{:?}", read.report.remarks);
    }
}

const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// A payer's three files before and after something was added.
struct Additions {
    random: SeededRandom,
    roster: Vec<String>,
    resources: Vec<Value>,
    facilities: Vec<Value>,
}

impl Additions {
    /// The files before. One of the agencies may be in no network, so that somebody is out.
    fn begun(seed: u64, absent: usize) -> Self {
        let row = |ccn: &str| format!("Acme,Acme Silver,Wide,{ccn},,,,,");
        let facilities = [WICKERHOWE, QUILLFOLD].map(|agency| facility(agency, &json!(["Home Health Agency"])));
        let roster = vec![ROSTER.trim_end().to_owned(), row("267044"), row("267012")];
        let mut files =
            Self { random: SeededRandom::seeded(seed), roster, resources: payer(), facilities: facilities.into() };
        if absent == 0 {
            files.roster.pop();
        } else if absent == 1 {
            files.facilities[1]["facility_type"] = json!(["Pharmacy"]);
        }
        files
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 11] =
            ["HHA", "", "N/A", "hôme", "251E", "999X00000X", "Visiting Nurse", "?", "\u{202e}x", "Clinic", "Rehab"];
        let word: &&'static str = self.random.pick(&WORDS);
        word
    }

    /// Adds a row that is not understood.
    fn add_to_roster(&mut self) {
        let rows = [
            "Acme,Acme Silver,Wide,267044,,home helth,,,",
            "Acme,Acme Silver,Wide,26704,,,,,",
            "Acme,Acme Silver,,267044,,,,,",
            "Acme,Acme Silver,Wide",
            "Acme,Acme Silver,\"Wi\"de,267012,,,,,",
            "Acme,Acme Silver,Wide,267012,,,,soon,",
            "ACME,acme silver,WIDE,267044,,home_health,,,",
            ",,,,,,,,",
            "",
            "\"",
        ];
        let row = *self.random.pick(&rows);
        let at = 1 + self.random.below(self.roster.len());
        self.roster.insert(at.min(self.roster.len()), row.to_owned());
    }

    /// Adds something that is not understood to a resource, or such a resource.
    fn add_to_plan_net(&mut self) {
        let word = self.word();
        let local = json!({"coding": [{"system": "urn:acme", "code": word}]});
        let id = *self.random.pick(&["a1", "a2"]);
        let number = self.resources.len();
        let one = with(&mut self.resources, id);
        let add = |to: &mut Value, what: Value| match to.as_array_mut() {
            Some(list) => list.push(what),
            None => *to = json!([what]),
        };
        match self.random.below(11) {
            0 => add(&mut one["specialty"], local),
            1 => add(&mut one["specialty"], json!({"text": word})),
            2 => add(&mut one["network"], json!({"display": word})),
            3 => add(&mut one["network"], json!({"identifier": {"system": "urn:acme", "value": word}})),
            4 => add(&mut one["location"], json!({"display": word})),
            5 => add(&mut one["healthcareService"], json!({"display": word})),
            6 => add(&mut one["code"], local),
            7 => {
                let mut more = one.clone();
                (more["id"], more["specialty"]) = (json!(format!("more-{number}")), json!([local]));
                more["participatingOrganization"] = json!({"display": word});
                self.resources.push(more);
            }
            8 => add(&mut with(&mut self.resources, "p")["network"], json!({"display": word})),
            9 => self.resources.push(json!({"resourceType": word, "id": word})),
            _ => self.resources.push(json!({"resourceType": "Organization", "name": word})),
        }
    }

    /// Adds a word to a facility, or an entry.
    fn add_to_marketplace(&mut self) {
        let word = self.word();
        let at = self.random.below(2);
        let entry = &mut self.facilities[at];
        match self.random.below(6) {
            0 => entry["facility_type"].as_array_mut().unwrap().push(json!(word)),
            1 => entry["specialty"] = json!([word]),
            2 => entry["addresses"].as_array_mut().unwrap().push(json!({"address": word, "state": word, "zip": word})),
            3 => entry["note"] = json!({"any": [word]}),
            4 => self.facilities.push(json!({"type": word, "npi": word})),
            _ => self.facilities.push(json!(word)),
        }
    }

    fn night(&self) -> Read {
        let mut files = plan_net(&self.resources);
        files.extend([("roster_2026-11.csv", self.roster.join("\n"))]);
        let qhp: Vec<(&str, String)> = marketplace(&self.facilities);
        files.extend(qhp.into_iter().map(|(name, text)| {
            if name.contains("plans") {
                ("qhp/plans.json", text.replace(PLAN, "Acme Bronze"))
            } else {
                ("qhp/providers.json", text)
            }
        }));
        night(&files)
    }
}

#[test]
fn nothing_added_that_is_not_understood_turns_anybody_out() {
    let of = |agency| [PLAN, "Acme Silver", "Acme Bronze"].map(|plan| (agency, plan));
    let asked: Vec<_> = [WICKERHOWE, QUILLFOLD].into_iter().flat_map(of).collect();
    let mut turned = 0;
    let before = [0, 1, 2].map(|absent| {
        let night = Additions::begun(0, absent).night();
        asked.iter().map(|(agency, plan)| standing(&night, *agency, plan)).collect::<Vec<_>>()
    });
    // With one to four additions each, 2,500 additions at full size. `payer_noise` makes as many to rosters.
    let directories = times(250, 1_000);
    for seed in 0..directories {
        let absent = seed % before.len();
        let (mut files, before) = (Additions::begun(seed as u64, absent), &before[absent]);
        for _ in 0..=files.random.below(3) {
            match files.random.below(3) {
                0 => files.add_to_roster(),
                1 => files.add_to_plan_net(),
                _ => files.add_to_marketplace(),
            }
        }
        let after = files.night();
        for (at, &(agency, plan)) in asked.iter().enumerate() {
            let (was, is) = (before[at], standing(&after, agency, plan));
            turned += usize::from(was == "out_of_network");
            let files =
                (files.roster.join("\n"), in_lines(&files.resources), Value::from(files.facilities.clone()).to_string());
            assert!(
                was == "out_of_network" || is != "out_of_network",
                "{seed}: {} in {plan}: {was}, then {is}: {files:#?}",
                agency.0
            );
        }
    }
    assert!(turned > directories / 4, "somebody is out of network before: {turned}");
}
