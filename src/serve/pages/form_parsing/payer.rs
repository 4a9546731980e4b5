//! The insurance as typed: a program, the name of a plan, or a payer that the directory does not have.

use serde_json::{Value, json};

use crate::coverage::PlanDirectory;
use crate::coverage::names::plan_with_payer;
use crate::coverage::payer_words::{PayerProgram, PayerReading, read_payer, unlisted_plan};
use crate::discharge::Notice;
use crate::place::typed_place::read_place;
use crate::place::{State, ZipTable};
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};
use crate::service::Need;
use crate::text::{fold_case, printable};

/// The field with the name of a plan to search with although the directory does not have it. It applies to that name only.
pub(crate) const SEARCH_ANYWAY: &str = "search_anyway";

/// The label of the checkbox that searches anyway.
pub(crate) const TO_BE_VERIFIED: &str = "Search anyway; coverage to be verified";

/// The insurance as it was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CoverageReading {
    /// The coverage in the form of the API; null if nothing was typed.
    pub coverage: Value,
    /// A need that comes with it: if Medicaid is pending, the provider must accept that.
    pub need: Option<Need>,
    /// A note on how it was read.
    pub remark: Option<Notice>,
}

/// The coverage that `typed` means. `near` is the typed location: its state is offered if Medicaid has none. `anyway` is the name to search
/// with although no plan has it.
///
/// # Errors
/// No plan has that name, or several have; Medicaid without a state; two programs at once.
pub(crate) fn coverage(typed: &str, plans: &PlanDirectory, near: &str, anyway: &str) -> Result<CoverageReading, FormError> {
    let reading = |coverage: Value| CoverageReading { coverage, ..CoverageReading::default() };
    let is_confirmed = !anyway.is_empty() && fold_case(anyway) == fold_case(typed);
    match read_payer(typed, plans) {
        PayerReading::NotAsked => Ok(reading(Value::Null)),
        PayerReading::Program(program) => Ok(of_program(program, typed)),
        PayerReading::Plan => Ok(reading(json!({"plan": typed}))),
        PayerReading::Unlisted(name) => Ok(unlisted(name)),
        PayerReading::Several { .. } | PayerReading::NoPlan(_) if is_confirmed => Ok(unlisted(typed)),
        PayerReading::Several { plans: found, medicaid } => {
            let states = medicaid.map(|state| format!("Medicaid {state}"));
            let offers = states.into_iter().chain(named(&found, plans));
            let fault = FormError::of("coverage", "Several plans match that name. Which one?").offering(offers);
            Err(or_anyway(fault, typed))
        }
        PayerReading::WhichState { pending } => Err(which_state(near, pending)),
        PayerReading::NotAState(state) => Err(no_such_state(&state, near)),
        PayerReading::MedicareAndMedicaid => Err(both(near)),
        PayerReading::NoPlan(_) if plans.plans.is_empty() => {
            let fault = FormError::of("coverage", "This directory has no plans.")
                .hint("Enter Medicare, Medicaid and the state, or self-pay. Leave blank if unknown, or search anyway.");
            Err(or_anyway(fault, typed))
        }
        PayerReading::NoPlan(found) => {
            let fault = FormError::of("coverage", "This directory has no plan with that name.")
                .hint("Enter the name on the insurance card. Or search anyway and call the plan to verify coverage.")
                .offering(named(&found, plans));
            Err(or_anyway(fault, typed))
        }
    }
}

fn of_program(program: PayerProgram, typed: &str) -> CoverageReading {
    let need = program.need();
    // Text that names the program itself needs no note.
    let is_plain = matches!(program, PayerProgram::Medicare | PayerProgram::SelfPay)
        || (need.is_none() && fold_case(typed).contains("medicaid"));
    let text = format!("Coverage was read as {}.", program.name());
    let remark = (!is_plain).then_some(Notice { code: "coverage_read_as", text });
    CoverageReading { coverage: program.to_json(), need, remark }
}

fn unlisted(name: &str) -> CoverageReading {
    let shown = printable(name);
    let text = format!("This directory has no plan \u{201c}{shown}\u{201d}. Verify coverage with the payer.");
    let remark = Some(Notice { code: "plan_not_listed", text });
    CoverageReading { coverage: unlisted_plan(name), need: None, remark }
}

fn named(places: &[usize], plans: &PlanDirectory) -> Vec<String> {
    places.iter().filter_map(|at| Some(plan_with_payer(plans.plans.get(*at)?, plans))).collect()
}

/// The same error with the offer to search anyway.
fn or_anyway(mut fault: FormError, typed: &str) -> FormError {
    fault.offers.push(FormFix { label: TO_BE_VERIFIED.to_owned(), field: SEARCH_ANYWAY, value: typed.to_owned() });
    fault
}

