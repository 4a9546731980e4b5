//! Missing parts of a directory make no provider a member and none out of network; and similar
//! directories are kept apart.

use placement::coverage::PlanDirectory;
use serde_json::{Value, json};

use crate::folder::{Read, read};
use crate::plan_net_small::{kind, link, links, new_patients, payer, resource, specialty, told, with};

/// A refresh needs a roster or a provider, so that an empty result is an answer too.
const ANYBODY: (&str, &str) = ("roster.csv", "network,npi\nElsewhere,1245319599\n");

fn in_lines(all: &[Value]) -> String {
    all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

fn night(all: &[Value]) -> Read {
    read(&[("pay/directory.ndjson", in_lines(all).as_str()), ANYBODY])
}

/// The payer's networks except that of the roster: complete ones, and incomplete ones after a `~`.
fn shown(plans: &PlanDirectory) -> String {
    let shown = |network: &placement::coverage::Network| format!("{}{}", if network.whole { "" } else { "~" }, network.name);
    let own = plans.networks.iter().filter(|network| network.name != "Elsewhere");
    own.map(shown).collect::<Vec<_>>().join(" ")
}

/// All providers by name, with their networks.
fn members(read: &Read) -> Vec<String> {
    let plans = &read.night.plans;
    let network = |key| plans.network(plans.terms(key).unwrap().network).unwrap().name.as_str();
    let member = |provider: &placement::provider::Provider| {
        let keys = provider.lines.iter().flat_map(|line| read.night.listed.of(&provider.id, line.service));
        format!("{}: {}", provider.name.value, keys.map(|key| network(*key)).collect::<Vec<_>>().join(" "))
    };
    let mut members: Vec<String> = read.night.providers.iter().map(member).collect();
    members.sort();
    members
}

/// A small directory: a network called Preferred, its plan, and an agency in it.
fn directory(agency: &str, plan: &str, street: &str, payer: Option<&str>, day: &str) -> String {
    let mut all = vec![
        resource("Organization", "n", json!({"type": kind("ntwk"), "name": "Preferred"})),
        resource(
            "Organization",
            "o",
            json!({"name": agency, "telecom": [{"system": "phone", "value": "816-555-0142"}],
            "address": [{"line": [street], "city": "Kansas City", "state": "MO", "postalCode": "64108"}]}),
        ),
        resource("InsurancePlan", "p", json!({"name": plan, "network": links(&["Organization/n"])})),
        resource(
            "OrganizationAffiliation",
            "a",
            json!({"participatingOrganization": link("Organization/o"),
            "network": links(&["Organization/n"]), "specialty": specialty("251F00000X")}),
        ),
    ];
    if let Some(name) = payer {
        all.push(resource("Organization", "b", json!({"type": kind("payer"), "name": name})));
        with(&mut all, "p")["ownedBy"] = link("Organization/b");
    }
    for one in &mut all {
        one["meta"] = json!({"lastUpdated": format!("{day}T00:00:00Z")});
    }
    in_lines(&all)
}

#[test]
fn networks_of_one_name_in_two_directories_are_two() {
    for (what, payers, days, names) in [
        ("no payer", [None, None], ["2026-01-05"; 2], ["Preferred (alpha)", "Preferred (beta)"]),
        ("two days", [None, None], ["2026-01-05", "2026-02-05"], ["Preferred (alpha)", "Preferred (beta)"]),
        ("one payer", [Some("Blue"), Some("Blue")], ["2026-01-05"; 2], ["Preferred (alpha)", "Preferred (beta)"]),
        ("two payers", [Some("Red"), Some("Blue")], ["2026-01-05"; 2], ["Preferred (Red)", "Preferred (Blue)"]),
    ] {
        let fennel = directory("Fennel Infusion", "Gold", "1 Oak St", payers[0], days[0]);
        let teasel = directory("Teasel Infusion", "Silver", "9 Elm St", payers[1], days[1]);
        let roster = "network,npi\nPreferred,1245319599\n";
        let read = read(&[("alpha/x.ndjson", fennel.as_str()), ("beta/x.ndjson", teasel.as_str()), ("r.csv", roster)]);
        assert_eq!(
            members(&read),
            [format!("Fennel Infusion: {}", names[0]), format!("Teasel Infusion: {}", names[1])],
            "{what}"
        );
        assert_eq!(read.night.plans.networks[0].name, "Preferred", "{what}: the roster's own");
        assert_eq!(read.night.plans.networks.len(), 3, "{what}");
    }
}

#[test]
fn folders_of_one_spelling_are_two_directories() {
    for (one, other) in [("pay 1", "pay-1"), ("Pay", "pay")] {
        let fennel = directory("Fennel Infusion", "Gold", "1 Oak St", None, "2026-01-05");
        let teasel = directory("Teasel Infusion", "Silver", "9 Elm St", None, "2026-01-05");
        let (one, other) = (format!("{one}/x.ndjson"), format!("{other}/x.ndjson"));
        let read = read(&[(one.as_str(), fennel.as_str()), (other.as_str(), teasel.as_str()), ANYBODY]);
        let mut ids: Vec<&str> = read.night.providers.iter().map(|provider| provider.id.as_str()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 2, "{ids:?}");
        assert!(ids.iter().all(|id| id.starts_with("fhir:pay-")), "{ids:?}");
    }
}

#[test]
fn what_is_missing_makes_no_member_and_leaves_its_networks_open() {
    for (what, change, expected, words) in [
        (
            "an inactive service",
            &(|all: &mut Vec<Value>| with(all, "infusion")["active"] = json!(false)) as &dyn Fn(&mut Vec<Value>),
            "Narrow Wide",
            "1 affiliations are for services that are no longer active",
        ),
        (
            "a missing service",
            &|all: &mut Vec<Value>| with(all, "infusion")["id"] = json!("nothing"),
            "~Narrow ~Wide",
            "1 affiliations name services that are missing",
        ),
        (
            "a missing place",
            &|all: &mut Vec<Value>| with(all, "north")["id"] = json!("nowhere"),
            "~Narrow ~Wide",
            "1 affiliations name locations that are missing",
        ),
        (
            "no affiliations at all",
            &|all: &mut Vec<Value>| all.retain(|one| one["resourceType"] != "OrganizationAffiliation"),
            "~Narrow ~Wide",
            "2 networks have no affiliations",
        ),
    ] {
        let mut all = payer();
        with(&mut all, "agency")["address"] = json!([with(&mut all.clone(), "south")["address"]]);
        change(&mut all);
        let read = night(&all);
        assert_eq!(members(&read), Vec::<String>::new(), "{what}");
        assert_eq!(shown(&read.night.plans), expected, "{what}");
        assert!(told(&read, words), "{what}: {:?}", read.report.remarks);
    }
}

#[test]
fn a_plan_that_uses_a_network_which_is_not_there_is_not_loaded_whole() {
    let mut all = payer();
    with(&mut all, "gold")["network"] = links(&["Organization/wide", "Organization/gone"]);
    let read = night(&all);
    assert_eq!(shown(&read.night.plans), "Narrow Wide ~gone");
    assert_eq!(read.night.plans.plans[0].networks.len(), 2);
    assert_eq!(members(&read), ["Fennel Infusion: Wide"]);
}

#[test]
fn what_is_not_used_may_be_broken() {
    let mut all = payer();
    all.push(resource("Endpoint", "e", json!({"contained": "nothing", "meta": 7})));
    all.push(json!({"resourceType": "Endpoint"}));
    let read = night(&all);
    assert_eq!(shown(&read.night.plans), "Narrow Wide");
    assert_eq!(read.rejects(), Vec::<String>::new());
    assert!(told(&read, "2 resources of type Endpoint are not used"), "{:?}", read.report.remarks);
}

#[test]
fn of_persons_in_a_directory_nothing_is_told_however_broken() {
    let mut all = payer();
    let role = |id: &str, more: Value| resource("PractitionerRole", id, more);
    let agency = || link("Organization/agency");
    all.extend([
        role("1", json!({"organization": "Quincy Gibson", "specialty": "Quincy Gibson"})),
        role("2", json!({"organization": agency(), "period": {"start": "Quincy Gibson"}})),
        role("3", json!({"organization": agency(), "extension": [new_patients("Quincy Gibson", None)]})),
        role("4", json!({"contained": [{"resourceType": "Organization", "id": "x", "telecom": "Quincy Gibson"}]})),
        role("Quincy Gibson", json!({"contained": "Quincy Gibson"})),
        resource("Practitioner", "1", json!({"name": [{"family": "Gibson"}], "contained": "Quincy Gibson"})),
        json!({"resourceType": "Practitioner", "name": "Quincy Gibson"}),
        resource("Quincy Gibson", "1", json!({})),
        json!("Quincy Gibson"),
    ]);
    with(&mut all, "infusion")["contained"] = json!([role("Quincy Gibson", json!({"period": {"end": "Quincy Gibson"}}))]);
    let read = night(&all);
    let report = (read.report.json().unwrap(), read.report.rejects_ndjson().unwrap());
    let night = format!("{:?} {:?} {}", read.night.providers, read.night.plans, read.report);
    assert!(!format!("{report:?} {night}").contains("Gibson"), "{}", report.1);
    let shape = |line: u64, field: &str| format!("pay/directory.ndjson:{line} {field}: its structure is not FHIR");
    for expected in [shape(11, ""), shape(12, "period.start"), shape(13, "newpatients"), shape(14, ""), shape(15, "")] {
        assert!(read.rejects().contains(&expected), "{expected}: {:#?}", read.rejects());
    }
    assert!(told(&read, "1 resources of type outside FHIR"), "{:?}", read.report.remarks);
    assert!(told(&read, "2 resources of type Practitioner are not used"), "{:?}", read.report.remarks);
}
