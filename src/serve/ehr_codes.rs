//! The codes that EHRs sent and nobody taught the program: of orders, and of payers. Counted in memory,
//! for the administrator's page and the metrics.
//!
//! Only codes are kept: no text, no name and nothing of a call. What does not have the form of a code of a
//! code system, such as a name with spaces, is counted and not kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::ToSpan;
use jiff::civil::Date;

/// How many codes are known at once. Our choice; of more, the rarest are forgotten first.
pub(crate) const MOST_CODES: usize = 500;
/// After how many days without a call a code is forgotten.
pub(crate) const CODE_DAYS: i32 = 30;
/// Most characters of a code and of its system. Our choice.
const LONGEST_CODE: usize = 32;
const LONGEST_SYSTEM: usize = 120;

/// What a code would have said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnreadKind {
    /// What was ordered.
    Order,
    /// Who pays: the type of a coverage, or the identifier of its payer.
    Payer,
}

impl UnreadKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 2] = [Self::Order, Self::Payer];

    /// The code in the API and the metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Payer => "payer",
        }
    }
}

/// A code that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadCode {
    /// What it would have said.
    pub kind: UnreadKind,
    /// Its system.
    pub system: Option<String>,
    /// The code.
    pub code: String,
}

/// How often and when a code was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenCode {
    /// In how many calls.
    pub calls: u32,
    /// The day of the last one.
    pub last_on: Date,
}

impl UnreadCode {
    /// The code, if it has the form of one.
    pub(crate) fn new(kind: UnreadKind, system: Option<&str>, code: &str) -> Option<Self> {
        let of = |text: &str, longest: usize, marks: &[u8]| {
            (1..=longest).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
        };
        let system = system.map(str::trim).filter(|system| !system.is_empty());
        let is_code = of(code, LONGEST_CODE, b"._-") && system.is_none_or(|system| of(system, LONGEST_SYSTEM, b":/._-#"));
        is_code.then(|| Self { kind, system: system.map(str::to_owned), code: code.to_owned() })
    }

    /// Its key in `[cds.codes]` of `hospital.toml`.
    pub(crate) fn key(&self) -> String {
        self.system.as_ref().map_or_else(|| self.code.clone(), |system| format!("{system}|{}", self.code))
    }
}

/// The codes that were not understood.
#[derive(Debug, Default)]
pub struct UnreadCodes(Mutex<BTreeMap<UnreadCode, SeenCode>>);

impl UnreadCodes {
    /// Notes the codes of one call.
    pub(crate) fn note(&self, mut codes: Vec<UnreadCode>, today: Date) {
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            return;
        }
        let mut known = self.known();
        known.retain(|_, seen| stands(*seen, today));
        // One call cannot push out all others.
        for code in codes.into_iter().take(MOST_CODES / 10) {
            if !known.contains_key(&code) && known.len() >= MOST_CODES {
                let rarest = known.iter().min_by_key(|(_, seen)| (seen.calls, seen.last_on)).map(|(code, _)| code.clone());
                rarest.map(|rarest| known.remove(&rarest));
            }
            let seen = known.entry(code).or_insert(SeenCode { calls: 0, last_on: today });
            *seen = SeenCode { calls: seen.calls.saturating_add(1), last_on: today };
        }
    }

    /// The codes that are known on `today`, the most frequent first.
    pub(crate) fn shown(&self, today: Date) -> Vec<(UnreadCode, SeenCode)> {
        let known = self.known();
        let mut shown: Vec<_> = known.iter().map(|(code, seen)| (code.clone(), *seen)).collect();
        shown.retain(|(_, seen)| stands(*seen, today));
        shown.sort_by(|(a, seen), (b, other)| other.calls.cmp(&seen.calls).then_with(|| a.cmp(b)));
        shown
    }

    /// Every change of the map is a single step, so a poisoned lock is safe to use.
    fn known(&self) -> MutexGuard<'_, BTreeMap<UnreadCode, SeenCode>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stands(seen: SeenCode, today: Date) -> bool {
    seen.last_on.checked_add(CODE_DAYS.days()).is_ok_and(|until| until >= today)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn only_what_has_the_form_of_a_code_is_kept() {
        for (system, code, kept) in [
            (Some("http://snomed.info/sct"), "34068001", true),
            (Some("urn:oid:1.2.840.114350"), "REF-HH_2.1", true),
            (None, "60054", true),
            (None, "Doe Jane", false),
            (None, "Doe,Jane", false),
            (None, "", false),
            (Some("the order catalog"), "1", false),
            (None, "é", false),
        ] {
            assert_eq!(UnreadCode::new(UnreadKind::Order, system, code).is_some(), kept, "{system:?} {code}");
        }
        assert!(UnreadCode::new(UnreadKind::Order, None, &"1".repeat(33)).is_none());
    }

    #[test]
    fn codes_are_counted_by_call_bounded_and_forgotten() {
        let code = |number: usize| UnreadCode::new(UnreadKind::Order, Some("urn:x"), &number.to_string()).unwrap();
        let (codes, day) = (UnreadCodes::default(), date(2026, 11, 21));
        codes.note(vec![code(1), code(1), code(2)], day);
        codes.note(vec![code(2)], day.tomorrow().unwrap());
        let shown = codes.shown(day.tomorrow().unwrap());
        let counts: Vec<_> = shown.iter().map(|(code, seen)| (code.code.as_str(), seen.calls)).collect();
        assert_eq!(counts, [("2", 2), ("1", 1)]);
        assert_eq!(codes.shown(date(2026, 12, 22)).len(), 1, "the other was last sent 31 days ago");
        for number in 0..1_000 {
            codes.note(vec![code(number + 10)], day);
        }
        codes.note((2_000..4_000).map(code).collect(), day);
        let shown = codes.shown(day);
        assert_eq!((shown.len(), shown[0].0.code.as_str()), (MOST_CODES, "2"), "the rarest are forgotten first");
    }
}
