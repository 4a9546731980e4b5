//! Whether a provider will take the patient: an answer to each need, limit and condition.

use std::sync::LazyLock;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::coverage::Coverage;
use crate::discharge::{Discharge, Patient};
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::{Candidate, Directory, StatedTerms};
use crate::matching::chance::{UsualShare, YesChance, usual_share, yes_chance};
use crate::matching::legal_notes::{PASRR_NEEDED, PROTECTED, needs_pasrr};
use crate::matching::report::{Acceptance, AcceptanceAnswer, AcceptanceVerdict, Exclusion, ExclusionReason};
use crate::matching::requirement::Requirement;
use crate::profile::Fraction;
use crate::provider::answer_record::AnswerRecord;
use crate::provider::safety::ServedGroup;
use crate::provider::{ServiceLine, stated};
use crate::service::{Limit, Need, NeedSet, Service};

/// Needs for which refusing a person may be unlawful: a "no" counts as an open question and never excludes.
static PROTECTED_NEEDS: LazyLock<NeedSet> = LazyLock::new(|| Need::all().filter(|need| need.entry().guarded).collect());

/// The language every provider is taken to speak: not asked of a provider that names no languages.
const ENGLISH: &str = "en";

/// Care that may start this many hours after the referral is not asked of a provider that states nothing: home health agencies make
/// the first visit within 48 hours of the referral (42 CFR 484.55(a)(1)).
const ORDINARY_START_HOURS: u32 = 48;

/// People under this age are served by a children's place. Our choice; many take patients until 21, which they may state.
const CHILDREN_UNDER: u32 = 18;

/// What a discharge asks providers to accept. Prepared once and applied to every candidate.
#[derive(Debug, Clone)]
pub(crate) struct Requirements<'a> {
    service: Service,
    required: NeedSet,
    preferred: NeedSet,
    patient: &'a Patient,
    /// The patient's numbers, and whether each lies beyond what most providers take.
    numbers: Vec<(Limit, u32, bool)>,
    /// Whether anything but needs is asked, so that what lines have stated must be read.
    asks_more: bool,
    /// No payer's certification is asked, so that a provider missing in the newest list of CMS must be asked whether it is open.
    asks_if_open: bool,
    /// The usual share of yes to each required need, by the order of the needs.
    usual: Vec<(Need, UsualShare)>,
    /// What is recorded of the answers of all providers of the service.
    everywhere: Option<&'a AnswerRecord>,
}

/// An open or answered requirement other than a need.
type RequirementAnswer = (Requirement, Tristate);

/// What one line says to the requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AcceptanceDecision {
    pub(crate) verdict: AcceptanceVerdict,
    /// The first thing it says no to, in the order of [`ExclusionReason`].
    pub(crate) refusal: Option<ExclusionReason>,
    /// The only thing it has not answered, when that is one thing and nothing is refused.
    pub(crate) only_unknown: Option<Requirement>,
    /// The chance that everything open is answered yes.
    pub(crate) likelihood: Fraction,
    /// Every share in the likelihood was published, or rests on enough recorded answers.
    pub(crate) is_sure: bool,
}

impl<'a> Requirements<'a> {
    pub(crate) fn of(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let patient = &discharge.patient;
        let numbers: Vec<_> = Limit::ALL
            .into_iter()
            .filter_map(|limit| observed(limit, patient).map(|number| (limit, number, is_extraordinary(limit, number))))
            .collect();
        let asks_more = !numbers.is_empty()
            || !patient.languages.is_empty()
            || patient.sex.is_some()
            || patient.start_within_hours.is_some();
        let everywhere = directory.usual_answers(discharge.service);
        let usual = |need| (need, usual_share(Requirement::Need(need), discharge.service, everywhere));
        Self {
            service: discharge.service,
            required: discharge.required,
            preferred: discharge.preferred,
            patient,
            numbers,
            asks_more,
            asks_if_open: matches!(discharge.coverage, None | Some(Coverage::SelfPay)),
            usual: discharge.required.iter().map(usual).collect(),
            everywhere,
        }
    }

