//! Second stage of reading a worksheet: checks its lines against each other and returns the worksheet, or all its errors.

use crate::input::errors::FieldErrors;
use crate::input::field::Field;
use crate::service_plan::item::PlanItem;
use crate::service_plan::item_label::ItemLabel;
use crate::service_plan::legal_concern::ConcernId;
use crate::service_plan::request::{AlternativeRequest, CommitmentRequest, WorksheetItemRequest, WorksheetRequest};
use crate::service_plan::worksheet::{Alternative, Commitment, CommitmentKind, PlanParty, Worksheet, WorksheetItem};

/// The worksheet that `request` describes. Every error is added to `faults`; then the worksheet is not whole.
pub(crate) fn read_worksheet(request: &WorksheetRequest, faults: &mut FieldErrors) -> Worksheet {
    let items: Vec<WorksheetItem> = request.items.items().filter_map(|(_, item)| read_item(item, faults)).collect();
    // An item that is named and otherwise wrong can still be referred to.
    let named: Vec<PlanItem> = request.items.items().filter_map(|(_, item)| item.item.given().copied()).collect();
    let commitments = request.commitments.items().filter_map(|(_, line)| read_commitment(line, &named, faults)).collect();
    Worksheet { items, commitments, alternative: request.alternative.given().and_then(read_alternative) }
}

fn read_item(request: &WorksheetItemRequest, faults: &mut FieldErrors) -> Option<WorksheetItem> {
    let label = match request.label.given().map(|typed| ItemLabel::parse(typed)) {
        Some(Ok(label)) => Some(label),
        Some(Err(why)) => {
            let hint = "use the words of drugs and equipment, such as ceftriaxone 2 g daily, or leave it out";
            faults.add(request.label.at, why.code(), why.to_string(), Some(hint.to_owned()));
            None
        }
        None => None,
    };
    Some(WorksheetItem { item: *request.item.given()?, label, amount: *request.amount_cents.given()? })
}

fn read_commitment(request: &CommitmentRequest, named: &[PlanItem], faults: &mut FieldErrors) -> Option<Commitment> {
    let is = |flag: &Field<bool>| flag.given().copied().unwrap_or_default();
    let kind = request.kind.given_or(CommitmentKind::Pays);
    if let Some(item) = request.item.given().filter(|item| !named.contains(item)) {
        let hint = Some("add it to items, or leave it out for the whole worksheet".to_owned());
        faults.add(request.item.at, "not_in_items", format!("{} is not one of the items", item.code()), hint);
    }
    let party = *request.party.given()?;
    let kind = kind?;
    if kind != CommitmentKind::Pays && !party.charges() {
        let detail = format!("the {} charges nothing here, so it cannot be the one that {}", party.code(), kind.label());
        faults.add(request.kind.at, "does_not_apply", detail, Some("use pays, or name the party that charges".to_owned()));
    }
    if is(&request.outside_benefit) && party != PlanParty::Plan {
        let detail = "only the plan can pay outside its benefits";
        faults.add(request.outside_benefit.at, "does_not_apply", detail, Some("leave it out".to_owned()));
    }
    let line = Commitment {
        party,
        kind,
        // The amount decides nothing below; without it the line is dropped at the end.
        amount: request.amount_cents.given().copied().unwrap_or_default(),
        item: request.item.given().copied(),
        agreed: is(&request.agreed),
        compliance_signed: is(&request.compliance_signed),
        outside_benefit: is(&request.outside_benefit),
    };
    if line.agreed
        && line.lacks_signature()
        && let Some(concern) = line.concern().and_then(ConcernId::entry)
    {
        let detail =
            format!("this line cannot be agreed before compliance has signed: {} ({})", concern.says, concern.citation);
        let hint = "set compliance_signed once compliance has signed, or do not mark the line as agreed";
        faults.add(request.agreed.at, "compliance_not_signed", detail, Some(hint.to_owned()));
    }
    request.amount_cents.given().map(|_| line)
}

