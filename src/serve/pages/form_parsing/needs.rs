//! The clinical needs: typed words separated by commas, and checkboxes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fuzzy::nearest;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};
use crate::service::{Need, NeedSet};
use crate::text::fold_words;

/// How many needs are offered for words that fit several.
const OFFERED: usize = 8;

/// The most needs that are read from words; no patient has that many.
const MOST_TYPED: usize = 70;

/// If a typed word is shorter than this, only the beginnings of words in labels and codes are searched.
const TELLING: usize = 3;

/// Common clinical terms for needs: words, a colon, codes.
const WARD_WORDS: &str = include_str!("../../../../data/curated/ward_words.txt");

/// The needs of `form` in the form of the API. Words are required needs.
///
/// # Errors
/// Words that fit no need, or several of which none is checked; too many words; a need both required and preferred.
pub(crate) fn needs(form: &SubmittedForm) -> Result<Value, Vec<FormError>> {
    let ticked = |name| form.all(name).filter_map(|code| code.parse().ok()).collect::<NeedSet>();
    let (mut required, preferred) = (ticked("need"), ticked("prefer"));
    let codes: BTreeSet<&str> = form.all("need").chain(form.all("prefer")).collect();
    let mut faults: Vec<FormError> = codes.into_iter().filter_map(not_a_need).collect();
    let typed = stretches(form.one("need_words"));
    if typed.len() > MOST_TYPED {
        let detail = format!("You entered {} needs. The most is {MOST_TYPED}.", typed.len());
        return Err(vec![FormError::of("need_words", detail).hint("Use commas only between needs.")]);
    }
    for words in typed {
        match meant(&words) {
            NeedLookup::One(need) => required = required.with(need),
            // The checked need is the one that is meant.
            NeedLookup::Several(needs) if needs.iter().any(|need| (required | preferred).contains(*need)) => {}
            NeedLookup::Several(needs) => faults.push(which(&words, &needs)),
            NeedLookup::None(alike) => faults.push(none(&words, &alike)),
        }
    }
    for need in (required & preferred).iter() {
        let detail = format!("{} is both required and preferred.", need.label());
        faults.push(FormError::of("need_words", detail).hint("Choose one."));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let required = required.iter().map(|need| json!(need.code()));
    let preferred = preferred.iter().map(|need| json!({"need": need.code(), "importance": "preferred"}));
    Ok(required.chain(preferred).collect())
}

fn not_a_need(code: &str) -> Option<FormError> {
    let known = code.parse::<Need>().is_ok();
    (!known).then(|| FormError::of("need_words", format!("Need \u{201c}{code}\u{201d} does not exist.")))
}

fn which(words: &str, needs: &[Need]) -> FormError {
    let asks = if needs.len() == 1 { "may mean this need. Is that right?" } else { "matches several needs. Which one?" };
    let mut fault = FormError::of("need_words", format!("\u{201c}{words}\u{201d} {asks}"));
    fault.offers = needs.iter().take(OFFERED).copied().map(offer).collect();
    fault
}

fn none(words: &str, alike: &[Need]) -> FormError {
    let mut fault = FormError::of("need_words", format!("\u{201c}{words}\u{201d} is not in the list of needs."));
    fault.hint = Some("Try other words, or choose it under Browse all needs.".to_owned());
    fault.offers = alike.iter().copied().map(offer).collect();
    fault
}

/// The checkbox that chooses the need.
pub(crate) fn offer(need: Need) -> FormFix {
    FormFix { label: need.label().to_owned(), field: "need", value: need.code().to_owned() }
}

/// The texts between commas, without duplicates; a label that contains a comma stays whole.
fn stretches(typed: &str) -> Vec<String> {
    let pieces: Vec<&str> = typed.split([',', ';']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let (mut stretches, mut known, mut at) = (Vec::new(), BTreeSet::new(), 0);
    while at < pieces.len() {
        let whole = pieces.get(at..at + 2).map(|two| two.join(", ")).filter(|two| is_label(two));
        let (stretch, taken) = whole.map_or_else(|| (pieces[at].to_owned(), 1), |whole| (whole, 2));
        if known.insert(words(&stretch)) {
            stretches.push(stretch);
        }
        at += taken;
    }
    stretches
}

fn is_label(typed: &str) -> bool {
    Need::all().any(|need| need.label().eq_ignore_ascii_case(typed))
}

fn labelled(typed: &str) -> Option<Need> {
    let typed = words(typed);
    Need::all().find(|need| words(need.label()) == typed || words(need.code()) == typed)
}

/// The needs that a common clinical term means.
fn in_the_wards_words(typed: &str) -> Option<Vec<Need>> {
    let typed = words(typed);
    let known = ward_words().find(|(said, _)| words(said) == typed);
    known.map(|(_, codes)| codes.split_whitespace().filter_map(|code| code.parse().ok()).collect())
}

fn ward_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    WARD_WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'))
}

/// The needs that words mean.
enum NeedLookup {
    One(Need),
    /// Best first.
    Several(Vec<Need>),
    None(Vec<Need>),
}

/// How well words fit a need, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WordMatch {
    /// Each begins a word of its label or code.
    Begins,
    /// Each occurs somewhere in its label or code.
    Within,
    /// Some only begin a word of its definition or group.
    Defined,
}

