//! Random questions as JSON, in which every field occurs.

use jiff::civil::Date;
use placement::place::{Zip, ZipTable};
use placement::service::{DeliveryMode, Need, Service};
use serde_json::{Map, Value, json};

use crate::seeded_random::SeededRandom;

/// What can be asked of a directory.
pub(crate) struct Choices {
    pub services: Vec<Service>,
    pub zips: Vec<Zip>,
    pub needs: Vec<Need>,
    pub plans: Vec<String>,
    pub networks: Vec<String>,
    pub payers: Vec<String>,
    pub today: Date,
}

/// A question about one service, or sometimes about several.
pub(crate) fn question(choices: &Choices, random: &mut SeededRandom) -> Value {
    let mut asked = Map::new();
    let services = services(choices, random, &mut asked);
    asked.insert("near".into(), near(choices, random));
    if services.iter().any(|service| service.geography() == DeliveryMode::PatientTravels) && random.happens(60) {
        asked.insert("within_miles".into(), random.pick(&[json!(2), json!(7.5), json!(25), json!(60), json!(500)]).clone());
    }
    if let Some(coverage) = coverage(choices, random) {
        asked.insert("coverage".into(), coverage);
    }
    asked.insert("needs".into(), needs(choices, random));
    asked.insert("patient".into(), patient(random));
    if random.happens(50) {
        let days = i64::try_from(random.below(60)).unwrap() - 10;
        let on = choices.today.checked_add(jiff::Span::new().days(days)).unwrap();
        asked.insert("discharge_on".into(), json!(on.to_string()));
    }
    if random.happens(40) {
        asked.insert("profile".into(), profile(&services, random));
    }
    asked.insert("limit".into(), json!(1000));
    asked.insert("include".into(), json!(["left_out"]));
    Value::Object(asked)
}

fn services(choices: &Choices, random: &mut SeededRandom, asked: &mut Map<String, Value>) -> Vec<Service> {
    if random.happens(10) {
        let several = random.some(50, &choices.services);
        if !several.is_empty() {
            asked.insert("services".into(), several.iter().map(|service| service.code()).collect());
            return several;
        }
    }
    let one = *random.pick(&choices.services);
    asked.insert("service".into(), json!(one.code()));
    vec![one]
}

fn near(choices: &Choices, random: &mut SeededRandom) -> Value {
    let zip = *random.pick(&choices.zips);
    if random.happens(70) {
        return json!({ "zip": zip.to_string() });
    }
    let point = ZipTable::curated().get(zip).unwrap().point;
    let mut nearby = |degrees: f64| degrees + f64::from(u32::try_from(random.below(200)).unwrap()) / 1000.0 - 0.1;
    json!({ "latitude": nearby(point.latitude()), "longitude": nearby(point.longitude()) })
}

fn coverage(choices: &Choices, random: &mut SeededRandom) -> Option<Value> {
    let mut named = |field: &str, names: &[String]| (!names.is_empty()).then(|| json!({ field: random.pick(names) }));
    let by_name = [named("plan", &choices.plans), named("network", &choices.networks), named("payer", &choices.payers)];
    let state = ZipTable::curated().get(*random.pick(&choices.zips)).unwrap().state;
    let mut ways: Vec<Value> = by_name.into_iter().flatten().collect();
    ways.push(json!({ "program": "medicare" }));
    ways.push(json!({ "program": "medicaid", "state": state.as_str() }));
    ways.push(json!({ "program": "self_pay" }));
    ways.push(json!({ "plan_name": "Evergreen Choice HMO", "known": false }));
    (!random.happens(20)).then(|| random.pick(&ways).clone())
}

fn needs(choices: &Choices, random: &mut SeededRandom) -> Value {
    let mut asked: Vec<Need> = Vec::new();
    for _ in 0..random.below(5) {
        let need = *random.pick(&choices.needs);
        if !asked.contains(&need) {
            asked.push(need);
        }
    }
    let written = |need: Need| match random.below(3) {
        0 => json!(need.code()),
        1 => json!({ "need": need.code(), "importance": "required" }),
        _ => json!({ "need": need.code(), "importance": "preferred" }),
    };
    asked.into_iter().map(written).collect()
}

fn patient(random: &mut SeededRandom) -> Value {
    let mut patient = Map::new();
    let numbers: [(&str, [u32; 5]); 5] = [
        ("age", [5, 17, 18, 70, 97]),
        ("weight_lb", [120, 350, 351, 400, 480]),
        ("doses_a_day", [1, 1, 2, 3, 6]),
        ("start_within_hours", [6, 24, 47, 48, 72]),
        ("drug_cost_a_day", [20, 50, 100, 101, 900]),
    ];
    for (field, values) in numbers {
        if random.happens(35) {
            patient.insert(field.into(), json!(random.pick(&values)));
        }
    }
    if random.happens(30) {
        patient.insert("sex".into(), json!(random.pick(&["female", "male"])));
    }
    if random.happens(30) {
        patient.insert("eligible".into(), json!(random.some(40, &["veterans", "religious", "residents"])));
    }
    if random.happens(30) {
        patient.insert("languages".into(), json!(random.some(50, &["en", "es", "vi"])));
    }
    Value::Object(patient)
}

/// A profile name, or unusual weights, for the requested delivery modes.
fn profile(services: &[Service], random: &mut SeededRandom) -> Value {
    if random.happens(20) {
        return json!(random.pick(&["default", "track_record"]));
    }
    let mut own = Map::new();
    for service in services {
        let (field, parts) = match service.geography() {
            DeliveryMode::PatientTravels => {
                ("patient_travels", &["closeness", "quality", "preferred_needs", "availability", "outcomes", "freshness"][..])
            }
            DeliveryMode::ProviderComes => {
                ("provider_comes", &["quality", "preferred_needs", "availability", "outcomes", "freshness"][..])
            }
        };
        own.insert(field.into(), weights(parts, random));
    }
    Value::Object(own)
}

/// Whole thousandths that sum to 1; a component may have weight zero or be left out.
fn weights(parts: &[&str], random: &mut SeededRandom) -> Value {
    let mut rest = 1000;
    let mut weights = Map::new();
    for part in parts {
        let most = if *part == "outcomes" { rest.min(100) } else { rest };
        let weight = random.below(most + 1);
        rest -= weight;
        if weight > 0 || random.happens(50) {
            weights.insert((*part).into(), json!(f64::from(u32::try_from(weight).unwrap()) / 1000.0));
        }
    }
    let last = weights.get(parts[0]).and_then(Value::as_f64).unwrap_or(0.0) * 1000.0;
    let last = last.round() + f64::from(u32::try_from(rest).unwrap());
    weights.insert(parts[0].into(), json!(last / 1000.0));
    Value::Object(weights)
}
