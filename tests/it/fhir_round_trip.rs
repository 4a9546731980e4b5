//! The FHIR view, downloaded and read with our own Plan-Net reader, gives the same providers in the
//! same networks, on the same terms, for the same services.
//!
//! Not preserved, because Plan-Net has no elements for them or the reader derives them itself:
//! tiers, certainty of identities, source and date of a list, incomplete networks, and services
//! that cannot be used, which are inactive.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use placement::catalog::{Catalog, SharedCatalog};
use placement::coverage::PlanDirectory;
use placement::evidence::Tristate;
use placement::matching::candidate::Directory;
use placement::place::Zip;
use placement::provider::{OperatingStatus, Provider, ServiceArea};
use placement::refresh::options::RefreshOptions;
use placement::refresh::run;
use placement::run_report::RunReport;
use placement::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, sample_app};
use crate::fhir::{TYPES, sent};
use crate::plan_net_small::{kind, link, links, new_patients, payer, resource, specialty};

/// An affiliation as text: service, network and payer, first and last day, new patients.
type Affiliation = (Service, String, Option<String>, Option<String>, Option<String>, Tristate);

fn paid_by(plans: &PlanDirectory, payer: Option<u32>) -> Option<String> {
    payer.map(|payer| plans.payers[payer as usize].name.clone())
}

pub(crate) fn affiliations(provider: &Provider, catalog: &Catalog) -> BTreeSet<Affiliation> {
    let plans = catalog.plans();
    let open = provider.lines.iter().filter(|line| line.standing == OperatingStatus::Open);
    let of = |line: &placement::provider::ServiceLine| {
        let service = line.service;
        let words = move |terms: &placement::coverage::AffiliationTerms| {
            let network = plans.network(terms.network).unwrap();
            let [begin, end] = [terms.begin, terms.end].map(|day| day.map(|day| day.to_string()));
            (service, network.name.clone(), paid_by(plans, network.payer), begin, end, terms.new_patients)
        };
        let terms = catalog.terms_listed(&provider.id, service);
        terms.into_iter().map(|key| words(plans.terms(key).unwrap())).collect::<Vec<_>>()
    };
    open.flat_map(of).collect()
}

/// All providers of a directory by id.
pub(crate) fn providers(catalog: &Catalog) -> BTreeMap<String, Provider> {
    let all = (0..catalog.record_count()).map(|record| catalog.provider_at(record).unwrap());
    all.map(|provider| (provider.id.to_string(), provider)).collect()
}

pub(crate) fn networks(plans: &PlanDirectory) -> BTreeSet<(String, Option<String>)> {
    plans.networks.iter().map(|network| (network.name.clone(), paid_by(plans, network.payer))).collect()
}

pub(crate) fn plans(plans: &PlanDirectory) -> BTreeSet<(String, Option<String>, BTreeSet<String>)> {
    let name = |key: &placement::coverage::NetworkId| plans.network(*key).unwrap().name.clone();
    let plan = |plan: &placement::coverage::Plan| {
        (plan.name.clone(), paid_by(plans, plan.payer), plan.networks.iter().map(name).collect())
    };
    plans.plans.iter().map(plan).collect()
}

/// The view of a server, downloaded page by page and published again.
struct ReadBack {
    catalog: Arc<Catalog>,
    report: RunReport,
    _index: TempDir,
}

async fn read_back(api: &Api) -> ReadBack {
    let (folder, index) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let directory = folder.path().join("view");
    fs::create_dir_all(&directory).unwrap();
    let mut sources = String::new();
    for kind in TYPES {
        for (at, page) in sent(api, &format!("{kind}?_count=100")).await.into_iter().enumerate() {
            let name = format!("{kind}-{at}.json");
            fs::write(directory.join(&name), page.text).unwrap();
            writeln!(sources, "[files.\"{name}\"]\nas_of = \"2026-11-21\"").unwrap();
        }
    }
    fs::write(directory.join("sources.toml"), sources).unwrap();
    let (catalog, report) = published(folder.path(), index.path());
    ReadBack { catalog, report, _index: index }
}

pub(crate) fn published(from: &Path, index: &Path) -> (Arc<Catalog>, RunReport) {
    let built_at: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
    let report = run(&RefreshOptions::new(from, index, built_at), &mut |_| {}).unwrap();
    let shared = SharedCatalog::new(index);
    shared.reload().unwrap();
    (shared.current().unwrap(), report)
}

pub(crate) fn zips(area: &ServiceArea) -> BTreeSet<Zip> {
    match area {
        ServiceArea::Zips(fact) => fact.value.iter().copied().collect(),
        ServiceArea::NotPublished => BTreeSet::new(),
    }
}