/// The need whose whole label or code was typed, or the only one whose label or code has words that begin with those typed; otherwise
/// the candidates.
fn meant(typed: &str) -> NeedLookup {
    if let Some(need) = labelled(typed) {
        return NeedLookup::One(need);
    }
    let typed_words = words(typed);
    let fitting = || Need::all().filter_map(|need| Some((fits(&typed_words, need)?, need)));
    let needs = in_the_wards_words(typed).unwrap_or_else(|| {
        let mut best: Vec<(WordMatch, Need)> = fitting().collect();
        best.sort();
        best.into_iter().map(|(_, need)| need).collect()
    });
    let certain = |need| in_the_wards_words(typed).is_some() || fits(&typed_words, need) == Some(WordMatch::Begins);
    match needs[..] {
        [need] if certain(need) => NeedLookup::One(need),
        [] => {
            let alike = nearest(typed, Need::all().map(Need::label), 5);
            NeedLookup::None(alike.into_iter().filter_map(labelled).collect())
        }
        _ => NeedLookup::Several(needs),
    }
}

/// How well the words fit `need`; `None` unless all of them do.
fn fits(typed: &[String], need: Need) -> Option<WordMatch> {
    let entry = need.entry();
    let names = words(&format!("{} {}", entry.label, entry.code));
    let about = words(&format!("{} {}", entry.definition, entry.group));
    let telling = typed.iter().all(|word| word.chars().count() >= TELLING);
    let fit = |word: &String| {
        if names.iter().any(|name| name.starts_with(word)) {
            Some(WordMatch::Begins)
        } else if telling && names.iter().any(|name| name.contains(word)) {
            Some(WordMatch::Within)
        } else {
            (telling && about.iter().any(|about| about.starts_with(word))).then_some(WordMatch::Defined)
        }
    };
    typed.iter().map(fit).try_fold(None, |worst, fit| Some(worst.max(Some(fit?)))).flatten()
}

