//! From what people type to a plan: "aetna medicare ppo" is found where exactly one plan has these words, never guessed.

use super::{Plan, Plans};
use crate::likeness;

/// What a typed plan name stands for; plans by their place in [`Plans::plans`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// This plan: its name, or the only one with all the words typed.
    One(usize),
    /// Any of these: the typist must say which.
    Several(Vec<usize>),
    /// None; these are the most alike.
    None(Vec<usize>),
}

/// At most this many plans are offered to choose from.
const OFFERED: usize = 10;

/// Finds the plan that `typed` names.
pub fn resolve(typed: &str, plans: &Plans) -> Resolved {
    let full: Vec<usize> = places(plans, |plan| plan.name.eq_ignore_ascii_case(typed.trim()));
    let found = if full.is_empty() { places(plans, has_words(typed, plans)) } else { full };
    match found[..] {
        [one] => Resolved::One(one),
        [] => Resolved::None(alike(typed, plans)),
        _ => Resolved::Several(found.into_iter().take(OFFERED).collect()),
    }
}

/// Up to `limit` plans to choose from while somebody types: those with all the words, then the most alike.
pub fn search(typed: &str, plans: &Plans, limit: usize) -> Vec<usize> {
    let mut found = places(plans, has_words(typed, plans));
    for at in alike(typed, plans) {
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found.truncate(limit);
    found
}

/// "Larkwater Medicare PPO (Larkwater Health)": a plan with its payer, as people tell plans apart.
pub fn in_full(plan: &Plan, plans: &Plans) -> String {
    match plan.payer.and_then(|payer| plans.payers.get(payer as usize)) {
        Some(payer) => format!("{} ({})", plan.name, payer.name),
        None => plan.name.clone(),
    }
}

fn places(plans: &Plans, is_it: impl Fn(&Plan) -> bool) -> Vec<usize> {
    plans.plans.iter().enumerate().filter(|(_, plan)| is_it(plan)).map(|(at, _)| at).collect()
}

/// Whether every word typed is a word of the plan or its payer, or begins one when it has three letters or more.
fn has_words<'a>(typed: &str, plans: &'a Plans) -> impl Fn(&Plan) -> bool + use<'a> {
    let typed = words(typed);
    move |plan| {
        let known = words(&in_full(plan, plans));
        let is_known =
            |word: &String| known.iter().any(|k| k == word || (word.len() >= 3 && k.starts_with(word.as_str())));
        !typed.is_empty() && typed.iter().all(is_known)
    }
}

fn alike(typed: &str, plans: &Plans) -> Vec<usize> {
    let names: Vec<String> = plans.plans.iter().map(|plan| in_full(plan, plans)).collect();
    let nearest = likeness::nearest(typed, names.iter().map(String::as_str), OFFERED);
    nearest.into_iter().filter_map(|name| names.iter().position(|known| known == name)).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Payer;

    fn plans() -> Plans {
        let plan = |name: &str, payer| Plan { name: name.to_owned(), payer: Some(payer), networks: Vec::new() };
        Plans {
            payers: vec![Payer { name: "Larkwater Health".to_owned() }, Payer { name: "Bellmoor Mutual".to_owned() }],
            plans: vec![
                plan("Medicare Advantage PPO", 0),
                plan("Medicare Advantage HMO", 0),
                plan("Medicare Advantage PPO", 1),
                plan("Silver Choice", 1),
            ],
            ..Plans::default()
        }
    }

    #[test]
    fn what_people_type_names_one_plan_or_asks_which() {
        for (typed, expected) in [
            ("silver choice", Resolved::One(3)),
            ("larkwater medicare ppo", Resolved::One(0)),
            ("bell adv ppo", Resolved::One(2)),
            ("Medicare Advantage PPO", Resolved::Several(vec![0, 2])),
            ("larkwater medicare", Resolved::Several(vec![0, 1])),
            ("Silver Choise", Resolved::None(vec![3])),
            ("zzz", Resolved::None(vec![])),
            ("", Resolved::None(vec![])),
        ] {
            assert_eq!(resolve(typed, &plans()), expected, "{typed:?}");
        }
    }
}
