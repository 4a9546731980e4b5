//! A report on a terminal 100 columns wide: what was asked, who fits how well, who was left out and why, whom to call.

use jiff::Timestamp;

use super::page::{FAINT, HEADING, LOUD, Page, fit};
use crate::care::{Geography, Service};
use crate::catalog::generation::Manifest;
use crate::matching::Serves;
use crate::matching::bundle::weakest;
use crate::matching::explain::Explanation;
use crate::matching::report::{Acceptance, Fit, Match, NetworkAnswer, NetworkGap, Report};
use crate::provider::Provider;
use crate::words;

/// The reports of one question.
pub fn reports(reports: &[Report], bundle: bool, manifest: &Manifest, now: Timestamp) -> Page {
    let mut page = Page::default();
    banner(&mut page, manifest);
    for report in reports {
        self::report(&mut page, report, bundle);
    }
    if bundle && let Some(weakest) = weakest(reports) {
        page.heading("The weakest link");
        page.line(&format!("  {}: the service with the fewest ready", weakest.label()));
    }
    footer(&mut page, manifest, now, reports);
    page
}

fn banner(page: &mut Page, manifest: &Manifest) {
    if manifest.synthetic {
        page.styled(LOUD, "SYNTHETIC: every provider, payer and network below is invented.").end();
    }
}

fn report(page: &mut Page, report: &Report, bundle: bool) {
    page.end();
    page.styled_wrapped(HEADING, &words::question(&report.discharge));
    page.line(&counts(report));
    for remark in &report.remarks {
        page.wrapped("Note: ", &remark.text);
    }
    if !report.matches.is_empty() {
        let reach = if report.discharge.within.is_some() { "distance" } else { "service area" };
        page.end();
        page.styled(FAINT, &format!("   #  {}  {}   score  phone", fit("provider", 54), fit(reach, 13))).end();
    }
    for fit in Fit::ALL {
        let mut found = report.matches.iter().filter(|found| found.fit == fit).peekable();
        if found.peek().is_some() {
            page.heading(&format!("{} ({})", fit.label(), report.count(fit)));
            found.for_each(|found| entry(page, found, report));
        }
    }
    if let Some(cursor) = &report.next_cursor {
        let shown = report.matches.last().map_or(0, |last| last.rank);
        page.end();
        let alone = if bundle { "this service alone with " } else { "" };
        page.line(&format!("{shown} of {} shown; the next page: {alone}--cursor {cursor}", report.matched()));
    }
    left_out(page, report);
    gap(page, report.network_gap.as_ref());
    next(page, report);
}

fn counts(report: &Report) -> String {
    let words = [
        (Fit::Ready, "ready"),
        (Fit::AskProvider, "to ask the provider"),
        (Fit::AskPlan, "to ask the plan"),
        (Fit::OutOfNetwork, "out of network"),
    ];
    let left: u32 = report.left_out.values().sum();
    let mut counts: Vec<String> = words
        .into_iter()
        .filter(|(fit, _)| *fit == Fit::Ready || report.count(*fit) > 0)
        .map(|(fit, word)| format!("{} {word}", report.count(fit)))
        .collect();
    counts.push(format!("{left} left out"));
    counts.join(" · ")
}

/// Rank, name and town, reach, score and phone; below, the network, what was asked and the stars.
fn entry(page: &mut Page, found: &Match, report: &Report) {
    let discharge = &report.discharge;
    let reach = reach(found, discharge.geography(), &discharge.near.zip.to_string());
    page.add(&format!("{:>4}  ", found.rank));
    page.styled(HEADING, &fit(&words::name_and_town(&found.provider), 54));
    page.add(&format!("  {}", fit(&reach, 13)));
    page.add(&format!("  {:>6.1}", found.score.value()));
    page.add(&format!("  {}", words::phone(&found.provider))).end();
    page.wrapped("      ", &below(found, discharge.service));
    for notice in found.notices.iter().filter(|notice| notice.code != "undated_evidence") {
        page.wrapped("      ! ", &notice.text);
    }
}

fn reach(found: &Match, geography: Geography, zip: &str) -> String {
    match (geography, found.distance, found.serves) {
        (Geography::PatientTravels, Some(miles), _) => format!("{miles} miles"),
        (Geography::PatientTravels, None, _) => "distance ?".to_owned(),
        (Geography::ProviderComes, _, Serves::Yes) => format!("serves {zip}"),
        (Geography::ProviderComes, _, Serves::NotPublished) => "area unknown".to_owned(),
        (Geography::ProviderComes, _, Serves::No) => "elsewhere".to_owned(),
    }
}

fn below(found: &Match, service: Service) -> String {
    let mut parts = vec![words::network(&found.network)];
    parts.extend(words::acceptance(&found.acceptance.answers));
    let rating = found.provider.line(service).and_then(|line| line.rating.as_ref());
    parts.extend(rating.map(|fact| format!("{} ({})", words::rating(fact.value), words::dated(&fact.evidence))));
    parts.join(" · ")
}

fn left_out(page: &mut Page, report: &Report) {
    if report.left_out.is_empty() {
        return;
    }
    page.heading("Left out");
    let reasons: Vec<String> = report.left_out.iter().map(|(reason, count)| words::reason(*reason, *count)).collect();
    page.wrapped("  ", &reasons.join(" · "));
    for left in report.left_out_list.iter().flatten() {
        let miles = left.distance.map(|miles| format!("{miles} miles")).unwrap_or_default();
        page.add(&format!("      {}", fit(&words::name_and_town(&left.provider), 54)));
        page.add(&format!("  {miles}")).end();
        page.wrapped("        ", &words::bar(&left.bar));
    }
    if report.left_out_list.is_none() {
        page.styled(FAINT, "  --left-out lists them").end();
    }
}

