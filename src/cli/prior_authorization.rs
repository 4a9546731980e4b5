//! `prior-authorization`: until when a payer must decide, and what to do next.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput, print_json};
use crate::input::errors::{FieldError, FieldErrors};
use crate::prior_authorization::facts::{AuthorizationFacts, fact_label};
use crate::prior_authorization::{ApprovalDay, AuthorizationDeadlines, Deadline};
use crate::serve::json::prior_authorization::{DeadlinesJson, NOTICE};
use crate::text::us_date::us_date;

/// `placement prior-authorization`. A time without an offset is a time of day in the time zone.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PriorAuthorizationArgs {
    /// Class of the payer: medicare, medicare_advantage, medicaid, medicaid_managed, chip, chip_managed, commercial, other, unknown
    #[arg(long, value_name = "CLASS")]
    payer_class: String,
    /// IANA time zone in which days are counted, such as America/Chicago [default: of this machine]
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Kind of request: standard or expedited
    #[arg(long, value_name = "KIND")]
    request: Option<String>,
    /// What is requested: service, part_b_drug or drug [default: service]
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// When the payer received the request, such as 2026-11-30T14:20
    #[arg(long, value_name = "TIME")]
    received_at: Option<String>,
    /// First day of the rating period, for Medicaid and CHIP managed care
    #[arg(long, value_name = "DAY")]
    rating_period_began_on: Option<String>,
    /// The payer has given notice that it extends the time
    #[arg(long)]
    extended: bool,
    /// Last day of an approval
    #[arg(long, value_name = "DAY")]
    valid_through: Option<String>,
    /// Day of the next review
    #[arg(long, value_name = "DAY")]
    next_review_on: Option<String>,
    /// Steps to list: denial, hospital_discharge or end_of_services; may be repeated
    #[arg(long = "path", value_name = "PATH", help_heading = "Next steps")]
    paths: Vec<String>,
    /// When the notice of the denial was received
    #[arg(long, value_name = "TIME", help_heading = "Next steps")]
    denied_at: Option<String>,
    /// When the payer received the appeal
    #[arg(long, value_name = "TIME", help_heading = "Next steps")]
    appealed_at: Option<String>,
    /// Day of the inpatient admission
    #[arg(long, value_name = "DAY", help_heading = "Next steps")]
    admitted_on: Option<String>,
    /// Planned day of the hospital discharge
    #[arg(long, value_name = "DAY", help_heading = "Next steps")]
    discharge_on: Option<String>,
    /// When the patient received the notice that the services end
    #[arg(long, value_name = "TIME", help_heading = "Next steps")]
    notice_given_at: Option<String>,
    /// Last covered day of the services
    #[arg(long, value_name = "DAY", help_heading = "Next steps")]
    services_end_on: Option<String>,
    /// When the QIO said that the patient asked for a review
    #[arg(long, value_name = "TIME", help_heading = "Next steps")]
    qio_asked_at: Option<String>,
    /// When the patient was informed of the decision of the QIO
    #[arg(long, value_name = "TIME", help_heading = "Next steps")]
    qio_decided_at: Option<String>,
    /// Print as JSON, as the API answers
    #[arg(long)]
    json: bool,
}

impl PriorAuthorizationArgs {
    /// Prints the times.
    ///
    /// # Errors
    /// A flag has a wrong value.
    pub(crate) fn run(&self) -> Result<(), CommandFailure> {
        let facts = AuthorizationFacts::read(&self.body()).map_err(|faults| wrong(&faults))?;
        let found = AuthorizationDeadlines::new(facts, &Zoned::now());
        if self.json { print_json(&DeadlinesJson::new(&found)) } else { page(&found).print() }
    }

    /// The flags as the API takes them.
    fn body(&self) -> Value {
        let zone = self.time_zone.clone().or_else(|| TimeZone::system().iana_name().map(str::to_owned));
        let mut body = Map::new();
        for (name, value) in [
            ("payer_class", Some(&self.payer_class)),
            ("time_zone", zone.as_ref()),
            ("request", self.request.as_ref()),
            ("item", self.item.as_ref()),
            ("received_at", self.received_at.as_ref()),
            ("rating_period_began_on", self.rating_period_began_on.as_ref()),
            ("valid_through", self.valid_through.as_ref()),
            ("next_review_on", self.next_review_on.as_ref()),
            ("denied_at", self.denied_at.as_ref()),
            ("appealed_at", self.appealed_at.as_ref()),
            ("admitted_on", self.admitted_on.as_ref()),
            ("discharge_on", self.discharge_on.as_ref()),
            ("notice_given_at", self.notice_given_at.as_ref()),
            ("services_end_on", self.services_end_on.as_ref()),
            ("qio_asked_at", self.qio_asked_at.as_ref()),
            ("qio_decided_at", self.qio_decided_at.as_ref()),
        ] {
            if let Some(value) = value {
                body.insert(name.to_owned(), value.as_str().into());
            }
        }
        if self.extended {
            body.insert("extended".to_owned(), true.into());
        }
        if !self.paths.is_empty() {
            body.insert("paths".to_owned(), self.paths.clone().into());
        }
        body.into()
    }
}

/// The faults, each with its flag.
fn wrong(faults: &FieldErrors) -> CommandFailure {
    let line = |fault: &FieldError| {
        let name = fault.pointer.split('/').nth(1).unwrap_or_default().replace('_', "-");
        let flag = if name == "paths" { "path" } else { &name };
        let hint = fault.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("\n  --{flag}: {}{hint}", fault.detail)
    };
    CommandFailure::new(ExitStatus::Usage, format!("a flag is wrong{}", faults.iter().map(line).collect::<String>()))
}

fn page(found: &AuthorizationDeadlines) -> TextOutput {
    let mut page = TextOutput::default();
    page.line(&format!(
        "{}; days are counted in {}; now {}",
        found.facts.payer.label(),
        found.facts.zone.name,
        found.now.strftime("%b %-d, %Y, %H:%M %Z")
    ));
    if !found.decisions.is_empty() {
        page.heading("Until when the payer must decide");
        add(&mut page, &found.decisions);
    }
    for (label, day) in [("Valid through", &found.valid_through), ("Next review", &found.next_review_on)] {
        if let Some(ApprovalDay { on, left, .. }) = day {
            page.line(&format!("{label}: {} ({left})", us_date(*on)));
        }
    }
    if !found.denial_reasons.is_empty() {
        page.heading("What a denial must say");
        add(&mut page, &found.denial_reasons);
    }
    for path in &found.paths {
        page.heading(path.path.label());
        add(&mut page, &path.steps);
    }
    page.newline();
    page.wrapped("", NOTICE);
    page
}

fn add(page: &mut TextOutput, entries: &[Deadline]) {
    for entry in entries {
        page.newline();
        page.styled(HEADING, &format!("  {}: {}", entry.status.label(), entry.rule.title)).newline();
        if let Some(due) = &entry.due {
            page.line(&format!("      {} ({})", due.words(), entry.left));
            page.wrapped("      Counted: ", due.reading.says());
        }
        if let Some(missing) = entry.missing {
            page.wrapped("      Not known: ", fact_label(missing));
        }
        page.wrapped("      ", &entry.rule.text);
        let style = if entry.is_overdue { LOUD } else { FAINT };
        page.styled(style, &format!("      {}; {}", entry.rule.citation, entry.review)).newline();
    }
}
