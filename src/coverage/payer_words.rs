//! Reads who pays in everyday words: a program, a state's Medicaid by its own name, a plan, or a payer that no plan directory has.

use serde_json::{Value, json};

use crate::coverage::PlanDirectory;
use crate::coverage::names::{PlanLookup, resolve_plan};
use crate::place::State;
use crate::service::Need;
use crate::text::fold_words;

/// A program that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayerProgram {
    /// Original Medicare.
    Medicare,
    /// Medicaid of a state.
    Medicaid(State),
    /// Medicaid of a state, applied for and not yet granted.
    MedicaidPending(State),
    /// The patient.
    SelfPay,
}

impl PayerProgram {
    /// The coverage in the form of the API.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Self::Medicare => json!({"program": "medicare"}),
            Self::Medicaid(state) | Self::MedicaidPending(state) => json!({"program": "medicaid", "state": state.as_str()}),
            Self::SelfPay => json!({"program": "self_pay"}),
        }
    }

    /// The need that comes with it: a facility must accept a patient whose Medicaid is pending.
    pub(crate) fn need(self) -> Option<Need> {
        const PENDING: Need = Need::from_code("log.pending").unwrap();
        matches!(self, Self::MedicaidPending(_)).then_some(PENDING)
    }

    /// Its usual name.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Medicare => "Original Medicare".to_owned(),
            Self::Medicaid(state) => format!("{} Medicaid", state.name()),
            Self::MedicaidPending(state) => format!("{} Medicaid (pending)", state.name()),
            Self::SelfPay => "Self-pay".to_owned(),
        }
    }
}

/// The coverage of a plan that the directory does not have, in the form of the API. Every network status is then "plan not loaded".
pub(crate) fn unlisted_plan(name: &str) -> Value {
    json!({"plan_name": name, "known": false})
}

/// The meaning of a typed payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PayerReading {
    /// Nothing was typed.
    NotAsked,
    /// A program.
    Program(PayerProgram),
    /// The only plan of the directory with that name.
    Plan,
    /// A known payer that no plan directory has, by its usual name.
    Unlisted(&'static str),
    /// Any of these plans, by index; or Medicaid of the state that uses the name.
    Several { plans: Vec<usize>, medicaid: Option<State> },
    /// Medicaid, and the user must name the state.
    WhichState { pending: bool },
    /// Medicaid of something that is not a state.
    NotAState(String),
    /// Two programs at once.
    MedicareAndMedicaid,
    /// No plan of the directory; these are the nearest, by index.
    NoPlan(Vec<usize>),
}

/// Reads a typed payer against `plans`.
pub(crate) fn read_payer(typed: &str, plans: &PlanDirectory) -> PayerReading {
    let folded = fold_words(typed);
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.is_empty() {
        return PayerReading::NotAsked;
    }
    if let Some(pending) = is_stateless_medicaid(&words) {
        return PayerReading::WhichState { pending };
    }
    if let Some(program) = program_of(&words) {
        return PayerReading::Program(program);
    }
    if is_both(&words) {
        return PayerReading::MedicareAndMedicaid;
    }
    let is_named = plans.plans.iter().any(|plan| plan.name.eq_ignore_ascii_case(typed.trim()));
    let (medicaid, unlisted) = (state_medicaid(typed), unlisted_payer(typed));
    match (resolve_plan(typed, plans), medicaid, unlisted) {
        (PlanLookup::One(at), Some(_), _) | (PlanLookup::One(at), _, Some(_)) if !is_named => {
            PayerReading::Several { plans: vec![at], medicaid: medicaid_of_program(medicaid) }
        }
        (PlanLookup::One(_), ..) => PayerReading::Plan,
        (PlanLookup::Several(plans), ..) => PayerReading::Several { plans, medicaid: medicaid_of_program(medicaid) },
        (PlanLookup::None(_), Some(program), _) => PayerReading::Program(program),
        (PlanLookup::None(_), None, Some(name)) => PayerReading::Unlisted(name),
        (PlanLookup::None(_), None, None) if words.first() == Some(&"medicaid") => {
            PayerReading::NotAState(words[1..].join(" "))
        }
        (PlanLookup::None(nearest), None, None) => PayerReading::NoPlan(nearest),
    }
}

fn medicaid_of_program(program: Option<PayerProgram>) -> Option<State> {
    match program {
        Some(PayerProgram::Medicaid(state) | PayerProgram::MedicaidPending(state)) => Some(state),
        _ => None,
    }
}

/// The program that `typed` names, whatever plans there are.
pub(crate) fn named_program(typed: &str) -> Option<PayerProgram> {
    program_of(&fold_words(typed).split_whitespace().collect::<Vec<_>>())
}