fn gap(page: &mut Page, gap: Option<&NetworkGap>) {
    let Some(gap) = gap else { return };
    page.heading("Nothing in network is ready");
    let failing: Vec<String> = gap.failing.iter().map(|(code, count)| format!("{count} {}", failing(code))).collect();
    let checked = words::counted(gap.checked.into(), "provider");
    let colon = if failing.is_empty() { "" } else { ": " };
    page.wrapped("  ", &format!("{checked} in reach checked{colon}{}", failing.join(", ")));
    if let Some((provider, miles)) = &gap.nearest_capable {
        let miles = miles.map(|miles| format!(", {miles} miles")).unwrap_or_default();
        let who = words::name_and_town(provider);
        page.wrapped("  ", &format!("nearest out of network that accepts: {who}{miles}, {}", words::phone(provider)));
    }
}

/// A fit in words; reasons are shown by their code, under which they are counted above.
fn failing(code: &str) -> String {
    let fit = Fit::ALL.into_iter().find(|fit| fit.code() == code);
    fit.map_or_else(|| code.to_owned(), |fit| fit.label().to_lowercase())
}

fn next(page: &mut Page, report: &Report) {
    if !report.suggestions.is_empty() {
        page.heading("What would change it");
        for suggestion in &report.suggestions {
            page.wrapped("  - ", &suggestion.text);
        }
    }
    if !report.call_sheet.is_empty() {
        page.heading("Whom to call");
        for call in &report.call_sheet {
            let (name, phone) = (words::name_and_town(&call.provider), words::phone(&call.provider));
            page.line(&format!("{:>4}  {}  {phone}", call.rank, fit(&name, 54)));
            for question in &call.questions {
                page.wrapped("      - ", question);
            }
        }
    }
}

fn footer(page: &mut Page, manifest: &Manifest, now: Timestamp, reports: &[Report]) {
    let lists: Vec<&str> = reports.iter().map(|report| report.list_id.as_str()).collect();
    page.end();
    page.styled_wrapped(FAINT, &format!("{}; list {}", words::directory(manifest, now), lists.join(", ")));
}

/// One provider against one discharge.
pub fn explanation(explanation: &Explanation, report: Explained<'_>, manifest: &Manifest, now: Timestamp) -> Page {
    let mut page = Page::default();
    banner(&mut page, manifest);
    page.end();
    page.styled_wrapped(HEADING, &words::question(report.discharge));
    for remark in report.remarks {
        page.wrapped("Note: ", &remark.text);
    }
    page.end();
    match explanation {
        Explanation::Stands { found, of } => stands(&mut page, found, *of, report.discharge.service),
        Explanation::KeptOut { provider, distance, bars, network, acceptance } => {
            who(&mut page, provider);
            page.styled(LOUD, "  is not on the list").end();
            for bar in bars {
                page.wrapped("  - ", &format!("{}: {}", bar.reason.code(), words::bar(bar)));
            }
            if let Some(miles) = distance {
                page.line(&format!("  {miles} miles away"));
            }
            facts(&mut page, network, acceptance);
        }
        Explanation::OtherService { provider } => {
            who(&mut page, provider);
            let asked = report.discharge.service.label().to_lowercase();
            page.styled(LOUD, &format!("  does not offer this: {asked}")).end();
            let offers: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
            page.wrapped("  it offers: ", &offers.join(", "));
        }
    }
    page.end();
    page.styled(FAINT, &words::directory(manifest, now)).end();
    page
}

/// What an explanation is of.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// The question as it was understood.
    pub discharge: &'a crate::discharge::Discharge,
    /// What the asker should know.
    pub remarks: &'a [crate::discharge::Remark],
}

fn stands(page: &mut Page, found: &Match, of: u32, service: Service) {
    who(page, &found.provider);
    page.styled(HEADING, &format!("  number {} of {of}: {}", found.rank, found.fit.label().to_lowercase())).end();
    page.wrapped("  ", &found.because);
    facts(page, &found.network, &found.acceptance);
    if let Some(fact) = found.provider.line(service).and_then(|line| line.rating.as_ref()) {
        page.line(&format!(
            "  {} ({}, {})",
            words::rating(fact.value),
            fact.evidence.source,
            words::dated(&fact.evidence)
        ));
    }
    for notice in &found.notices {
        page.wrapped("  ! ", &notice.text);
    }
    page.heading(&format!("Score {:.3}", found.score.value()));
    for part in &found.parts {
        page.add(&format!("  {:<16}{:>8.3}", part.part.code(), part.points.value()));
        page.add(&format!("  = 100 x {:.3} x {:.2}  ", part.value.value(), part.weight.value()));
        page.line(&part.why);
    }
}

fn who(page: &mut Page, provider: &Provider) {
    page.styled(HEADING, &words::name_and_town(provider));
    page.line(&format!("  {}  {}", provider.id, words::phone(provider)));
}

/// Network and every answer, each with who said it.
fn facts(page: &mut Page, network: &NetworkAnswer, acceptance: &Acceptance) {
    page.wrapped("  ", &words::network(network));
    for answer in &acceptance.answers {
        let importance = if answer.required { "" } else { " (preferred)" };
        let said = answer.evidence.as_ref().map(|e| format!(", says {} ({})", e.source, words::dated(e)));
        let note = answer.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
        let said = said.unwrap_or_default();
        page.wrapped("  ", &format!("{}{importance}: {}{said}{note}", answer.asked.label(), answer.answer.code()));
    }
}
