//! Resolves typed text to a plan: "aetna medicare ppo" is found if exactly one plan has these words; nothing is guessed.

use crate::coverage::plan_spelling::{is_same_plan, is_spelled_as, with_most_words};
use crate::coverage::{Network, Plan, PlanDirectory};
use crate::fuzzy;
use crate::text::fold_words;

/// The result of a plan lookup; plans by their index in [`PlanDirectory::plans`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlanLookup {
    /// This plan: the text is its name, alone or with its payer, or it is the only one with all the words.
    One(usize),
    /// Any of these; the user must choose.
    Several(Vec<usize>),
    /// None; these are the most similar.
    None(Vec<usize>),
}

/// Maximum number of plans offered to choose from.
const OFFERED: usize = 10;

/// Finds the plan that `typed` names.
pub(crate) fn resolve_plan(typed: &str, plans: &PlanDirectory) -> PlanLookup {
    let typed = typed.trim();
    let found = matching_plans(typed, plans);
    match found[..] {
        [one] => PlanLookup::One(one),
        [] => PlanLookup::None(alike(typed, plans)),
        _ => PlanLookup::Several(found.into_iter().take(OFFERED).collect()),
    }
}

/// Every plan that `typed` may name: by its name, else by name and payer, else by the words of both. Does not look for
/// similar names, which is slow.
pub(crate) fn matching_plans(typed: &str, plans: &PlanDirectory) -> Vec<usize> {
    let typed = typed.trim();
    let mut found = places(plans, |plan| plan.name.eq_ignore_ascii_case(typed));
    if found.is_empty() {
        found = places(plans, |plan| plan_with_payer(plan, plans).eq_ignore_ascii_case(typed));
    }
    if found.is_empty() {
        found = places(plans, has_words(typed, plans));
    }
    if found.is_empty() {
        found = places(plans, |plan| is_same_plan(typed, &plan.name));
    }
    if found.is_empty() {
        found = places(plans, |plan| is_spelled_as(typed, &plan_with_payer(plan, plans)));
    }
    found
}

/// Up to `limit` plans for type-ahead: those with all the words, then the most similar.
pub(crate) fn search(typed: &str, plans: &PlanDirectory, limit: usize) -> Vec<usize> {
    let mut found = places(plans, has_words(typed, plans));
    for at in alike(typed, plans) {
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found.truncate(limit);
    found
}

/// A plan with its payer, as users distinguish plans: "Larkwater Medicare PPO (Larkwater Health)".
pub(crate) fn plan_with_payer(plan: &Plan, plans: &PlanDirectory) -> String {
    match plan.payer.and_then(|payer| plans.payers.get(payer as usize)) {
        Some(payer) => format!("{} ({})", plan.name, payer.name),
        None => plan.name.clone(),
    }
}

/// A network with its payer: "Choice Wide (Larkwater Health)", because two payers may have networks of the same name. A name
/// that contains its payer is unchanged.
pub(crate) fn network_in_full(network: &Network, plans: &PlanDirectory) -> String {
    let payer = network.payer.and_then(|payer| plans.payers.get(payer as usize));
    match payer.map(|payer| format!(" ({})", payer.name)) {
        Some(payer) if !network.name.ends_with(&payer) => network.name.clone() + &payer,
        _ => network.name.clone(),
    }
}

fn places(plans: &PlanDirectory, is_it: impl Fn(&Plan) -> bool) -> Vec<usize> {
    plans.plans.iter().enumerate().filter(|(_, plan)| is_it(plan)).map(|(at, _)| at).collect()
}

/// Whether every word typed is a word of the plan or its payer. A word of three letters or more may be a prefix. An
/// identifier such as H1234-001 must be complete, or complete up to one of its hyphens, and may lack the hyphens.
fn has_words<'a>(typed: &str, plans: &'a PlanDirectory) -> impl Fn(&Plan) -> bool + use<'a> {
    let mut typed = spaced(typed);
    // A repeated word is looked for once.
    typed.sort_unstable();
    typed.dedup();
    move |plan| {
        let known = spaced(&plan_with_payer(plan, plans));
        let begins = |word: &str| word.len() >= 3 && known.iter().flatten().any(|known| known.starts_with(word));
        let is_word = |word: &String| known.iter().flatten().any(|known| known == word);
        let is_known = |part: &Vec<String>| match &part[..] {
            [word] if is_word(word) => true,
            _ if part.iter().any(|word| holds_digit(word)) => {
                known.iter().any(|known| known.starts_with(part) || known.concat() == part.concat())
            }
            words => words.iter().all(|word| is_word(word) || begins(word)),
        };
        !typed.is_empty() && typed.iter().all(is_known)
    }
}

