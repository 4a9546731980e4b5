//! How the gate names a fact and the source that lost it.

use crate::catalog::stats::SourceStats;
use crate::refresh::stated_facts::STATED_FACTS;
use crate::service::Need;

/// What to do about a fact that a source gives no longer, or gives differently.
pub(crate) const ADVICE: &str =
    "check this column of the file; if it is wrong, get the file again or put the one before back";

/// Most files of a source that are named.
const NAMED: usize = 3;

/// The fact of a code in words: "telephone", "rehab.pt (Physical therapy)", "Medicaid certification = no".
pub(crate) fn of_fact(code: &str) -> String {
    let (name, answer) =
        code.split_once(" = ").map_or((code, String::new()), |(name, answer)| (name, format!(" = {answer}")));
    let name = match (name, name.parse::<Need>()) {
        (_, Ok(need)) => format!("{name} ({})", need.label()),
        ("in_directory", _) => "providers that a list names".to_owned(),
        ("npi", _) => "NPI".to_owned(),
        ("listed_npi", _) => "NPI of listings".to_owned(),
        ("listed_ccn", _) => "CCN of listings".to_owned(),
        ("listed_service", _) => "service of listings".to_owned(),
        (name, Err(_)) => {
            let stated = STATED_FACTS.iter().find(|fact| fact.code == Some(name));
            stated.map_or_else(|| name.replace('_', " "), |fact| fact.words.to_owned())
        }
    };
    name + &answer
}

/// The source and its files: "CMS Hospice ZIP Data (hospice_zips.csv)".
pub(crate) fn of_source(name: &str, source: Option<&SourceStats>) -> String {
    let files: Vec<&str> = source.into_iter().flat_map(|source| &source.file_names).map(String::as_str).collect();
    match files.len() {
        0 => name.to_owned(),
        count if count > NAMED => format!("{name} ({}, ...)", files[..NAMED].join(", ")),
        _ => format!("{name} ({})", files.join(", ")),
    }
}
