//! Brute force, part two: what a line says to what is asked of it, how often such questions get a yes, and whether the patient's
//! coverage pays it.

use std::sync::LazyLock;

use jiff::civil::Date;
use placement::coverage::{AffiliationTerms, Coverage, IdentityConfidence, NetworkId};
use placement::discharge::Discharge;
use placement::evidence::{Fact, Tristate};
use placement::provider::answer_record::AnswerRecord;
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{Provider, ServiceLine};
use placement::service::{Limit, Service};

use crate::oracle::{World, denied};

/// Whether a provider on the list takes the patient; one that declines is not on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Accepts,
    Ask,
}

/// What a line says to one thing it is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Said {
    Yes,
    No,
    Nothing,
}

/// One thing required of a line.
pub(crate) struct Asked {
    pub code: &'static str,
    pub said: Said,
    /// The day of the answer, where it has one.
    pub on: Option<Date>,
    /// The reason under which a "no" excludes.
    pub reason: String,
    /// A "no" may be unlawful, so it is asked about.
    pub is_protected: bool,
    /// It is asked of every provider, so that no answer to it makes a place look worse than silence.
    pub of_everybody: bool,
}

fn asked<T>(code: &'static str, reason: String, fact: Option<&Fact<T>>, yes: impl Fn(&T) -> bool) -> Asked {
    let said = match fact {
        Some(fact) if yes(&fact.value) => Said::Yes,
        Some(_) => Said::No,
        None => Said::Nothing,
    };
    let on = fact.and_then(|fact| fact.evidence.as_of);
    Asked { code, said, on, reason, is_protected: false, of_everybody: true }
}

/// Everything required of a line, in the order in which reasons count.
pub(crate) fn questions(question: &Discharge, line: &ServiceLine) -> Vec<Asked> {
    let needs = question.required.iter().map(|need| {
        let answer = asked(need.code(), format!("declines:{need}"), line.answers.get(&need), |yes| *yes);
        Asked { is_protected: need.entry().guarded, ..answer }
    });
    let conditions = [language(question, line), sex(question, line), start_of_care(question, line)];
    let mut all: Vec<Asked> = needs.chain(limits(question, line)).chain(conditions.into_iter().flatten()).collect();
    // A place for some people only is asked about everybody who is not known to be one of them.
    for group in ServedGroup::ALL {
        let belongs = match group {
            ServedGroup::Children => question.patient.age.is_some_and(|age| age < 18),
            other => question.patient.eligible.contains(&other),
        };
        if !belongs && line.serves.iter().any(|fact| fact.value == group) {
            let code = match group {
                ServedGroup::Children => "serves:children",
                ServedGroup::Veterans => "serves:veterans",
                ServedGroup::Religious => "serves:religious",
                ServedGroup::Residents => "serves:residents",
            };
            all.push(asked::<bool>(code, String::new(), None, |yes| *yes));
        }
    }
    let nobody_certifies = matches!(question.coverage, None | Some(Coverage::SelfPay));
    if nobody_certifies && not_in_newest_list(line) {
        all.push(asked::<bool>("is_open", String::new(), None, |yes| *yes));
    }
    all
}

fn limits(question: &Discharge, line: &ServiceLine) -> Vec<Asked> {
    let patient = &question.patient;
    let numbers = [
        (Limit::MaxWeight, patient.weight_lb),
        (Limit::MinAge, patient.age),
        (Limit::MaxAge, patient.age),
        (Limit::MaxDoses, patient.doses_a_day),
        (Limit::CostCeiling, patient.drug_cost_a_day),
    ];
    let mut all = Vec::new();
    for (limit, number) in numbers {
        let Some(number) = number else { continue };
        let allows = |bound: &u32| if limit == Limit::MinAge { number >= *bound } else { number <= *bound };
        let of_everybody = limit.entry().unwrap().ordinary.is_some_and(|bound| !allows(&bound));
        let stated = line.limits.get(&limit);
        if stated.is_none() && !of_everybody {
            continue;
        }
        let answer = asked(limit.code(), format!("limit:{}", limit.code()), stated, allows);
        // A children's place takes children.
        let is_for_children = line.serves.iter().any(|fact| fact.value == ServedGroup::Children);
        let takes_children = limit == Limit::MinAge && stated.is_none() && is_for_children && number < 18;
        let said = if takes_children { Said::Yes } else { answer.said };
        all.push(Asked { said, of_everybody, ..answer });
    }
    all
}