    /// Decides for one line. A "no" to a protected need counts as an open question.
    pub(crate) fn decide(&self, candidate: &Candidate, stated: &StatedTerms) -> AcceptanceDecision {
        let refused = (self.required & candidate.no).without(*PROTECTED_NEEDS);
        let unknown = self.required.without(candidate.yes | refused);
        let mut refusal = refused.iter().next().map(ExclusionReason::Declines);
        let mut open = OpenQuestions::default();
        if !unknown.is_empty() {
            for (need, usual) in self.usual.iter().filter(|(need, _)| unknown.contains(*need)) {
                let asked = Requirement::Need(*need);
                open.add(asked, yes_chance(asked, candidate.record(), *usual));
            }
        }
        for (asked, answer) in self.conditions(candidate, stated) {
            match answer {
                Tristate::Yes => {}
                Tristate::No => refusal = refusal.or(reason(asked)),
                Tristate::Unknown => open.add(asked, self.chance_of(asked, candidate)),
            }
        }
        let verdict = match (refusal, open.count) {
            (Some(_), _) => AcceptanceVerdict::Declines,
            (None, 0) => AcceptanceVerdict::Accepts,
            (None, _) => AcceptanceVerdict::Ask,
        };
        let only_unknown = open.last.filter(|_| verdict == AcceptanceVerdict::Ask && open.count == 1);
        AcceptanceDecision { verdict, refusal, only_unknown, likelihood: open.likelihood, is_sure: open.is_sure }
    }

    /// The chance that `candidate` answers an open question with yes.
    pub(crate) fn chance_of(&self, asked: Requirement, candidate: &Candidate) -> YesChance {
        let prepared = self.usual.iter().find(|(need, _)| asked == Requirement::Need(*need)).map(|(_, usual)| *usual);
        let usual = prepared.unwrap_or_else(|| usual_share(asked, self.service, self.everywhere));
        yes_chance(asked, candidate.record(), usual)
    }

    /// Every open question of a line.
    pub(crate) fn open_questions(&self, candidate: &Candidate, stated: &StatedTerms) -> Vec<Requirement> {
        let unknown = self.required.without(candidate.yes | (candidate.no.without(*PROTECTED_NEEDS)));
        let conditions = self.conditions(candidate, stated).into_iter();
        let open = conditions.filter(|(_, answer)| *answer == Tristate::Unknown).map(|(asked, _)| asked);
        unknown.iter().map(Requirement::Need).chain(open).collect()
    }

    /// Every limit, language, sex and other condition in question for a line, with its answer, in the order of [`ExclusionReason`].
    fn conditions(&self, candidate: &Candidate, stated: &StatedTerms) -> SmallVec<[RequirementAnswer; 4]> {
        let mut conditions = SmallVec::new();
        if self.asks_more {
            let for_children = candidate.published.serves.contains(ServedGroup::Children);
            let numbers = self.numbers.iter().filter_map(|number| Self::limit(*number, stated, for_children));
            conditions.extend(numbers);
            conditions.extend(self.language(stated).map(|answer| (Requirement::Language, answer)));
            conditions.extend(self.sex(stated).map(|answer| (Requirement::Sex, answer)));
            conditions.extend(self.start_of_care(stated).map(|answer| (Requirement::StartOfCare, answer)));
        }
        let groups = candidate.published.serves.iter().filter(|group| !self.belongs_to(*group));
        conditions.extend(groups.map(|group| (Requirement::Eligible(group), Tristate::Unknown)));
        if self.asks_if_open && candidate.published.not_in_newest_list {
            conditions.push((Requirement::Operating, Tristate::Unknown));
        }
        conditions
    }

