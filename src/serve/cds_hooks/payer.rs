//! Who pays, from the Coverage resources of a call: read as if a user had typed the name, and never
//! guessed.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::coverage::names::{matching_plans, plan_with_payer};
use crate::coverage::payer_words::{PayerProgram, named_program, state_medicaid, unlisted_payer, unlisted_plan};
use crate::coverage::plan_spelling::plan_words;
use crate::coverage::{Plan, PlanDirectory};
use crate::hospital::ehr_words::EhrWords;
use crate::place::State;
use crate::serve::cds_hooks::orders;
use crate::serve::cds_hooks::prefetch::{HookCoverage, PrefetchValue};
use crate::text::printable;

/// What a call says about who pays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PayerDecision {
    /// This coverage, in the form of a question.
    Read(Value),
    /// Nothing that can be used, so providers are counted without coverage.
    Unread(CoverageRejection),
}

/// Why a coverage is not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CoverageRejection {
    /// None was sent.
    NotSent,
    /// The EHR says that none is in force.
    NoneInForce,
    /// The last day of each is in the past.
    Ended,
    /// None is in force today, and one begins later.
    NotBegun,
    /// Several are in force, and none is marked as the first.
    SeveralInForce,
    /// Its names and codes match no plan of the directory and no program.
    FitsNothing,
    /// Its plan is known here, but the organization named as payer is not that plan's.
    OtherPayer,
    /// They match each of these.
    FitsSeveral(Vec<String>),
}

impl CoverageRejection {
    /// Whether a coverage in force was sent, and its names or codes were not understood.
    pub(crate) fn is_not_understood(&self) -> bool {
        matches!(self, Self::FitsNothing | Self::OtherPayer | Self::FitsSeveral(_))
    }
}

/// Reads who pays, with the names in `plans` and those that the hospital taught.
pub(crate) fn read(
    sent: &PrefetchValue<HookCoverage>,
    plans: &PlanDirectory,
    taught: &EhrWords,
    today: Date,
) -> PayerDecision {
    match coverage(sent, plans, taught, today) {
        Ok(coverage) => PayerDecision::Read(coverage),
        Err(why) => PayerDecision::Unread(why),
    }
}

/// The coverages that are in force today and marked as the first, if any is.
fn first_in_force(sent: &PrefetchValue<HookCoverage>, today: Date) -> Vec<&HookCoverage> {
    let all = sent.all().iter().filter(|coverage| coverage.stands());
    let mut standing: Vec<&HookCoverage> =
        all.filter(|coverage| !coverage.has_ended(today) && coverage.has_begun(today)).collect();
    let first = standing.iter().filter_map(|coverage| coverage.order).min();
    if let Some(first) = first {
        standing.retain(|coverage| coverage.order == Some(first));
    }
    standing
}

/// The most characters of a name that are shown. Our choice.
const LONGEST_SHOWN: usize = 60;

