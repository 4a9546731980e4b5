//! Will it take the patient?

use std::sync::LazyLock;

use crate::discharge::{Discharge, Patient};
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::{Candidate, StatedTerms};
use crate::matching::evidence_date::EvidenceDate;
use crate::matching::report::{Acceptance, AcceptanceAnswer, AcceptanceVerdict, Exclusion, ExclusionReason, Requirement};
use crate::provider::ServiceLine;
use crate::service::{Limit, Need, NeedSet};

static GUARDED: LazyLock<NeedSet> = LazyLock::new(|| Need::all().filter(|need| need.entry().guarded).collect());

/// The language every provider is taken to speak: nothing to ask a provider that names no languages.
const ENGLISH: &str = "en";

/// What a discharge asks providers to accept: judged many times, so worked out once.
#[derive(Debug, Clone)]
pub(crate) struct Requirements<'a> {
    required: NeedSet,
    preferred: NeedSet,
    patient: &'a Patient,
    /// The patient's numbers, and whether each lies beyond what most providers take.
    numbers: Vec<(Limit, u32, bool)>,
    /// Whether anything but needs is asked, so that what lines have stated must be read.
    beyond_needs: bool,
}

/// What one line says to a demand, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AcceptanceDecision {
    pub(crate) verdict: AcceptanceVerdict,
    /// The first thing it says no to, in the order of [`ExclusionReason`].
    pub(crate) refusal: Option<ExclusionReason>,
    /// The only thing it has not answered, when that is one thing and nothing is refused.
    pub(crate) only_unknown: Option<Requirement>,
}

impl<'a> Requirements<'a> {
    pub(crate) fn of(discharge: &'a Discharge) -> Self {
        let patient = &discharge.patient;
        let numbers: Vec<_> = Limit::ALL
            .into_iter()
            .filter_map(|limit| observed(limit, patient).map(|number| (limit, number, is_extraordinary(limit, number))))
            .collect();
        let beyond_needs = !numbers.is_empty() || !patient.languages.is_empty() || patient.sex.is_some();
        Self { required: discharge.required, preferred: discharge.preferred, patient, numbers, beyond_needs }
    }

    /// Judges one line. An unlawful "no" counts as a question, not as a refusal.
    pub(crate) fn decide(&self, candidate: &Candidate, stated: &StatedTerms) -> AcceptanceDecision {
        let refused = (self.required & candidate.no).without(*GUARDED);
        let unknown = self.required.without(candidate.yes | refused);
        let mut refusal = refused.iter().next().map(ExclusionReason::Declines);
        let mut unknowns = unknown.len();
        let mut last_unknown = unknown.iter().next().map(Requirement::Need);
        if self.beyond_needs {
            for (asked, answer) in self.beyond_needs(stated) {
                match answer {
                    Tristate::Yes => {}
                    Tristate::No => refusal = refusal.or(Some(reason(asked))),
                    Tristate::Unknown => {
                        unknowns += 1;
                        last_unknown = Some(asked);
                    }
                }
            }
        }
        let verdict = match (refusal, unknowns) {
            (Some(_), _) => AcceptanceVerdict::Declines,
            (None, 0) => AcceptanceVerdict::Accepts,
            (None, _) => AcceptanceVerdict::Ask,
        };
        let only_unknown = last_unknown.filter(|_| verdict == AcceptanceVerdict::Ask && unknowns == 1);
        AcceptanceDecision { verdict, refusal, only_unknown }
    }

    /// Every limit, language and sex in question for a line, with its answer, in the order of [`ExclusionReason`].
    fn beyond_needs(&self, stated: &StatedTerms) -> impl Iterator<Item = (Requirement, Tristate)> {
        let numbers = self.numbers.iter().filter_map(|(limit, observed, extraordinary)| {
            let answer = match stated.limits.get(limit) {
                Some((bound, _)) => Tristate::from(limit.allows(*bound, *observed)),
                None if *extraordinary => Tristate::Unknown,
                None => return None,
            };
            Some((Requirement::Limit(*limit), answer))
        });
        let language = self.language(stated).map(|answer| (Requirement::Language, answer));
        let sex = self.sex(stated).map(|answer| (Requirement::Sex, answer));
        numbers.chain(language).chain(sex)
    }

