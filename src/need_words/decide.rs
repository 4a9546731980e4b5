//! Decides the meaning of one word or phrase.

use crate::need_words::candidates;
use crate::need_words::patient_fact::read_fact;
use crate::need_words::ward_list::{self, ListedMeanings};
use crate::need_words::word_decision::{MOST_OFFERED, WordDecision, WordMeaning};
use crate::need_words::word_parts::word_parts;
use crate::service::Need;

/// The longest phrase that is compared with needs, in characters; longer text is not a need. Our choice.
const LONGEST_PHRASE: usize = 60;

/// Decides one word or phrase.
pub fn decide_word(typed: &str) -> WordDecision {
    if typed.chars().count() > LONGEST_PHRASE {
        return WordDecision::Unknown { nearest: Vec::new() };
    }
    if let Some(decision) = decide_by_name(typed).or_else(|| decide_by_label(typed)) {
        return decision;
    }
    let words = word_parts(typed);
    let found = candidates::candidates(&words);
    if found.is_empty() {
        return WordDecision::Unknown { nearest: candidates::nearest_needs(&words) };
    }
    offered(found)
}

/// The decision for a phrase that is a name of needs as a whole, or one fact about the patient.
pub(crate) fn decide_by_name(typed: &str) -> Option<WordDecision> {
    let words = word_parts(typed);
    if let Some(need) = candidates::named(&words) {
        return Some(WordDecision::Taken(need));
    }
    let listed = ward_list::meanings_of(&words).map(ListedMeanings::decision);
    listed.or_else(|| read_fact(typed).map(WordDecision::SetsField))
}

/// The decision for a phrase whose every word is, begins or is part of a word of one label.
pub(crate) fn decide_by_label(typed: &str) -> Option<WordDecision> {
    let words = word_parts(typed);
    if let Some(need) = candidates::abbreviated(&words) {
        return Some(WordDecision::Taken(need));
    }
    let found = candidates::labeled(&words);
    (!found.is_empty()).then(|| offered(found))
}

/// Whether `typed` says more than `need`, which was chosen for it: it is no name of it, and the label lacks some of the words.
pub(crate) fn says_more_than(typed: &str, need: Need) -> bool {
    decide_by_name(typed).is_none() && !candidates::is_in_label(&word_parts(typed), need)
}

fn offered(found: Vec<Need>) -> WordDecision {
    WordDecision::Ambiguous(found.into_iter().take(MOST_OFFERED).map(WordMeaning::Need).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::need_words::typed_list::decide_words;

    /// The decisions for a list, in one line.
    fn decided(typed: &str) -> String {
        let codes = |meanings: &[WordMeaning]| meanings.iter().map(|meaning| meaning.code()).collect::<Vec<_>>().join(" ");
        let says = |decision: WordDecision| match decision {
            WordDecision::Taken(need) => need.code().to_owned(),
            WordDecision::SetsField(fact) => format!("= {}", fact.says()),
            WordDecision::Dose => "dose".to_owned(),
            WordDecision::Ambiguous(meanings) => format!("which? {}", codes(&meanings)),
            WordDecision::Unknown { nearest } => {
                format!("unknown {}", nearest.iter().map(|need| need.code()).collect::<Vec<_>>().join(" "))
                    .trim_end()
                    .to_owned()
            }
        };
        decide_words(typed).into_iter().map(|word| says(word.decision)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn each_word_is_decided_by_itself() {
        for (typed, expected) in [
            ("vent l, trach", "resp.vent; which? resp.trach resp.trach-new"),
            ("trach, vent l", "which? resp.trach resp.trach-new; resp.vent"),
            ("bipap, vent", "resp.niv; which? resp.vent resp.vent-wean"),
            ("wound vac, wound care", "wound.npwt; which? wound.complex wound.npwt wound.surface"),
            ("memory care, dementia", "cog.secured; which? cog.dementia cog.secured"),
            ("Ventilator, long-term; wound vac", "resp.vent; wound.npwt"),
            ("inf.abx-multi", "inf.abx-multi"),
            ("wound.vac", "wound.npwt"),
            ("pt/ot, speech", "rehab.pt; rehab.ot; rehab.slp"),
            ("BiPAP / CPAP", "resp.niv"),
            ("vent/trach", "which? resp.vent resp.vent-wean; which? resp.trach resp.trach-new"),
            ("vent trach", "which? resp.vent resp.vent-wean; which? resp.trach resp.trach-new"),
            ("trach/peg", "which? resp.trach resp.trach-new; nut.g-tube"),
            ("vent/service dog", "unknown resp.vent resp.vent-wean"),
            ("iv abx via picc", "which? inf.abx inf.abx-multi; inf.central"),
            ("picc, vancomycin q12h", "inf.central; which? inf.abx inf.abx-multi; dose"),
            ("iv vanc q12", "which? inf.abx inf.abx-multi; dose"),
            ("HD TIW", "which? renal.hd-onsite renal.hd-transport; dose"),
            ("hd on mwf", "which? renal.hd-onsite renal.hd-transport; dose"),
            ("dialysis 3x/week", "which? renal.hd-onsite renal.hd-transport renal.pd; dose"),
            ("oxygen 4L", "which? resp.o2 resp.o2-high; dose"),
            ("bipap at night", "resp.niv; dose"),
            ("wound vac, mwf", "wound.npwt; dose"),
            ("stage 4 wound", "which? wound.complex"),
            ("cdiff isolation", "iso.contact"),
            ("iv drug use", "sud.recovery"),
            ("480 lbs bariatric", "= weight 480 lb; size.bariatric"),
            ("bariatric 480#", "size.bariatric; = weight 480 lb"),
            ("480#", "= weight 480 lb"),
            ("aphasia", "rehab.slp"),
            ("vent w/o trach", "unknown resp.trach resp.trach-new resp.vent"),
            ("denies iv drug use", "unknown sud.recovery"),
            ("service dog daily", "unknown"),
            ("", ""),
        ] {
            assert_eq!(decided(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn two_or_three_letters_are_never_the_beginning_of_a_code_or_a_label() {
        for (typed, expected) in [
            ("tb", "iso.airborne"),
            ("oud", "which? sud.buprenorphine sud.methadone"),
            ("hd", "which? renal.hd-onsite renal.hd-transport"),
            ("pd", "which? renal.pd"),
            ("ms", "unknown"),
            ("qd", "unknown"),
        ] {
            assert_eq!(decided(typed), expected, "{typed:?}");
        }
        for typed in ["inf", "res", "pop", "dys", "med", "log"] {
            assert!(decided(typed).starts_with("unknown"), "{typed}: {}", decided(typed));
        }
    }

    #[test]
    fn an_ambiguous_word_is_asked_about_and_an_unknown_one_is_kept() {
        for (typed, expected) in [
            ("ventricular", "which? card.lvad"),
            ("injury", "which? rehab.tbi rehab.sci"),
            ("wond vac", "which? wound.npwt"),
            ("inf.abz", "which? inf.abx"),
            ("interpreter", "which? lang.interpreter language"),
            ("deaf", "which? lang.interpreter"),
            ("service dog", "unknown"),
            ("hyperbaric oxygen", "unknown resp.o2 resp.o2-high"),
            ("no wound vac", "unknown wound.npwt"),
            ("480 lb, Spanish", "= weight 480 lb; = language Spanish"),
            ("spanish interpreter", "= language Spanish; lang.interpreter"),
        ] {
            assert_eq!(decided(typed), expected, "{typed:?}");
        }
        assert_eq!(decide_word(&"vent ".repeat(20)), WordDecision::Unknown { nearest: Vec::new() });
    }
}
