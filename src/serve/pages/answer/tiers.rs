//! How a fit is shown: a sign, a word, and its meaning for the question.

use crate::discharge::deciding_payer::DecidingPayer;
use crate::discharge::{Discharge, Patient};
use crate::matching::report::FitTier;
use crate::phrases;
use crate::phrases::tiers::tier;

/// How a fit is shown.
#[derive(Debug, Clone)]
pub(crate) struct FitLabels {
    /// Its code.
    pub code: &'static str,
    /// The code of the fit whose colors it has.
    pub shade: &'static str,
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
            FitTier::Ready | FitTier::Meets => "✓",
            FitTier::AskProvider => "☎",
            FitTier::AskPlan => "?",
            FitTier::NoRoom | FitTier::OutOfNetwork => "✕",
        };
        Self { code: fit.code(), shade: fit.code(), sign, label: tier(fit, discharge), meaning: meaning(fit, discharge) }
    }

    /// The same where needs were typed and none was understood: nobody meets what is not known.
    pub(crate) fn without_needs(fit: FitTier, discharge: &Discharge) -> Self {
        let labels = Self::of(fit, discharge);
        if !fit.meets_requirements() {
            return labels;
        }
        let payer = discharge.deciding_payer();
        let room = if fit == FitTier::Ready {
            format!("; {} on that date", phrases::room_word(true, discharge.service).to_lowercase())
        } else {
            String::new()
        };
        let label = match payer {
            _ if fit == FitTier::Ready => "Has room",
            DecidingPayer::NotAsked => "Insurance not specified",
            DecidingPayer::SelfPay => "Self-pay",
            DecidingPayer::Medicare => "Medicare-certified",
            DecidingPayer::Medicaid(_) => "Medicaid-certified",
            DecidingPayer::Networks | DecidingPayer::UnknownPlan => "In network",
        };
        let meaning = format!("{}{room}; no need was understood: ask by phone", covered(payer));
        Self { shade: FitTier::AskProvider.code(), sign: "☎", label, meaning, ..labels }
    }
}

fn meaning(fit: FitTier, discharge: &Discharge) -> String {
    let room = |has_room| phrases::room_word(has_room, discharge.service).to_lowercase();
    let payer = discharge.deciding_payer();
    match fit {
        FitTier::Ready => format!("{}{}; {} on that date", covered(payer), accepted(discharge), room(true)),
        FitTier::Meets => {
            let room = phrases::room_label(discharge.service).to_lowercase();
            format!("{}{}; {room} not reported", covered(payer), accepted(discharge))
        }
        FitTier::AskProvider => format!("{}; something required is not answered yet", covered(payer)),
        FitTier::AskPlan => unconfirmed(payer),
        FitTier::NoRoom => format!("{} on that date; the earliest with room first", room(false)),
        FitTier::OutOfNetwork => not_covered(payer).to_owned(),
    }
}

/// What is known of the coverage of those that are covered.
fn covered(payer: DecidingPayer) -> &'static str {
    match payer {
        DecidingPayer::NotAsked => "insurance not specified",
        DecidingPayer::SelfPay => "self-pay",
        DecidingPayer::Medicare => "Medicare-certified",
        DecidingPayer::Medicaid(_) => "Medicaid-certified",
        DecidingPayer::Networks | DecidingPayer::UnknownPlan => "in network",
    }
}

fn unconfirmed(payer: DecidingPayer) -> String {
    match payer {
        DecidingPayer::Medicare => "Medicare certification not confirmed".to_owned(),
        DecidingPayer::Medicaid(state) => format!("{} Medicaid not confirmed", state.name()),
        _ => "network not confirmed; verify with the plan".to_owned(),
    }
}

fn not_covered(payer: DecidingPayer) -> &'static str {
    match payer {
        DecidingPayer::Medicare => "not Medicare-certified",
        DecidingPayer::Medicaid(_) => "not Medicaid-certified",
        _ => "not in the network of the plan",
    }
}

/// What the providers that accept the patient have said. A limit that nobody stated matters only for a patient beyond what most take.
fn accepted(discharge: &Discharge) -> &'static str {
    if !discharge.required.is_empty() {
        ", and says yes to everything required"
    } else if discharge.patient != Patient::default() {
        "; no need is required, and no stated limit excludes the patient"
    } else {
        "; nothing is required"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Coverage, PlanDirectory};
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
            (Some(Coverage::Medicare), "Medicare-certified"),
            (Some(medicaid()), "Medicaid-certified"),
            (Some(plan()), "in network"),
        ];
        for (coverage, covered) in cases {
            for (asked, accepts) in [
                (&required, ", and says yes to everything required"),
                (&patient, "; no need is required, and no stated limit excludes the patient"),
                (&nothing, "; nothing is required"),
            ] {
                let asked = Discharge { coverage: coverage.clone(), ..asked.clone() };
                let means = |fit| FitLabels::of(fit, &asked).meaning;
                assert_eq!(means(FitTier::Ready), format!("{covered}{accepts}; beds available on that date"));
                assert_eq!(means(FitTier::Meets), format!("{covered}{accepts}; bed availability not reported"));
                assert_eq!(means(FitTier::AskProvider), format!("{covered}; something required is not answered yet"));
            }
        }
        for (coverage, unsure, label, out) in [
            (Coverage::Medicare, "Medicare certification not confirmed", "Not certified", "not Medicare-certified"),
            (medicaid(), "South Carolina Medicaid not confirmed", "Not certified", "not Medicaid-certified"),
            (plan(), "network not confirmed; verify with the plan", "Out of network", "not in the network of the plan"),
        ] {
            let asked = Discharge { coverage: Some(coverage), ..nothing.clone() };
            assert_eq!(FitLabels::of(FitTier::AskPlan, &asked).meaning, unsure);
            let not_covered = FitLabels::of(FitTier::OutOfNetwork, &asked);
            assert_eq!((not_covered.label, not_covered.meaning.as_str()), (label, out));
        }
    }

    #[test]
    fn a_plan_decides_no_hospice() {
        let plan = Coverage::Networks { named_by: "plan", name: "Larkwater".to_owned(), networks: Vec::new() };
        let hospice = discharge(&serde_json::json!({"service": "hospice"}));
        let asked = Discharge { coverage: Some(plan), ..hospice };
        assert_eq!(FitLabels::of(FitTier::OutOfNetwork, &asked).label, "Not certified");
        assert_eq!(
            FitLabels::of(FitTier::NoRoom, &asked).meaning,
            "no openings available on that date; the earliest with room first"
        );
    }
}