fn program_of(words: &[&str]) -> Option<PayerProgram> {
    match *words {
        ["medicare"] | ["original" | "traditional", "medicare"] => Some(PayerProgram::Medicare),
        ["original" | "traditional", "medicare", ref part @ ..] | ["medicare", ref part @ ..] if is_original(part) => {
            Some(PayerProgram::Medicare)
        }
        ["selfpay" | "uninsured" | "cash"] | ["self" | "private" | "cash", "pay"] => Some(PayerProgram::SelfPay),
        _ => {
            let (rest, pending) = without_pending(words);
            let state = medicaid_of(&rest)?;
            Some(if pending { PayerProgram::MedicaidPending(state) } else { PayerProgram::Medicaid(state) })
        }
    }
}

/// Whether the words after "Medicare" mean Original Medicare (parts A and B); parts C and D are plans.
fn is_original(part: &[&str]) -> bool {
    let letters: Vec<&&str> = part.iter().filter(|word| !["part", "parts", "and"].contains(*word)).collect();
    !letters.is_empty() && letters.iter().all(|letter| ["a", "b", "ab"].contains(*letter))
}

/// The words without those that mean pending, and whether there were any.
fn without_pending<'a>(words: &[&'a str]) -> (Vec<&'a str>, bool) {
    let is_pending = |word: &&str| ["pending", "pend", "applied"].contains(word);
    let rest: Vec<&str> = words.iter().copied().filter(|word| !is_pending(word)).collect();
    let pending = rest.len() < words.len();
    (rest, pending)
}

/// `Some` if the words are Medicaid without a state; whether it is pending.
fn is_stateless_medicaid(words: &[&str]) -> Option<bool> {
    let (rest, pending) = without_pending(words);
    let is_medicaid = matches!(rest[..], ["medicaid" | "t19"] | ["title", "19" | "xix"]);
    is_medicaid.then_some(pending)
}

/// The state of "Medicaid SC", "Medicaid of Missouri" and "Missouri Medicaid".
fn medicaid_of(words: &[&str]) -> Option<State> {
    match words {
        ["medicaid", "of", state @ ..] | ["medicaid", state @ ..] | [state @ .., "medicaid"] => {
            State::named(&state.join(" "))
        }
        _ => None,
    }
}

/// Whether the words are Medicare and Medicaid, with at most a state.
fn is_both(words: &[&str]) -> bool {
    const SAID: [&str; 7] = ["medicare", "medicaid", "and", "plus", "dual", "eligible", "both"];
    let rest: Vec<&str> = words.iter().copied().filter(|word| !SAID.contains(word)).collect();
    let named = words.contains(&"medicare") && words.contains(&"medicaid") || words.contains(&"dual");
    named && (rest.is_empty() || State::named(&rest.join(" ")).is_some())
}

/// The names that states use for their Medicaid program or its managed care. Names of the federal marketplace or CHIP only, and names that
/// two states use, are left out. A name of one word also matches two words.
const STATE_MEDICAID: [(&str, &str); 51] = [
    ("ahcccs", "AZ"),
    ("apple health", "WA"),
    ("arhome", "AR"),
    ("badgercare", "WI"),
    ("badgercare plus", "WI"),
    ("cardinal care", "VA"),
    ("centennial care", "NM"),
    ("community healthchoices", "PA"),
    ("denalicare", "AK"),
    ("diamond state health plan", "DE"),
    ("dr dynasaur", "VT"),
    ("forwardhealth", "WI"),
    ("granite advantage", "NH"),
    ("green mountain care", "VT"),
    ("health first colorado", "CO"),
    ("healthchoice illinois", "IL"),
    ("healthy connections", "SC"),
    ("healthy indiana plan", "IN"),
    ("healthy louisiana", "LA"),
    ("healthy michigan", "MI"),
    ("healthy michigan plan", "MI"),
    ("heritage health", "NE"),
    ("hoosier care connect", "IN"),
    ("hoosier healthwise", "IN"),
    ("husky", "CT"),
    ("husky health", "CT"),
    ("ia health link", "IA"),
    ("indiana pathways for aging", "IN"),
    ("iowa health link", "IA"),
    ("kancare", "KS"),
    ("mainecare", "ME"),
    ("maryland healthchoice", "MD"),
    ("masshealth", "MA"),
    ("med quest", "HI"),
    ("medi cal", "CA"),
    ("missouri healthnet", "MO"),
    ("mississippican", "MS"),
    ("mo health net", "MO"),
    ("mo healthnet", "MO"),
    ("mountain health trust", "WV"),
    ("new jersey familycare", "NJ"),
    ("nj familycare", "NJ"),
    ("ohp", "OR"),
    ("oregon health plan", "OR"),
    ("pennsylvania healthchoices", "PA"),
    ("quest integration", "HI"),
    ("rite care", "RI"),
    ("soonercare", "OK"),
    ("tenncare", "TN"),
    ("turquoise care", "NM"),
    ("washington apple health", "WA"),
];

