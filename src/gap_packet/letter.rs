//! Writes the letter of a packet as a document with sections, which every format prints.

use jiff::civil::Date;

use crate::choice_list::document::{BlankField, ListBlock, ListDocument, ListSection, ProviderEntry, SectionKind, TextLine};
use crate::choice_list::language::Language;
use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::evidence::Evidence;
use crate::gap_packet::law::{GapRule, GapRuleCode};
use crate::gap_packet::plan_kind::PlanKind;
use crate::gap_packet::table::{PacketRow, RowGroup, rows};
use crate::gap_packet::{GapPacket, printed_name};
use crate::ledger::packet_id::PacketId;
use crate::matching::report::FitTier;
use crate::phrases;
use crate::place::Precision;
use crate::service::Need;
use crate::text::count_text::counted;
use crate::text::us_date::us_date;

/// Facts about the packet itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PacketMetadata {
    /// Its id.
    pub id: PacketId,
    /// The date of the packet.
    pub made_on: Date,
    /// The build date of the directory.
    pub directory_on: Date,
    /// Whether the directory is sample data.
    pub synthetic: bool,
}

/// What is printed on every page of a packet from sample data.
const SAMPLE: &str = "SAMPLE: every provider, payer and network is invented. Do not send this.";

/// The word across every page of a letter that must not be sent yet.
const DRAFT: &str = "DRAFT";

/// The letter of `packet`.
pub(crate) fn letter(packet: &GapPacket<'_>, about: &PacketMetadata) -> ListDocument {
    let writer = LetterWriter { packet, about, rows: rows(packet) };
    let number = format!("Packet number: {}", about.id);
    let phone = packet.hospital.phone.as_ref().map(|phone| format!("Questions: {phone}"));
    let made = format!("Date: {}", us_date(about.made_on));
    // A provider that has not answered is called before a plan is asked.
    let is_draft = packet.evidence.unanswered() > 0;
    let sample = about.synthetic.then(|| (Language::English, SAMPLE.to_owned()));
    ListDocument {
        language: Language::English,
        title: format!("Request for a network exception: {}", packet.discharge.service.label()),
        watermark: is_draft.then(|| DRAFT.to_owned()),
        notices: sample.clone().into_iter().chain(writer.unanswered()).collect(),
        head: packet.hospital.name.clone().into_iter().chain([made, number.clone()]).chain(phone).collect(),
        sections: writer.sections(),
        again: sample.into_iter().chain(is_draft.then(|| (Language::English, DRAFT.to_owned()))).collect(),
        foot: format!("{number} · Facts from the directory of {}", us_date(about.directory_on)),
    }
}

struct LetterWriter<'a> {
    packet: &'a GapPacket<'a>,
    about: &'a PacketMetadata,
    rows: Vec<PacketRow<'a>>,
}

fn section(kind: SectionKind, title: &str, blocks: Vec<ListBlock>) -> ListSection {
    ListSection { kind, service: None, title: title.to_owned(), blocks }
}

fn points(lines: impl IntoIterator<Item = String>) -> ListBlock {
    ListBlock::Points(lines.into_iter().map(TextLine::from).collect())
}

/// The name of the plan.
fn plan(discharge: &Discharge) -> String {
    discharge.coverage.as_ref().map(Coverage::name).unwrap_or_default()
}