fn holds_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

/// The parts between spaces, each as its words: "Gold H1234-001" is `[[gold], [h1234, 001]]`.
fn spaced(text: &str) -> Vec<Vec<String>> {
    let words = |part| fold_words(part).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.split_whitespace().map(words).filter(|words| !words.is_empty()).collect()
}

/// Plans to offer if none has the name: those with most of the words, then those with a similar name.
fn alike(typed: &str, plans: &PlanDirectory) -> Vec<usize> {
    let names: Vec<String> = plans.plans.iter().map(|plan| plan_with_payer(plan, plans)).collect();
    let mut found = with_most_words(typed, &names);
    let nearest = fuzzy::nearest(typed, names.iter().map(String::as_str), OFFERED);
    for at in nearest.into_iter().filter_map(|name| names.iter().position(|known| known == name)) {
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found.truncate(OFFERED);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Payer;

    fn plans() -> PlanDirectory {
        let plan = |name: &str, payer| Plan { name: name.to_owned(), payer: Some(payer), networks: Vec::new() };
        PlanDirectory {
            payers: vec![Payer { name: "Larkwater Health".to_owned() }, Payer { name: "Bellmoor Mutual".to_owned() }],
            plans: vec![
                plan("Medicare Advantage PPO", 0),
                plan("Medicare Advantage HMO", 0),
                plan("Medicare Advantage PPO", 1),
                plan("Silver Choice", 1),
                plan("Gold (H1234-001)", 0),
                plan("Gold Plus (H1234-010-001)", 0),
                plan("Gold", 1),
                plan("Gold+", 1),
                plan("Silver Choice Bellmoor Mutual Extra", 1),
            ],
            ..PlanDirectory::default()
        }
    }

    #[test]
    fn what_people_type_names_one_plan_or_asks_which() {
        for (typed, expected) in [
            ("silver choice", PlanLookup::One(3)),
            ("silver", PlanLookup::Several(vec![3, 8])),
            ("Silver Choice (Bellmoor Mutual)", PlanLookup::One(3)),
            ("medicare advantage ppo (bellmoor mutual)", PlanLookup::One(2)),
            ("larkwater", PlanLookup::Several(vec![0, 1, 4, 5])),
            ("larkwater medicare advantage", PlanLookup::Several(vec![0, 1])),
            ("H1234-001", PlanLookup::One(4)),
            ("h1234001", PlanLookup::One(4)),
            ("H1234 010", PlanLookup::One(5)),
            ("H1234-010", PlanLookup::One(5)),
            ("H1234", PlanLookup::Several(vec![4, 5])),
            ("gold", PlanLookup::One(6)),
            ("gold+", PlanLookup::One(7)),
            ("gold bellmoor", PlanLookup::Several(vec![6, 7])),
            ("larkwater medicare ppo", PlanLookup::One(0)),
            ("bell adv ppo", PlanLookup::One(2)),
            ("Medicare Advantage PPO", PlanLookup::Several(vec![0, 2])),
            ("larkwater medicare", PlanLookup::Several(vec![0, 1])),
            ("Silver Choice - 2026", PlanLookup::One(3)),
            ("Bell Moor Silver Choice", PlanLookup::Several(vec![3, 8])),
            ("Larkwater Medicare P.P.O.", PlanLookup::One(0)),
            ("Larkwater Medicare PPO/POS", PlanLookup::None(vec![0])),
            ("Silver Choise", PlanLookup::None(vec![3, 8])),
            ("H123", PlanLookup::None(vec![4, 5])),
            ("zzz", PlanLookup::None(vec![])),
            ("", PlanLookup::None(vec![])),
        ] {
            assert_eq!(resolve_plan(typed, &plans()), expected, "{typed:?}");
        }
    }
}
