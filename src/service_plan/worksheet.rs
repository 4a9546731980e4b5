//! The worksheet: what the items cost, who pays how much, and what is left. Sums are exact to the cent.

use crate::service_plan::item::PlanItem;
use crate::service_plan::item_label::ItemLabel;
use crate::service_plan::legal_concern::ConcernId;
use crate::service_plan::money::Cents;

/// Who takes part in paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanParty {
    /// The patient or the family.
    Patient,
    /// The insurer.
    Plan,
    /// The pharmacy.
    Pharmacy,
    /// The home health agency or another agency.
    Agency,
    /// The hospital.
    Hospital,
    /// A charity.
    Charity,
    /// Another party.
    Other,
}

impl PlanParty {
    /// Every party, in display order.
    pub const ALL: [Self; 7] =
        [Self::Patient, Self::Plan, Self::Pharmacy, Self::Agency, Self::Hospital, Self::Charity, Self::Other];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Plan => "plan",
            Self::Pharmacy => "pharmacy",
            Self::Agency => "agency",
            Self::Hospital => "hospital",
            Self::Charity => "charity",
            Self::Other => "other",
        }
    }

    /// The display name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Plan => "Insurer",
            Self::Pharmacy => "Pharmacy",
            Self::Agency => "Agency",
            Self::Hospital => "Hospital",
            Self::Charity => "Charity",
            Self::Other => "Other party",
        }
    }

    /// Whether it has a price of its own to reduce, or cost sharing to collect.
    pub(crate) fn charges(self) -> bool {
        match self {
            Self::Pharmacy | Self::Agency | Self::Hospital | Self::Other => true,
            Self::Patient | Self::Plan | Self::Charity => false,
        }
    }
}

/// How a party takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CommitmentKind {
    /// It pays.
    #[default]
    Pays,
    /// It reduces its own price.
    ReducesPrice,
    /// It waives a deductible or coinsurance.
    WaivesCostSharing,
}

impl CommitmentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Pays, Self::ReducesPrice, Self::WaivesCostSharing];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::ReducesPrice => "reduces_price",
            Self::WaivesCostSharing => "waives_cost_sharing",
        }
    }

    /// The display name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::ReducesPrice => "reduces its price",
            Self::WaivesCostSharing => "waives cost sharing",
        }
    }
}

/// What the items cost, and who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worksheet {
    /// What has to be paid; never empty.
    pub(crate) items: Vec<WorksheetItem>,
    /// Who pays, reduces or waives how much.
    pub(crate) commitments: Vec<Commitment>,
    /// What the hospital states as the alternative.
    pub(crate) alternative: Option<Alternative>,
}

/// One item and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorksheetItem {
    /// The item.
    pub(crate) item: PlanItem,
    /// What exactly.
    pub(crate) label: Option<ItemLabel>,
    /// What it costs.
    pub(crate) amount: Cents,
}

/// One commitment of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// Who.
    pub(crate) party: PlanParty,
    /// In which way.
    pub(crate) kind: CommitmentKind,
    /// How much.
    pub(crate) amount: Cents,
    /// The item it is for; `None` for the whole.
    pub(crate) item: Option<PlanItem>,
    /// Whether the party agreed.
    pub(crate) agreed: bool,
    /// Whether compliance has signed.
    pub(crate) compliance_signed: bool,
    /// Whether the plan pays although it is no covered benefit.
    pub(crate) outside_benefit: bool,
}

impl Commitment {
    /// What matters in law about it: a waiver, anything that an agency gives and what a pharmacy pays, and other reductions of a price.
    pub(crate) fn concern(&self) -> Option<ConcernId> {
        match (self.kind, self.party) {
            (CommitmentKind::WaivesCostSharing, _) => Some(ConcernId::WaivedCostSharing),
            (_, PlanParty::Agency) | (CommitmentKind::Pays, PlanParty::Pharmacy) => Some(ConcernId::PaidForTheCase),
            (CommitmentKind::ReducesPrice, _) => Some(ConcernId::ReducedPrice),
            (CommitmentKind::Pays, _) => None,
        }
    }

    /// Whether it cannot be agreed yet.
    pub(crate) fn lacks_signature(&self) -> bool {
        let needs = self.concern().and_then(ConcernId::entry).is_some_and(|concern| concern.needs_signature);
        needs && !self.compliance_signed
    }
}

/// What the patient would cost the hospital without the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// How many days.
    pub(crate) days: u32,
    /// What a day costs.
    pub(crate) cost_a_day: Cents,
}

impl Alternative {
    /// What all days cost.
    pub(crate) fn total(self) -> Cents {
        self.cost_a_day.times(self.days)
    }

    /// How much more it costs than `total`; negative if it costs less.
    pub(crate) fn difference(self, total: Cents) -> Cents {
        self.total() - total
    }
}

/// What one party committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyTotal {
    /// The party.
    pub(crate) party: PlanParty,
    /// The sum of its commitments.
    pub(crate) committed: Cents,
    /// The part of it that is agreed.
    pub(crate) agreed: Cents,
}

impl PartyTotal {
    /// Whether all of it is agreed.
    pub(crate) fn is_agreed(self) -> bool {
        self.committed == self.agreed
    }
}

impl Worksheet {
    /// What the items cost.
    pub fn total(&self) -> Cents {
        self.items.iter().map(|item| item.amount).sum()
    }

    /// What the parties committed, agreed or not.
    pub fn committed(&self) -> Cents {
        self.commitments.iter().map(|line| line.amount).sum()
    }

    /// What is agreed.
    pub fn agreed(&self) -> Cents {
        self.commitments.iter().filter(|line| line.agreed).map(|line| line.amount).sum()
    }

    /// What nobody has committed yet; negative if more is committed than the items cost.
    pub fn balance(&self) -> Cents {
        self.total() - self.committed()
    }

    /// What is not agreed yet; negative if more is agreed than the items cost.
    pub fn not_agreed(&self) -> Cents {
        self.total() - self.agreed()
    }

    /// The sums of each party that takes part, in display order.
    pub fn by_party(&self) -> Vec<PartyTotal> {
        let of = |party| {
            let mut lines = self.commitments.iter().filter(move |line| line.party == party).peekable();
            lines.peek()?;
            let (all, agreed): (Vec<Cents>, Vec<Cents>) =
                lines.map(|line| (line.amount, if line.agreed { line.amount } else { Cents::ZERO })).unzip();
            Some(PartyTotal { party, committed: all.into_iter().sum(), agreed: agreed.into_iter().sum() })
        };
        PlanParty::ALL.into_iter().filter_map(of).collect()
    }

    /// What an item costs, and what is committed for it by name.
    pub fn of_item(&self, item: PlanItem) -> (Cents, Cents) {
        let costs = self.items.iter().filter(|known| known.item == item).map(|known| known.amount).sum();
        let committed = self.commitments.iter().filter(|line| line.item == Some(item)).map(|line| line.amount).sum();
        (costs, committed)
    }

    /// The items for which more is committed by name than they cost, each once.
    pub fn overpaid_items(&self) -> Vec<PlanItem> {
        let mut items: Vec<PlanItem> = Vec::new();
        for line in &self.items {
            let (costs, committed) = self.of_item(line.item);
            if committed > costs && !items.contains(&line.item) {
                items.push(line.item);
            }
        }
        items
    }
}
