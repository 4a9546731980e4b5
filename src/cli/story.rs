//! A worked example on the built-in sample: the question, the matches of each service, who may pay, and the worksheet.

use jiff::Timestamp;
use serde_json::Value;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::table;
use crate::cli::text_output::{HEADING, TextOutput};
use crate::matching::report::Report;
use crate::overlay::LiveDirectory;
use crate::phrases::service_plan as words;
use crate::query::service_plan::{PlannedServices, planned};
use crate::service_plan::coverage_map::CoverageMap;
use crate::service_plan::worksheet::Worksheet;

/// A story to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DemoStory {
    /// IV antibiotics at home for three weeks, and who pays
    IvAntibiotics,
}

impl DemoStory {
    /// The body of `POST /v1/service-plans`.
    fn body(self) -> &'static str {
        match self {
            Self::IvAntibiotics => include_str!("../../data/curated/stories/iv_antibiotics.json"),
        }
    }

    /// The story, answered from `served`.
    ///
    /// # Errors
    /// The sample cannot answer it.
    pub(crate) fn told(self, served: &LiveDirectory) -> Result<TextOutput, CommandFailure> {
        let wrong = |why: String| CommandFailure::new(ExitStatus::Failed, format!("the story cannot be answered: {why}"));
        let raw: Value = serde_json::from_str(self.body()).map_err(|error| wrong(error.to_string()))?;
        let plan = planned(served, &raw).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect();
            wrong(told.join("; "))
        })?;
        let mut page = table::reports(&shown(&plan), true, served.base().manifest(), Timestamp::now());
        starts(&mut page, &plan);
        coverage_map(&mut page, &plan.map);
        if let Some(sheet) = &plan.worksheet {
            worksheet(&mut page, sheet, served);
        }
        Ok(page)
    }
}

/// The reports with the matches that are shown.
fn shown(plan: &PlannedServices) -> Vec<Report> {
    let cut = |report: &Report, most: usize| {
        let mut shown = report.clone();
        shown.matches.truncate(most);
        let is_shown = |rank: u32| shown.matches.iter().any(|found| found.rank == rank);
        shown.call_sheet.retain(|call| is_shown(call.rank));
        shown
    };
    plan.services.iter().map(|service| cut(&service.report, service.shown)).collect()
}

fn starts(page: &mut TextOutput, plan: &PlannedServices) {
    page.heading("When each can begin");
    for service in &plan.services {
        page.wrapped("  ", &format!("{}: {}", service.service().label(), words::start(&service.start)));
    }
    page.wrapped("  ", &words::common_start(&plan.common, plan.services.len()));
}

fn coverage_map(page: &mut TextOutput, map: &CoverageMap) {
    page.heading(&format!("Who may pay: {}", map.payer.label()));
    page.wrapped("  ", "Which benefit a rule names for each item. This is no decision on coverage.");
    for row in &map.notes {
        page.wrapped("  ", &row.note.says);
        page.wrapped("      ", &words::source(&row.note.citation, row.note.effective, &row.review));
    }
    for row in &map.rows {
        let rule = row.entry;
        page.newline();
        page.styled(HEADING, &format!("  {}: {}", row.item.label(), words::paid_by(row))).newline();
        page.wrapped("      ", &rule.says);
        page.wrapped("      Ask: ", &rule.ask);
        page.wrapped("      ", &words::source(&rule.citation, rule.effective, &row.review));
    }
}

fn worksheet(page: &mut TextOutput, sheet: &Worksheet, served: &LiveDirectory) {
    page.heading("Worksheet");
    let mut row = |says: &str, amount: String, agreed: &str| {
        page.line(format!("  {says:<58} {amount:>12}  {agreed}").trim_end());
    };
    for item in &sheet.items {
        row(&words::item(item), item.amount.to_string(), "");
    }
    row("Total", sheet.total().to_string(), "");
    for line in &sheet.commitments {
        row(&format!("{} {}", line.party.label(), words::commitment(line)), line.amount.to_string(), words::agreement(line));
    }
    row("Committed", sheet.committed().to_string(), "");
    row("Balance", sheet.balance().to_string(), "");
    page.wrapped("  ", &words::balance(sheet));
    if let Some(alternative) = sheet.alternative {
        page.wrapped("  ", &words::alternative(alternative, sheet));
    }
    for (says, from) in words::concerns(sheet, served.today()) {
        page.wrapped("  Law: ", says);
        page.wrapped("      ", &from);
    }
}
