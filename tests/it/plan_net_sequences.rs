//! The test sequences of the Plan-Net guide 1.1.0, written from its CapabilityStatement and search parameters: for each
//! profile reading, every search parameter, every include, every chain in both directions, and the resources themselves.
//!
//! A test whose values no resource of the sample has is still sent, must be answered with an empty result, and is counted
//! as one without data.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::Api;
use crate::fhir::{PLAN_NET, TYPES, everything, list};
use crate::fhir_search::{begins, coded, encoded, text};

/// A profile: its name, its type, and whether a resource of the type is in it.
struct Profile {
    name: &'static str,
    kind: &'static str,
    holds: fn(&Value) -> bool,
    /// Elements that the profile insists on.
    needed: &'static [&'static str],
    params: &'static [&'static str],
    /// Links, each with the parameters that can follow it.
    chains: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Links to the type, each with its type.
    backlinks: &'static [(&'static str, &'static str)],
    /// Parameters of resources that link here: type, link, parameter.
    reverse: &'static [(&'static str, &'static str, &'static str)],
}

const OF_ORGANIZATION: &[&str] = &["name", "address", "partof", "type"];
const OF_LOCATION: &[&str] = &["address", "address-postalcode", "address-city", "address-state", "organization", "type"];
const OF_SERVICE: &[&str] = &["service-category", "organization", "location"];

