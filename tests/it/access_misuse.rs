//! Every misuse of access in one table: wrong credentials, answers of providers and EHRs that lie, sign-ins and launches of another browser,
//! links that are none, other sites. Each is refused, and at least 150 are tried.

use std::collections::BTreeMap;

use crate::access::{try_without_the_scope, try_wrong_callers};
use crate::access_pages::{try_from_another_site, try_wrong_keys_at_sign_in};
use crate::card_links::try_wrong_links;
use crate::sign_in_provider::{
    try_to_lead_to_another_site, try_what_another_browser_began, try_wrong_answers_of_the_provider,
};
use crate::smart_launch::{try_launches_of_another_browser, try_unknown_ehrs, try_wrong_answers_of_the_ehr};

/// How many ways in are tried at the least.
const LEAST: usize = 150;

#[tokio::test]
async fn of_150_misuses_and_more_none_is_a_way_in() {
    // Each asserts that every attempt was refused, and names the one that was not.
    let tried = BTreeMap::from([
        ("wrong credentials", try_wrong_callers().await),
        ("a scope that is missing", try_without_the_scope().await),
        ("wrong keys at sign-in", try_wrong_keys_at_sign_in().await),
        ("another site", try_from_another_site().await),
        ("wrong answers of the identity provider", try_wrong_answers_of_the_provider().await),
        ("a sign-in of another browser", try_what_another_browser_began().await),
        ("addresses of other sites", try_to_lead_to_another_site().await),
        ("unknown EHRs", try_unknown_ehrs().await),
        ("wrong answers of the EHR", try_wrong_answers_of_the_ehr().await),
        ("a launch of another browser", try_launches_of_another_browser().await),
        ("wrong links of cards", try_wrong_links().await),
    ]);
    let all: usize = tried.values().sum();
    println!("{all} misuses refused: {tried:?}");
    assert!(all >= LEAST, "{all}: {tried:?}");
    assert!(tried.values().all(|count| *count > 0), "{tried:?}");
}
