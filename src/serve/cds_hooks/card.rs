//! A card: how many providers fit, how many have a safety notice, how the call was read and what of
//! it was not used, and where to continue.
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
use crate::discharge::{Discharge, MOST_SHOWN};
use crate::matching::report::{FitTier, Report};
use crate::phrases;
use crate::phrases::safety::{gravity, safety_of, short_notice};
use crate::phrases::tiers::{tier_count, tiers_found};
use crate::place::ZipTable;
use crate::serve::cds_hooks::payer::{CoverageRejection, PayerDecision, name as called};
use crate::serve::cds_hooks::request::CardRequest;
use crate::serve::cds_hooks::suggestion::CardSuggestion;
use crate::serve::pages::answer::tiers::FitLabels;
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
    /// A draft task, if the hospital has them offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<CardSuggestion>,
    /// How many suggestions may be taken; only with suggestions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    selection_behavior: Option<&'static str>,
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
    /// The URL of the ranked answer, which can be opened once within five minutes by somebody who
    /// signs in to the pages.
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

/// Where the links of a card lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CardAddresses {
    /// The start page, if its URL is known.
    pub(crate) start: Option<String>,
    /// The ranked answer.
    pub(crate) answer: Option<String>,
}

impl Card {
    /// The card of a report, with a draft task if `has_task`, and no links yet.
    pub(crate) fn new(ground: &CardContext<'_>, has_task: bool) -> Self {
        let suggestions: Vec<CardSuggestion> =
            has_task.then(|| CardSuggestion::task(ground.understood.service, Uuid::new_v4())).into_iter().collect();
        Self {
            uuid: Uuid::new_v4(),
            summary: ground.summary(),
            detail: ground.detail(),
            indicator: "info",
            links: Vec::new(),
            selection_behavior: (!suggestions.is_empty()).then_some("at-most-one"),
            suggestions,
            source: CardSource { label: "placement", url: None },
            override_reasons: REASONS,
        }
    }

    /// The same with its links.
    pub(crate) fn leading_to(self, addresses: CardAddresses) -> Self {
        let CardAddresses { start, answer } = addresses;
        let links = answer.map(|url| CardLink { label: "See these providers", url, kind: "absolute" });
        let source = CardSource { url: start, ..self.source };
        Self { links: links.into_iter().collect(), source, ..self }
    }
}

/// The most characters of a summary (CDS Hooks 2.0: fewer than 140).
const LONGEST_SUMMARY: usize = 139;