fn read_alternative(request: &AlternativeRequest) -> Option<Alternative> {
    Some(Alternative { days: *request.days.given()?, cost_a_day: *request.cost_a_day_cents.given()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::input::field::InputType;
    use crate::input::place::FieldPlace;
    use crate::service_plan::money::{Cents, MOST_CENTS};
    use crate::service_plan::request::MOST_LINES;

    fn read(raw: &Value) -> Result<Worksheet, Vec<String>> {
        let mut faults = FieldErrors::default();
        let request = WorksheetRequest::read(raw, FieldPlace::ROOT, &mut faults).unwrap();
        let sheet = read_worksheet(&request, &mut faults);
        faults.or(sheet).map_err(|faults| faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect())
    }

    /// A commitment as drawn: the place of its party, its amount, whether it is agreed.
    type DrawnLine = (usize, i64, bool);

    fn sheet(items: &[i64], lines: &[DrawnLine]) -> Worksheet {
        let items: Vec<Value> = items.iter().map(|amount| json!({"item": "equipment", "amount_cents": amount})).collect();
        let line = |(party, amount, agreed): &DrawnLine| {
            let party = PlanParty::ALL[*party].code();
            json!({"party": party, "amount_cents": amount, "agreed": agreed, "compliance_signed": true})
        };
        let lines: Vec<Value> = lines.iter().map(line).collect();
        read(&json!({"items": items, "commitments": lines})).unwrap()
    }

    fn sums(sheet: &Worksheet) -> [i64; 5] {
        [sheet.total(), sheet.committed(), sheet.agreed(), sheet.balance(), sheet.not_agreed()].map(Cents::cents)
    }

    fn lines(most: usize) -> impl Strategy<Value = Vec<DrawnLine>> {
        prop::collection::vec((0..PlanParty::ALL.len(), 1..=MOST_CENTS, any::<bool>()), 0..=most)
    }

    proptest! {
        #[test]
        fn every_sum_is_exact_to_the_cent(
            items in prop::collection::vec(1..=MOST_CENTS, 1..=MOST_LINES),
            lines in lines(MOST_LINES),
        ) {
            let sheet = sheet(&items, &lines);
            let total: i128 = items.iter().map(|amount| i128::from(*amount)).sum();
            let committed: i128 = lines.iter().map(|(_, amount, _)| i128::from(*amount)).sum();
            let agreed: i128 = lines.iter().filter(|(.., agreed)| *agreed).map(|(_, amount, _)| i128::from(*amount)).sum();
            let expected = [total, committed, agreed, total - committed, total - agreed];
            prop_assert_eq!(sums(&sheet).map(i128::from), expected);
            let parties = sheet.by_party();
            prop_assert_eq!(parties.iter().map(|party| party.committed).sum::<Cents>(), sheet.committed());
            prop_assert_eq!(parties.iter().map(|party| party.agreed).sum::<Cents>(), sheet.agreed());
            prop_assert!(parties.iter().all(|party| party.agreed <= party.committed));
        }

        #[test]
        fn neither_the_order_of_lines_nor_a_split_changes_a_sum(
            items in prop::collection::vec(1..=MOST_CENTS, 1..=MOST_LINES),
            lines in lines(MOST_LINES - 1),
        ) {
            let whole = sums(&sheet(&items, &lines));
            let (mut items, mut lines) = (items, lines);
            items.reverse();
            lines.reverse();
            if let Some((party, amount, agreed)) = lines.first().copied().filter(|(_, amount, _)| *amount > 1) {
                lines[0].1 = amount / 3 + 1;
                lines.push((party, amount - lines[0].1, agreed));
                lines.retain(|(_, amount, _)| *amount > 0);
            }
            prop_assert_eq!(sums(&sheet(&items, &lines)), whole);
        }

        #[test]
        fn an_amount_that_is_shown_is_read_back(cents in 1..=MOST_CENTS) {
            let amount = Cents::new(cents).unwrap();
            prop_assert_eq!(Cents::read(&amount.to_string()), Ok(amount));
        }
    }

    #[test]
    fn a_line_that_matters_in_law_needs_a_signature_before_it_is_agreed() {
        let line = |party: &str, kind: &str, agreed: bool, signed: bool| {
            let line =
                json!({"party": party, "kind": kind, "amount_cents": 1, "agreed": agreed, "compliance_signed": signed});
            read(&json!({"items": [{"item": "equipment", "amount_cents": 1}], "commitments": [line]})).is_ok()
        };
        for (party, kind, needs) in [
            ("agency", "pays", true),
            ("agency", "reduces_price", true),
            ("pharmacy", "pays", true),
            ("hospital", "waives_cost_sharing", true),
            ("pharmacy", "reduces_price", false),
            ("patient", "pays", false),
            ("plan", "pays", false),
            ("charity", "pays", false),
        ] {
            assert_eq!(line(party, kind, true, false), !needs, "{party} {kind}");
            assert!(line(party, kind, false, false) && line(party, kind, true, true), "{party} {kind}");
        }
    }
}