const PROFILES: [Profile; 9] = [
    Profile {
        name: "Organization",
        kind: "Organization",
        holds: |one| !coded(one, "type", "ntwk"),
        needed: &["active", "type", "name", "address"],
        params: &["partof", "endpoint", "address", "name", "type", "coverage-area"],
        chains: &[
            ("partof", "Organization", &["name", "address", "type"]),
            ("endpoint", "Endpoint", &["organization"]),
            ("coverage-area", "Location", &[]),
        ],
        backlinks: &[
            ("Endpoint", "organization"),
            ("HealthcareService", "organization"),
            ("InsurancePlan", "administered-by"),
            ("InsurancePlan", "owned-by"),
            ("OrganizationAffiliation", "participating-organization"),
            ("OrganizationAffiliation", "primary-organization"),
            ("PractitionerRole", "organization"),
        ],
        reverse: &[
            ("OrganizationAffiliation", "participating-organization", "location"),
            ("OrganizationAffiliation", "participating-organization", "network"),
            ("OrganizationAffiliation", "participating-organization", "specialty"),
            ("InsurancePlan", "owned-by", "coverage-area"),
        ],
    },
    Profile {
        name: "Network",
        kind: "Organization",
        holds: |one| coded(one, "type", "ntwk"),
        needed: &["active", "type", "name", "partOf"],
        params: &["partof", "endpoint", "address", "name", "type", "coverage-area"],
        chains: &[
            ("partof", "Organization", &["name", "address", "type"]),
            ("endpoint", "Endpoint", &["organization"]),
            ("coverage-area", "Location", &[]),
        ],
        backlinks: &[("PractitionerRole", "network"), ("OrganizationAffiliation", "network")],
        reverse: &[("PractitionerRole", "network", "location"), ("OrganizationAffiliation", "network", "specialty")],
    },
    Profile {
        name: "HealthcareService",
        kind: "HealthcareService",
        holds: |_| true,
        needed: &["active", "category"],
        params: &[
            "location",
            "coverage-area",
            "organization",
            "endpoint",
            "name",
            "service-category",
            "service-type",
            "specialty",
        ],
        chains: &[
            ("location", "Location", OF_LOCATION),
            ("coverage-area", "Location", &[]),
            ("organization", "Organization", OF_ORGANIZATION),
            ("endpoint", "Endpoint", &["organization"]),
        ],
        backlinks: &[("PractitionerRole", "service"), ("OrganizationAffiliation", "service")],
        reverse: &[("OrganizationAffiliation", "service", "network")],
    },
    Profile {
        name: "Location",
        kind: "Location",
        holds: |_| true,
        needed: &["status", "name", "address"],
        params: &[
            "partof",
            "organization",
            "endpoint",
            "address-city",
            "address-state",
            "address-postalcode",
            "address",
            "type",
        ],
        chains: &[
            ("organization", "Organization", OF_ORGANIZATION),
            ("partof", "Location", &["type", "address", "organization"]),
            ("endpoint", "Endpoint", &["organization"]),
        ],
        backlinks: &[
            ("HealthcareService", "location"),
            ("InsurancePlan", "coverage-area"),
            ("OrganizationAffiliation", "location"),
            ("PractitionerRole", "location"),
        ],
        reverse: &[("InsurancePlan", "coverage-area", "owned-by"), ("HealthcareService", "location", "specialty")],
    },
    Profile {
        name: "OrganizationAffiliation",
        kind: "OrganizationAffiliation",
        holds: |_| true,
        needed: &["active"],
        params: &[
            "primary-organization",
            "participating-organization",
            "location",
            "service",
            "network",
            "endpoint",
            "role",
            "specialty",
        ],
        chains: &[
            ("primary-organization", "Organization", OF_ORGANIZATION),
            ("participating-organization", "Organization", OF_ORGANIZATION),
            ("location", "Location", OF_LOCATION),
            ("service", "HealthcareService", OF_SERVICE),
            ("network", "Organization", &["name", "partof"]),
            ("endpoint", "Endpoint", &["organization"]),
        ],
        backlinks: &[],
        reverse: &[],
    },
    Profile {
        name: "InsurancePlan",
        kind: "InsurancePlan",
        holds: |_| true,
        needed: &["status", "type", "ownedBy", "administeredBy", "network"],
        params: &["administered-by", "owned-by", "coverage-area", "name", "plan-type", "identifier", "type"],
        chains: &[
            ("administered-by", "Organization", &["name", "partof"]),
            ("owned-by", "Organization", &["name", "partof"]),
            ("coverage-area", "Location", &[]),
        ],
        backlinks: &[],
        reverse: &[],
    },
    Profile {
        name: "Practitioner",
        kind: "Practitioner",
        holds: |_| true,
        needed: &[],
        params: &["name", "family", "given"],
        chains: &[],
        backlinks: &[("PractitionerRole", "practitioner")],
        reverse: &[
            ("PractitionerRole", "practitioner", "location"),
            ("PractitionerRole", "practitioner", "network"),
            ("PractitionerRole", "practitioner", "specialty"),
            ("PractitionerRole", "practitioner", "role"),
        ],
    },
    Profile {
        name: "PractitionerRole",
        kind: "PractitionerRole",
        holds: |_| true,
        needed: &[],
        params: &["practitioner", "organization", "location", "service", "network", "endpoint", "role", "specialty"],
        chains: &[
            ("practitioner", "Practitioner", &["name"]),
            ("organization", "Organization", OF_ORGANIZATION),
            ("location", "Location", OF_LOCATION),
            ("service", "HealthcareService", OF_SERVICE),
            ("network", "Organization", OF_ORGANIZATION),
            ("endpoint", "Endpoint", &["organization"]),
        ],
        backlinks: &[],
        reverse: &[],
    },
    Profile {
        name: "Endpoint",
        kind: "Endpoint",
        holds: |_| true,
        needed: &[],
        params: &["organization"],
        chains: &[("organization", "Organization", OF_ORGANIZATION)],
        backlinks: &[],
        reverse: &[],
    },
];

/// The element behind a parameter.
fn element(kind: &str, param: &str) -> &'static str {
    match (kind, param) {
        ("Organization" | "Location", "partof") => "partOf",
        ("Location" | "Endpoint", "organization") => "managingOrganization",
        ("HealthcareService", "organization") => "providedBy",
        ("HealthcareService", "service-category") => "category",
        ("OrganizationAffiliation", "primary-organization") => "organization",
        ("OrganizationAffiliation", "participating-organization") => "participatingOrganization",
        ("OrganizationAffiliation", "service") => "healthcareService",
        ("OrganizationAffiliation", "role") => "code",
        ("InsurancePlan", "owned-by") => "ownedBy",
        ("InsurancePlan", "administered-by") => "administeredBy",
        (_, "location") => "location",
        (_, "network") => "network",
        (_, "specialty") => "specialty",
        (_, "name") => "name",
        ("HealthcareService", "service-type") | (_, "type") => "type",
        (_, "address" | "address-city" | "address-state" | "address-postalcode") => "address",
        (_, "endpoint") => "endpoint",
        (_, "coverage-area") => "coverageArea",
        _ => "",
    }
}

