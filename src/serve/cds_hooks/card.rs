//! A card: how many providers fit, how the call was read and what of it was not used, and where to
//! continue.
//!
//! It counts and names no provider: the choice is the patient's, and a list to choose from has its
//! own page. Text from files is escaped, so that no plan name can put a link or a heading on a
//! card; free text of the call is never on it.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::catalog::manifest::Manifest;
use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::matching::report::{FitTier, Report};
use crate::phrases;
use crate::place::ZipTable;
use crate::serve::cds_hooks::payer::{CoverageRejection, PayerDecision, name as called};
use crate::serve::cds_hooks::request::CardRequest;
use crate::service::{DeliveryMode, Service};
use crate::text::printable;

/// The answer to a call of the hook.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Cards {
    /// One card, which names the other ordered services; none if there is nothing to report.
    pub(crate) cards: Vec<Card>,
}

/// One card (CDS Hooks 2.0, "Card Attributes").
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Card {
    /// The id that feedback refers to.
    #[schema(value_type = String, format = "uuid")]
    uuid: Uuid,
    /// The counts, in at most 139 characters.
    #[schema(max_length = 139)]
    summary: String,
    /// How the call was read and what of it was not used, in Markdown.
    detail: String,
    /// Always `info`.
    indicator: &'static str,
    /// Who the card is from.
    source: CardSource,
    /// Where to continue; no link carries anything about the patient.
    links: Vec<CardLink>,
    /// The reasons offered for overriding it.
    #[schema(value_type = Vec<OverrideReason>)]
    override_reasons: [OverrideReason; 3],
}

/// Who a card is from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CardSource)]
struct CardSource {
    /// Its name.
    label: &'static str,
    /// Its URL, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    url: Option<String>,
}

/// Where to continue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CardLink)]
struct CardLink {
    /// The text of the link.
    label: &'static str,
    /// The URL of the start page.
    url: String,
    /// Always `absolute`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Why a card is overridden (a FHIR `Coding`).
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = OverrideReason)]
pub(crate) struct OverrideReason {
    /// The system of the code.
    system: &'static str,
    /// The code.
    pub(crate) code: &'static str,
    /// The text for people.
    display: &'static str,
}

/// The reasons offered.
pub(crate) const REASONS: [OverrideReason; 3] = [
    reason("arranged", "Already arranged"),
    reason("other-service", "Another service is needed"),
    reason("not-discharged", "The patient is not being discharged now"),
];

const fn reason(code: &'static str, display: &'static str) -> OverrideReason {
    OverrideReason { system: "urn:placement:override-reason", code, display }
}

/// What a card is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CardContext<'a> {
    /// How the call was read.
    pub(crate) understood: &'a CardRequest,
    /// The answer.
    pub(crate) report: &'a Report,
    /// The directory.
    pub(crate) manifest: &'a Manifest,
    /// The time.
    pub(crate) now: Timestamp,
}

impl Card {
    /// The card of a report; `page` is the absolute URL of the start page, if known.
    pub(crate) fn new(ground: &CardContext<'_>, page: Option<String>) -> Self {
        let links = page.iter().map(|url| CardLink { label: "Open placement", url: url.clone(), kind: "absolute" });
        Self {
            uuid: Uuid::new_v4(),
            summary: ground.summary(),
            detail: ground.detail(),
            indicator: "info",
            links: links.collect(),
            source: CardSource { label: "placement", url: page },
            override_reasons: REASONS,
        }
    }
}

/// The words for a tier in the summary.
fn short(fit: FitTier) -> &'static str {
    match fit {
        FitTier::Ready => "ready",
        FitTier::AskProvider => "to ask",
        FitTier::AskPlan => "for the plan to confirm",
        FitTier::OutOfNetwork => "out of network",
    }
}

