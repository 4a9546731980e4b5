//! Lays out reports (`match`) and explanations (`explain`) as text for a terminal 100 columns wide: the question, the ranked
//! matches, the exclusions and the call sheet. The sentences are in [`crate::phrases`], colors and wrapping in
//! [`crate::cli::text_output`].

use jiff::Timestamp;

use crate::catalog::manifest::Manifest;
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput, pad_or_truncate};
use crate::discharge::{Discharge, Notice};
use crate::matching::bundle::weakest;
use crate::matching::candidate::AreaMatch;
use crate::matching::explain::Explanation;
use crate::matching::report::{Acceptance, FitTier, Match, NetworkAnswer, Report};
use crate::phrases;
use crate::phrases::likelihood::{likelihood, worth};
use crate::phrases::safety::{notice, rating_gap, safety_of};
use crate::phrases::tiers::{listed_under, tier, tier_count, tiers_found};
use crate::provider::Provider;
use crate::service::{DeliveryMode, Service};
use crate::text::count_text::counted;

/// The reports of one question.
pub fn reports(reports: &[Report], bundle: bool, manifest: &Manifest, now: Timestamp) -> TextOutput {
    let mut page = TextOutput::default();
    banner(&mut page, manifest);
    for report in reports {
        self::report(&mut page, report, bundle);
    }
    if bundle && let Some(weakest) = weakest(reports) {
        page.heading("Limiting service");
        page.line(&format!("  {}: the fewest that meet the requirements", weakest.label()));
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
    page.wrapped("", &counts(report));
    for remark in &report.remarks {
        page.wrapped("Note: ", &notice(remark));
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
    let shared = shared_notes(report);
    for fit in FitTier::ALL {
        let mut found = report.matches.iter().filter(|found| listed_under(found, report) == fit).peekable();
        if found.peek().is_some() {
            page.heading(&format!("{} ({})", tier(fit, &report.discharge), report.count(fit)));
            found.for_each(|found| entry(page, found, report, &shared));
        }
    }
    if !shared.is_empty() {
        page.newline();
        for note in &shared {
            page.wrapped("Note on each of these: ", &notice(note));
        }
    }
    if let Some(cursor) = &report.next_cursor {
        let shown = report.matches.last().map_or(0, |last| last.rank);
        page.newline();
        let alone = if bundle { "this service alone with " } else { "" };
        page.line(&format!("{shown} of {} shown; next page: {alone}--cursor {cursor}", report.matched()));
    }
    left_out(page, report);
    gap(page, report);
    next(page, report);
}

/// The tiers that have providers, best first, and how many are excluded.
fn counts(report: &Report) -> String {
    let left: u32 = report.left_out.values().sum();
    let tiers = tiers_found(report).map(|(fit, count)| tier_count(fit, count, &report.discharge));
    tiers.chain([format!("{left} excluded")]).collect::<Vec<_>>().join(" · ")
}

/// The notes that every match shown has, if there are several: they are printed once.
fn shared_notes(report: &Report) -> Vec<&Notice> {
    let [first, others @ ..] = &*report.matches else { return Vec::new() };
    if others.is_empty() {
        return Vec::new();
    }
    let (_, notes) = phrases::safety::notices_of(first, &report.discharge);
    let is_shared = |note: &&Notice| others.iter().all(|other| other.notices.contains(*note));
    notes.into_iter().filter(|note| is_printed(note)).filter(is_shared).collect()
}

/// Whether a note is printed below a match: without those that the dates of its facts say already.
fn is_printed(note: &Notice) -> bool {
    note.code != "undated_evidence"
}

/// Rank, name and city, distance or service area, score and phone; below them network, needs and
/// stars. Notes in `shared` are printed once below the list.
fn entry(page: &mut TextOutput, found: &Match, report: &Report, shared: &[&Notice]) {
    let discharge = &report.discharge;
    let reach = reach(found, discharge.geography(), &discharge.near.zip.to_string());
    page.add(&format!("{:>4}  ", found.rank));
    page.styled(HEADING, &pad_or_truncate(&phrases::name_and_town(&found.provider), 54));
    page.add(&format!("  {}", pad_or_truncate(&reach, 13)));
    page.add(&format!("  {:>6.1}", found.score.value()));
    page.add(&format!("  {}", phrases::phone(&found.provider))).newline();
    let own = (listed_under(found, report) != found.fit).then(|| format!("{} · ", tier(found.fit, discharge)));
    page.wrapped("      ", &format!("{}{}", own.unwrap_or_default(), below(found, discharge)));
    let (safety, notes) = phrases::safety::notices_of(found, discharge);
    let notes = notes.into_iter().filter(|note| is_printed(note) && !shared.contains(note));
    for told in safety.into_iter().chain(notes) {
        page.wrapped("      ! ", &notice(told));
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

fn below(found: &Match, discharge: &Discharge) -> String {
    let mut parts = vec![phrases::network(&found.network)];
    parts.extend(phrases::acceptance(&found.acceptance.answers));
    parts.extend(phrases::stated_room(found, discharge.service));
    parts.extend(rating(&found.provider, discharge.service));
    parts.join(" · ")
}

/// "4 of 5 stars (Oct 28, 2026)", "rating: withheld (Oct 28, 2026)".
fn rating(provider: &Provider, service: Service) -> Option<String> {
    if let Some((words, gap)) = rating_gap(provider, service) {
        return Some(format!("rating: {} ({})", words.to_lowercase(), phrases::dated(&gap.evidence)));
    }
    let fact = provider.line(service)?.rating.as_ref()?;
    Some(format!("{} ({})", phrases::rating(fact.value), phrases::dated(&fact.evidence)))
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

fn gap(page: &mut TextOutput, report: &Report) {
    let Some(gap) = &report.network_gap else { return };
    page.heading("Nothing in network meets the requirements");
    let tiers = tiers_found(report).map(|(fit, count)| tier_count(fit, count, &report.discharge));
    let reasons = report.left_out.iter().map(|(reason, count)| phrases::reason(*reason, *count));
    let failing: Vec<String> = tiers.chain(reasons).collect();
    let checked = counted(gap.checked.into(), "provider");
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
        page.wrapped("Note: ", &notice(remark));
    }
    page.newline();
    match explanation {
        Explanation::Ranked { found, of } => stands(&mut page, found, *of, report.discharge),
        Explanation::Excluded { provider, distance, bars, network, acceptance } => {
            who(&mut page, provider);
            page.styled(LOUD, "  excluded").newline();
            for told in safety_of(provider, report.discharge) {
                page.wrapped("  ! ", &notice(&told));
            }
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

fn stands(page: &mut TextOutput, found: &Match, of: u32, discharge: &Discharge) {
    who(page, &found.provider);
    let tier = tier(found.fit, discharge).to_lowercase();
    page.styled(HEADING, &format!("  rank {} of {of}: {tier}", found.rank)).newline();
    page.wrapped("  ", &found.because);
    let (safety, notes) = phrases::safety::notices_of(found, discharge);
    for told in safety.into_iter().chain(notes) {
        page.wrapped("  ! ", &notice(told));
    }
    facts(page, &found.network, &found.acceptance);
    for said in phrases::stated_room(found, discharge.service).iter().chain(&rating(&found.provider, discharge.service)) {
        page.wrapped("  ", said);
    }
    page.heading(&worth(found));
    for counted in likelihood(found) {
        page.wrapped("  ", &counted);
    }
    page.heading(&format!("Score {:.3}", found.score.value()));
    for part in &found.parts {
        let points = format!("  {:<16}{:>8.3}", part.part.code(), part.points.value());
        page.wrapped(&format!("{points}  = 100 x {:.3} x {:.2}  ", part.value.value(), part.weight.value()), &part.why);
    }
}

fn who(page: &mut TextOutput, provider: &Provider) {
    page.styled(HEADING, &phrases::name_and_town(provider));
    page.line(&format!("  {}  {}", provider.id, phrases::phone(provider)));
}

/// The network status and every answer, each with its source.
fn facts(page: &mut TextOutput, network: &NetworkAnswer, acceptance: &Acceptance) {
    page.wrapped("  ", &phrases::network(network));
    for membership in phrases::memberships(network) {
        page.wrapped("    ", &membership);
    }
    for answer in &acceptance.answers {
        let importance = if answer.required { "" } else { " (preferred)" };
        let said = answer.evidence.as_ref().map(|e| format!(" ({}, {})", e.source, phrases::dated(e)));
        let note = answer.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
        let said = said.unwrap_or_default();
        page.wrapped("  ", &format!("{}{importance}: {}{said}{note}", answer.asked.label(), answer.answer.code()));
    }
}
