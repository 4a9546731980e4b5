//! The worksheet of a request: its fields and their bounds.

use crate::discharge::request::MatchRequest;
use crate::input::declare::{input, vocabulary};
use crate::input::values::{ListOf, Text, Whole};
use crate::service_plan::item::PlanItem;
use crate::service_plan::item_label::LONGEST_LABEL;
use crate::service_plan::money::Cents;
use crate::service_plan::worksheet::{CommitmentKind, PlanParty};

/// Most items of a worksheet, and most commitments. Our choice: more than fit on two pages.
pub(crate) const MOST_LINES: usize = 30;
/// Days of the alternative.
pub(crate) type AlternativeDays = Whole<1, 365>;

input! {
    /// Several services for one patient, and who pays. The facts `payer_class` and `part_b_pump_drug` of `screens` decide which entries of
    /// the coverage map apply. Nothing is stored.
    pub(crate) struct ServicePlanRequest as "ServicePlanWish" {
        /// The discharge, usually with `services`. `limit` is the number of matches that are shown of each; `cursor` and `include` do not
        /// apply.
        discharge: MatchRequest,
            required("discharge is missing", || Some("the same fields as the body of /v1/matches".to_owned()));
        /// What the items cost, and who pays; without it the plan has no worksheet.
        worksheet: WorksheetRequest;
    }
}

input! {
    /// What the items cost, who pays how much, and whether they agreed. Amounts are whole cents, so that they add up; there is no field
    /// for a name or free text.
    pub(crate) struct WorksheetRequest as "WorksheetWish" {
        /// What has to be paid.
        items: ListOf<WorksheetItemRequest, MOST_LINES>,
            required("which items cost money?", || None),
            filled("missing", "the list of items is empty", || None);
        /// Who pays, reduces or waives how much.
        commitments: ListOf<CommitmentRequest, MOST_LINES>;
        /// What the hospital states as the alternative.
        alternative: AlternativeRequest;
    }
}

input! {
    /// One item and what it costs.
    pub(crate) struct WorksheetItemRequest as "WorksheetItemWish" {
        /// The item.
        item: PlanItem, required("which item?", || None);
        /// What exactly: words of drugs, equipment and units, such as `ceftriaxone 2 g daily, 21 days`. It cannot hold a name, a date or a
        /// record number.
        label: Text<LONGEST_LABEL>;
        /// What it costs, in cents.
        amount_cents: Cents, required("what does it cost?", || Some("write $1,000.00 as 100000".to_owned()));
    }
}

input! {
    /// One commitment of one party.
    pub(crate) struct CommitmentRequest as "CommitmentWish" {
        /// Who.
        party: PlanParty, required("who pays?", || None);
        /// In which way; `pays` if left out.
        kind: CommitmentKind;
        /// How much, in cents.
        amount_cents: Cents, required("how much?", || Some("write $1,000.00 as 100000".to_owned()));
        /// The item it is for, one of `items`; the whole worksheet if left out.
        item: PlanItem;
        /// Whether the party agreed; false if left out.
        agreed: bool;
        /// Whether compliance has signed. Without it, a commitment that waives cost sharing, or by which an agency or supplier pays to get
        /// the case, cannot be agreed.
        compliance_signed: bool;
        /// Whether the plan pays although it is no covered benefit; only for the plan.
        outside_benefit: bool;
    }
}

input! {
    /// What the patient would cost the hospital without the plan, by its own figures.
    pub(crate) struct AlternativeRequest as "AlternativeWish" {
        /// How many days the patient would stay.
        days: AlternativeDays, required("how many days?", || None);
        /// What a day costs by the hospital's own figure, in cents.
        cost_a_day_cents: Cents, required("what does a day cost?", || Some("write $1,000.00 as 100000".to_owned()));
    }
}

vocabulary! {
    /// A party of a worksheet.
    PlanParty as "PlanParty" of PlanParty::ALL, PlanParty::code, "no_such_party",
        |typed| format!("there is no party \"{typed}\"");
    /// How a party takes part: it pays, it reduces its own price, or it waives a deductible or coinsurance.
    CommitmentKind as "CommitmentKind" of CommitmentKind::ALL, CommitmentKind::code, "no_such_kind",
        |typed| format!("\"{typed}\" is not pays, reduces_price or waives_cost_sharing");
}