impl CardContext<'_> {
    fn discharge(&self) -> &Discharge {
        &self.report.discharge
    }

    /// The tiers that occur, best first, with their counts.
    fn counts(&self) -> impl Iterator<Item = (FitTier, u32)> {
        FitTier::ALL.into_iter().map(|fit| (fit, self.report.count(fit))).filter(|(_, count)| *count > 0)
    }

    /// "Skilled nursing facility near 64108: 7 ready, 4 to ask".
    /// Its longest form has 125 characters; the standard allows 139.
    fn summary(&self) -> String {
        let discharge = self.discharge();
        let where_to = match discharge.geography() {
            DeliveryMode::PatientTravels => "near",
            DeliveryMode::ProviderComes => "for",
        };
        let counts: Vec<String> = self.counts().map(|(fit, count)| format!("{count} {}", short(fit))).collect();
        let counts = if counts.is_empty() { "none found in reach".to_owned() } else { counts.join(", ") };
        let uncounted = if discharge.coverage.is_none() { " (coverage not counted)" } else { "" };
        format!("{} {where_to} {}: {counts}{uncounted}", discharge.service.label(), discharge.near.zip)
    }

    fn detail(&self) -> String {
        let mut text = format!("**{}**\n", self.asked());
        // Writing to a String cannot fail.
        let mut line = |words: &str| {
            let _ = write!(text, "\n- {words}");
        };
        for (fit, count) in self.counts() {
            line(&format!("{count} {}", self.means(fit)));
        }
        let left_out: u32 = self.report.left_out.values().sum();
        if left_out > 0 {
            line(&format!("{left_out} excluded, each with its reason on the page"));
        }
        for remark in self.remarks() {
            line(&remark);
        }
        for suggestion in &self.report.suggestions {
            line(&format!("What would help: {}", suggestion.text));
        }
        let _ = write!(text, "\n\nFrom {}.", phrases::directory(self.manifest, self.now));
        text
    }

    /// "Skilled nursing facility within 25 miles of 64108 Kansas City MO · Original Medicare ·
    /// IV antibiotics".
    fn asked(&self) -> String {
        let discharge = self.discharge();
        let zip = discharge.near.zip;
        let town = ZipTable::curated().get(zip).map(|place| format!(" {} {}", place.city, place.state));
        let place = format!("{zip}{}", town.unwrap_or_default());
        let place = match discharge.within {
            Some(miles) => format!("within {} miles of {place}", miles.value()),
            None => format!("for {place}"),
        };
        let paid = match &discharge.coverage {
            None => "coverage not counted".to_owned(),
            Some(Coverage::Medicare) => "Original Medicare".to_owned(),
            Some(Coverage::Medicaid(state)) => format!("Medicaid of {state}"),
            Some(Coverage::SelfPay) => "the patient pays".to_owned(),
            Some(Coverage::Networks { name, .. }) => match &self.understood.paying {
                PayerDecision::Read(read) => escaped(&called(read)),
                PayerDecision::Unread(_) => escaped(name),
            },
        };
        let mut parts = vec![format!("{} {place}", discharge.service.label()), paid];
        parts.extend(discharge.required.iter().map(|need| need.label().to_owned()));
        parts.join(" · ")
    }

    /// What a tier means for this question.
    fn means(&self, fit: FitTier) -> &'static str {
        let plan = self.discharge().coverage.is_some();
        let needs = !self.discharge().required.is_empty();
        match (fit, plan, needs) {
            (FitTier::Ready, true, true) => "ready: in network, and take what was ordered",
            (FitTier::Ready, true, false) => "ready: in network",
            (FitTier::Ready, false, true) => "ready: take what was ordered; no plan was counted",
            (FitTier::Ready, false, false) => "ready: in reach; neither a plan nor a need was counted",
            (FitTier::AskProvider, ..) => "to ask whether they take what was ordered",
            (FitTier::AskPlan, ..) => "for the plan to confirm",
            (FitTier::OutOfNetwork, ..) => "out of network",
        }
    }

    /// How the call was read, and what of it was not used.
    fn remarks(&self) -> Vec<String> {
        let understood = self.understood;
        let by = if understood.ordered { "an order" } else { "the discharge disposition" };
        let mut remarks = vec![format!("Read from {by}: {}", understood.read_from.label)];
        remarks.extend(understood.read_from.note.clone());
        if !understood.hospitals_word {
            remarks
                .push("The ZIP code is from a location that the EHR sent; the hospital's own is not configured.".to_owned());
        }
        if let PayerDecision::Unread(why) = &understood.paying {
            remarks.push(uncounted(why));
        }
        if understood.begins_later && understood.paying != PayerDecision::Unread(CoverageRejection::NotBegun) {
            remarks.push("A coverage that begins later was not counted.".to_owned());
        }
        if !understood.also_ordered.is_empty() {
            let labels: Vec<&str> = understood.also_ordered.iter().copied().map(Service::label).collect();
            remarks.push(format!("Also ordered, not counted here: {}", labels.join(", ")));
        }
        match understood.unread_orders {
            0 => {}
            1 => remarks.push("1 order has no known code.".to_owned()),
            several => remarks.push(format!("{several} orders have no known code.")),
        }
        remarks
    }
}

/// Why coverage was not counted.
fn uncounted(why: &CoverageRejection) -> String {
    let because = match why {
        CoverageRejection::NotSent => "none was sent".to_owned(),
        CoverageRejection::NoneInForce => "the EHR has none in force".to_owned(),
        CoverageRejection::Ended => "the one sent has ended".to_owned(),
        CoverageRejection::NotBegun => "none that was sent is in force today; one begins later".to_owned(),
        CoverageRejection::OtherPayer => "its plan is known here, but not with the payer that was sent".to_owned(),
        CoverageRejection::SeveralInForce => "several are in force, and none is marked as the first".to_owned(),
        CoverageRejection::FitsNothing => {
            "what was sent is not the full name of a plan here, nor a program with its state".to_owned()
        }
        CoverageRejection::FitsSeveral(names) => {
            const NAMED: usize = 3;
            let named: Vec<String> = names.iter().take(NAMED).map(|name| escaped(name)).collect();
            let more = if names.len() > NAMED { " and others" } else { "" };
            format!("what was sent matches several: {}{more}", named.join(", "))
        }
    };
    format!("Coverage was not counted: {because}.")
}

/// Text of a file for Markdown: characters that would format it, make a link or break the line are
/// shown as they are.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let text = printable(text);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let makes_a_link = match c {
            '.' => rest.peek().is_some_and(|next| next.is_alphanumeric()),
            ':' => rest.peek() == Some(&'/'),
            _ => false,
        };
        if makes_a_link || "\\`*_[]<>&#|~@!".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_marks_up_links_or_breaks_the_line() {
        for (name, shown) in [
            ("St. Luke's Gold (HMO)", "St. Luke's Gold (HMO)"),
            ("[free](http://x)", "\\[free\\](http\\://x)"),
            ("www.example.com", "www\\.example\\.com"),
            ("<img src=x>\n# Big", "\\<img src=x\\> \\# Big"),
            ("a\u{202e}b **c**", "ab \\*\\*c\\*\\*"),
        ] {
            assert_eq!(escaped(name), shown);
        }
    }
}
