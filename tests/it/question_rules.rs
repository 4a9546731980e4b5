//! How a question is read: what is refused, what is remarked on, and what each way of naming a payer stands for.

use placement::coverage::{Coverage, Network, NetworkId, Payer, Plan, PlanDirectory};
use placement::discharge::parse::parse;
use placement::discharge::{ParseContext, Question};
use placement::evidence::Evidence;
use placement::place::ZipTable;
use serde_json::{Value, json};

use crate::random_town::TODAY;

/// Two payers; one has a plan with two networks, whose names differ in letter case only.
fn plans() -> PlanDirectory {
    let network = |name: &str, payer| Network {
        name: name.to_owned(),
        payer: Some(payer),
        whole: true,
        evidence: Evidence::new("directory of the payer", Some(TODAY)),
    };
    let plan = Plan { name: "Larkwater Gold".to_owned(), payer: Some(0), networks: vec![NetworkId(0), NetworkId(1)] };
    PlanDirectory {
        payers: ["Larkwater Mutual", "Evergreen"].map(|name| Payer { name: name.to_owned() }).into(),
        plans: vec![plan],
        networks: vec![network("CORE", 0), network("Core", 0), network("Wide", 1)],
        terms: Vec::new(),
    }
}

/// The question about a nursing facility with these fields and the codes of the remarks, or each wrong field with its code.
fn read(fields: &Value) -> Result<(Question, Vec<&'static str>), Vec<String>> {
    let mut asked = json!({"service": "skilled_nursing", "near": {"zip": "29401"}});
    asked.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    asked.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let plans = plans();
    let words = ParseContext { zips: ZipTable::curated(), plans: &plans, generation: "shelf" };
    let (question, remarks) = parse(&asked, &words, TODAY)
        .map_err(|errors| errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect::<Vec<_>>())?;
    Ok((question, remarks.into_iter().map(|remark| remark.code).collect()))
}

fn remarks(fields: &Value) -> Vec<&'static str> {
    read(fields).unwrap().1
}

#[test]
fn what_does_not_belong_to_a_payer_is_an_error_and_not_dropped() {
    for (coverage, wrong) in [
        (json!({"plan": "Larkwater Gold", "program": "medicare"}), "/coverage conflict"),
        (json!({"plan": "Larkwater Gold", "payer": "Evergreen"}), "/coverage conflict"),
        (json!({"plan": "Larkwater Gold", "state": "SC"}), "/coverage/state does_not_apply"),
        (json!({"program": "medicare", "state": "SC"}), "/coverage/state does_not_apply"),
        (json!({"program": "self_pay", "state": "SC"}), "/coverage/state does_not_apply"),
        (json!({"program": "medicaid"}), "/coverage/state missing"),
        (json!({"plan": "Larkwater Gold", "known": false}), "/coverage/known does_not_apply"),
        (json!({"plan_name": "Other HMO", "known": true}), "/coverage/known does_not_apply"),
        (json!({"plan_name": "Other HMO"}), "/coverage/known missing"),
    ] {
        assert_eq!(read(&json!({"coverage": coverage})).unwrap_err(), [wrong], "{coverage}");
    }
}

#[test]
fn a_payer_and_a_plan_are_all_their_networks_and_an_exact_name_wins() {
    for (coverage, expected) in [
        (json!({"payer": "Larkwater Mutual"}), vec![0, 1]),
        (json!({"payer": "evergreen"}), vec![2]),
        (json!({"plan": "Larkwater Gold"}), vec![0, 1]),
        (json!({"network": "Core"}), vec![1]),
        (json!({"network": "CORE"}), vec![0]),
        (json!({"network": "wide"}), vec![2]),
    ] {
        let (question, _) = read(&json!({"coverage": coverage})).unwrap();
        let Some(Coverage::Networks { networks, .. }) = &question.discharges[0].coverage else { panic!("{coverage}") };
        assert_eq!(networks.iter().map(|key| key.0).collect::<Vec<_>>(), expected, "{coverage}");
    }
    assert_eq!(read(&json!({"coverage": {"network": "core"}})).unwrap_err(), ["/coverage/network ambiguous"]);
}

#[test]
fn how_a_plan_was_read_is_remarked_on_unless_its_name_was_given() {
    assert_eq!(remarks(&json!({"coverage": {"plan": "gold"}})), ["plan_read_as"]);
    assert_eq!(remarks(&json!({"coverage": {"plan": " larkwater GOLD"}})), Vec::<&str>::new());
}

