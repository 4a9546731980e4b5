//! A plan as a document to print: an accessible PDF with the headings and lists of a choice list.

use jiff::Zoned;

use crate::catalog::manifest::Manifest;
use crate::choice_list::document::{BlankField, ListBlock, ListDocument, ListSection, ProviderEntry, SectionKind, TextLine};
use crate::choice_list::language::Language;
use crate::matching::report::Match;
use crate::phrases;
use crate::phrases::service_plan as words;
use crate::phrases::tiers::tier;
use crate::query::service_plan::{PlannedService, PlannedServices};
use crate::serve::choice_lists::pdf;
use crate::serve::http::problem::Problem;
use crate::service_plan::coverage_map::CoverageMap;
use crate::service_plan::worksheet::Worksheet;
use crate::text::us_date::us_date;

/// The matches of each service that are printed: the list of all is the choice list. Our choice.
const PRINTED: usize = 5;

/// `plan` as PDF.
pub(crate) fn pdf(plan: &PlannedServices, manifest: &Manifest, now: &Zoned) -> Result<Vec<u8>, Problem> {
    let paper = document(plan, manifest, now);
    pdf::written(&paper, &pdf::laid_out(&paper)?, None, now.date())
}

fn document(plan: &PlannedServices, manifest: &Manifest, now: &Zoned) -> ListDocument {
    let made = format!(
        "Made {}. Directory built {}.",
        us_date(now.date()),
        us_date(manifest.built_at.to_zoned(now.time_zone().clone()).date())
    );
    let demo = "Demo data. Do not use for patient care.".to_owned();
    let notices = manifest.synthetic.then_some((Language::English, demo));
    let no_decision =
        "This is no decision on coverage and no price list: it says which benefit a rule names, and adds up what was typed.";
    let mut sections = vec![start_section(plan)];
    sections.extend(plan.services.iter().map(service_section));
    sections.push(map_section(&plan.map));
    if let Some(sheet) = &plan.worksheet {
        sections.extend(worksheet_sections(sheet, now));
    }
    ListDocument {
        language: Language::English,
        title: "Service plan".to_owned(),
        watermark: None,
        notices: notices.clone().into_iter().collect(),
        head: vec![made, no_decision.to_owned()],
        sections,
        again: notices.into_iter().collect(),
        foot: "Confirm coverage and bed availability before referring.".to_owned(),
    }
}

fn section(title: String, blocks: Vec<ListBlock>) -> ListSection {
    ListSection { kind: SectionKind::Scope, service: None, title, blocks }
}

fn points(lines: impl IntoIterator<Item = String>) -> ListBlock {
    ListBlock::Points(lines.into_iter().map(TextLine::from).collect())
}

fn entry(name: String, lines: impl IntoIterator<Item = String>) -> ProviderEntry {
    ProviderEntry { name, lines: lines.into_iter().map(TextLine::from).collect() }
}

fn start_section(plan: &PlannedServices) -> ListSection {
    let questions = plan.reports().map(|report| phrases::question(&report.discharge));
    let limits = words::limiting(plan.reports());
    let common = words::common_start(&plan.common, plan.services.len());
    section("Levels of care".to_owned(), vec![points(questions.chain([common]).chain(limits))])
}

fn service_section(planned: &PlannedService) -> ListSection {
    let discharge = &planned.report.discharge;
    let line = |found: &Match| {
        let lines = [format!("{} · {}", tier(found.fit, discharge), phrases::phone(&found.provider)), found.because.clone()];
        entry(format!("{}. {}", found.rank, phrases::name_and_town(&found.provider)), lines)
    };
    let shown: Vec<ProviderEntry> = planned.shown().take(PRINTED).map(line).collect();
    let matched = planned.report.matched();
    let count = format!("{} of {matched} providers shown.", shown.len());
    let blocks = vec![ListBlock::Text(words::start(&planned.start)), ListBlock::Text(count), ListBlock::Places(shown)];
    section(planned.service().label().to_owned(), blocks)
}

fn map_section(map: &CoverageMap) -> ListSection {
    let notes = map
        .notes
        .iter()
        .map(|row| format!("{} ({})", row.note.says, words::source(&row.note.citation, row.note.effective, &row.review)));
    let rows = map.rows.iter().map(|row| {
        let rule = row.entry;
        let source = words::source(&rule.citation, rule.effective, &row.review);
        entry(
            format!("{}: {}", row.item.label(), words::paid_by(row)),
            [rule.says.clone(), format!("Ask: {}", rule.ask), source],
        )
    });
    let title = format!("Who may pay: {}", map.payer.label());
    section(title, vec![points(notes), ListBlock::Places(rows.collect())])
}

fn worksheet_sections(sheet: &Worksheet, now: &Zoned) -> Vec<ListSection> {
    let items = sheet.items.iter().map(|item| format!("{}: {}", words::item(item), item.amount));
    let total = [format!("Total: {}", sheet.total())];
    let lines = sheet.commitments.iter().map(|line| {
        let says = format!("{} {}: {}", line.party.label(), words::commitment(line), line.amount);
        entry(says, [words::agreement(line).to_owned()])
    });
    let sums = [
        format!("Committed: {}. Agreed: {}.", sheet.committed(), sheet.agreed()),
        format!("Balance: {}. {}", sheet.balance(), words::balance(sheet)),
    ];
    let parties = sheet
        .by_party()
        .into_iter()
        .map(|total| format!("{}: {}. {}.", total.party.label(), total.committed, words::party_agreement(total)));
    let alternative = sheet.alternative.map(|alternative| words::alternative(alternative, sheet));
    let blocks =
        vec![points(items.chain(total)), ListBlock::Places(lines.collect()), points(parties.chain(sums).chain(alternative))];
    let mut sections = vec![section("Worksheet".to_owned(), blocks)];
    let concerns = words::concerns(sheet, now.date());
    if !concerns.is_empty() {
        let lines = concerns.into_iter().map(|(says, source)| format!("{says} ({source})"));
        sections.push(section("What matters in law".to_owned(), vec![points(lines)]));
        let blank = |label: &str| BlankField { label: label.to_owned(), is_large: false };
        let blanks = vec![blank("Compliance, name and signature"), blank("Date")];
        sections.push(ListSection {
            kind: SectionKind::Record,
            ..section("To sign".to_owned(), vec![ListBlock::Blanks(blanks)])
        });
    }
    sections
}