/// The words of a text for comparison: in lower case, without punctuation, British spelling as American.
fn words(text: &str) -> Vec<String> {
    let words = fold_words(text).replace("ae", "e").replace("our", "or").replace("mme", "m");
    words.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_words_name_one_need_or_ask_which() {
        for (typed, expected) in [
            ("vent l", "resp.vent"),
            ("Ventilator, long-term", "resp.vent"),
            ("vent l, wound vac", "resp.vent wound.npwt"),
            ("oxygen, high flow; lvad", "resp.o2-high card.lvad"),
            ("iv antibiotics", "inf.abx"),
            ("inf.abx-multi", "inf.abx-multi"),
            ("npwt", "wound.npwt"),
            ("NPWT, npwt; wound vac, ostomy care", "wound.npwt wound.npwt ost.ostomy"),
            ("vent", "which? resp.vent resp.vent-wean resp.niv card.lvad"),
            ("iv abx", "which? inf.abx inf.abx-multi"),
            ("dialysis", "which? renal.pd renal.hd-onsite renal.hd-transport"),
            ("dementia", "which? cog.dementia cog.secured"),
            ("pain", "which? inf.pca eol.palliative"),
            ("wound care", "which? wound.complex wound.npwt wound.surface"),
            ("memory care", "cog.secured"),
            ("behavioral", "which? beh.aggression beh.psych beh.sitter"),
            ("Pediatric", "pop.peds"),
            ("paediatric", "pop.peds"),
            ("peg, G-tube", "nut.g-tube nut.g-tube"),
            ("suboxone", "sud.buprenorphine"),
            ("C. diff", "iso.contact"),
            ("c difficile", "iso.contact"),
            ("hemo", "which? renal.hd-onsite renal.hd-transport"),
            ("haemo", "which? renal.hd-onsite renal.hd-transport"),
            ("hemodialysis on site", "renal.hd-onsite"),
            ("stroke program", "rehab.stroke"),
            ("ventricular", "which? card.lvad"),
            ("foley", "none;"),
            ("wond vac", "none; wound.npwt"),
            ("zzz", "none;"),
            (" , ", ""),
        ] {
            let codes = |needs: &[Need]| needs.iter().map(|need| need.code()).collect::<Vec<_>>().join(" ");
            let stretches = stretches(typed);
            let read = stretches.iter().map(|words| match meant(words) {
                NeedLookup::One(need) => need.code().to_owned(),
                NeedLookup::Several(needs) => format!("which? {}", codes(&needs)),
                NeedLookup::None(alike) => format!("none; {}", codes(&alike)).trim_end().to_owned(),
            });
            assert_eq!(read.collect::<Vec<_>>().join(" "), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_checked_need_decides_and_no_need_is_required_and_preferred() {
        for (body, expected) in [
            (&b"need_words=vent&need=resp.vent"[..], Ok(json!(["resp.vent"]))),
            (b"need_words=vent+l&need=resp.vent", Ok(json!(["resp.vent"]))),
            (b"need_words=lvad&prefer=resp.vent", Ok(json!(["card.lvad", {"need": "resp.vent", "importance": "preferred"}]))),
            (b"need_words=vent+l&prefer=resp.vent", Err("Ventilator, long-term is both required and preferred.")),
            (b"need=nothing", Err("Need \u{201c}nothing\u{201d} does not exist.")),
        ] {
            let read = needs(&SubmittedForm::read(body).unwrap()).map_err(|faults| faults[0].detail.clone());
            assert_eq!(read, expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn every_term_names_existing_needs_and_occurs_once() {
        let mut known = BTreeSet::new();
        for (said, codes) in ward_words() {
            let needs = codes.split_whitespace().filter(|code| code.parse::<Need>().is_ok()).count();
            assert!(needs > 0 && needs == codes.split_whitespace().count(), "{said}: {codes}");
            assert!(known.insert(words(said)), "{said} occurs twice");
            assert!(labelled(said).is_none(), "{said} is a label");
        }
        let lines = WARD_WORDS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(known.len(), lines, "every line is read");
    }

    #[test]
    fn equal_words_are_one_error_and_too_many_are_one_error() {
        let faults = |words: String| {
            let body = form_urlencoded::Serializer::new(String::new()).append_pair("need_words", &words).finish();
            needs(&SubmittedForm::read(body.as_bytes()).unwrap()).unwrap_err()
        };
        assert_eq!(faults("zzz, ".repeat(800)).len(), 1);
        let typed: Vec<String> = (0..71).map(|at| format!("zzz{at}")).collect();
        let many = faults(typed.join(", "));
        assert_eq!((many.len(), many[0].detail.as_str()), (1, "You entered 71 needs. The most is 70."));
    }
}
