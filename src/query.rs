//! From request fields to reports: the code path shared by the API and the command line.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::Value;

use crate::catalog::name_words::provider_name_key;
use crate::catalog::{Catalog, NameMatch};
use crate::discharge::parse::{parse, understand};
use crate::discharge::request::MatchRequest;
use crate::discharge::{Discharge, Notice, ParseContext, Question};
use crate::fuzzy;
use crate::input::errors::{FieldError, FieldErrors, longer_than};
use crate::input::field::Field;
use crate::input::place::FieldPlace;
use crate::matching::candidate::Directory;
use crate::matching::explain::{Explanation, explain};
use crate::matching::report::{CallSheetEntry, FitTier, Report};
use crate::matching::{rank, rank_tier};
use crate::need_words::phone_questions::PhoneQuestions;
use crate::overlay::LiveDirectory;
use crate::place::{State, ZipTable};
use crate::provider::{Ccn, Npi, Provider, ProviderId};
use crate::service::Service;
use crate::text::fold_case;

pub(crate) mod service_plan;

/// Longest provider name that is searched for, in characters. The longest name in the CMS
/// directories has about 100.
pub(crate) const LONGEST_NAME: usize = 200;
/// Providers suggested if a name matches none or several.
const CANDIDATES: usize = 5;

/// Parses a question with the vocabulary of one directory.
///
/// # Errors
/// Every invalid field.
pub(crate) fn read(catalog: &Catalog, raw: &Value, today: Date) -> Result<(Question, Vec<Notice>), FieldErrors> {
    parse(raw, &words_of(catalog), today)
}

/// Interprets `request` with the vocabulary of one directory; every error is added to `faults`.
pub(crate) fn understood(
    catalog: &Catalog,
    request: &MatchRequest,
    today: Date,
    faults: &mut FieldErrors,
) -> Option<(Question, Vec<Notice>)> {
    understand(request, &words_of(catalog), today, faults)
}

fn words_of(catalog: &Catalog) -> ParseContext<'_> {
    ParseContext { zips: ZipTable::curated(), plans: catalog.plans(), generation: &catalog.manifest().generation }
}

/// One report for each service of the question.
pub(crate) fn reports(served: &LiveDirectory, question: &Question, remarks: &[Notice]) -> Vec<Report> {
    question.discharges.iter().map(|discharge| report(served, discharge, remarks)).collect()
}

/// The report for one discharge.
pub(crate) fn report(served: &LiveDirectory, discharge: &Discharge, remarks: &[Notice]) -> Report {
    rank(discharge, &served.as_of(discharge.on), remarks)
}

/// The same with the matches of one tier alone.
pub(crate) fn tier_report(served: &LiveDirectory, discharge: &Discharge, remarks: &[Notice], tier: FitTier) -> Report {
    rank_tier(discharge, &served.as_of(discharge.on), remarks, tier)
}

/// Adds `questions` to every entry of the call sheet, and an entry for each match that is not out of
/// network and has none.
pub(crate) fn ask_by_phone(report: &mut Report, questions: &PhoneQuestions) {
    if questions.is_empty() {
        return;
    }
    for found in report.matches.iter().filter(|found| found.fit != FitTier::OutOfNetwork) {
        if !report.call_sheet.iter().any(|call| call.rank == found.rank) {
            let provider = Arc::clone(&found.provider);
            report.call_sheet.push(CallSheetEntry { rank: found.rank, provider, questions: Vec::new() });
        }
    }
    report.call_sheet.sort_by_key(|call| call.rank);
    for call in &mut report.call_sheet {
        call.questions.extend(questions.questions());
    }
}

/// The explanation of one provider for one discharge.
#[derive(Debug)]
pub(crate) struct ExplainResult {
    /// The parsed question.
    pub discharge: Discharge,
    /// Remarks about the question.
    pub remarks: Vec<Notice>,
    /// The explanation.
    pub explanation: Explanation,
}

/// Explains the provider named by `provider` for the question `request`. `faults` are the errors
/// found so far.
///
/// # Errors
/// Every invalid field. A name that matches no provider or several is reported with the closest
/// names.
pub(crate) fn explained(
    served: &LiveDirectory,
    request: Option<&MatchRequest>,
    provider: &Field<String>,
    mut faults: FieldErrors,
    today: Date,
) -> Result<ExplainResult, FieldErrors> {
    let catalog = served.base();
    let read = request.and_then(|request| {
        let (question, remarks) = understood(catalog, request, today, &mut faults)?;
        let discharge = one_service(question, request, &mut faults)?;
        Some((discharge, remarks))
    });
    let service = read.as_ref().map(|(discharge, _)| discharge.service);
    let found = provider.given().map(|typed| find_by_name(catalog, typed, service, provider.at));
    match (read, found) {
        (Some((discharge, remarks)), Some(Ok(provider))) if faults.is_empty() => {
            let explanation = explain_provider(served, &discharge, provider);
            Ok(ExplainResult { discharge, remarks, explanation })
        }
        (_, found) => {
            if let Some(Err(error)) = found {
                faults.push(error);
            }
            Err(faults)
        }
    }
}

