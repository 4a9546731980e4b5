//! A report for a terminal 100 columns wide: the question, the ranked matches, the exclusions and
//! the call sheet.

use jiff::Timestamp;

use crate::catalog::manifest::Manifest;
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput, pad_or_truncate};
use crate::discharge::{Discharge, Notice};
use crate::matching::bundle::weakest;
use crate::matching::candidate::AreaMatch;
use crate::matching::explain::Explanation;
use crate::matching::report::{Acceptance, FitTier, Match, NetworkAnswer, NetworkGap, Report};
use crate::phrases;
use crate::provider::Provider;
use crate::service::{DeliveryMode, Service};

/// The reports of one question.
pub fn reports(reports: &[Report], bundle: bool, manifest: &Manifest, now: Timestamp) -> TextOutput {
    let mut page = TextOutput::default();
    banner(&mut page, manifest);
    for report in reports {
        self::report(&mut page, report, bundle);
    }
    if bundle && let Some(weakest) = weakest(reports) {
        page.heading("Limiting service");
        page.line(&format!("  {}: the service with the fewest ready", weakest.label()));
    }
    footer(&mut page, manifest, now, reports);
    page
}

fn banner(page: &mut TextOutput, manifest: &Manifest) {
    if manifest.synthetic {
        page.styled(LOUD, "SYNTHETIC: every provider, payer and network below is invented. Do not use for patient care.")
            .newline();
    }
}

fn report(page: &mut TextOutput, report: &Report, bundle: bool) {
    page.newline();
    page.styled_wrapped(HEADING, &phrases::question(&report.discharge));
    page.line(&counts(report));
    for remark in &report.remarks {
        page.wrapped("Note: ", &remark.text);
    }
    if !report.matches.is_empty() {
        let reach = if report.discharge.within.is_some() { "distance" } else { "service area" };
        page.newline();
        page.styled(
            FAINT,
            &format!("   #  {}  {}   score  phone", pad_or_truncate("provider", 54), pad_or_truncate(reach, 13)),
        )
        .newline();
    }
    for fit in FitTier::ALL {
        let mut found = report.matches.iter().filter(|found| found.fit == fit).peekable();
        if found.peek().is_some() {
            page.heading(&format!("{} ({})", fit.label(), report.count(fit)));
            found.for_each(|found| entry(page, found, report));
        }
    }
    if let Some(cursor) = &report.next_cursor {
        let shown = report.matches.last().map_or(0, |last| last.rank);
        page.newline();
        let alone = if bundle { "this service alone with " } else { "" };
        page.line(&format!("{shown} of {} shown; next page: {alone}--cursor {cursor}", report.matched()));
    }
    left_out(page, report);
    gap(page, report.network_gap.as_ref());
    next(page, report);
}

fn counts(report: &Report) -> String {
    let words = [
        (FitTier::Ready, "ready"),
        (FitTier::AskProvider, "to ask the provider"),
        (FitTier::AskPlan, "to ask the plan"),
        (FitTier::OutOfNetwork, "out of network"),
    ];
    let left: u32 = report.left_out.values().sum();
    let mut counts: Vec<String> = words
        .into_iter()
        .filter(|(fit, _)| *fit == FitTier::Ready || report.count(*fit) > 0)
        .map(|(fit, word)| format!("{} {word}", report.count(fit)))
        .collect();
    counts.push(format!("{left} excluded"));
    counts.join(" · ")
}

/// Rank, name and city, distance or service area, score and phone; below them network, needs and
/// stars.
fn entry(page: &mut TextOutput, found: &Match, report: &Report) {
    let discharge = &report.discharge;
    let reach = reach(found, discharge.geography(), &discharge.near.zip.to_string());
    page.add(&format!("{:>4}  ", found.rank));
    page.styled(HEADING, &pad_or_truncate(&phrases::name_and_town(&found.provider), 54));
    page.add(&format!("  {}", pad_or_truncate(&reach, 13)));
    page.add(&format!("  {:>6.1}", found.score.value()));
    page.add(&format!("  {}", phrases::phone(&found.provider))).newline();
    page.wrapped("      ", &below(found, discharge.service));
    for notice in found.notices.iter().filter(|notice| notice.code != "undated_evidence") {
        page.wrapped("      ! ", &notice.text);
    }
}

fn reach(found: &Match, geography: DeliveryMode, zip: &str) -> String {
    match (geography, found.distance, found.serves) {
        (DeliveryMode::PatientTravels, Some(miles), _) => format!("{miles} miles"),
        (DeliveryMode::PatientTravels, None, _) => "unknown".to_owned(),
        (DeliveryMode::ProviderComes, _, AreaMatch::Yes) => format!("serves {zip}"),
        (DeliveryMode::ProviderComes, _, AreaMatch::NotPublished) => "area unknown".to_owned(),
        (DeliveryMode::ProviderComes, _, AreaMatch::No) => "outside area".to_owned(),
    }
}

fn below(found: &Match, service: Service) -> String {
    let mut parts = vec![phrases::network(&found.network)];
    parts.extend(phrases::acceptance(&found.acceptance.answers));
    let rating = found.provider.line(service).and_then(|line| line.rating.as_ref());
    parts.extend(rating.map(|fact| format!("{} ({})", phrases::rating(fact.value), phrases::dated(&fact.evidence))));
    parts.join(" · ")
}