    fn limit(
        (limit, observed, is_extraordinary): (Limit, u32, bool),
        stated: &StatedTerms,
        for_children: bool,
    ) -> Option<RequirementAnswer> {
        let answer = match stated.limits.get(&limit) {
            Some((bound, _)) => Tristate::from(limit.allows(*bound, observed)),
            None if limit == Limit::MinAge && for_children && observed < CHILDREN_UNDER => Tristate::Yes,
            None if is_extraordinary => Tristate::Unknown,
            None => return None,
        };
        Some((Requirement::Limit(limit), answer))
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

    fn start_of_care(&self, stated: &StatedTerms) -> Option<Tristate> {
        let wanted = self.patient.start_within_hours?;
        match stated.start_of_care_hours {
            Some((promised, _)) => Some(Tristate::from(promised <= wanted)),
            None => (wanted < ORDINARY_START_HOURS).then_some(Tristate::Unknown),
        }
    }

    /// Whether a condition is in question also for a provider that states nothing of it.
    fn is_asked_of_everybody(&self, asked: Requirement) -> bool {
        match asked {
            Requirement::Limit(limit) => {
                self.numbers.iter().any(|(of, _, is_extraordinary)| *of == limit && *is_extraordinary)
            }
            Requirement::Language => !self.patient.languages.iter().any(|code| code == ENGLISH),
            Requirement::Sex => false,
            Requirement::StartOfCare => self.patient.start_within_hours.is_some_and(|hours| hours < ORDINARY_START_HOURS),
            Requirement::Need(_) | Requirement::Eligible(_) | Requirement::Operating => true,
        }
    }

    /// Whether the patient is known to belong to a group.
    fn belongs_to(&self, group: ServedGroup) -> bool {
        match group {
            ServedGroup::Children => self.patient.age.is_some_and(|age| age < CHILDREN_UNDER),
            group => self.patient.eligible.contains(&group),
        }
    }

    /// The day of the evidence of each answer that is required of every provider; `None` for a known answer without a date, an open
    /// question and a "no" to a protected need. What is only in question where a provider states it is left out: else an
    /// old statement would lower a place below one that is silent.
    pub(crate) fn evidence_days(&self, candidate: &Candidate, stated: &StatedTerms) -> SmallVec<[Option<Date>; 8]> {
        let mut days = SmallVec::new();
        let known = self.required & (candidate.yes | candidate.no.without(*PROTECTED_NEEDS));
        for (needs, day) in &stated.needs {
            days.extend((*needs & known).iter().map(|_| *day));
        }
        days.extend(self.required.without(known).iter().map(|_| None));
        let of_everybody =
            self.conditions(candidate, stated).into_iter().filter(|(asked, _)| self.is_asked_of_everybody(*asked));
        for (asked, answer) in of_everybody {
            let day = match asked {
                Requirement::Limit(limit) => stated.limits.get(&limit).and_then(|(_, day)| *day),
                Requirement::Language => stated.languages.as_ref().and_then(|(_, day)| *day),
                Requirement::Sex => stated.only_sex.and_then(|(_, day)| day),
                Requirement::StartOfCare => stated.start_of_care_hours.and_then(|(_, day)| day),
                Requirement::Need(_) | Requirement::Eligible(_) | Requirement::Operating => None,
            };
            days.push(day.filter(|_| answer != Tristate::Unknown));
        }
        days
    }

    /// How many preferred needs were asked, and how many of these got yes and how many no answer.
    pub(crate) fn preferences(&self, candidate: &Candidate) -> (u32, u32, u32) {
        let yes = (self.preferred & candidate.yes).len();
        let unknown = self.preferred.without(candidate.yes | candidate.no).len();
        (self.preferred.len(), yes, unknown)
    }

    /// The answers in full, for the few that are shown.
    pub(crate) fn answer(&self, candidate: &Candidate, stated: &StatedTerms, line: &ServiceLine) -> Acceptance {
        let needs = |set: NeedSet, required| set.iter().map(move |need| self.answer_need(need, required, line));
        let conditions = self.conditions(candidate, stated);
        let conditions = conditions.into_iter().map(|(asked, answer)| self.answer_condition(asked, answer, line));
        let answers = needs(self.required, true).chain(conditions).chain(needs(self.preferred, false)).collect();
        Acceptance { verdict: self.decide(candidate, stated).verdict, answers }
    }

    fn answer_need(&self, need: Need, required: bool, line: &ServiceLine) -> AcceptanceAnswer {
        let fact = line.answers.get(&need);
        let answer = stated(fact);
        let protected = need.entry().guarded && answer == Tristate::No;
        // Until the State has decided, a "no" is not called unlawful (42 CFR 483.20(k)).
        let note = if answer != Tristate::Yes && needs_pasrr(self.service, need) {
            Some(PASRR_NEEDED)
        } else {
            protected.then_some(PROTECTED)
        };
        AcceptanceAnswer {
            asked: Requirement::Need(need),
            required,
            answer,
            evidence: fact.map(|fact| fact.evidence.clone()),
            note: note.map(str::to_owned),
        }
    }

    fn answer_condition(&self, asked: Requirement, answer: Tristate, line: &ServiceLine) -> AcceptanceAnswer {
        let (evidence, note) = match asked {
            Requirement::Limit(limit) => {
                let observed = self.numbers.iter().find(|(l, ..)| *l == limit).map(|(_, number, _)| *number);
                let fact = line.limits.get(&limit);
                let is_by_children = fact.is_none() && answer == Tristate::Yes;
                let mut served = line.serves.iter().filter(|served| served.value == ServedGroup::Children);
                if let Some(served) = served.next().filter(|_| is_by_children) {
                    (Some(served.evidence.clone()), Some("it is for children".to_owned()))
                } else {
                    let note = observed.map(|number| in_numbers(limit, fact.map(|fact| fact.value), number));
                    (fact.map(|fact| fact.evidence.clone()), note)
                }
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
            Requirement::StartOfCare => {
                let fact = line.start_of_care_hours.as_ref();
                let promised = fact.map_or_else(
                    || "no start of care is stated".to_owned(),
                    |fact| format!("starts within {} hours", fact.value),
                );
                let wanted = self.patient.start_within_hours.unwrap_or_default();
                (fact.map(|f| f.evidence.clone()), Some(format!("wanted within {wanted} hours; {promised}")))
            }
            Requirement::Eligible(group) => {
                let fact = line.serves.iter().find(|fact| fact.value == group);
                let note = format!("it is for {}", group.label());
                (fact.map(|fact| fact.evidence.clone()), Some(note))
            }
            Requirement::Operating => (None, Some("the newest list of CMS does not have it".to_owned())),
            Requirement::Need(_) => (None, None),
        };
        AcceptanceAnswer { asked, required: true, answer, evidence, note }
    }

    /// Everything a line says no to.
    pub(crate) fn exclusions(&self, candidate: &Candidate, stated: &StatedTerms, line: &ServiceLine) -> Vec<Exclusion> {
        let refused = (self.required & candidate.no).without(*PROTECTED_NEEDS);
        let needs = refused.iter().map(|need| Exclusion {
            reason: ExclusionReason::Declines(need),
            why: format!("it says no to {}", need.label()),
            evidence: line.answers.get(&need).map(|fact| fact.evidence.clone()),
        });
        let conditions = self.conditions(candidate, stated).into_iter().filter(|(_, answer)| *answer == Tristate::No);
        let refused = conditions.filter_map(|(asked, answer)| {
            let AcceptanceAnswer { note, evidence, .. } = self.answer_condition(asked, answer, line);
            Some(Exclusion { reason: reason(asked)?, why: note.unwrap_or_default(), evidence })
        });
        needs.chain(refused).collect()
    }
}

/// The open questions of one line: how many, the last of them, and how likely all are answered yes.
struct OpenQuestions {
    count: u32,
    last: Option<Requirement>,
    likelihood: Fraction,
    is_sure: bool,
}

impl Default for OpenQuestions {
    fn default() -> Self {
        Self { count: 0, last: None, likelihood: Fraction::ONE, is_sure: true }
    }
}

impl OpenQuestions {
    fn add(&mut self, asked: Requirement, chance: YesChance) {
        self.count += 1;
        self.last = Some(asked);
        self.likelihood = self.likelihood.times(chance.share);
        self.is_sure &= chance.is_sure();
    }
}

/// The reason for which a "no" excludes; `None` for what is only ever asked.
fn reason(asked: Requirement) -> Option<ExclusionReason> {
    match asked {
        Requirement::Need(need) => Some(ExclusionReason::Declines(need)),
        Requirement::Limit(limit) => Some(ExclusionReason::Limit(limit)),
        Requirement::Language => Some(ExclusionReason::Language),
        Requirement::Sex => Some(ExclusionReason::Sex),
        Requirement::StartOfCare => Some(ExclusionReason::StartOfCare),
        Requirement::Eligible(_) | Requirement::Operating => None,
    }
}

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

/// The patient's number that a limit bounds.
pub(crate) fn observed(limit: Limit, patient: &Patient) -> Option<u32> {
    match limit {
        Limit::MaxWeight => patient.weight_lb,
        Limit::MinAge | Limit::MaxAge => patient.age,
        Limit::MaxDoses => patient.doses_a_day,
        Limit::CostCeiling => patient.drug_cost_a_day,
    }
}

fn is_extraordinary(limit: Limit, observed: u32) -> bool {
    limit.entry().and_then(|entry| entry.ordinary).is_some_and(|ordinary| !limit.allows(ordinary, observed))
}

/// Whether evidence has no date.
pub(crate) fn is_undated(evidence: Option<&Evidence>) -> bool {
    evidence.is_some_and(|evidence| evidence.as_of.is_none())
}