/// Explains `provider` for `discharge`.
pub(crate) fn explain_provider(served: &LiveDirectory, discharge: &Discharge, provider: Arc<Provider>) -> Explanation {
    let line = served.base().line_id(&provider.id, discharge.service);
    let explained = line.and_then(|line| explain(discharge, &served.as_of(discharge.on), line));
    explained.unwrap_or(Explanation::OtherService { provider })
}

fn one_service(question: Question, request: &MatchRequest, faults: &mut FieldErrors) -> Option<Discharge> {
    let mut discharges = question.discharges;
    match discharges.pop() {
        Some(discharge) if discharges.is_empty() && !question.bundle => Some(discharge),
        _ => {
            let hint = Some("use service instead of services".to_owned());
            faults.add(request.services.at, "does_not_apply", "an explanation is for one service", hint);
            None
        }
    }
}

/// Finds the provider for `typed`: an id, a CCN, an NPI or the full name.
///
/// If several providers have the name, the only one that offers `service` is chosen.
fn find_by_name(
    catalog: &Catalog,
    typed: &str,
    service: Option<Service>,
    at: FieldPlace,
) -> Result<Arc<Provider>, FieldError> {
    let typed = typed.trim();
    if let Some(error) = longer_than(LONGEST_NAME, typed, at) {
        return Err(error);
    }
    if let Some(provider) = by_identifier(catalog, typed) {
        return Ok(provider);
    }
    let hits = catalog.search_names(typed, CANDIDATES);
    let mut same: Vec<&NameMatch> = hits.iter().filter(|hit| same_name(&hit.name, typed)).collect();
    // An exact match takes precedence over another spelling.
    if same.iter().any(|hit| fold_case(&hit.name) == fold_case(typed)) {
        same.retain(|hit| fold_case(&hit.name) == fold_case(typed));
    }
    let offering: Vec<&NameMatch> =
        same.iter().copied().filter(|hit| service.is_some_and(|service| hit.services.contains(&service))).collect();
    if let ([one], _) | (_, [one]) = (&offering[..], &same[..])
        && let Some(provider) = catalog.provider_of(&one.id)
    {
        return Ok(provider);
    }
    let (code, detail) = match same.len() {
        0 => ("no_such_provider", "the directory has no provider with that id or name"),
        _ => ("ambiguous", "several providers have that name"),
    };
    let candidates: Vec<String> = hits.iter().map(described).collect();
    let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
    let hint = fuzzy::did_you_mean(&candidates);
    Err(FieldError { pointer: at.to_string(), code, detail: detail.to_owned(), hint })
}

/// Finds a provider by id, CCN or NPI. The number may have a prefix: "CCN 425418", "NPI
/// 1234567893".
pub(crate) fn by_identifier(catalog: &Catalog, typed: &str) -> Option<Arc<Provider>> {
    if let Ok(id) = typed.parse::<ProviderId>() {
        return catalog.provider_of(&id);
    }
    let number = ["ccn", "npi"].into_iter().find_map(|kind| strip_id_prefix(kind, typed)).unwrap_or(typed);
    if let Ok(npi) = number.parse::<Npi>() {
        return catalog.provider_with(npi);
    }
    let ccn = number.parse::<Ccn>().ok()?;
    catalog.provider_of(&ProviderId::from(&ccn))
}

/// Strips the prefix `kind` with a space, a colon or both.
fn strip_id_prefix<'a>(kind: &str, typed: &'a str) -> Option<&'a str> {
    let (start, number) = typed.split_at_checked(kind.len())?;
    let parts = start.eq_ignore_ascii_case(kind) && number.starts_with([' ', ':']);
    parts.then(|| number.trim_start_matches([' ', ':']))
}

/// Whether two names are equal except for case, spacing, punctuation and the spelling of words such
/// as "St".
fn same_name(known: &str, typed: &str) -> bool {
    provider_name_key(known) == provider_name_key(typed)
}

fn described(hit: &NameMatch) -> String {
    let state = hit.state.as_ref().map(State::as_str).unwrap_or_default();
    format!("{} ({})", hit.id, [&hit.name, &hit.city, state].join(", ").trim_end_matches(", "))
}

#[cfg(test)]
mod tests {
    use super::same_name;
    use super::strip_id_prefix;

    #[test]
    fn a_name_is_the_same_in_any_case_and_spacing() {
        assert!(same_name("HARBOR  VIEW NURSING", " harbor view nursing "));
        assert!(same_name("ST. ANDREWS HEALTHCARE", "Saint Andrews Health Care"));
        assert!(!same_name("Harbor View Nursing", "Harbor View"));
        assert!(!same_name("Harbor View", "HarborView"));
    }

    #[test]
    fn a_number_may_say_what_it_is() {
        for (kind, typed, number) in [
            ("ccn", "CCN 425418", Some("425418")),
            ("ccn", "ccn: 425418", Some("425418")),
            ("npi", "NPI 1234567893", Some("1234567893")),
            ("npi", "CCN 425418", None),
            ("ccn", "CCN425418", None),
            ("ccn", "é", None),
        ] {
            assert_eq!(strip_id_prefix(kind, typed), number, "{typed}");
        }
    }
}