/// The values by which a resource is found, as they are sent.
fn values(resource: &Value, param: &str) -> Vec<String> {
    let found = &resource[element(text(resource, "/resourceType"), param)];
    let each: Vec<&Value> = found.as_array().map_or_else(|| vec![found], |list| list.iter().collect());
    let own = |one: &Value| match param {
        "address" | "address-city" => vec![text(one, "/city").to_owned()],
        "address-state" => vec![text(one, "/state").to_owned()],
        "address-postalcode" => vec![text(one, "/postalCode").to_owned()],
        _ if one.get("reference").is_some() => vec![text(one, "/reference").to_owned()],
        _ if one.is_string() => vec![one.as_str().unwrap().to_owned()],
        _ => {
            let code = |coding: &Value| format!("{}|{}", text(coding, "/system"), text(coding, "/code"));
            list(one, "coding").iter().map(code).collect()
        }
    };
    each.into_iter().flat_map(own).filter(|value| !value.is_empty()).collect()
}

/// Whether a resource is found by a value.
fn is_found_by(resource: &Value, param: &str, value: &str) -> bool {
    let is_text = matches!(element(text(resource, "/resourceType"), param), "name" | "address");
    let aliases = list(resource, "alias").iter().filter_map(Value::as_str).filter(|_| param == "name");
    let own = values(resource, param);
    let mut known = own.iter().map(String::as_str).chain(aliases);
    if !is_text {
        return known.any(|known| known == value);
    }
    // An address is found by any of its parts.
    param == "address" || known.any(|known| begins(known, value))
}

/// What the tests found.
#[derive(Default)]
struct Tally {
    passed: Vec<String>,
    without_data: Vec<String>,
    failed: Vec<String>,
}

struct Sequences {
    api: Api,
    all: BTreeMap<String, BTreeMap<String, Value>>,
    tally: Tally,
}

impl Sequences {
    /// The resources of one type on the first page of a search that must be answered.
    async fn search(&self, query: &str, kind: &str) -> Result<Vec<Value>, String> {
        let answer = self.api.get(&format!("/fhir/{query}")).await;
        if answer.status != StatusCode::OK {
            return Err(format!("{}: {}", answer.status, answer.text));
        }
        let bundle = answer.json();
        let is_bundle = bundle["resourceType"] == "Bundle" && bundle["type"] == "searchset" && bundle["total"].is_u64();
        if !is_bundle {
            return Err("no searchset".to_owned());
        }
        let entries = list(&bundle, "entry").iter().map(|entry| entry["resource"].clone());
        Ok(entries.filter(|one| one["resourceType"] == kind).collect())
    }

    fn note(&mut self, name: String, result: Result<bool, String>) {
        match result {
            Ok(true) => self.tally.passed.push(name),
            Ok(false) => self.tally.without_data.push(name),
            Err(why) => self.tally.failed.push(format!("{name}: {why:.400}")),
        }
    }

    fn resources(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.all.get(kind).into_iter().flat_map(BTreeMap::values)
    }

    fn of(&self, profile: &Profile) -> Vec<Value> {
        self.resources(profile.kind).filter(|one| (profile.holds)(one)).cloned().collect()
    }

