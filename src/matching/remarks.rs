//! What a user should know of an answer as a whole.

use crate::discharge::Notice;
use crate::matching::evaluate::EvaluatedCandidates;
use crate::place::Miles;
use crate::service::DeliveryMode;

/// A service of which nothing is listed within this many miles is not loaded for the area. Our choice.
const LOADED_WITHIN_MILES: f64 = 300.0;

/// What to say of the answer.
pub(crate) fn remarks(judged: &EvaluatedCandidates<'_>) -> Vec<Notice> {
    [not_loaded(judged), no_measure(judged)].into_iter().flatten().collect()
}

/// An empty answer from a directory that lists nothing of the service anywhere near is no evidence that there is nobody.
pub(crate) fn not_loaded(judged: &EvaluatedCandidates<'_>) -> Option<Notice> {
    let discharge = judged.evaluator.discharge;
    let service = discharge.service.label().to_lowercase();
    if judged.in_reach() > 0 {
        return None;
    }
    let nearest = judged.evaluator.directory.nearest(discharge.service, discharge.near.point);
    let Some((miles, state)) = nearest else {
        return (!judged.evaluator.directory.holds(discharge.service)).then(|| Notice {
            code: "service_not_loaded",
            text: format!("No source loaded lists {service}. An empty answer is not evidence that there is no provider."),
        });
    };
    let is_far = Miles::new(LOADED_WITHIN_MILES).is_some_and(|far| miles > far);
    is_far.then(|| Notice {
        code: "area_not_loaded",
        text: format!(
            "No source loaded lists {service} within {LOADED_WITHIN_MILES} miles of {}; the nearest is {miles} miles away{}. \
             An empty answer is not evidence that there is no provider.",
            discharge.near.zip,
            state.map(|state| format!(" in {}", state.name())).unwrap_or_default(),
        ),
    })
}

/// Where no match has a published measure, quality orders nothing.
fn no_measure(judged: &EvaluatedCandidates<'_>) -> Option<Notice> {
    let discharge = judged.evaluator.discharge;
    let ordered_by = match discharge.geography() {
        DeliveryMode::PatientTravels => "distance and by what is known of them",
        DeliveryMode::ProviderComes => "what is known of them",
    };
    (judged.matched() > 0 && !judged.has_quality()).then(|| Notice {
        code: "no_quality_measure",
        text: format!("None of these providers has a published quality rating. They are ordered by {ordered_by}."),
    })
}