#[test]
fn a_date_is_within_a_year_of_today_and_a_past_one_is_remarked_on() {
    for (on, expected) in [
        ("2026-11-20", Ok(vec!["date_in_the_past"])),
        ("2026-11-21", Ok(vec![])),
        ("2027-11-22", Ok(vec![])),
        ("2027-11-23", Err(vec!["/discharge_on out_of_range".to_owned()])),
    ] {
        assert_eq!(read(&json!({"discharge_on": on})).map(|(_, remarks)| remarks), expected, "{on}");
    }
}

#[test]
fn a_need_may_be_given_once_for_each_service_and_not_twice() {
    let of = |service: &str, importance: &str| json!({"need": "inf.abx", "importance": importance, "services": [service]});
    let services = json!(["skilled_nursing", "inpatient_rehab"]);
    let needs = [of("skilled_nursing", "required"), of("inpatient_rehab", "preferred")];
    let (question, _) = read(&json!({"service": null, "services": services, "needs": needs})).unwrap();
    let counts: Vec<_> = question.discharges.iter().map(|one| (one.required.len(), one.preferred.len())).collect();
    assert_eq!(counts, [(1, 0), (0, 1)]);
    let twice = [of("skilled_nursing", "required"), of("skilled_nursing", "preferred")];
    let wrong = read(&json!({"service": null, "services": services, "needs": twice})).unwrap_err();
    assert_eq!(wrong, ["/needs/1 repeated"]);
}

#[test]
fn a_radius_is_kept_for_who_travels_and_refused_for_who_is_visited() {
    let miles =
        |question: &Question| question.discharges.iter().map(|one| one.within.map(placement::place::Miles::value)).collect();
    let kept: Vec<_> = miles(&read(&json!({"within_miles": 7.5})).unwrap().0);
    assert_eq!(kept, [Some(7.5)]);
    let both = json!({"service": null, "services": ["skilled_nursing", "home_health"], "within_miles": 7.5});
    let both: Vec<_> = miles(&read(&both).unwrap().0);
    assert_eq!(both, [Some(7.5), None]);
    let visited = read(&json!({"service": "home_health", "within_miles": 7.5})).unwrap_err();
    assert_eq!(visited, ["/within_miles does_not_apply"]);
}

#[test]
fn what_is_said_of_the_patient_is_kept_and_ages_over_90_are_90() {
    let said = json!({"age": 104, "weight_lb": 200, "doses_a_day": 3, "start_within_hours": 24, "drug_cost_a_day": 40});
    let (question, _) = read(&json!({"patient": said})).unwrap();
    let patient = &question.discharges[0].patient;
    assert_eq!(
        [patient.age, patient.weight_lb, patient.doses_a_day, patient.start_within_hours, patient.drug_cost_a_day],
        [90, 200, 3, 24, 40].map(Some)
    );
}

#[test]
fn where_the_search_begins_is_remarked_on_if_it_is_not_the_zip_itself() {
    assert_eq!(remarks(&json!({"near": {"zip": "44195"}})), ["middle_of_city"]);
    assert_eq!(remarks(&json!({"near": {"latitude": 32.78, "longitude": -79.94}})), ["zip_from_point"]);
    assert_eq!(remarks(&json!({})), Vec::<&str>::new());
}

#[test]
fn weights_of_the_callers_own_are_those_of_the_score() {
    let own = json!({"patient_travels": {"quality": 0.7, "closeness": 0.3}});
    let (question, _) = read(&json!({"profile": own})).unwrap();
    let weights: Vec<_> =
        question.discharges[0].weights().iter().map(|(part, weight)| (part.code(), weight.millionths())).collect();
    assert_eq!(weights, [("closeness", 300_000), ("quality", 700_000)]);
}

#[test]
fn a_program_certifies_and_a_plan_has_networks() {
    for (coverage, certifies) in [
        (json!({"program": "medicare"}), true),
        (json!({"program": "medicaid", "state": "SC"}), true),
        (json!({"program": "self_pay"}), false),
        (json!({"plan": "Larkwater Gold"}), false),
    ] {
        let (question, _) = read(&json!({"coverage": coverage})).unwrap();
        assert_eq!(question.discharges[0].deciding_payer().certifies(), certifies, "{coverage}");
    }
}