    /// A resource with a value of `param`.
    fn having<'a>(found: impl IntoIterator<Item = &'a Value>, param: &str) -> Option<(&'a Value, String)> {
        found.into_iter().find_map(|one| values(one, param).into_iter().next().map(|value| (one, value)))
    }

    /// A search that nothing can match must be answered with nothing.
    async fn finds_nothing(&self, query: &str, kind: &str) -> Result<bool, String> {
        let found = self.search(query, kind).await?;
        if found.is_empty() { Ok(false) } else { Err(format!("{} found by {query}", found.len())) }
    }

    async fn param(&self, profile: &Profile, found: &[Value], param: &str) -> Result<bool, String> {
        let kind = profile.kind;
        let Some((one, value)) = Self::having(found, param) else {
            return self.finds_nothing(&format!("{kind}?{param}=nothing"), kind).await;
        };
        let sent = if value.contains('|') { value.clone() } else { encoded(&value) };
        let got = self.search(&format!("{kind}?{param}={sent}&_count=500"), kind).await?;
        if let Some(other) = got.iter().find(|got| !is_found_by(got, param, &value)) {
            return Err(format!("{other} is found by {value}"));
        }
        let total = got.len() >= 500 || got.iter().any(|got| got["id"] == one["id"]);
        if total { Ok(true) } else { Err(format!("{} is not found by {value}", one["id"])) }
    }

    /// By a reference written as an id alone, or as a full URL.
    async fn spellings(&self, kind: &str, param: &str, reference: &str) -> Result<bool, String> {
        let id = reference.split_once('/').map(|(_, id)| id).unwrap_or_default();
        let mut counts = BTreeSet::new();
        for spelled in [reference.to_owned(), id.to_owned(), format!("http://localhost/fhir/{reference}")] {
            counts.insert(self.search(&format!("{kind}?{param}={spelled}&_count=500"), kind).await?.len());
        }
        if counts.len() == 1 { Ok(true) } else { Err(format!("{counts:?}")) }
    }

    async fn include(&self, profile: &Profile, found: &[Value], link: &str, target: &str) -> Result<bool, String> {
        let kind = profile.kind;
        let Some((one, value)) = Self::having(found, link) else {
            return self.finds_nothing(&format!("{kind}?_id=nobody&_include={kind}:{link}"), target).await;
        };
        let id = one["id"].as_str().unwrap();
        let got = self.search(&format!("{kind}?_id={id}&_include={kind}:{link}"), target).await?;
        let is_there = got.iter().any(|got| value == format!("{target}/{}", got["id"].as_str().unwrap()));
        if is_there { Ok(true) } else { Err(format!("{value} is not included with {id}")) }
    }

    async fn revinclude(&self, profile: &Profile, found: &[Value], from: &str, link: &str) -> Result<bool, String> {
        let kind = profile.kind;
        let ids: BTreeSet<String> = found.iter().map(|one| format!("{kind}/{}", one["id"].as_str().unwrap())).collect();
        let linked = self.resources(from).flat_map(|one| values(one, link)).find(|value| ids.contains(value));
        let Some(linked) = linked else {
            return self.finds_nothing(&format!("{kind}?_id=nobody&_revinclude={from}:{link}"), from).await;
        };
        let id = linked.split_once('/').unwrap().1;
        let got = self.search(&format!("{kind}?_id={id}&_revinclude={from}:{link}"), from).await?;
        let is_right = !got.is_empty() && got.iter().all(|got| values(got, link).contains(&linked));
        if is_right { Ok(true) } else { Err(format!("{} of {from} included with {id}", got.len())) }
    }

    /// The value of `param` in a target of `link`; then the search must find exactly the resources
    /// whose target has the value.
    async fn chain(
        &self,
        profile: &Profile,
        found: &[Value],
        (link, target): (&str, &str),
        param: &str,
    ) -> Result<bool, String> {
        let kind = profile.kind;
        let mut targets = found.iter().flat_map(|one| values(one, link));
        let first = targets.find_map(|link| {
            let (kind, id) = link.split_once('/')?;
            Self::having(self.all.get(kind)?.get(id), param).map(|(_, value)| value)
        });
        let Some(value) = first else {
            return self.finds_nothing(&format!("{kind}?{link}.{param}=nothing"), kind).await;
        };
        let sent = if value.contains('|') { value.clone() } else { encoded(&value) };
        let mut reached = BTreeSet::new();
        for one in self.resources(target).filter(|one| is_found_by(one, param, &value)) {
            let is_address = param == "address" && !text(one, "/address/city").eq_ignore_ascii_case(&value);
            let is_address = is_address && !text(one, "/address/0/city").eq_ignore_ascii_case(&value);
            if !is_address {
                reached.insert(format!("{target}/{}", one["id"].as_str().unwrap()));
            }
        }
        let expected: BTreeSet<&str> = self
            .resources(kind)
            .filter(|one| values(one, link).iter().any(|value| reached.contains(value)))
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        for query in [format!("{link}.{param}"), format!("{link}:{target}.{param}")] {
            let pages = crate::fhir::found(&self.api, &format!("{kind}?{query}={sent}&_count=500")).await;
            let got: BTreeSet<&str> = pages.iter().map(|one| one["id"].as_str().unwrap()).collect();
            let is_right = if param == "address" { expected.is_subset(&got) } else { expected == got };
            if got.is_empty() || !is_right {
                return Err(format!("{query}={value} finds {} of {}", got.len(), expected.len()));
            }
        }
        Ok(true)
    }

    async fn reverse(&self, profile: &Profile, (from, link, param): (&str, &str, &str), also: &str) -> Result<bool, String> {
        let kind = profile.kind;
        let linked = |value: &str| -> BTreeSet<String> {
            let found =
                self.resources(from).filter(|one| value.is_empty() || values(one, param).iter().any(|own| own == value));
            found.flat_map(|one| values(one, link)).collect()
        };
        let candidates = self.resources(from).filter(|one| !values(one, link).is_empty());
        let Some((_, value)) = Self::having(candidates, param) else {
            return self.finds_nothing(&format!("{kind}?_has:{from}:{link}:{param}=nothing{also}"), kind).await;
        };
        let pages =
            crate::fhir::found(&self.api, &format!("{kind}?_has:{from}:{link}:{param}={value}{also}&_count=500")).await;
        let got: BTreeSet<String> = pages.iter().map(|one| format!("{kind}/{}", one["id"].as_str().unwrap())).collect();
        let expected = linked(&value);
        let is_right = if also.is_empty() { got == expected } else { got.is_subset(&expected) };
        if !got.is_empty() && is_right { Ok(true) } else { Err(format!("{value}: {} of {}", got.len(), expected.len())) }
    }

    /// The resources of a profile: claimed, with what it insists on, and with links that lead to a
    /// resource.
    async fn resources_of(&mut self, profile: &Profile, found: &[Value]) {
        let name = profile.name;
        let read = if let Some(one) = found.first() {
            let path = format!("/fhir/{}/{}", profile.kind, one["id"].as_str().unwrap());
            let read = self.api.get(&path).await;
            if read.json() == *one { Ok(true) } else { Err(read.text) }
        } else {
            let read = self.api.get(&format!("/fhir/{}/nobody", profile.kind)).await;
            if read.status == StatusCode::NOT_FOUND { Ok(false) } else { Err(read.text) }
        };
        self.note(format!("{name}: read"), read);
        let url = format!("{PLAN_NET}/StructureDefinition/plannet-{name}");
        let in_use = found.iter().filter(|one| one["active"] != false && one["status"] != "inactive");
        let wrong = in_use.filter(|one| {
            let lacks = profile.needed.iter().any(|name| one.get(name).is_none());
            lacks || one["meta"]["profile"] != json!([url])
        });
        let wrong = wrong.map(|one| one["id"].to_string()).next();
        self.note(format!("{name}: the profile"), wrong.map_or(Ok(!found.is_empty()), Err));
        let chains = profile.chains.iter().filter(|(link, ..)| Self::having(found, link).is_some());
        let links: Vec<String> = chains.flat_map(|(link, ..)| found.iter().flat_map(|one| values(one, link))).collect();
        let lost = links.iter().find(|link| {
            let (kind, id) = link.split_once('/').unwrap();
            !self.all[kind].contains_key(id)
        });
        let lost = lost.map_or(Ok(!links.is_empty()), |lost| Err(lost.clone()));
        self.note(format!("{name}: every link leads to a resource"), lost);
    }

    async fn run(&mut self, profile: &Profile) {
        let (name, kind, found) = (profile.name, profile.kind, self.of(profile));
        let gathered = self.search(kind, kind).await;
        let is_right = |got: &Vec<Value>| got.is_empty() == found.is_empty() || name == "Network";
        let gathered = gathered.and_then(|got| if is_right(&got) { Ok(true) } else { Err(format!("{}", got.len())) });
        self.note(format!("{name}: a search without parameters"), gathered);
        let id = found.first().map_or("nobody", |one| one["id"].as_str().unwrap()).to_owned();
        let by_id = self.search(&format!("{kind}?_id={id}"), kind).await.map(|got| got.len() == 1);
        self.note(format!("{name}: _id"), by_id);
        let since = self.search(&format!("{kind}?_lastUpdated=gt2020-01-01"), kind).await.map(|got| !got.is_empty());
        self.note(format!("{name}: _lastUpdated"), since);
        self.resources_of(profile, &found).await;
        for param in profile.params {
            let result = self.param(profile, &found, param).await;
            self.note(format!("{name}: {param}"), result);
        }
        for (link, target, followed) in profile.chains {
            if let Some((_, reference)) = Self::having(&found, link) {
                let result = self.spellings(kind, link, &reference).await;
                self.note(format!("{name}: {link} in every spelling"), result);
            }
            let result = self.include(profile, &found, link, target).await;
            self.note(format!("{name}: _include {link}"), result);
            for param in *followed {
                let result = self.chain(profile, &found, (link, target), param).await;
                self.note(format!("{name}: {link}.{param}"), result);
            }
        }
        for (from, link) in profile.backlinks {
            let result = self.revinclude(profile, &found, from, link).await;
            self.note(format!("{name}: _revinclude {from}:{link}"), result);
        }
        for (from, link, param) in profile.reverse {
            let result = self.reverse(profile, (from, link, param), "").await;
            self.note(format!("{name}: _has:{from}:{link}:{param}"), result);
        }
    }

    async fn capabilities(&mut self) {
        let statement = self.api.get("/fhir/metadata").await.json();
        let is = |holds: bool| if holds { Ok(true) } else { Err(statement["instantiates"].to_string()) };
        let listed = list(&statement["rest"][0], "resource").iter().flat_map(|one| list(one, "supportedProfile"));
        let listed: BTreeSet<&str> = listed.map(|one| one.as_str().unwrap()).collect();
        let wanted = PROFILES.iter().map(|profile| format!("{PLAN_NET}/StructureDefinition/plannet-{}", profile.name));
        let results = [
            ("a statement", is(statement["resourceType"] == "CapabilityStatement")),
            ("FHIR 4.0.1", is(statement["fhirVersion"] == "4.0.1")),
            ("JSON", is(list(&statement, "format").contains(&json!("json")))),
            ("every profile", is(wanted.into_iter().all(|url| listed.contains(url.as_str())))),
            (
                "instantiates",
                is(list(&statement, "instantiates") == [json!(format!("{PLAN_NET}/CapabilityStatement/plan-net"))]),
            ),
        ];
        for (name, result) in results {
            self.note(format!("capabilities: {name}"), result);
        }
        let whole = TYPES.iter().flat_map(|kind| self.resources(kind)).map(Value::to_string).collect::<Vec<_>>().join("\n");
        for (name, sign) in [
            ("absent data as an extension", "http://hl7.org/fhir/StructureDefinition/data-absent-reason"),
            ("absent data as a code", "http://terminology.hl7.org/CodeSystem/data-absent-reason"),
        ] {
            self.note(name.to_owned(), if whole.contains(sign) { Ok(true) } else { Err("never".to_owned()) });
        }
    }
}

#[tokio::test]
async fn the_sequences_of_the_guide_pass() {
    let api = Api::sample();
    let all = everything(&api).await;
    let mut sequences = Sequences { api, all, tally: Tally::default() };
    sequences.capabilities().await;
    for profile in &PROFILES {
        sequences.run(profile).await;
    }
    let services = PROFILES.iter().find(|profile| profile.name == "HealthcareService").unwrap();
    let both = ("OrganizationAffiliation", "service", "network");
    let combined = sequences.reverse(services, both, "&specialty=314000000X").await;
    sequences.note("HealthcareService: specialty together with a network".to_owned(), combined);
    let Tally { passed, without_data, failed } = &sequences.tally;
    println!("Plan-Net sequences: {} passed, {} failed, {} without data", passed.len(), failed.len(), without_data.len());
    for name in without_data {
        println!("  without data: {name}");
    }
    assert_eq!(failed, &Vec::<String>::new());
    assert!(passed.len() >= 131, "{}", passed.len());
}
