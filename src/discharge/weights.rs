//! How parts weigh, read: the name of a profile, or weights of the caller's own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::discharge::fields::{FieldErrors, ObjectReader};
use crate::profile::{MOST_FOR_OUTCOMES, Profile, ScoreComponent, Weights, WeightsError};
use crate::service::DeliveryMode;

pub(crate) fn read_profile(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<Profile> {
    let Some((value, pointer)) = fields.get("profile") else { return Some(Profile::standard().clone()) };
    if let Value::String(name) = value {
        let profile = Profile::named(name).cloned();
        if profile.is_none() {
            let detail = format!("there is no profile \"{name}\"");
            faults.unknown(&pointer, "no_such_profile", detail, name, Profile::NAMES);
        }
        return profile;
    }
    let own = ObjectReader::from_value(value, "/profile", &["patient_travels", "provider_comes"], faults)?;
    let travel = read_weights(&own, "patient_travels", DeliveryMode::PatientTravels, faults);
    let come = read_weights(&own, "provider_comes", DeliveryMode::ProviderComes, faults);
    if !own.is_present("patient_travels") && !own.is_present("provider_comes") {
        let hint = Some(r#"send a name, or {"patient_travels": {"closeness": 0.6, "quality": 0.4}}"#.to_owned());
        faults.add(&pointer, "missing", "own weights are given for patient_travels, provider_comes or both", hint);
    }
    Some(Profile::standard().weighing(travel, come))
}

fn read_weights(own: &ObjectReader<'_>, name: &str, geography: DeliveryMode, faults: &mut FieldErrors) -> Option<Weights> {
    let (value, pointer) = own.get(name)?;
    let known: Vec<&str> =
        ScoreComponent::ALL.into_iter().filter(|p| p.applies_to(geography)).map(ScoreComponent::code).collect();
    let fields = ObjectReader::from_value(value, &pointer, &known, faults)?;
    let mut weights = BTreeMap::new();
    for code in &known {
        if let (Some((weight, _)), Ok(part)) = (fields.number(code, faults), code.parse()) {
            weights.insert(part, weight);
        }
    }
    match Weights::new(weights, geography) {
        Ok(weights) => Some(weights),
        Err(wrong) => {
            let at = match wrong {
                WeightsError::Sum(_) => pointer.clone(),
                WeightsError::DoesNotApply(part) | WeightsError::OutOfRange(part) | WeightsError::TooMuch(part) => {
                    format!("{pointer}/{}", part.code())
                }
            };
            let hint = format!("weights are 0 to 1 and sum to 1; outcomes weighs at most {MOST_FOR_OUTCOMES}");
            faults.add(&at, "wrong_weights", wrong.to_string(), Some(hint));
            None
        }
    }
}