/// What the EHR calls the coverage in force: its payer and its plan, as sent. It goes back to the
/// EHR and to the page of the user, and nowhere else.
pub(crate) fn name_sent(sent: &PrefetchValue<HookCoverage>, today: Date) -> Option<String> {
    let standing = first_in_force(sent, today);
    let [coverage] = standing[..] else { return None };
    let (payer, plan) = (coverage.payors().next(), coverage.plans().next());
    let name = match (payer, plan) {
        (Some(payer), Some(plan)) if !plan.contains(payer) => format!("{payer} {plan}"),
        (payer, plan) => plan.or(payer)?.to_owned(),
    };
    let name = printable(&name);
    let shown: String = name.chars().take(LONGEST_SHOWN).collect();
    Some(shown.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The codes of the coverage in force: of its type, and the identifiers of its payer.
pub(crate) fn codes_sent(sent: &PrefetchValue<HookCoverage>, today: Date) -> impl Iterator<Item = (Option<&str>, &str)> {
    first_in_force(sent, today).into_iter().take(MOST).flat_map(|coverage| {
        let types =
            coverage.kind.coding.iter().filter_map(|coding| Some((coding.system.as_deref(), coding.code.as_deref()?)));
        types.chain(coverage.payor_identifiers())
    })
}

/// How many coverages in force are read; of more, none could be found to be the first.
const MOST: usize = 4;

fn coverage(
    sent: &PrefetchValue<HookCoverage>,
    plans: &PlanDirectory,
    taught: &EhrWords,
    today: Date,
) -> Result<Value, CoverageRejection> {
    if sent.is_missing() {
        return Err(CoverageRejection::NotSent);
    }
    if !sent.all().iter().any(HookCoverage::stands) {
        return Err(CoverageRejection::NoneInForce);
    }
    let none = if begins_later(sent, today) { CoverageRejection::NotBegun } else { CoverageRejection::Ended };
    let standing = first_in_force(sent, today);
    if standing.len() > MOST {
        return Err(CoverageRejection::SeveralInForce);
    }
    let mut readings = standing.into_iter().map(|coverage| of(coverage, plans, taught));
    let reading = readings.next().ok_or(none)?;
    if readings.all(|other| other == reading) { reading } else { Err(CoverageRejection::SeveralInForce) }
}

/// Whether a coverage was sent that has not begun on `today`.
pub(crate) fn begins_later(sent: &PrefetchValue<HookCoverage>, today: Date) -> bool {
    sent.all().iter().any(|coverage| coverage.stands() && !coverage.has_begun(today))
}

/// One coverage: as the hospital taught it, else by its plan, else by its payer, else by its type.
fn of(coverage: &HookCoverage, plans: &PlanDirectory, taught: &EhrWords) -> Result<Value, CoverageRejection> {
    if coverage.is_paid_by_a_person() {
        return Ok(json!({"program": "self_pay"}));
    }
    let mut named = coverage.plans().chain(coverage.payors()).chain(coverage.payor_identifiers().map(|(_, value)| value));
    if let Some(means) = named.find_map(|name| taught.payer(name)) {
        return typed(means, plans);
    }
    let by_plan: Vec<&str> = coverage.plans().collect();
    let with_payer = || coverage.payors().flat_map(|payer| by_plan.iter().map(move |plan| format!("{payer} {plan}")));
    // The payer's name alone could match another plan of that payer if the one on the card is
    // unknown.
    let read = match by_plan[..] {
        [] => settled(coverage.payors().map(str::to_owned), plans),
        _ => settled(by_plan.iter().map(|&plan| plan.to_owned()), plans).or_else(|alone| {
            settled(with_payer(), plans).map_err(|both| if both == CoverageRejection::FitsNothing { alone } else { both })
        }),
    };
    match (read, orders::payer(&coverage.kind)) {
        (Err(CoverageRejection::FitsNothing), Some(means)) => {
            let by_type = settled([means.to_owned()].into_iter(), plans)?;
            // If an organization pays, the patient does not.
            if is_self_pay(&by_type) && coverage.is_paid_by_an_organisation() {
                return Err(CoverageRejection::FitsNothing);
            }
            Ok(by_type)
        }
        // Nobody but Original Medicare is paid by the agency itself, unless a plan is named.
        (Err(CoverageRejection::FitsNothing), None) if by_plan.is_empty() && is_all_medicare(coverage) => {
            Ok(PayerProgram::Medicare.to_json())
        }
        (Ok(read), _) if !coverage.payors().all(|payor| pays(payor, &read, plans)) => Err(CoverageRejection::OtherPayer),
        (read, _) => read,
    }
}

/// Whether the organization `payor` fits the coverage that was read: it is the plan's payer or
/// another name of the coverage. Medicare fits plans of any payer, because it contracts with them.
fn pays(payor: &str, read: &Value, plans: &PlanDirectory) -> bool {
    if is_medicare(payor) {
        return !is_self_pay(read);
    }
    match plans.plans.iter().find(|plan| read["plan"] == plan_with_payer(plan, plans)) {
        Some(Plan { payer: None, .. }) => true,
        Some(Plan { payer: Some(at), .. })
            if plans.payers.get(*at as usize).is_some_and(|payer| is_same(payor, &payer.name)) =>
        {
            true
        }
        _ => typed(payor, plans).is_ok_and(|named| named == *read),
    }
}

fn is_self_pay(read: &Value) -> bool {
    read["program"] == "self_pay"
}

/// Whether Medicare, or the agency that runs it, is the only payer named.
fn is_all_medicare(coverage: &HookCoverage) -> bool {
    let mut payors = coverage.payors().peekable();
    payors.peek().is_some() && payors.all(is_medicare)
}

fn is_medicare(payor: &str) -> bool {
    named_program(payor) == Some(PayerProgram::Medicare)
        || ["CMS", "Centers for Medicare & Medicaid Services"].iter().any(|name| is_same(payor, name))
}

/// Whether two names are of one organization: the same words, except for its legal form.
fn is_same(one: &str, other: &str) -> bool {
    const FORMS: [&str; 10] = ["inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd", "the", "and"];
    let named =
        |name: &str| -> Vec<String> { plan_words(name).into_iter().filter(|word| !FORMS.contains(&word.as_str())).collect() };
    named(one) == named(other)
}

/// The one coverage that some of the names `called` match, if the others match none.
fn settled(called: impl Iterator<Item = String>, plans: &PlanDirectory) -> Result<Value, CoverageRejection> {
    let mut read = Vec::new();
    let mut several = CoverageRejection::FitsNothing;
    for called in called {
        match typed(&called, plans) {
            Ok(coverage) if !read.contains(&coverage) => read.push(coverage),
            Err(why) if several == CoverageRejection::FitsNothing => several = why,
            Ok(_) | Err(_) => {}
        }
    }
    match &read[..] {
        [] => Err(several),
        [one] => Ok(one.clone()),
        all => Err(CoverageRejection::FitsSeveral(all.iter().map(name).collect())),
    }
}

/// Whether `called` has every word of the name of a plan, or the identifier in it. A user who types
/// "hmo" sees how it was read; an EHR that sends "HMO" may mean a plan that is not in the
/// directory.
fn names_all_of(called: &str, plan: &str) -> bool {
    let has_identifier = called.split_whitespace().any(|part| {
        let part = plan_words(part).concat();
        is_identifier(&part) && plan.split_whitespace().any(|known| plan_words(known).concat() == part)
    });
    let called = plan_words(called);
    has_identifier || plan_words(plan).iter().all(|word| called.contains(word))
}

/// Whether `word` has the form of a plan's identifier: Medicare's H1234-001, with or without a
/// segment, or the marketplace's 12345MO0010001, with or without its variant; in lowercase and
/// without hyphens. A year is not one.
fn is_identifier(word: &str) -> bool {
    let form: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let medicare = form.strip_prefix(['h', 'r', 's', 'e']).is_some_and(|rest| ["0000000", "0000000000"].contains(&rest));
    let state = form.strip_prefix("00000").and_then(|rest| rest.get(2..)).filter(|_| !form[5..7].contains('0'));
    medicare || state.is_some_and(|rest| ["0000000", "000000000"].contains(&rest))
}

/// What a user who typed all of `called` would mean; a plan by its full name, so that two spellings
/// of one plan are equal.
fn typed(called: &str, plans: &PlanDirectory) -> Result<Value, CoverageRejection> {
    if let Some(program) = granted(named_program(called)) {
        return Ok(program);
    }
    let named = |at: &usize| plans.plans.get(*at).map(|plan| plan_with_payer(plan, plans));
    let found = matching_plans(called, plans);
    match &found[..] {
        [] => {
            let known = granted(state_medicaid(called)).or_else(|| unlisted_payer(called).map(unlisted_plan));
            known.ok_or(CoverageRejection::FitsNothing)
        }
        [at] => {
            let whole = plans.plans.get(*at).is_some_and(|plan| names_all_of(called, &plan.name));
            // By its full name, the same plan must be found.
            let plan = named(at).filter(|plan| whole && matching_plans(plan, plans) == found);
            plan.map(|plan| json!({ "plan": plan })).ok_or(CoverageRejection::FitsNothing)
        }
        several => Err(CoverageRejection::FitsSeveral(several.iter().filter_map(named).collect())),
    }
}

/// A program that pays; Medicaid that is pending does not pay yet.
fn granted(program: Option<PayerProgram>) -> Option<Value> {
    program.filter(|program| !matches!(program, PayerProgram::MedicaidPending(_))).map(PayerProgram::to_json)
}

/// The name of a coverage that was read; a plan with its payer.
pub(crate) fn name(coverage: &Value) -> String {
    let text = |field: &str| coverage.get(field).and_then(Value::as_str);
    match (text("plan").or(text("plan_name")), text("program"), text("state")) {
        (Some(plan), ..) => plan.to_owned(),
        (None, Some("medicare"), _) => "Original Medicare".to_owned(),
        (None, Some("medicaid"), Some(state)) => match state.parse::<State>() {
            Ok(state) => format!("{} Medicaid", state.name()),
            Err(_) => format!("Medicaid {state}"),
        },
        _ => "Self-pay".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::coverage::Payer;

    fn plans() -> PlanDirectory {
        let plan = |name: &str, payer| Plan { name: name.to_owned(), payer: Some(payer), networks: Vec::new() };
        PlanDirectory {
            payers: ["Larkwater Health", "Bellmoor Mutual"].map(|name| Payer { name: name.to_owned() }).into(),
            plans: vec![plan("Choice HMO", 0), plan("Choice PPO", 0), plan("Choice HMO", 1)],
            ..PlanDirectory::default()
        }
    }

    fn reading(coverages: &Value) -> PayerDecision {
        let each = coverages.as_array().unwrap().iter();
        let coverages = each.map(|coverage| serde_json::from_value(coverage.clone()).unwrap()).collect();
        read(&PrefetchValue::These(coverages), &plans(), &EhrWords::default(), date(2026, 11, 21))
    }

    fn plan(name: &str) -> Value {
        json!([{"type": {"coding": [{"code": "plan"}]}, "name": name}])
    }

    fn kind(code: &str) -> Value {
        json!({"coding": [{"system": "https://nahdo.org/sopt", "code": code}]})
    }

    #[test]
    fn one_coverage_is_read_by_plan_then_payer_then_type() {
        let larkwater = json!([{"display": "Larkwater Health"}]);
        let group = json!([{"type": {"coding": [{"code": "group"}]}, "name": "Choice PPO"}]);
        let several = |names: &[&str]| {
            PayerDecision::Unread(CoverageRejection::FitsSeveral(names.iter().map(|&n| n.to_owned()).collect()))
        };
        let hmo = PayerDecision::Read(json!({"plan": "Choice HMO (Larkwater Health)"}));
        let medicare = PayerDecision::Read(json!({"program": "medicare"}));
        for (coverage, expected) in [
            (json!({"payor": larkwater, "class": plan("Choice HMO")}), hmo.clone()),
            (json!({"class": plan("Choice HMO (Larkwater Health)")}), hmo),
            (
                json!({"class": plan("Choice HMO")}),
                several(&["Choice HMO (Larkwater Health)", "Choice HMO (Bellmoor Mutual)"]),
            ),
            (json!({ "payor": larkwater }), several(&["Choice HMO (Larkwater Health)", "Choice PPO (Larkwater Health)"])),
            (json!({"payor": larkwater, "class": plan("Gold")}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (json!({"payor": larkwater, "class": plan("PPO")}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (json!({"class": plan("PPO")}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (
                json!({"payor": [{"display": "Payer XYZ"}], "class": group}),
                PayerDecision::Unread(CoverageRejection::FitsNothing),
            ),
            (json!({"payor": [{"display": "Medicare"}]}), medicare.clone()),
            (json!({"payor": [{"display": "Medicare"}], "class": plan("Part A")}), medicare.clone()),
            (
                json!({"payor": [{"display": "Medicare"}], "class": plan("Gold")}),
                PayerDecision::Unread(CoverageRejection::FitsNothing),
            ),
            (
                json!({"payor": [{"display": "Missouri Medicaid"}]}),
                PayerDecision::Read(json!({"program": "medicaid", "state": "MO"})),
            ),
            (
                json!({"payor": [{"display": "MO HealthNet"}]}),
                PayerDecision::Read(json!({"program": "medicaid", "state": "MO"})),
            ),
            (
                json!({"payor": [{"display": "TRICARE"}]}),
                PayerDecision::Read(json!({"plan_name": "TRICARE", "known": false})),
            ),
            (json!({"payor": [{"display": "Medicaid MO pending"}]}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (json!({"payor": [{"display": "Medicaid"}]}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (
                json!({"payor": [{"display": "Medicare"}, {"display": "Medicaid MO"}]}),
                several(&["Original Medicare", "Missouri Medicaid"]),
            ),
            (json!({"type": kind("12"), "payor": [{"display": "CMS"}]}), medicare.clone()),
            (json!({"payor": [{"display": "Centers for Medicare and Medicaid Services"}]}), medicare),
            (json!({"type": kind("11")}), PayerDecision::Unread(CoverageRejection::FitsNothing)),
            (json!({"payor": [{"reference": "Patient/1"}]}), PayerDecision::Read(json!({"program": "self_pay"}))),
            (
                json!({"type": kind("81"), "payor": [{"display": "Aetna"}]}),
                PayerDecision::Unread(CoverageRejection::FitsNothing),
            ),
            (
                json!({"payor": [{"display": "Aetna"}], "class": plan("Choice PPO")}),
                PayerDecision::Unread(CoverageRejection::OtherPayer),
            ),
            (
                json!({"payor": [{"display": "Larkwater"}], "class": plan("Choice PPO")}),
                PayerDecision::Unread(CoverageRejection::OtherPayer),
            ),
            (
                json!({"payor": [{"display": "Aetna"}], "class": plan("Medicare")}),
                PayerDecision::Unread(CoverageRejection::OtherPayer),
            ),
            (
                json!({"payor": [{"display": "CMS"}], "class": plan("Choice PPO")}),
                PayerDecision::Read(json!({"plan": "Choice PPO (Larkwater Health)"})),
            ),
            (json!({"type": kind("81")}), PayerDecision::Read(json!({"program": "self_pay"}))),
        ] {
            assert_eq!(reading(&json!([coverage])), expected, "{coverage}");
        }
    }

    #[test]
    fn a_year_is_no_identifier_of_a_plan() {
        for (called, plan, names_it) in [
            ("2026", "Choice HMO 2026", false),
            ("Choice HMO 2026", "Choice HMO 2026", true),
            ("H1234-001", "Gold (H1234-001)", true),
            ("h1234001", "Gold (H1234-001)", true),
            ("H1234", "Gold (H1234-001)", false),
            ("H1234-001", "Gold (H1234-002)", false),
            ("12345MO0010001", "Silver 12345MO0010001", true),
            ("A1B2", "Gold A1B2", false),
        ] {
            assert_eq!(names_all_of(called, plan), names_it, "{called}: {plan}");
        }
    }

    #[test]
    fn of_several_coverages_the_first_counts_where_one_says_so() {
        let medicare = |order: Value| json!({"payor": [{"display": "Medicare"}], "order": order});
        let medicaid = |order: Value| json!({"payor": [{"display": "Medicaid MO"}], "order": order});
        let is_medicare = PayerDecision::Read(json!({"program": "medicare"}));
        let ended = json!({"payor": [{"display": "Medicare"}], "period": {"end": "2026-11-20T23:59:59Z"}});
        let until = |end: &str| json!({"payor": [{"display": "Medicare"}], "period": {"end": end}});
        let later = json!({"payor": [{"display": "Medicaid MO"}], "period": {"start": "2027"}});
        let today = json!({"payor": [{"display": "Medicare"}], "period": {"end": "2026-11-21"}});
        for (coverages, expected) in [
            (json!([medicare(Value::Null), medicaid(Value::Null)]), PayerDecision::Unread(CoverageRejection::SeveralInForce)),
            (json!([medicaid(json!(2)), medicare(json!(1))]), is_medicare.clone()),
            (json!([medicaid(Value::Null), medicare(json!(1))]), is_medicare.clone()),
            (json!([medicare(Value::Null), medicare(Value::Null)]), is_medicare.clone()),
            (json!([ended, medicaid(Value::Null)]), PayerDecision::Read(json!({"program": "medicaid", "state": "MO"}))),
            (json!([ended]), PayerDecision::Unread(CoverageRejection::Ended)),
            (json!([today]), is_medicare.clone()),
            (json!([until("2025")]), PayerDecision::Unread(CoverageRejection::Ended)),
            (json!([until("2026-10")]), PayerDecision::Unread(CoverageRejection::Ended)),
            (json!([until("2026-11")]), is_medicare.clone()),
            (json!([until("2026"), later]), is_medicare),
            (json!([later]), PayerDecision::Unread(CoverageRejection::NotBegun)),
            (
                json!([{"status": "cancelled", "payor": [{"display": "Medicare"}]}]),
                PayerDecision::Unread(CoverageRejection::NoneInForce),
            ),
            (json!([]), PayerDecision::Unread(CoverageRejection::NoneInForce)),
        ] {
            assert_eq!(reading(&coverages), expected, "{coverages}");
        }
        assert_eq!(
            read(&PrefetchValue::Not, &plans(), &EhrWords::default(), date(2026, 11, 21)),
            PayerDecision::Unread(CoverageRejection::NotSent)
        );
    }

    #[test]
    fn what_the_hospital_taught_goes_before_every_other_name() {
        let text = "[cds.payers]\n\"AETNA MCR\" = \"Choice PPO (Larkwater Health)\"\n\"60054\" = \"Medicare\"\nGone = \"Old Plan\"\n";
        let taught = crate::hospital::Hospital::parse(text).unwrap().ehr_words;
        for (coverage, expected) in [
            (json!({"payor": [{"display": "Aetna Mcr"}]}), Ok(json!({"plan": "Choice PPO (Larkwater Health)"}))),
            (
                json!({"payor": [{"display": "Aetna"}], "class": plan("AETNA MCR")}),
                Ok(json!({"plan": "Choice PPO (Larkwater Health)"})),
            ),
            (json!({"payor": [{"identifier": {"value": "60054"}}]}), Ok(json!({"program": "medicare"}))),
            (json!({"payor": [{"display": "gone"}]}), Err(CoverageRejection::FitsNothing)),
        ] {
            let coverage: HookCoverage = serde_json::from_value(coverage).unwrap();
            assert_eq!(of(&coverage, &plans(), &taught), expected);
        }
    }

    #[test]
    fn the_name_that_was_sent_is_short_and_plain() {
        let named = |coverages: Value| {
            let each = coverages.as_array().unwrap().iter();
            let coverages = each.map(|coverage| serde_json::from_value(coverage.clone()).unwrap()).collect();
            name_sent(&PrefetchValue::These(coverages), date(2026, 11, 21))
        };
        let aetna = json!({"payor": [{"display": "Aetna"}]});
        for (coverages, expected) in [
            (json!([aetna]), Some("Aetna")),
            (json!([{"payor": [{"display": "Aetna"}], "class": plan("Gold")}]), Some("Aetna Gold")),
            (json!([{"payor": [{"display": "Aetna"}], "class": plan("Aetna Gold")}]), Some("Aetna Gold")),
            (json!([{"payor": [{"display": "a\u{202e}b\nc"}]}]), Some("ab c")),
            (json!([aetna, {"payor": [{"display": "Other"}]}]), None),
            (json!([{"payor": [{"reference": "Patient/1", "display": "CANARY"}]}]), None),
        ] {
            assert_eq!(named(coverages.clone()).as_deref(), expected, "{coverages}");
        }
        assert_eq!(named(json!([{"payor": [{"display": "x".repeat(90)}]}])).unwrap().len(), 60);
    }
}
