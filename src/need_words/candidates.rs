//! Finds the needs that a phrase may mean: by full name, by the beginnings of words in a label, or by similarity.

use std::sync::LazyLock;

use crate::fuzzy;
use crate::need_words::ward_list;
use crate::need_words::word_parts::{is_same_phrase, word_parts};
use crate::service::Need;

/// A shorter word must match a whole word: too many words begin with the same two or three letters.
const TELLING: usize = 4;

/// How similar a phrase and a name must be, from 0 to 1, for a typo such as "wond vac". Our choice.
const SLIP: f64 = 0.8;

/// The shortest phrase that is checked for typos, in letters. Our choice.
const SHORTEST_SLIP: usize = 5;

/// How many needs are offered as the nearest.
const NEAREST: usize = 3;

/// A need with its words, for comparison.
struct NeedParts {
    need: Need,
    label: Vec<String>,
    /// The words of the label in alphabetical order.
    sorted: Vec<String>,
    code: Vec<String>,
    /// The words of its definition and its group.
    about: Vec<String>,
}

static PARTS: LazyLock<Vec<NeedParts>> = LazyLock::new(|| {
    let parts = |need: Need| {
        let entry = need.entry();
        let label = word_parts(&entry.label);
        let about = word_parts(&format!("{} {}", entry.definition, entry.group));
        NeedParts { need, sorted: sorted(&label), label, code: word_parts(&entry.code), about }
    };
    Need::all().map(parts).collect()
});

fn sorted(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words
}

/// The need whose whole code or label was typed; the words of a label may be in another order.
pub(crate) fn named(typed: &[String]) -> Option<Need> {
    let in_order = sorted(typed);
    let is_it = |known: &&NeedParts| {
        is_same_phrase(typed, &known.code)
            || is_same_phrase(typed, &known.label)
            || (!typed.is_empty() && in_order == known.sorted)
    };
    PARTS.iter().find(is_it).map(|known| known.need)
}

/// The only need whose label starts with words that begin with those typed, in order: "vent l". There must be at least two words, and
/// one of them must be long enough.
pub(crate) fn abbreviated(typed: &[String]) -> Option<Need> {
    if typed.len() < 2 || !typed.iter().any(|word| is_telling(word)) {
        return None;
    }
    let begins = |known: &&NeedParts| {
        let pairs = typed.iter().zip(&known.label);
        known.label.len() >= typed.len() && pairs.into_iter().all(|(typed, known)| known.starts_with(typed.as_str()))
    };
    let mut fitting = PARTS.iter().filter(begins);
    fitting.next().filter(|_| fitting.next().is_none()).map(|known| known.need)
}

/// How well words fit a need, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WordMatch {
    /// Each is or begins a word of its label.
    Begins,
    /// Each occurs somewhere in its label.
    Within,
    /// Some only begin a word of its definition or group.
    Defined,
}

/// The needs whose labels have all of the words, best first.
pub(crate) fn labeled(typed: &[String]) -> Vec<Need> {
    let fit = |known: &'static NeedParts| Some((known.fit(typed)?, known.need));
    let mut found: Vec<(WordMatch, Need)> = PARTS.iter().filter_map(fit).collect();
    found.sort_unstable();
    let is_labeled = found.first().is_some_and(|(fit, _)| *fit != WordMatch::Defined);
    if is_labeled { found.into_iter().map(|(_, need)| need).collect() } else { Vec::new() }
}

/// Whether the label of `need` has all of the words.
pub(crate) fn is_in_label(typed: &[String], need: Need) -> bool {
    let fits = |known: &NeedParts| known.fit(typed).is_some_and(|fit| fit != WordMatch::Defined);
    PARTS.iter().any(|known| known.need == need && fits(known))
}