fn left_out(page: &mut TextOutput, report: &Report) {
    if report.left_out.is_empty() {
        return;
    }
    page.heading("Excluded");
    let reasons: Vec<String> = report.left_out.iter().map(|(reason, count)| phrases::reason(*reason, *count)).collect();
    page.wrapped("  ", &reasons.join(" · "));
    for left in report.left_out_list.iter().flatten() {
        let miles = left.distance.map(|miles| format!("{miles} miles")).unwrap_or_default();
        page.add(&format!("      {}", pad_or_truncate(&phrases::name_and_town(&left.provider), 54)));
        page.add(&format!("  {miles}")).newline();
        page.wrapped("        ", &phrases::bar(&left.bar));
    }
    if report.left_out_list.is_none() {
        page.styled(FAINT, "  use --left-out to list them").newline();
    }
}

fn gap(page: &mut TextOutput, gap: Option<&NetworkGap>) {
    let Some(gap) = gap else { return };
    page.heading("No in-network provider is ready");
    let failing: Vec<String> = gap.failing.iter().map(|(code, count)| format!("{count} {}", failing(code))).collect();
    let checked = phrases::counted(gap.checked.into(), "provider");
    let colon = if failing.is_empty() { "" } else { ": " };
    page.wrapped("  ", &format!("{checked} in the search area{colon}{}", failing.join(", ")));
    if let Some((provider, miles)) = &gap.nearest_capable {
        let miles = miles.map(|miles| format!(", {miles} miles")).unwrap_or_default();
        let who = phrases::name_and_town(provider);
        page.wrapped(
            "  ",
            &format!("nearest out-of-network provider that accepts: {who}{miles}, {}", phrases::phone(provider)),
        );
    }
}

/// The label of a tier; any other code, such as an exclusion reason, is shown as is.
fn failing(code: &str) -> String {
    let fit = FitTier::ALL.into_iter().find(|fit| fit.code() == code);
    fit.map_or_else(|| code.to_owned(), |fit| fit.label().to_lowercase())
}

fn next(page: &mut TextOutput, report: &Report) {
    if !report.suggestions.is_empty() {
        page.heading("Suggestions");
        for suggestion in &report.suggestions {
            page.wrapped("  - ", &suggestion.text);
        }
    }
    if !report.call_sheet.is_empty() {
        page.heading("Call sheet");
        for call in &report.call_sheet {
            let (name, phone) = (phrases::name_and_town(&call.provider), phrases::phone(&call.provider));
            page.line(&format!("{:>4}  {}  {phone}", call.rank, pad_or_truncate(&name, 54)));
            for question in &call.questions {
                page.wrapped("      - ", question);
            }
        }
    }
}

fn footer(page: &mut TextOutput, manifest: &Manifest, now: Timestamp, reports: &[Report]) {
    let lists: Vec<&str> = reports.iter().map(|report| report.list_id.as_str()).collect();
    page.newline();
    page.styled_wrapped(FAINT, &format!("{}; list {}", phrases::directory(manifest, now), lists.join(", ")));
}

/// Explains one provider for one discharge.
pub fn explanation(explanation: &Explanation, report: ExplainContext<'_>, manifest: &Manifest, now: Timestamp) -> TextOutput {
    let mut page = TextOutput::default();
    banner(&mut page, manifest);
    page.newline();
    page.styled_wrapped(HEADING, &phrases::question(report.discharge));
    for remark in report.remarks {
        page.wrapped("Note: ", &remark.text);
    }
    page.newline();
    match explanation {
        Explanation::Stands { found, of } => stands(&mut page, found, *of, report.discharge.service),
        Explanation::KeptOut { provider, distance, bars, network, acceptance } => {
            who(&mut page, provider);
            page.styled(LOUD, "  excluded").newline();
            for bar in bars {
                page.wrapped("  - ", &format!("{}: {}", bar.reason.code(), phrases::bar(bar)));
            }
            if let Some(miles) = distance {
                page.line(&format!("  {miles} miles away"));
            }
            facts(&mut page, network, acceptance);
        }
        Explanation::OtherService { provider } => {
            who(&mut page, provider);
            let asked = report.discharge.service.label().to_lowercase();
            page.styled(LOUD, &format!("  does not offer: {asked}")).newline();
            let offers: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
            page.wrapped("  offers: ", &offers.join(", "));
        }
    }
    page.newline();
    page.styled(FAINT, &phrases::directory(manifest, now)).newline();
    page
}

/// The question that an explanation answers.
#[derive(Debug, Clone, Copy)]
pub struct ExplainContext<'a> {
    /// The parsed question.
    pub discharge: &'a Discharge,
    /// Remarks about the question.
    pub remarks: &'a [Notice],
}

fn stands(page: &mut TextOutput, found: &Match, of: u32, service: Service) {
    who(page, &found.provider);
    page.styled(HEADING, &format!("  rank {} of {of}: {}", found.rank, found.fit.label().to_lowercase())).newline();
    page.wrapped("  ", &found.because);
    facts(page, &found.network, &found.acceptance);
    if let Some(fact) = found.provider.line(service).and_then(|line| line.rating.as_ref()) {
        page.line(&format!(
            "  {} ({}, {})",
            phrases::rating(fact.value),
            fact.evidence.source,
            phrases::dated(&fact.evidence)
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

fn who(page: &mut TextOutput, provider: &Provider) {
    page.styled(HEADING, &phrases::name_and_town(provider));
    page.line(&format!("  {}  {}", provider.id, phrases::phone(provider)));
}

/// The network status and every answer, each with its source.
fn facts(page: &mut TextOutput, network: &NetworkAnswer, acceptance: &Acceptance) {
    page.wrapped("  ", &phrases::network(network));
    for answer in &acceptance.answers {
        let importance = if answer.required { "" } else { " (preferred)" };
        let said = answer.evidence.as_ref().map(|e| format!(" ({}, {})", e.source, phrases::dated(e)));
        let note = answer.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
        let said = said.unwrap_or_default();
        page.wrapped("  ", &format!("{}{importance}: {}{said}{note}", answer.asked.label(), answer.answer.code()));
    }
}
