//! How a fit is shown: a sign, a word, and its meaning for the question.

use crate::coverage::Coverage;
use crate::discharge::{Discharge, Patient};
use crate::matching::report::FitTier;

/// How a fit is shown.
#[derive(Debug, Clone)]
pub(crate) struct FitLabels {
    /// The class of its colors.
    pub code: &'static str,
    /// The sign before the word.
    pub sign: &'static str,
    /// The word.
    pub label: &'static str,
    /// What it means.
    pub meaning: String,
}

impl FitLabels {
    /// What `fit` means in the answer to `discharge`.
    pub(crate) fn of(fit: FitTier, discharge: &Discharge) -> Self {
        let sign = match fit {
            FitTier::Ready => "✓",
            FitTier::AskProvider | FitTier::AskPlan => "?",
            FitTier::OutOfNetwork => "✕",
        };
        Self { code: fit.code(), sign, label: fit.label(), meaning: meaning(fit, discharge) }
    }
}

fn meaning(fit: FitTier, discharge: &Discharge) -> String {
    let coverage = discharge.coverage.as_ref();
    match fit {
        FitTier::Ready => format!("{}{}", covered(coverage), accepted(discharge)),
        FitTier::AskProvider => format!("{}; something required is not answered yet", covered(coverage)),
        FitTier::AskPlan => match coverage {
            Some(Coverage::Medicare) => "whether Medicare pays it is not sure; it must be asked".to_owned(),
            Some(Coverage::Medicaid(state)) => {
                format!("whether {state} Medicaid pays it is not sure; it must be asked")
            }
            _ => "the network is not sure; the plan must be asked".to_owned(),
        },
        FitTier::OutOfNetwork => match coverage {
            Some(Coverage::Medicare) => "not certified for Medicare".to_owned(),
            Some(Coverage::Medicaid(_)) => "not certified for Medicaid".to_owned(),
            _ => "not in the network of the plan".to_owned(),
        },
    }
}

/// What is known of the coverage, for providers that it does not exclude.
fn covered(coverage: Option<&Coverage>) -> &'static str {
    match coverage {
        None => "insurance not specified",
        Some(Coverage::SelfPay) => "self-pay",
        Some(Coverage::Medicare) => "certified for Medicare",
        Some(Coverage::Medicaid(_)) => "certified for Medicaid",
        Some(Coverage::Networks { .. }) => "in network",
    }
}

/// What the providers that accept the patient have said. A limit that nobody stated matters only for a patient beyond what most take.
fn accepted(discharge: &Discharge) -> &'static str {
    if !discharge.required.is_empty() {
        ", and says yes to everything required"
    } else if discharge.patient != Patient::default() {
        "; no need is required, and nothing it says is against the patient"
    } else {
        "; nothing is required"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::PlanDirectory;
    use crate::discharge::ParseContext;
    use crate::discharge::parse::parse;
    use crate::place::ZipTable;

    fn discharge(changes: &serde_json::Value) -> Discharge {
        let mut raw = serde_json::json!({"service": "skilled_nursing", "near": {"zip": "29401"}});
        let fields = raw.as_object_mut().unwrap();
        fields.extend(changes.as_object().unwrap().clone());
        let plans = PlanDirectory::default();
        let words = ParseContext { zips: ZipTable::curated(), plans: &plans, generation: "" };
        let (question, _) = parse(&raw, &words, jiff::civil::date(2026, 11, 21)).unwrap();
        question.discharges.into_iter().next().unwrap()
    }

    #[test]
    fn what_a_fit_means_is_true_of_what_was_asked() {
        let plan = || Coverage::Networks { named_by: "plan", name: "Larkwater".to_owned(), networks: Vec::new() };
        let medicaid = || Coverage::Medicaid("SC".parse().unwrap());
        let required = discharge(&serde_json::json!({"needs": ["resp.vent"]}));
        let patient = discharge(&serde_json::json!({"patient": {"languages": ["es"]}}));
        let nothing = discharge(&serde_json::json!({}));
        let cases = [
            (None, "insurance not specified"),
            (Some(Coverage::SelfPay), "self-pay"),
            (Some(Coverage::Medicare), "certified for Medicare"),
            (Some(medicaid()), "certified for Medicaid"),
            (Some(plan()), "in network"),
        ];
        for (coverage, covered) in cases {
            for (asked, accepts) in [
                (&required, ", and says yes to everything required"),
                (&patient, "; no need is required, and nothing it says is against the patient"),
                (&nothing, "; nothing is required"),
            ] {
                let asked = Discharge { coverage: coverage.clone(), ..asked.clone() };
                assert_eq!(FitLabels::of(FitTier::Ready, &asked).meaning, format!("{covered}{accepts}"));
                let ask = format!("{covered}; something required is not answered yet");
                assert_eq!(FitLabels::of(FitTier::AskProvider, &asked).meaning, ask);
            }
        }
        for (coverage, unsure, out) in [
            (Coverage::Medicare, "whether Medicare pays it is not sure; it must be asked", "not certified for Medicare"),
            (medicaid(), "whether SC Medicaid pays it is not sure; it must be asked", "not certified for Medicaid"),
            (plan(), "the network is not sure; the plan must be asked", "not in the network of the plan"),
        ] {
            let asked = Discharge { coverage: Some(coverage), ..nothing.clone() };
            assert_eq!(FitLabels::of(FitTier::AskPlan, &asked).meaning, unsure);
            assert_eq!(FitLabels::of(FitTier::OutOfNetwork, &asked).meaning, out);
        }
    }
}