/// The needs that all of the words fit, best first; else those whose name differs by a typo.
pub(crate) fn candidates(typed: &[String]) -> Vec<Need> {
    let mut fitting: Vec<(WordMatch, Need)> =
        PARTS.iter().filter_map(|known| Some((known.fit(typed)?, known.need))).collect();
    fitting.sort_unstable();
    if fitting.is_empty() {
        return slips(typed);
    }
    fitting.into_iter().map(|(_, need)| need).collect()
}

impl NeedParts {
    /// How well the words fit; `None` unless all of them do.
    fn fit(&self, typed: &[String]) -> Option<WordMatch> {
        let begins = |names: &[String], word: &str| is_telling(word) && names.iter().any(|name| name.starts_with(word));
        let fit = |word: &String| {
            if self.label.contains(word) || begins(&self.label, word) {
                Some(WordMatch::Begins)
            } else if is_telling(word) && self.label.iter().any(|name| name.contains(word.as_str())) {
                Some(WordMatch::Within)
            } else {
                begins(&self.about, word).then_some(WordMatch::Defined)
            }
        };
        typed.iter().map(fit).try_fold(None, |worst, fit| Some(worst.max(Some(fit?)))).flatten()
    }
}

fn is_telling(word: &str) -> bool {
    word.chars().count() >= TELLING
}

/// The needs with a label, a code or a listed word that is similar to the phrase, most similar first. A phrase with an additional word
/// ("no wound vac") means something else; a single word may be compared with a name of several words.
fn slips(typed: &[String]) -> Vec<Need> {
    let phrase = typed.concat();
    if phrase.chars().count() < SHORTEST_SLIP {
        return Vec::new();
    }
    let alike = |name: &[String]| {
        if typed.len() == 1 || typed.len() == name.len() { likeness(&phrase, &name.concat()) } else { 0.0 }
    };
    let of_needs = PARTS.iter().flat_map(|known| [&known.label, &known.code].map(|name| (alike(name), vec![known.need])));
    let listed = ward_list::all().iter().map(|line| (alike(line.words()), line.needs().collect()));
    let mut found: Vec<(f64, Vec<Need>)> = of_needs.chain(listed).filter(|(alike, _)| *alike >= SLIP).collect();
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    unique(found.into_iter().flat_map(|(_, needs)| needs))
}

/// How similar two texts are; 0 without a comparison if their lengths alone show that it is less than [`SLIP`].
fn likeness(typed: &str, known: &str) -> f64 {
    let (shorter, longer) = (typed.len().min(known.len()), typed.len().max(known.len()));
    if shorter * 5 < longer * 4 { 0.0 } else { strsim::normalized_damerau_levenshtein(typed, known) }
}

/// The needs nearest to a phrase that fits none: those of the longest name in it, then those with a similar label.
pub(crate) fn nearest_needs(typed: &[String]) -> Vec<Need> {
    let holds = |name: &[String]| !name.is_empty() && typed.windows(name.len()).any(|part| part == name);
    let labels = PARTS.iter().map(|known| (&known.label[..], vec![known.need]));
    let listed = ward_list::all().iter().map(|line| (line.words(), line.needs().collect()));
    let held: Vec<(usize, Vec<Need>)> =
        labels.chain(listed).filter(|(name, _)| holds(name)).map(|(name, needs)| (name.len(), needs)).collect();
    let longest = held.iter().map(|(length, _)| *length).max();
    let held = held.into_iter().filter(|(length, _)| Some(*length) == longest).flat_map(|(_, needs)| needs);
    let phrase = typed.join(" ");
    let alike = fuzzy::nearest(&phrase, Need::all().map(Need::label), NEAREST);
    let alike = alike.into_iter().filter_map(|label| Need::all().find(|need| need.label() == label));
    let mut found = unique(held.chain(alike));
    found.truncate(NEAREST);
    found
}

fn unique(needs: impl Iterator<Item = Need>) -> Vec<Need> {
    let mut found = Vec::new();
    for need in needs {
        if !found.contains(&need) {
            found.push(need);
        }
    }
    found
}