/// Every provider is taken to speak English.
fn language(question: &Discharge, line: &ServiceLine) -> Option<Asked> {
    let wanted = &question.patient.languages;
    let english = wanted.iter().any(|code| code == "en");
    let shared = |speaks: &Vec<String>| english || speaks.iter().any(|code| wanted.contains(code));
    let answer = asked("languages", "limit:languages".to_owned(), line.languages.as_ref(), shared);
    let is_asked = !wanted.is_empty() && (line.languages.is_some() || !english);
    is_asked.then_some(Asked { of_everybody: !english, ..answer })
}

fn sex(question: &Discharge, line: &ServiceLine) -> Option<Asked> {
    let (sex, only) = (question.patient.sex?, line.only_sex.as_ref()?);
    let answer = asked("sex", "limit:sex".to_owned(), Some(only), |only| *only == sex);
    Some(Asked { of_everybody: false, ..answer })
}

/// The first visit within 48 hours is what a home health agency owes everybody (42 CFR 484.55(a)(1)); only sooner is asked of all.
fn start_of_care(question: &Discharge, line: &ServiceLine) -> Option<Asked> {
    let wanted = question.patient.start_within_hours?;
    let of_everybody = wanted < 48;
    let promised = line.start_of_care_hours.as_ref();
    let code = "start_of_care_hours";
    let answer = asked(code, format!("limit:{code}"), promised, |promised| *promised <= wanted);
    (promised.is_some() || of_everybody).then_some(Asked { of_everybody, ..answer })
}

fn not_in_newest_list(line: &ServiceLine) -> bool {
    line.safety.iter().any(|fact| fact.value == SafetyFact::NotInNewestList)
}

/// Rates of yes by service and question, and whether each was published.
static RATES: LazyLock<toml::Table> =
    LazyLock::new(|| include_str!("../../data/curated/acceptance_rates.toml").parse().unwrap());

/// How often a question of that code gets a yes, and whether somebody published it; else by the answers recorded `everywhere`, with one
/// imagined yes and one imagined no.
pub(crate) fn usual_rate(service: Service, code: &str, everywhere: Option<&AnswerRecord>) -> (f64, bool) {
    let code = if code.starts_with("serves:") { "serves" } else { code };
    let is = |rate: &toml::Value, field: &str, text: &str| rate.get(field).and_then(toml::Value::as_str) == Some(text);
    let rates = RATES["rate"].as_array().unwrap();
    let mut of_code = rates.iter().filter(|rate| is(rate, "asked", code));
    let rate = of_code.find(|rate| is(rate, "service", service.code()) || is(rate, "service", "any"));
    let counts = everywhere.and_then(|all| all.needs.iter().find(|(need, _)| need.code() == code)).map(|(_, counts)| *counts);
    let counted = counts.map_or(0.5, |counts| {
        let of = |all: u32, old: u32| f64::from(all - old) + 0.5 * f64::from(old);
        (of(counts.yes, counts.old_yes) + 1.0) / (of(counts.asked, counts.old_asked) + 2.0)
    });
    rate.map_or((counted, false), |rate| (rate["yes"].as_float().unwrap(), rate.get("source").is_some()))
}

/// How a line stands to the patient's coverage.
pub(crate) struct Network {
    pub status: &'static str,
    /// The day of the evidence: none where coverage is not asked, else a day, or none for an open question or an undated source.
    #[expect(clippy::option_option, reason = "the outer is whether it was asked, the inner the day")]
    pub rests_on: Option<Option<Date>>,
    /// Whether the payer's directory says that it takes new patients, and whether the listing is from a source that lags.
    pub new_patients: Option<bool>,
    pub low_confidence: bool,
}