#[tokio::test]
async fn our_own_reader_finds_the_same_networks_and_the_same_affiliations() {
    let before = sample_app().catalog.current().unwrap();
    let ReadBack { catalog: after, report, .. } = read_back(&Api::sample()).await;
    assert_eq!(report.rejects.rows, 0, "{:?}", report.rejects.listed);
    assert_eq!(report.rejects.listed.len(), 0, "{:?}", report.rejects.listed);
    assert_eq!(report.unknown_members, Vec::<String>::new());

    assert_eq!(networks(after.plans()), networks(before.plans()));
    assert_eq!(plans(after.plans()), plans(before.plans()));
    let (was, is) = (providers(&before), providers(&after));
    let mut compared = 0;
    for (id, provider) in &was {
        let expected = affiliations(provider, &before);
        let read = is.get(id).map(|provider| affiliations(provider, &after)).unwrap_or_default();
        assert_eq!(read, expected, "{id}");
        compared += expected.len();
        let Some(again) = is.get(id) else { continue };
        assert_eq!((&again.ccn, &again.npis, &again.name.value), (&provider.ccn, &provider.npis, &provider.name.value));
        let [a, b] = [again, provider].map(|one| one.address.as_ref().map(|address| &address.value));
        assert_eq!(a, b, "{id}");
        let [a, b] = [again, provider].map(|one| one.phone.as_ref().map(|phone| phone.value));
        assert_eq!(a, b, "{id}");
        for line in &again.lines {
            let first = provider.line(line.service).unwrap();
            assert_eq!(zips(&line.area), zips(&first.area), "{id} {}", line.service);
        }
    }
    assert!(is.keys().all(|id| was.contains_key(id)), "nobody is new");
    assert!(compared > 500, "{compared}");
}

/// A payer with new-patient flags, languages and areas, and a provider with neither a CCN nor an
/// NPI.
fn outspoken() -> Vec<Value> {
    let mut all = payer();
    all.extend([
        resource("Organization", "second", json!({"type": kind("prvgrp"), "name": "Quince Home Infusion"})),
        resource("Location", "area", json!({"status": "active", "address": {"postalCode": "64110"}})),
        resource(
            "HealthcareService",
            "there",
            json!({"active": true, "specialty": specialty("251F00000X"), "location": links(&["Location/south"]),
                "coverageArea": links(&["Location/area"]), "communication": [{"coding": [{"code": "vi"}]}],
                "extension": [new_patients("newpt", Some("Organization/wide")), new_patients("nopt", Some("Organization/narrow"))]}),
        ),
        resource(
            "OrganizationAffiliation",
            "both",
            json!({"active": true, "organization": link("Organization/payer"), "period": {"start": "2026-01-01", "end": "2027-06-30"},
                "participatingOrganization": link("Organization/second"), "location": links(&["Location/south"]),
                "network": links(&["Organization/wide", "Organization/narrow"]),
                "healthcareService": links(&["HealthcareService/there"])}),
        ),
    ]);
    all
}

#[tokio::test]
async fn what_a_payer_says_of_new_patients_languages_and_areas_comes_back_too() {
    let (folder, index) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let lines = outspoken().iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    fs::create_dir_all(folder.path().join("harbor")).unwrap();
    fs::write(folder.path().join("harbor/directory.ndjson"), lines).unwrap();
    let (before, _) = published(folder.path(), index.path());
    let ReadBack { catalog: after, report, .. } = read_back(&Api::of(index.path())).await;
    assert_eq!(report.rejects.listed.len(), 0, "{:?}", report.rejects.listed);
    assert_eq!((networks(after.plans()), plans(after.plans())), (networks(before.plans()), plans(before.plans())));
    let told = |catalog: &Catalog| -> BTreeMap<String, _> {
        let told = |provider: Provider| {
            let line = &provider.lines[0];
            let said = (zips(&line.area), line.languages.as_ref().map(|fact| fact.value.clone()));
            // A provider with neither a CCN nor an NPI is named after the payer's directory, which
            // is now another one.
            (provider.name.value.clone(), (affiliations(&provider, catalog), said, provider.npis.clone()))
        };
        providers(catalog).into_values().map(told).collect()
    };
    assert_eq!(told(&after), told(&before));
    let answers: BTreeSet<Tristate> = told(&before).values().flat_map(|(all, ..)| all).map(|one| one.5).collect();
    assert_eq!(answers, [Tristate::Yes, Tristate::No].into(), "{:?}", told(&before));
    assert_eq!(told(&before).len(), 2);
}

#[test]
fn the_sample_has_affiliations_that_begin_and_end() {
    let catalog = sample_app().catalog.current().unwrap();
    let terms = &catalog.plans().terms;
    assert!(terms.iter().any(|terms| terms.begin.is_some()) && terms.iter().any(|terms| terms.end.is_some()));
    assert!(terms.iter().any(|terms| terms.tier.is_some()), "tiers are among what cannot come back");
}
