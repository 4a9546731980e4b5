//! A payer's Plan-Net directory, from its resources to the answers: every affiliated provider is in
//! network for exactly its networks. The expectation is computed from the JSON independently of the
//! program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use placement::catalog::{Catalog, SharedCatalog};
use placement::coverage::Coverage;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::matching::candidate::{Directory, LineId};
use placement::matching::explain::{Explanation, explain};
use placement::matching::rank;
use placement::matching::report::NetworkAnswer;
use placement::place::ZipTable;
use placement::provider::Provider;
use placement::refresh::fetch::plan_net::fetch;
use placement::refresh::fetch::plan_net_options::PlanNetOptions;
use placement::refresh::run;
use placement::run_report::RunReport;
use placement::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder::read_folder;
use crate::plan_net_server::{Resources, options, page, resources_of, sample};
use crate::scripted_server::Upstream;

/// The date of the directory, and the discharge date.
const AS_OF: Date = date(2026, 11, 1);
const TODAY: Date = date(2026, 11, 21);

/// NUCC's home infusion pharmacy, the only one of our codes in HL7's sample.
const INFUSION: &str = "3336H0001X";

/// Writes resources as a payer's folder of NDJSON files, with their date.
fn write(folder: &Path, resources: &Resources) {
    fs::create_dir_all(folder).unwrap();
    let mut sources = String::new();
    for (kind, all) in resources {
        let lines = all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        fs::write(folder.join(format!("{kind}.ndjson")), lines).unwrap();
        writeln!(sources, "[files.\"{kind}.ndjson\"]\nas_of = \"{AS_OF}\"").unwrap();
    }
    fs::write(folder.join("sources.toml"), sources).unwrap();
}

/// A directory published from a folder, and the report of the run.
struct Published {
    catalog: Arc<Catalog>,
    report: RunReport,
    _index: TempDir,
}

impl Published {
    fn from(folder: &Path) -> Self {
        let index = TempDir::new().unwrap();
        let built_at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let options = placement::refresh::options::RefreshOptions::new(folder, index.path(), built_at);
        let report = run(&options, &mut |_| {}).unwrap();
        let shared = SharedCatalog::new(index.path());
        shared.reload().unwrap();
        Self { catalog: shared.current().unwrap(), report, _index: index }
    }

    fn of(resources: &Resources) -> Self {
        let folder = TempDir::new().unwrap();
        write(&folder.path().join("harbor"), resources);
        Self::from(folder.path())
    }

    fn discharge(&self, question: &Value) -> Discharge {
        let generation = &self.catalog.manifest().generation;
        let words = ParseContext { zips: ZipTable::curated(), plans: self.catalog.plans(), generation };
        let (question, _) = parse(question, &words, TODAY).unwrap_or_else(|faults| panic!("{question}: {faults:?}"));
        question.discharges.into_iter().next().unwrap()
    }

    /// The network status of a provider's home infusion.
    fn network(&self, provider: &Provider, network: &str) -> NetworkAnswer {
        // The network status of a provider is explained even outside the search area.
        let question = json!({"service": "home_infusion", "near": {"zip": "06103"}, "coverage": {"network": network}});
        let line = self.catalog.line_id(&provider.id, Service::HomeInfusion).unwrap();
        match explain(&self.discharge(&question), &*self.catalog, line).unwrap() {
            Explanation::Ranked { found, .. } => found.network,
            Explanation::Excluded { network, .. } => network,
            Explanation::OtherService { .. } => panic!("{} has the line", provider.id),
        }
    }
}

fn id_of(reference: &Value) -> &str {
    reference["reference"].as_str().unwrap().rsplit('/').next().unwrap()
}

fn list<'a>(resource: &'a Value, name: &str) -> &'a [Value] {
    resource[name].as_array().map_or(&[], Vec::as_slice)
}

/// Letters and digits, for names and streets that differ in nothing else: two records with one name
/// at one address are one provider.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// A location: the organization's name, the street and the first five digits of the ZIP.
type Door = (String, String, String);

/// The networks of every location, from the JSON alone: for each affiliation with the code, every
/// location it names, otherwise those of its services, otherwise the organization's own address.
fn expected(resources: &Resources) -> BTreeMap<Door, BTreeSet<String>> {
    let named = |kind: &str| -> BTreeMap<&str, &Value> {
        resources[kind].iter().map(|one| (one["id"].as_str().unwrap(), one)).collect()
    };
    let (organizations, places, services) = (named("Organization"), named("Location"), named("HealthcareService"));
    let mut doors: BTreeMap<Door, BTreeSet<String>> = BTreeMap::new();
    for affiliation in &resources["OrganizationAffiliation"] {
        if !list(affiliation, "specialty").iter().any(|specialty| specialty.to_string().contains(INFUSION)) {
            continue;
        }
        let organization = organizations[id_of(&affiliation["participatingOrganization"])];
        let mut there: Vec<&Value> = list(affiliation, "location").iter().collect();
        if there.is_empty() {
            there = list(affiliation, "healthcareService")
                .iter()
                .flat_map(|service| list(services[id_of(service)], "location"))
                .collect();
        }
        let mut addresses: Vec<&Value> = there.iter().map(|place| &places[id_of(place)]["address"]).collect();
        if addresses.is_empty() {
            addresses.push(&organization["address"][0]);
        }
        let networks: BTreeSet<String> = list(affiliation, "network")
            .iter()
            .map(|network| organizations[id_of(network)]["name"].as_str().unwrap().to_owned())
            .collect();
        for address in addresses {
            let lines: Vec<&str> = list(address, "line").iter().map(|line| line.as_str().unwrap()).collect();
            let zip = &address["postalCode"].as_str().unwrap()[..5];
            let door = (plain(organization["name"].as_str().unwrap()), plain(&lines.concat()), zip.to_owned());
            doors.entry(door).or_default().extend(networks.clone());
        }
    }
    doors
}

