//! A worksheet as JSON. Every amount is a whole number of cents, with the same in dollars as text.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::openapi::enums;
use crate::service_plan::item::PlanItem;
use crate::service_plan::legal_concern::ConcernId;
use crate::service_plan::money::Cents;
use crate::service_plan::worksheet::{
    Alternative, Commitment, CommitmentKind, PartyTotal, PlanParty, Worksheet, WorksheetItem,
};

/// What the items cost, who pays how much, and what is left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Worksheet)]
pub(crate) struct WorksheetJson<'a> {
    /// What has to be paid.
    items: Vec<WorksheetItemJson>,
    /// Who pays, reduces or waives how much.
    commitments: Vec<CommitmentJson>,
    /// The sums of each party.
    by_party: Vec<PartyTotalJson>,
    /// What the items cost.
    total: MoneyJson,
    /// What the parties committed, agreed or not.
    committed: MoneyJson,
    /// What is agreed.
    agreed: MoneyJson,
    /// What nobody has committed yet: total less committed. Negative if more is committed than the items cost.
    balance: MoneyJson,
    /// What is not agreed yet: total less agreed.
    not_agreed: MoneyJson,
    /// The items for which more is committed by name than they cost.
    #[schema(value_type = Vec<PlanItem>)]
    overpaid_items: Vec<&'static str>,
    /// What the hospital states as the alternative; null if nothing.
    #[schema(required)]
    alternative: Option<AlternativeJson>,
    /// What matters in law about some of the lines.
    concerns: Vec<LegalConcernJson<'a>>,
}

/// An amount of money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Money)]
struct MoneyJson {
    /// In whole cents.
    #[schema(examples(100_000))]
    cents: i64,
    /// In dollars.
    #[schema(examples("$1,000.00"))]
    text: String,
}

/// One item and what it costs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorksheetItem)]
struct WorksheetItemJson {
    /// The item.
    #[schema(value_type = PlanItem)]
    item: &'static str,
    /// What exactly.
    #[schema(required)]
    label: Option<String>,
    /// What it costs.
    amount: MoneyJson,
}

/// One commitment of one party.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Commitment)]
struct CommitmentJson {
    /// Who.
    #[schema(value_type = PlanParty)]
    party: &'static str,
    /// In which way.
    #[schema(value_type = CommitmentKind)]
    kind: &'static str,
    /// How much.
    amount: MoneyJson,
    /// The item it is for; null for the whole worksheet.
    #[schema(required, value_type = Option<PlanItem>)]
    item: Option<&'static str>,
    /// Whether the party agreed.
    agreed: bool,
    /// Whether compliance has signed.
    compliance_signed: bool,
    /// Whether the plan pays although it is no covered benefit.
    outside_benefit: bool,
    /// What matters in law about it: an `id` of `concerns`.
    #[schema(required, value_type = Option<enums::ConcernCode>)]
    concern: Option<&'static str>,
}

/// What one party committed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartyTotal)]
struct PartyTotalJson {
    /// The party.
    #[schema(value_type = PlanParty)]
    party: &'static str,
    /// The sum of its commitments.
    committed: MoneyJson,
    /// The part of it that is agreed.
    agreed: MoneyJson,
    /// Whether all of it is agreed.
    is_agreed: bool,
}

/// What the patient would cost the hospital without the plan, as it states.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alternative)]
struct AlternativeJson {
    /// How many days.
    days: u32,
    /// What a day costs.
    cost_a_day: MoneyJson,
    /// What all days cost.
    total: MoneyJson,
    /// Total of the alternative less total of the worksheet: positive if the alternative costs more.
    difference: MoneyJson,
}

/// What matters in law about a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LegalConcern)]
struct LegalConcernJson<'a> {
    /// The name.
    #[schema(value_type = enums::ConcernCode)]
    id: &'static str,
    /// The rule in a sentence.
    says: &'a str,
    /// Whether a line with it cannot be agreed before compliance has signed.
    needs_signature: bool,
    /// Where the rule is written.
    #[schema(examples("42 USC 1320a-7b(b)"))]
    citation: &'a str,
    /// The first day for which the entry is written.
    effective: Date,
    /// Who reviewed the entry; null if nobody has.
    #[schema(required)]
    reviewed_by: Option<&'a str>,
}

impl From<Cents> for MoneyJson {
    fn from(amount: Cents) -> Self {
        Self { cents: amount.cents(), text: amount.to_string() }
    }
}

impl<'a> From<&'a Worksheet> for WorksheetJson<'a> {
    fn from(sheet: &'a Worksheet) -> Self {
        let concerns =
            ConcernId::ALL.into_iter().filter(|id| sheet.commitments.iter().any(|line| line.concern() == Some(*id)));
        Self {
            items: sheet.items.iter().map(WorksheetItemJson::from).collect(),
            commitments: sheet.commitments.iter().map(CommitmentJson::from).collect(),
            by_party: sheet.by_party().into_iter().map(PartyTotalJson::from).collect(),
            total: sheet.total().into(),
            committed: sheet.committed().into(),
            agreed: sheet.agreed().into(),
            balance: sheet.balance().into(),
            not_agreed: sheet.not_agreed().into(),
            overpaid_items: sheet.overpaid_items().into_iter().map(PlanItem::code).collect(),
            alternative: sheet.alternative.map(|alternative| AlternativeJson::new(alternative, sheet)),
            concerns: concerns.filter_map(LegalConcernJson::of).collect(),
        }
    }
}

impl From<&WorksheetItem> for WorksheetItemJson {
    fn from(item: &WorksheetItem) -> Self {
        Self { item: item.item.code(), label: item.label.as_ref().map(ToString::to_string), amount: item.amount.into() }
    }
}

impl From<&Commitment> for CommitmentJson {
    fn from(line: &Commitment) -> Self {
        Self {
            party: line.party.code(),
            kind: line.kind.code(),
            amount: line.amount.into(),
            item: line.item.map(PlanItem::code),
            agreed: line.agreed,
            compliance_signed: line.compliance_signed,
            outside_benefit: line.outside_benefit,
            concern: line.concern().map(ConcernId::code),
        }
    }
}

impl From<PartyTotal> for PartyTotalJson {
    fn from(total: PartyTotal) -> Self {
        Self {
            party: total.party.code(),
            committed: total.committed.into(),
            agreed: total.agreed.into(),
            is_agreed: total.is_agreed(),
        }
    }
}

impl AlternativeJson {
    fn new(alternative: Alternative, sheet: &Worksheet) -> Self {
        Self {
            days: alternative.days,
            cost_a_day: alternative.cost_a_day.into(),
            total: alternative.total().into(),
            difference: alternative.difference(sheet.total()).into(),
        }
    }
}

impl LegalConcernJson<'_> {
    fn of(id: ConcernId) -> Option<Self> {
        let concern = id.entry()?;
        Some(Self {
            id: id.code(),
            says: &concern.says,
            needs_signature: concern.needs_signature,
            citation: &concern.citation,
            effective: concern.effective,
            reviewed_by: concern.review().reviewed().map(|(by, _)| by),
        })
    }
}