impl LetterWriter<'_> {
    /// A provider in network that has not answered may still take the patient.
    fn unanswered(&self) -> Option<(Language, String)> {
        let open = self.packet.evidence.unanswered();
        let says = format!(
            "{DRAFT}: {} in network {} not said whether {} everything required. Call before you send this: a yes closes the gap.",
            counted(open.into(), "provider"),
            if open == 1 { "has" } else { "have" },
            if open == 1 { "it takes" } else { "they take" },
        );
        (open > 0).then_some((Language::English, says))
    }

    fn sections(&self) -> Vec<ListSection> {
        let standards = self.packet.standards().map(|standards| {
            let lines = standards.lines();
            let blocks = [ListBlock::Text(standards.words())].into_iter();
            let blocks = blocks.chain((!lines.is_empty()).then(|| points(lines))).collect();
            section(SectionKind::Standards, "Network standards of the county", blocks)
        });
        let before = [self.request(), self.question(), self.checked(), self.capable()];
        before.into_iter().chain(standards).chain([self.sources(), self.rules(), by_hand()]).collect()
    }

    fn request(&self) -> ListSection {
        let (discharge, evidence) = (self.packet.discharge, self.packet.evidence);
        let plan = plan(discharge);
        let asks = format!(
            "We ask {plan} to cover this level of care from a provider out of its network: {}. We checked {}; none in network is \
             known to meet the question below.",
            discharge.service.label().to_lowercase(),
            counted(evidence.checked.into(), "provider"),
        );
        let rests: Vec<&GapRule> = self.packet.rules().filter(|rule| rule.id != GapRuleCode::NetworkStandards).collect();
        let law = match (rests.as_slice(), self.packet.plan_kind) {
            ([], _) => "No rule is cited for this kind of plan. The request rests on the plan's own terms.".to_owned(),
            ([rule], Some(_)) => format!("The request rests on {}.", rule.citation),
            (rules, _) => {
                let each = |rule: &&GapRule| format!("{} for a {}", rule.citation, kind_in_words(rule.plan_kind));
                let each: Vec<String> = rules.iter().map(each).collect();
                format!("The kind of the plan is not stated. The request rests on {}.", each.join(", or "))
            }
        };
        let blocks = vec![ListBlock::Text(asks), ListBlock::Text(law)];
        section(SectionKind::Request, "What we ask for", blocks)
    }

    fn question(&self) -> ListSection {
        let discharge = self.packet.discharge;
        let place = match discharge.near.precision {
            Precision::Zip | Precision::City => phrases::place(discharge),
            // A point may be a home.
            Precision::Address | Precision::Approximate => format!("ZIP code {}", discharge.near.zip),
        };
        let reach = match discharge.within {
            Some(miles) => format!("Within {} miles of {place}", miles.value()),
            None => format!("For {place}"),
        };
        let needs = |title: &str, labels: Vec<&str>| (!labels.is_empty()).then(|| format!("{title}: {}", labels.join(", ")));
        let required = needs("Required", discharge.required.iter().map(Need::label).collect());
        let preferred = needs("Preferred", discharge.preferred.iter().map(Need::label).collect());
        let lines = [
            Some(format!("Level of care: {}", discharge.service.label())),
            Some(reach),
            Some(format!("Plan: {}", plan(discharge))),
            required.or_else(|| Some("Required: nothing special".to_owned())),
            preferred,
            Some(format!("Care starts on {}", us_date(discharge.on))),
            Some(format!("Asked on {}", us_date(discharge.asked_on))),
        ];
        let says =
            "Facts of the patient that limits were checked against, such as age or weight, are not printed.".to_owned();
        let blocks = vec![points(lines.into_iter().flatten()), ListBlock::Text(says)];
        section(SectionKind::Question, "The question", blocks)
    }

    fn checked(&self) -> ListSection {
        let evidence = self.packet.evidence;
        let listed = self.entries(RowGroup::InNetwork);
        let fits = FitTier::ALL.into_iter().filter_map(|fit| {
            let count = evidence.counts.get(&fit).copied().filter(|count| *count > 0)?;
            Some(format!("{count} {}", fails(fit)))
        });
        let reasons = evidence.left_out.iter().map(|(reason, count)| phrases::reason(*reason, *count));
        let total = format!("{} in the search area:", counted(evidence.checked.into(), "provider"));
        let list = match listed.len() {
            0 => format!("{} lists no provider of this level of care there.", plan(self.packet.discharge)),
            count => format!(
                "{} lists {}. Each, with why it does not meet the question:",
                plan(self.packet.discharge),
                if count == 1 { "1 of them".to_owned() } else { format!("{count} of them") }
            ),
        };
        let mut blocks = vec![ListBlock::Text(total), points(fits.chain(reasons)), ListBlock::Text(list)];
        blocks.extend((!listed.is_empty()).then_some(ListBlock::Places(listed)));
        section(SectionKind::Checked, "Providers in network", blocks)
    }

    fn capable(&self) -> ListSection {
        let evidence = self.packet.evidence;
        let within = evidence.capable_within.map(|miles| format!(" within {} miles", miles.value())).unwrap_or_default();
        let listed = self.entries(RowGroup::OutOfNetwork);
        let says = if listed.is_empty() {
            format!("No provider out of network{within} is known to accept everything required.")
        } else {
            format!(
                "The nearest out of network{within} that accept everything required. Whether they have a place for this patient must be asked."
            )
        };
        let mut blocks = vec![ListBlock::Text(says)];
        blocks.extend((!listed.is_empty()).then_some(ListBlock::Places(listed)));
        section(SectionKind::Capable, "Providers out of network that can take the patient", blocks)
    }

    fn entries(&self, group: RowGroup) -> Vec<ProviderEntry> {
        self.rows.iter().filter(|row| row.group == group).map(entry).collect()
    }

    fn sources(&self) -> ListSection {
        let lines = self.packet.sources().into_iter().map(phrases::evidence);
        section(SectionKind::Sources, "Sources", vec![points(lines)])
    }

    fn rules(&self) -> ListSection {
        let line = |rule: &GapRule| {
            let review = rule.review().words(self.about.made_on);
            format!("{}: {} (Entry of {}; {review}.)", rule.citation, rule.says, us_date(rule.effective))
        };
        let mut lines: Vec<String> = self.packet.rules().map(line).collect();
        if lines.is_empty() {
            lines.push("No federal rule is cited for this kind of plan.".to_owned());
        }
        section(SectionKind::Rules, "Rules", vec![points(lines)])
    }
}