impl Network {
    #[expect(clippy::option_option, reason = "as in the field")]
    fn by(status: &'static str, rests_on: Option<Option<Date>>) -> Self {
        Self { status, rests_on, new_patients: None, low_confidence: false }
    }

    /// A certification; `counts` is whether a yes decides.
    fn certified(fact: Option<&Fact<bool>>, counts: bool) -> Self {
        match fact {
            Some(fact) if !fact.value => Self::by("not_certified", Some(fact.evidence.as_of)),
            Some(fact) if counts => Self::by("certified", Some(fact.evidence.as_of)),
            Some(_) | None => Self::by("unconfirmed", Some(None)),
        }
    }

    fn listed(status: &'static str, terms: &AffiliationTerms) -> Self {
        let new_patients = match terms.new_patients {
            Tristate::Yes => Some(true),
            Tristate::No => Some(false),
            Tristate::Unknown => None,
        };
        let rests_on = if status == "in_network" { terms.evidence.as_of } else { None };
        Self { status, rests_on: Some(rests_on), new_patients, low_confidence: terms.low_confidence }
    }
}

pub(crate) fn network(asked: &Discharge, world: &World<'_>, provider: &Provider, line: &ServiceLine) -> Network {
    let is_paid = !denied(line, asked.on) && !not_in_newest_list(line);
    // Original Medicare pays hospice whatever the plan (42 CFR 422.320).
    let by_plan = !line.service.is_hospice();
    match &asked.coverage {
        None | Some(Coverage::SelfPay) => Network::by("not_asked", None),
        Some(Coverage::Medicaid(state)) => {
            let is_home = provider.address.as_ref().is_some_and(|address| address.value.state == Some(*state));
            Network::certified(line.medicaid.as_ref(), is_home && is_paid)
        }
        Some(Coverage::Networks { networks, .. }) if by_plan => {
            let of_plan = world.listed.of(&provider.id, line.service).iter().map(|key| world.plans.terms(*key).unwrap());
            by_networks(asked, world, of_plan.filter(|terms| networks.contains(&terms.network)).collect(), networks)
        }
        Some(Coverage::UnknownPlan { .. }) if by_plan => Network::by("plan_not_loaded", Some(None)),
        Some(Coverage::Medicare | Coverage::Networks { .. } | Coverage::UnknownPlan { .. }) => {
            Network::certified(line.medicare.as_ref(), is_paid)
        }
    }
}

/// Whether a payer's directory is young enough to be believed.
fn is_believed(asked: &Discharge, as_of: Option<Date>) -> bool {
    as_of.is_some_and(|as_of| (asked.asked_on - as_of).get_days() <= i32::try_from(asked.profile.directory_days).unwrap())
}

fn by_networks(asked: &Discharge, world: &World<'_>, mut terms: Vec<&AffiliationTerms>, networks: &[NetworkId]) -> Network {
    // Of several listings as good, one that can be relied on and one that takes new patients is shown.
    terms.sort_by_key(|terms| u8::from(terms.low_confidence) * 2 + u8::from(terms.new_patients == Tristate::No));
    let holds = |terms: &&&AffiliationTerms| {
        let begun = terms.begin.is_none_or(|begin| begin <= asked.on);
        let lasts = terms.end.is_none_or(|end| asked.on <= end);
        begun && lasts && terms.link == IdentityConfidence::Sure && is_believed(asked, terms.evidence.as_of)
    };
    if let Some(terms) = terms.iter().find(holds) {
        return Network::listed("in_network", terms);
    }
    if let Some(terms) = terms.first() {
        return Network::listed("unconfirmed", terms);
    }
    // Not listed: each network says what that means, and the best counts.
    let lists: Vec<_> = networks.iter().map(|key| world.plans.network(*key).unwrap()).collect();
    if lists.iter().any(|list| list.whole && !is_believed(asked, list.evidence.as_of)) {
        Network::by("unconfirmed", Some(None))
    } else if lists.is_empty() || lists.iter().any(|list| !list.whole) {
        Network::by("plan_not_loaded", Some(None))
    } else {
        Network::by("out_of_network", Some(lists.iter().filter_map(|list| list.evidence.as_of).min()))
    }
}