/// Asserts that every location is in network for exactly its networks and out of all others;
/// returns the number of answers checked.
fn check(resources: &Resources) -> usize {
    let published = Published::of(resources);
    let expected = expected(resources);
    let networks: Vec<String> = published.catalog.plans().networks.iter().map(|network| network.name.clone()).collect();
    assert_eq!(networks.len(), 13);
    let mut answers = 0;
    for ((name, street, zip), inside) in &expected {
        let here: Vec<Arc<Provider>> = providers(&published.catalog)
            .into_iter()
            .filter(|provider| {
                let address = &provider.address.as_ref().unwrap().value;
                plain(&address.street) == *street
                    && address.zip.is_some_and(|found| found.to_string() == *zip)
                    && plain(&provider.name.value).contains(name)
            })
            .collect();
        assert_eq!(here.len(), 1, "{name}, {street}, {zip}: {:?}", here.iter().map(|p| &p.id).collect::<Vec<_>>());
        for network in &networks {
            let answer = published.network(&here[0], network);
            let status = if inside.contains(network) { "in_network" } else { "out_of_network" };
            assert_eq!(answer.status.code(), status, "{} in {network}: {answer:?}", here[0].id);
            let evidence = answer.evidence.unwrap();
            assert_eq!((&*evidence.source, evidence.as_of), ("FHIR Plan-Net directory harbor", Some(AS_OF)));
            answers += 1;
        }
    }
    answers
}

/// Every provider of home infusion.
fn providers(catalog: &Catalog) -> Vec<Arc<Provider>> {
    let all = (0..).map_while(|key| catalog.provider(LineId(key)));
    let mut offering: Vec<Arc<Provider>> = all.filter(|one| one.line(Service::HomeInfusion).is_some()).collect();
    offering.dedup_by(|a, b| a.id == b.id);
    offering
}

#[test]
fn every_pharmacy_for_home_infusion_is_in_its_networks_and_no_other() {
    let Some(folder) = sample() else { return };
    assert_eq!(check(&resources_of(&folder)), 102 * 13, "16 affiliations at 102 places, asked of 13 networks");
}

/// The same with every affiliation for home infusion too.
fn all_for_infusion(mut resources: Resources) -> Resources {
    for affiliation in resources.get_mut("OrganizationAffiliation").unwrap() {
        let code = json!({"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": INFUSION}]});
        match &mut affiliation["specialty"] {
            Value::Array(specialties) => specialties.push(code),
            none => *none = json!([code]),
        }
    }
    resources
}

#[test]
fn every_affiliation_is_in_its_networks_and_no_other_were_all_of_them_for_home_infusion() {
    let Some(folder) = sample() else { return };
    let answers = check(&all_for_infusion(resources_of(&folder)));
    assert!(answers > 600 * 13, "{answers}: 158 affiliations at more than 600 places");
}

#[test]
fn a_medicare_plan_leads_to_its_network_by_reference_whatever_its_display_says() {
    let Some(folder) = sample() else { return };
    let published = Published::of(&resources_of(&folder));
    // No member of that network offers home infusion in the original sample.
    let all = Published::of(&all_for_infusion(resources_of(&folder)));
    for contract in ["H1234-001-001", "H1234-002-001", "H5678-001-001"] {
        let typed = json!({"service": "home_infusion", "near": {"zip": "02903"}, "coverage": {"plan": contract}});
        let discharge = published.discharge(&typed);
        let Some(Coverage::Networks { name, networks, .. }) = &discharge.coverage else { panic!("{contract}") };
        assert_eq!(*name, format!("Acme Medicare Advantage {contract}"));
        let plans = published.catalog.plans();
        let names: Vec<&str> = networks.iter().map(|key| plans.network(*key).unwrap().name.as_str()).collect();
        assert_eq!(names, ["Acme of Rhode Island Preferred Provider Network"], "HPID070000, not what is displayed");
        let discharge = all.discharge(&typed);
        let report = rank(&discharge, &*all.catalog, &[]);
        assert!(report.matches.iter().any(|found| found.network.status.code() == "in_network"), "{contract}");
    }
    let plans = published.catalog.plans();
    assert_eq!((plans.payers.len(), plans.plans.len(), plans.networks.len()), (3, 30, 13));
    assert!(plans.networks.iter().all(|network| network.whole && network.payer.is_some()));
    let report = &published.report;
    assert_eq!(report.rejects.rows, 0);
    assert!(report.remarks.iter().any(|remark| remark.ends_with("102 affiliations are for other services")));
    assert_eq!(report.unknown_members.len(), 40, "affiliations without a code are nobody's the directory has");
    let numbers = report.rejects.listed.iter().filter(|reject| reject.field == "identifier (NPI)");
    assert_eq!(numbers.count(), 42, "NPIs whose check digit is wrong are told");
}

#[test]
fn what_is_fetched_in_pages_makes_the_same_directory_as_the_files() {
    let Some(folder) = sample() else { return };
    let resources = resources_of(&folder);
    let (files, pages) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    write(&files.path().join("harbor"), &resources);
    let server = Upstream::start(move |request, reply| reply.json(&page(&resources, request)));
    fetch(&PlanNetOptions { today: AS_OF, ..options(&server.origin, &pages.path().join("harbor")) }, &mut |_| {}).unwrap();
    let read = |folder: &TempDir| read_folder(folder.path()).unwrap().night;
    let (from_files, from_pages) = (read(&files), read(&pages));
    assert!(from_files.providers.len() > 100);
    assert_eq!(from_files.providers, from_pages.providers);
    assert_eq!(from_files.plans, from_pages.plans);
}