/// Medicaid by a state's own name for it: "TennCare", "MO HealthNet".
pub(crate) fn state_medicaid(typed: &str) -> Option<PayerProgram> {
    let folded = fold_words(typed);
    let words: Vec<&str> = folded.split_whitespace().filter(|word| *word != "medicaid").collect();
    let (rest, pending) = without_pending(&words);
    let (apart, joined) = (rest.join(" "), rest.concat());
    let is_it = |(name, _): &&(&str, &str)| *name == apart || (!name.contains(' ') && *name == joined);
    let state = STATE_MEDICAID.iter().find(is_it).and_then(|(_, state)| state.parse().ok())?;
    Some(if pending { PayerProgram::MedicaidPending(state) } else { PayerProgram::Medicaid(state) })
}

/// Payers that no plan directory has: their words, and their usual name.
const UNLISTED: [(&[&str], &str); 5] = [
    (
        &[
            "va",
            "va benefits",
            "va community care",
            "va health care",
            "va healthcare",
            "veterans",
            "veterans administration",
            "veterans affairs",
            "department of veterans affairs",
        ],
        "VA",
    ),
    (&["champva", "champ va"], "CHAMPVA"),
    (
        &["tricare", "tri care", "tricare east", "tricare west", "tricare prime", "tricare select", "tricare for life"],
        "TRICARE",
    ),
    (
        &[
            "workers comp",
            "workers compensation",
            "worker comp",
            "worker compensation",
            "workmans comp",
            "workmens comp",
            "work comp",
            "wc",
        ],
        "Workers' compensation",
    ),
    (&["ihs", "indian health service"], "Indian Health Service"),
];

/// The usual name of a payer that no plan directory has.
pub(crate) fn unlisted_payer(typed: &str) -> Option<&'static str> {
    let typed = fold_words(typed);
    UNLISTED.iter().find(|(words, _)| words.contains(&typed.as_str())).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Plan;

    fn state(code: &str) -> State {
        code.parse().unwrap()
    }

    #[test]
    fn payers_are_read_in_everyday_words() {
        use PayerProgram::{Medicaid, MedicaidPending, Medicare, SelfPay};
        for (typed, expected) in [
            ("", PayerReading::NotAsked),
            ("Medicare Part A", PayerReading::Program(Medicare)),
            ("medicare a/b", PayerReading::Program(Medicare)),
            ("self-pay", PayerReading::Program(SelfPay)),
            ("Medicaid MO", PayerReading::Program(Medicaid(state("MO")))),
            ("VA Medicaid", PayerReading::Program(Medicaid(state("VA")))),
            ("MO HealthNet", PayerReading::Program(Medicaid(state("MO")))),
            ("Kan-Care", PayerReading::Program(Medicaid(state("KS")))),
            ("TennCare Medicaid", PayerReading::Program(Medicaid(state("TN")))),
            ("Medi-Cal", PayerReading::Program(Medicaid(state("CA")))),
            ("AHCCCS", PayerReading::Program(Medicaid(state("AZ")))),
            ("Medicaid pending MO", PayerReading::Program(MedicaidPending(state("MO")))),
            ("KanCare pending", PayerReading::Program(MedicaidPending(state("KS")))),
            ("Medicaid pending", PayerReading::WhichState { pending: true }),
            ("medicaid", PayerReading::WhichState { pending: false }),
            ("medicaid zz", PayerReading::NotAState("zz".to_owned())),
            ("dual eligible", PayerReading::MedicareAndMedicaid),
            ("VA", PayerReading::Unlisted("VA")),
            ("Tricare", PayerReading::Unlisted("TRICARE")),
            ("workers' comp", PayerReading::Unlisted("Workers' compensation")),
            ("medical", PayerReading::NoPlan(Vec::new())),
            ("Acme Gold", PayerReading::NoPlan(Vec::new())),
        ] {
            assert_eq!(read_payer(typed, &PlanDirectory::default()), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_plan_with_the_name_of_a_program_is_asked_about() {
        let plan = |name: &str| Plan { name: name.to_owned(), payer: None, networks: Vec::new() };
        let plans = PlanDirectory {
            plans: vec![plan("BadgerCare Plus Quartz"), plan("TRICARE Prime"), plan("Keepers VA")],
            ..PlanDirectory::default()
        };
        for (typed, expected) in [
            ("BadgerCare", PayerReading::Several { plans: vec![0], medicaid: Some(state("WI")) }),
            ("tricare", PayerReading::Several { plans: vec![1], medicaid: None }),
            ("TRICARE Prime", PayerReading::Plan),
            ("va", PayerReading::Several { plans: vec![2], medicaid: None }),
            ("quartz", PayerReading::Plan),
        ] {
            assert_eq!(read_payer(typed, &plans), expected, "{typed:?}");
        }
    }

    #[test]
    fn every_state_that_names_its_medicaid_is_a_state() {
        for (name, code) in STATE_MEDICAID {
            assert_eq!(state_medicaid(name), Some(PayerProgram::Medicaid(state(code))), "{name}");
        }
    }
}