impl CardContext<'_> {
    fn discharge(&self) -> &Discharge {
        &self.report.discharge
    }

    /// A tier with its count. Coverage that was not checked makes nobody ready.
    fn counted(&self, fit: FitTier, count: u32) -> String {
        match (fit, &self.discharge().coverage) {
            (FitTier::Ready, None) => format!("{count} may fit, with room"),
            (FitTier::Meets, None) => format!("{count} may fit"),
            (FitTier::NoRoom, _) => format!("{count} with no room"),
            _ => tier_count(fit, count, self.discharge()),
        }
    }

    /// "Skilled nursing facility near 64108: 7 ready, 4 to call". The best tier that has providers comes first; tiers that do not fit
    /// into the length are counted together.
    fn summary(&self) -> String {
        let discharge = self.discharge();
        let where_to = match discharge.geography() {
            DeliveryMode::PatientTravels => "near",
            DeliveryMode::ProviderComes => "for",
        };
        let start = format!("{} {where_to} {}: ", discharge.service.label(), discharge.near.zip);
        let tiers: Vec<(FitTier, u32)> = tiers_found(self.report).collect();
        if let PayerDecision::Unread(why) = &self.understood.paying {
            let count: u32 = tiers.iter().map(|(_, count)| count).sum();
            let found = if count == 0 { "none found".to_owned() } else { format!("{count} in the search area") };
            return shortened(&format!("{start}{found}; "), unchecked(why), self.understood.unused.payer_sent.as_deref());
        }
        if tiers.is_empty() {
            return format!("{start}none found");
        }
        let first = |shown: usize| {
            let counts = tiers.iter().take(shown).map(|(fit, count)| self.counted(*fit, *count));
            let others: u32 = tiers.iter().skip(shown).map(|(_, count)| count).sum();
            let others = (others > 0).then(|| format!("{others} others"));
            format!("{start}{}", counts.chain(others).collect::<Vec<_>>().join(", "))
        };
        let all = (1..=tiers.len()).rev().map(first);
        all.into_iter().find(|summary| summary.chars().count() <= LONGEST_SUMMARY).unwrap_or_else(|| first(1))
    }

    /// "31 have a safety notice: 1 in the Special Focus Facility program, 3 cited for abuse". `None` where nobody has one.
    fn safety(&self) -> Option<String> {
        let (mut noticed, mut codes) = (0_u64, Vec::new());
        for found in &self.report.matches {
            let notices = safety_of(&found.provider, self.discharge());
            let mut shorts: Vec<&str> = notices.iter().filter_map(|notice| short_notice(notice.code)).collect();
            shorts.dedup();
            noticed += u64::from(!shorts.is_empty());
            codes.extend(shorts);
        }
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for code in codes {
            match kinds.iter_mut().find(|(known, _)| *known == code) {
                Some((_, count)) => *count += 1,
                None => kinds.push((code, 1)),
            }
        }
        kinds.sort_by_key(|(kind, _)| gravity(kind));
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let have = if noticed == 1 { "1 has a safety notice".to_owned() } else { format!("{noticed} have a safety notice") };
        let of = if self.report.next_cursor.is_none() { String::new() } else { format!(" of the first {MOST_SHOWN}") };
        (noticed > 0).then(|| format!("{have}{of}: {}", kinds.join(", ")))
    }

    fn detail(&self) -> String {
        let mut text = format!("**{}**\n", self.asked());
        // Writing to a String cannot fail.
        let mut line = |words: &str| {
            let _ = write!(text, "\n- {words}");
        };
        for (fit, count) in tiers_found(self.report) {
            line(&format!("{}: {}", self.counted(fit, count), FitLabels::of(fit, self.discharge()).meaning));
        }
        self.safety().iter().for_each(|safety| line(safety));
        let left_out: u32 = self.report.left_out.values().sum();
        if left_out > 0 {
            line(&format!("{left_out} excluded; the page says why"));
        }
        for remark in self.remarks() {
            line(&remark);
        }
        for suggestion in &self.report.suggestions {
            line(&format!("To try next: {}", suggestion.text));
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
            None => "coverage not checked".to_owned(),
            Some(Coverage::Medicare) => "Original Medicare".to_owned(),
            Some(Coverage::Medicaid(state)) => format!("{} Medicaid", state.name()),
            Some(Coverage::SelfPay) => "Self-pay".to_owned(),
            Some(Coverage::Networks { name, .. } | Coverage::UnknownPlan { name }) => match &self.understood.paying {
                PayerDecision::Read(read) => escaped(&called(read)),
                PayerDecision::Unread(_) => escaped(name),
            },
        };
        let mut parts = vec![format!("{} {place}", discharge.service.label()), paid];
        parts.extend(discharge.required.iter().map(|need| need.label().to_owned()));
        parts.join(" · ")
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
        let unused = &understood.unused;
        if let Some(name) = &unused.payer_sent {
            remarks.push(format!("The EHR calls it: {}", escaped(name)));
        }
        if unused.begins_later && understood.paying != PayerDecision::Unread(CoverageRejection::NotBegun) {
            remarks.push("A coverage that begins later was not checked.".to_owned());
        }
        if !unused.also_ordered.is_empty() {
            let labels: Vec<&str> = unused.also_ordered.iter().copied().map(Service::label).collect();
            remarks.push(format!("Also ordered, not counted here: {}", labels.join(", ")));
        }
        if !unused.named_in_words.is_empty() {
            let labels: Vec<&str> = unused.named_in_words.iter().map(|need| need.label()).collect();
            remarks.push(format!("Ordered in words only, not counted here: {}", labels.join(", ")));
        }
        match unused.unread_orders {
            0 => {}
            1 => remarks.push("1 order has no known code.".to_owned()),
            several => remarks.push(format!("{several} orders have no known code.")),
        }
        remarks
    }
}

/// Why nobody is counted as ready, in a few words.
fn unchecked(why: &CoverageRejection) -> &'static str {
    match why {
        CoverageRejection::NotSent
        | CoverageRejection::NoneInForce
        | CoverageRejection::Ended
        | CoverageRejection::NotBegun
        | CoverageRejection::SeveralInForce => "coverage not checked",
        CoverageRejection::FitsNothing | CoverageRejection::OtherPayer => "plan not recognized",
        CoverageRejection::FitsSeveral(_) => "several plans match",
    }
}

/// A summary that ends with the name that was sent, as far as it fits.
fn shortened(start: &str, reason: &str, name: Option<&str>) -> String {
    let start = format!("{start}{reason}");
    let Some(name) = name else { return start };
    let room = LONGEST_SUMMARY.saturating_sub(start.chars().count() + 2);
    if name.chars().count() <= room {
        return format!("{start}: {name}");
    }
    let cut: String = name.chars().take(room.saturating_sub(1)).collect();
    if cut.is_empty() { start } else { format!("{start}: {}…", cut.trim_end()) }
}

/// Why coverage was not checked.
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
    format!("Coverage was not checked: {because}.")
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

    #[test]
    fn a_summary_ends_with_the_name_that_fits() {
        let start = "Skilled nursing facility near 64108: 102 in the search area; ";
        assert_eq!(shortened(start, "plan not recognized", Some("Aetna")), format!("{start}plan not recognized: Aetna"));
        assert_eq!(shortened(start, "coverage not checked", None), format!("{start}coverage not checked"));
        let long = shortened(start, "plan not recognized", Some(&"x".repeat(100)));
        assert!(long.chars().count() == LONGEST_SUMMARY && long.ends_with("x…"), "{long}");
    }
}
