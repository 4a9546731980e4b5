//! Paths of the API that are similar to one that does not exist, for its problem.

use crate::fuzzy::LONGEST_HINTED;
use crate::serve::http::route::{Route, RouteAudience};

/// How many are offered.
const MOST: usize = 3;

/// The paths of `routes` that are most similar to `path`, as the router spells them. Ways to mistype
/// a path: a wrong word, no version before it, another version, something else before it.
pub(crate) fn near_paths<'a>(path: &str, routes: impl Iterator<Item = &'a Route>) -> Vec<String> {
    let typed: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).take(LONGEST + 1).collect();
    if typed.is_empty() || typed.len() > LONGEST {
        return Vec::new();
    }
    let rest = typed.get(1..).unwrap_or_default();
    let with_version = [&["v1"][..], &typed].concat();
    let other_version = [&["v1"][..], rest].concat();
    let ways: [&[&str]; 4] = [&typed, &with_version, &other_version, rest];
    let is_for_programs = |route: &&Route| route.policy.audience != RouteAudience::Person;
    let mut found: Vec<(usize, &str)> = Vec::new();
    for route in routes.filter(is_for_programs) {
        let mistakes = ways.iter().filter_map(|way| mistakes(way, &route.path)).min();
        if let Some(mistakes) = mistakes
            && found.iter().all(|(_, known)| *known != route.path)
        {
            found.push((mistakes, &route.path));
        }
    }
    found.sort_unstable();
    found.into_iter().take(MOST).map(|(_, path)| path.to_owned()).collect()
}

/// The most words of a path.
const LONGEST: usize = 8;

/// How many words of `path`, a path as the router spells it, are mistyped in `typed`; `None` if a
/// word is not similar at all, or if only the version and ids are the same.
fn mistakes(typed: &[&str], path: &str) -> Option<usize> {
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    if words.len() != typed.len() {
        return None;
    }
    let (mut mistakes, mut has_word) = (0, false);
    for (word, typed) in words.iter().zip(typed) {
        if word.starts_with('{') {
            continue;
        }
        if word != typed {
            if !is_similar(&typed.to_ascii_lowercase(), word) {
                return None;
            }
            mistakes += 1;
        }
        has_word |= *word != "v1";
    }
    has_word.then_some(mistakes)
}

/// The least similarity of two words, from 0 to 1. Our choice, pinned by the test below.
const ALIKE: f64 = 0.75;

/// Whether `typed` is the beginning of `word`, or has few mistakes.
fn is_similar(typed: &str, word: &str) -> bool {
    let is_beginning = typed.len() > 2 && word.starts_with(typed);
    is_beginning || (typed.len() <= LONGEST_HINTED && strsim::normalized_damerau_levenshtein(typed, word) >= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::routes::all;

    #[test]
    fn the_paths_that_are_meant_are_offered_and_no_page_and_no_id() {
        for (typed, offered) in [
            ("/v1/match", &["/v1/matches", "/v1/matches:batch"][..]),
            ("/matches", &["/v1/matches", "/v1/matches:batch"]),
            ("/api/v1/services", &["/v1/services"]),
            ("/v2/needs", &["/v1/needs"]),
            ("/v1/provider/ccn:425003", &["/v1/providers/{id}"]),
            ("/v1/providers/ccn:425003/availabilty", &["/v1/providers/{id}/availability"]),
            ("/V1/Plans", &["/v1/plans"]),
            ("/sign-inn", &[]),
            ("/wp-login.php", &[]),
            ("/v1", &[]),
            ("/", &[]),
        ] {
            assert_eq!(near_paths(typed, all()), offered, "{typed}");
        }
        assert!(near_paths(&"/v1".repeat(9_000), all()).is_empty());
    }
}