fn both(near: &str) -> FormError {
    let fault = FormError::of("coverage", "Enter one payer at a time.").hint("Search with Medicare, then with Medicaid.");
    fault.offering(["Medicare".to_owned()]).offering(medicaid_near(near))
}

fn no_such_state(typed: &str, near: &str) -> FormError {
    let fault = FormError::of("coverage", format!("\u{201c}{typed}\u{201d} is not a state."));
    fault.hint("Enter Medicaid and the state. Example: Medicaid SC.").offering(medicaid_near(near))
}

fn which_state(near: &str, pending: bool) -> FormError {
    let fault =
        FormError::of("coverage", "Which state's Medicaid?").hint("Enter Medicaid and the state. Example: Medicaid SC.");
    let pending = if pending { " pending" } else { "" };
    fault.offering(medicaid_near(near).map(|medicaid| medicaid + pending))
}

/// Medicaid of the state of the location.
fn medicaid_near(near: &str) -> Option<String> {
    Some(format!("Medicaid {}", state_near(near)?))
}

fn state_near(near: &str) -> Option<State> {
    let zips = ZipTable::curated();
    let place = read_place(near, zips).ok()?;
    zips.get(place.zip).map(|place| place.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str, anyway: &str) -> Result<Value, String> {
        let read = coverage(typed, &PlanDirectory::default(), "64108", anyway);
        read.map(|reading| reading.coverage).map_err(|fault| {
            let offers: Vec<String> = fault.offers.into_iter().map(|offer| offer.value).collect();
            format!("{} {}", fault.detail, offers.join(", "))
        })
    }

    #[test]
    fn programs_are_read_as_people_type_them() {
        let medicare = json!({"program": "medicare"});
        let self_pay = json!({"program": "self_pay"});
        let medicaid = |state: &str| json!({"program": "medicaid", "state": state});
        for (typed, expected) in [
            ("", Ok(Value::Null)),
            ("Medicare", Ok(medicare.clone())),
            ("Medicare Part A", Ok(medicare.clone())),
            ("Medicare A", Ok(medicare.clone())),
            ("medicare a/b", Ok(medicare.clone())),
            ("Original Medicare", Ok(medicare.clone())),
            ("traditional medicare part b", Ok(medicare)),
            ("Medicaid MO", Ok(medicaid("MO"))),
            ("Medicaid Missouri", Ok(medicaid("MO"))),
            ("medicaid of south carolina", Ok(medicaid("SC"))),
            ("Missouri Medicaid", Ok(medicaid("MO"))),
            ("MO HealthNet", Ok(medicaid("MO"))),
            ("KanCare", Ok(medicaid("KS"))),
            ("Medicaid pending MO", Ok(medicaid("MO"))),
            ("uninsured", Ok(self_pay.clone())),
            ("cash", Ok(self_pay.clone())),
            ("private pay", Ok(self_pay.clone())),
            ("self-pay", Ok(self_pay)),
            ("VA", Ok(json!({"plan_name": "VA", "known": false}))),
            ("workers' comp", Ok(json!({"plan_name": "Workers' compensation", "known": false}))),
            ("medicaid", Err("Which state's Medicaid? Medicaid MO")),
            ("Medicaid pending", Err("Which state's Medicaid? Medicaid MO pending")),
            ("medicaid zz", Err("\u{201c}zz\u{201d} is not a state. Medicaid MO")),
            ("medicare and medicaid", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("Medicare/Medicaid MO", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("dual", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("Medicare Part C", Err("This directory has no plans. Medicare Part C")),
        ] {
            assert_eq!(read(typed, ""), expected.map_err(str::to_owned), "{typed:?}");
        }
    }

    #[test]
    fn a_plan_that_the_directory_does_not_have_is_searched_if_its_name_is_confirmed() {
        assert_eq!(read("Acme Gold", "acme  gold"), Ok(json!({"plan_name": "Acme Gold", "known": false})));
        assert!(read("Acme Gold", "Acme Silver").is_err(), "another name must be confirmed again");
        assert!(read("medicaid", "medicaid").is_err(), "a missing state is asked for");
    }

    #[test]
    fn pending_medicaid_requires_a_provider_that_accepts_it() {
        let pending = coverage("KanCare pending", &PlanDirectory::default(), "", "").unwrap();
        assert_eq!(pending.need.map(Need::code), Some("log.pending"));
        assert_eq!(pending.remark.unwrap().text, "Coverage was read as Kansas Medicaid (pending).");
        let granted = coverage("Medicaid KS", &PlanDirectory::default(), "", "").unwrap();
        assert_eq!((granted.need, granted.remark), (None, None));
    }
}
