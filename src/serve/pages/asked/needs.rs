//! What the patient needs: by words, commas between them, and by ticks.

use serde_json::{Value, json};

use super::{Fault, Offer};
use crate::care::{Need, NeedSet};
use crate::likeness::nearest;
use crate::serve::pages::form::Form;

/// How many needs are offered for words that fit several.
const OFFERED: usize = 12;

/// The needs of `form` in the form of the API. Words are required needs.
///
/// # Errors
/// Words that fit no need, or several of which none is ticked; a need both required and preferred.
pub fn needs(form: &Form) -> Result<Value, Vec<Fault>> {
    let ticked = |name| form.all(name).filter_map(|code| code.parse().ok()).collect::<NeedSet>();
    let (mut required, preferred) = (ticked("need"), ticked("prefer"));
    let mut faults: Vec<Fault> = form.all("need").chain(form.all("prefer")).filter_map(not_a_need).collect();
    for words in stretches(form.one("need_words")) {
        match meant(&words) {
            Meant::One(need) => required = required.with(need),
            // What is ticked says which is meant.
            Meant::Several(needs) if !(needs & (required | preferred)).is_empty() => {}
            Meant::Several(needs) => faults.push(which(&words, needs)),
            Meant::None(alike) => faults.push(none(&words, &alike)),
        }
    }
    for need in (required & preferred).iter() {
        let detail = format!("{} is asked as required and as preferred.", need.label());
        faults.push(Fault::of("need_words", detail).hint("Keep one of the two."));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let required = required.iter().map(|need| json!(need.code()));
    let preferred = preferred.iter().map(|need| json!({"need": need.code(), "importance": "preferred"}));
    Ok(required.chain(preferred).collect())
}

fn not_a_need(code: &str) -> Option<Fault> {
    let known = code.parse::<Need>().is_ok();
    (!known).then(|| Fault::of("need_words", format!("There is no need \u{201c}{code}\u{201d}.")))
}

fn which(words: &str, needs: NeedSet) -> Fault {
    let mut fault = Fault::of("need_words", format!("\u{201c}{words}\u{201d} fits several needs. Which?"));
    fault.offers = needs.iter().take(OFFERED).map(offer).collect();
    fault
}

fn none(words: &str, alike: &[Need]) -> Fault {
    let mut fault = Fault::of("need_words", format!("\u{201c}{words}\u{201d} is not a need of the list."));
    fault.hint = Some("Type the beginnings of its words, or tick it in the list of all needs.".to_owned());
    fault.offers = alike.iter().copied().map(offer).collect();
    fault
}

fn offer(need: Need) -> Offer {
    Offer { label: need.label().to_owned(), field: "need", value: need.code().to_owned() }
}

/// What stands between commas; a label that holds a comma itself stays whole.
fn stretches(typed: &str) -> Vec<String> {
    let pieces: Vec<&str> = typed.split([',', ';']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let (mut stretches, mut at) = (Vec::new(), 0);
    while at < pieces.len() {
        let whole = pieces.get(at..at + 2).map(|two| two.join(", ")).filter(|two| labelled(two).is_some());
        let (stretch, taken) = whole.map_or_else(|| (pieces[at].to_owned(), 1), |whole| (whole, 2));
        stretches.push(stretch);
        at += taken;
    }
    stretches
}

fn labelled(words: &str) -> Option<Need> {
    Need::all().find(|need| need.label().eq_ignore_ascii_case(words) || need.code().eq_ignore_ascii_case(words))
}

/// What words stand for.
enum Meant {
    One(Need),
    Several(NeedSet),
    None(Vec<Need>),
}

/// The need whose label or code is typed whole, or of which each word typed begins a word.
fn meant(typed: &str) -> Meant {
    if let Some(need) = labelled(typed) {
        return Meant::One(need);
    }
    let typed_words = words(typed);
    let fits = |need: &Need| {
        let known = words(&format!("{} {}", need.label(), need.code()));
        typed_words.iter().all(|word| known.iter().any(|known| known.starts_with(word.as_str())))
    };
    let fitting: Vec<Need> = Need::all().filter(|need| !typed_words.is_empty() && fits(need)).collect();
    match fitting[..] {
        [need] => Meant::One(need),
        [] => {
            let alike = nearest(typed, Need::all().map(Need::label), 5);
            Meant::None(alike.into_iter().filter_map(labelled).collect())
        }
        _ => Meant::Several(fitting.into_iter().collect()),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
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
            ("vent", "which? resp.vent resp.vent-wean"),
            ("wond vac", "none; wound.npwt"),
            ("zzz", "none;"),
            (" , ", ""),
        ] {
            let codes = |needs: &[Need]| needs.iter().map(|need| need.code()).collect::<Vec<_>>().join(" ");
            let stretches = stretches(typed);
            let read = stretches.iter().map(|words| match meant(words) {
                Meant::One(need) => need.code().to_owned(),
                Meant::Several(needs) => format!("which? {}", codes(&needs.iter().collect::<Vec<_>>())),
                Meant::None(alike) => format!("none; {}", codes(&alike)).trim_end().to_owned(),
            });
            assert_eq!(read.collect::<Vec<_>>().join(" "), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_tick_says_which_need_is_meant_and_a_need_is_not_asked_twice_over() {
        for (body, expected) in [
            (&b"need_words=vent&need=resp.vent"[..], Ok(json!(["resp.vent"]))),
            (b"need_words=vent+l&need=resp.vent", Ok(json!(["resp.vent"]))),
            (
                b"need_words=lvad&prefer=resp.vent",
                Ok(json!(["card.lvad", {"need": "resp.vent", "importance": "preferred"}])),
            ),
            (
                b"need_words=vent+l&prefer=resp.vent",
                Err("Ventilator, long-term is asked as required and as preferred."),
            ),
            (b"need=nothing", Err("There is no need \u{201c}nothing\u{201d}.")),
        ] {
            let read = needs(&Form::read(body).unwrap()).map_err(|faults| faults[0].detail.clone());
            assert_eq!(read, expected.map_err(str::to_owned));
        }
    }
}