    fn language(&self, stated: &StatedTerms) -> Option<Tristate> {
        let wanted = &self.patient.languages;
        if wanted.is_empty() {
            return None;
        }
        let english = wanted.iter().any(|code| code == ENGLISH);
        Some(match &stated.languages {
            Some((spoken, _)) => Tristate::from(english || wanted.iter().any(|code| spoken.contains(code))),
            None if english => return None,
            None => Tristate::Unknown,
        })
    }

    fn sex(&self, stated: &StatedTerms) -> Option<Tristate> {
        let (only, _) = stated.only_sex?;
        self.patient.sex.map(|sex| Tristate::from(sex == only))
    }

    /// What a line's known answers to everything required rest on.
    pub(crate) fn evidence_dates(&self, candidate: &Candidate, stated: &StatedTerms) -> impl Iterator<Item = EvidenceDate> {
        let known = self.required & (candidate.yes | candidate.no);
        let needs = stated.needs.iter().filter(move |(needs, _)| !(*needs & known).is_empty()).map(|(_, day)| *day);
        let numbers = self.numbers.iter().filter_map(|(limit, ..)| stated.limits.get(limit)).map(|(_, day)| *day);
        let language = stated.languages.iter().filter(|_| !self.patient.languages.is_empty()).map(|(_, day)| *day);
        let sex = stated.only_sex.iter().filter(|_| self.patient.sex.is_some()).map(|(_, day)| *day);
        needs.chain(numbers).chain(language).chain(sex).map(EvidenceDate::from)
    }

    /// How many preferred needs were asked, and of these how many got yes and how many nothing.
    pub(crate) fn preferences(&self, candidate: &Candidate) -> (u32, u32, u32) {
        let yes = (self.preferred & candidate.yes).len();
        let unknown = self.preferred.without(candidate.yes | candidate.no).len();
        (self.preferred.len(), yes, unknown)
    }

    /// The answers in full, for the few that are shown.
    pub(crate) fn answer(&self, candidate: &Candidate, stated: &StatedTerms, line: &ServiceLine) -> Acceptance {
        let needs = |set: NeedSet, required| set.iter().map(move |need| answer_need(need, required, line));
        let numbers = self.beyond_needs(stated).map(|(asked, answer)| self.answer_limit(asked, answer, line));
        let answers = needs(self.required, true).chain(numbers).chain(needs(self.preferred, false)).collect();
        Acceptance { verdict: self.decide(candidate, stated).verdict, answers }
    }

    fn answer_limit(&self, asked: Requirement, answer: Tristate, line: &ServiceLine) -> AcceptanceAnswer {
        let (evidence, note) = match asked {
            Requirement::Limit(limit) => {
                let observed = self.numbers.iter().find(|(l, ..)| *l == limit).map(|(_, number, _)| *number);
                let fact = line.limits.get(&limit);
                let note = observed.map(|number| in_numbers(limit, fact.map(|fact| fact.value), number));
                (fact.map(|fact| fact.evidence.clone()), note)
            }
            Requirement::Language => {
                let fact = line.languages.as_ref();
                let spoken = fact.map_or_else(|| "not stated".to_owned(), |fact| fact.value.join(", "));
                let note = format!("wanted {}; spoken: {spoken}", self.patient.languages.join(" or "));
                (fact.map(|fact| fact.evidence.clone()), Some(note))
            }
            Requirement::Sex => {
                let fact = line.only_sex.as_ref();
                (fact.map(|f| f.evidence.clone()), fact.map(|f| format!("takes {} patients only", f.value.code())))
            }
            Requirement::Need(_) => (None, None),
        };
        AcceptanceAnswer { asked, required: true, answer, evidence, note }
    }