/// Fields to fill in by hand: they are printed empty and stored nowhere.
fn by_hand() -> ListSection {
    let field = |label: &str, is_large| BlankField { label: label.to_owned(), is_large };
    let blanks = vec![
        field("Member: name and number", true),
        field("Why the patient needs this care", true),
        field("Provider asked for", false),
        field("Requested by, and telephone", false),
        field("Signature", false),
        field("Date and time", false),
    ];
    let says = "Fill in by hand. Nothing written here is stored.".to_owned();
    section(SectionKind::Record, "For the plan", vec![ListBlock::Text(says), ListBlock::Blanks(blanks)])
}

/// A provider with its facts, one per line.
fn entry(row: &PacketRow<'_>) -> ProviderEntry {
    let provider = row.provider;
    let address = provider.address.as_ref().map(|fact| phrases::address(&fact.value));
    let distance = row.distance.map(|miles| format!("{miles} miles"));
    let reach: Vec<String> = [address, distance].into_iter().flatten().collect();
    let accepted = row.accepted();
    let accepts =
        (row.group == RowGroup::OutOfNetwork && !accepted.is_empty()).then(|| format!("Accepts: {}", accepted.join(", ")));
    let reasons = row.reasons.iter().map(|reason| match reason.evidence {
        Some(by) => format!("Why not: {} ({})", reason.why, phrases::evidence(by)),
        None => format!("Why not: {}", reason.why),
    });
    let source = row.network.evidence.as_ref().map(|by: &Evidence| format!(" ({})", by.source)).unwrap_or_default();
    let network = format!("{}{source}", phrases::network(row.network));
    let lines = [reach.join(" · "), phrases::phone(provider), network];
    let lines = lines.into_iter().filter(|line| !line.is_empty()).chain(accepts).chain(reasons).map(TextLine::from).collect();
    ProviderEntry { name: printed_name(provider), lines }
}

fn kind_in_words(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::MedicareAdvantage => "Medicare Advantage plan",
        PlanKind::MedicaidManaged => "Medicaid managed care plan",
        PlanKind::Marketplace => "qualified health plan",
        PlanKind::Other => "plan of another kind",
    }
}

/// What a count of providers of one fit is of.
fn fails(fit: FitTier) -> &'static str {
    match fit {
        FitTier::Ready => "ready",
        FitTier::Meets => "meet the requirements",
        FitTier::AskProvider => "in network, silent on something required",
        FitTier::AskPlan => "not confirmed by the plan's directory",
        FitTier::NoRoom => "with no room on that date",
        FitTier::OutOfNetwork => "out of network",
    }
}