    /// Everything a line says no to.
    pub(crate) fn exclusions(&self, candidate: &Candidate, stated: &StatedTerms, line: &ServiceLine) -> Vec<Exclusion> {
        let refused = (self.required & candidate.no).without(*GUARDED);
        let needs = refused.iter().map(|need| Exclusion {
            reason: ExclusionReason::Declines(need),
            why: format!("it says no to {}", need.label()),
            evidence: line.answers.get(&need).map(|fact| fact.evidence.clone()),
        });
        let beyond = self.beyond_needs(stated).filter(|(_, answer)| *answer == Tristate::No).map(|(asked, answer)| {
            let AcceptanceAnswer { note, evidence, .. } = self.answer_limit(asked, answer, line);
            Exclusion { reason: reason(asked), why: note.unwrap_or_default(), evidence }
        });
        needs.chain(beyond).collect()
    }
}

fn reason(asked: Requirement) -> ExclusionReason {
    match asked {
        Requirement::Need(need) => ExclusionReason::Declines(need),
        Requirement::Limit(limit) => ExclusionReason::Limit(limit),
        Requirement::Language => ExclusionReason::Language,
        Requirement::Sex => ExclusionReason::Sex,
    }
}

fn answer_need(need: Need, required: bool, line: &ServiceLine) -> AcceptanceAnswer {
    let fact = line.answers.get(&need);
    let answer = line.answer(need);
    let unlawful = need.entry().guarded && answer == Tristate::No;
    AcceptanceAnswer {
        asked: Requirement::Need(need),
        required,
        answer,
        evidence: fact.map(|fact| fact.evidence.clone()),
        note: unlawful.then(|| UNLAWFUL.to_owned()),
    }
}

/// The note on a "no" to a guarded need.
pub(crate) const UNLAWFUL: &str =
    "Refusing a person for this treatment is unlawful (42 USC 12182); the refusal is shown, not obeyed.";

/// "350 lb < 410 lb": the bound and the patient's number, the way round that tells whether it fits.
fn in_numbers(limit: Limit, bound: Option<u32>, observed: u32) -> String {
    let unit = limit.entry().map_or("", |entry| entry.unit.as_str());
    match bound {
        None => format!("{observed} {unit}; no limit is stated"),
        Some(bound) => {
            let sign = match bound.cmp(&observed) {
                std::cmp::Ordering::Less => "<",
                std::cmp::Ordering::Equal => "=",
                std::cmp::Ordering::Greater => ">",
            };
            format!("{bound} {unit} {sign} {observed} {unit}")
        }
    }
}

fn observed(limit: Limit, patient: &Patient) -> Option<u32> {
    match limit {
        Limit::MaxWeight => patient.weight_lb,
        Limit::MinAge | Limit::MaxAge => patient.age,
        Limit::MaxDoses => patient.doses_a_day,
        // A question holds no price.
        Limit::CostCeiling => None,
    }
}

fn is_extraordinary(limit: Limit, observed: u32) -> bool {
    limit.entry().and_then(|entry| entry.ordinary).is_some_and(|ordinary| !limit.allows(ordinary, observed))
}

/// What to ask about one thing on the telephone.
pub(crate) fn question(asked: Requirement, patient: &Patient) -> String {
    match asked {
        Requirement::Need(need) => {
            format!("Will you take a patient who needs {}? ({}.)", need.label(), need.entry().definition)
        }
        Requirement::Limit(limit) => {
            let unit = limit.entry().map_or("", |entry| entry.unit.as_str());
            let number = observed(limit, patient).map(|number| number.to_string()).unwrap_or_default();
            match limit {
                Limit::MaxWeight => format!("Can you take a patient of {number} {unit}?"),
                Limit::MinAge | Limit::MaxAge => format!("Can you take a patient aged {number}?"),
                Limit::MaxDoses => format!("Can you give {number} infusion doses a day?"),
                Limit::CostCeiling => format!("{} {number} {unit}?", asked.label()),
            }
        }
        Requirement::Language => {
            format!("Do you have staff or an interpreter for: {}?", patient.languages.join(" or "))
        }
        Requirement::Sex => "Can you take a patient of this sex?".to_owned(),
    }
}

/// The evidence that can be undated: whether any of `answers` rests on a source without a date.
pub(crate) fn is_undated(evidence: Option<&Evidence>) -> bool {
    evidence.is_some_and(|evidence| evidence.as_of.is_none())
}
