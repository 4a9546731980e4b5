//! CMS inpatient rehabilitation facilities: "General Information" and "Conditions".

use std::collections::BTreeMap;

use crate::care::Service;
use crate::refresh::account::{Account, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, Reader, listed};
use crate::refresh::row::Row;

/// Every certified facility gives three hours of therapy a day, five days a week (42 CFR 412.622(a)(3)(ii)).
pub const CERTIFIED_MEANS: &str = "rehab.intensive";

/// One facility.
pub fn facility(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let ccn = row.ccn()?;
    let mut account = listed(row, Service::InpatientRehab)?;
    account.medicare = Some(true);
    account.yes(CERTIFIED_MEANS);
    books.accounts.add(Who::Ccn(ccn), account)
}

/// The needs that nine tall rows a facility answer between them.
#[derive(Debug, Default)]
pub struct Conditions {
    facilities: BTreeMap<Who, BTreeMap<String, Option<u32>>>,
}

impl Reader for Conditions {
    fn row(&mut self, row: &mut Row<'_>, _: &mut Books) -> Result<Taken, Refusal> {
        let who = Who::Ccn(row.ccn()?);
        let condition = row.required_words(Column::Condition)?.to_ascii_lowercase();
        let count = row.count(Column::Count);
        let conditions = self.facilities.entry(who).or_default();
        match conditions.get(&condition) {
            None => {
                conditions.insert(condition, count);
                Ok(Taken::Used)
            }
            Some(earlier) if *earlier == count => Ok(Taken::Again),
            Some(_) => {
                Err(Refusal::of(Column::Count, row.raw(Column::Count), "an earlier row of the file has another count"))
            }
        }
    }

    fn end(&mut self, books: &mut Books) -> u64 {
        for (who, conditions) in std::mem::take(&mut self.facilities) {
            let mut account = Account::of(Service::InpatientRehab);
            for (condition, count) in conditions {
                // "Less than 11" and "Not Available" are missing counts; they and zero leave the need unknown.
                if count.is_some_and(|count| count > 0)
                    && let Some(need) = need_of(&condition)
                {
                    account.yes(need);
                }
            }
            // Each facility is added once, so no earlier row can contradict it.
            let _ = books.accounts.add(who, account);
        }
        0
    }
}

/// The need that patients treated for a condition prove, by the nine labels of the file. "Hip or knee replacement, amputation
/// or other bone or joint condition" is one row for all of them, so it proves no amputee programme.
fn need_of(condition: &str) -> Option<&'static str> {
    match condition {
        "stroke" => Some("rehab.stroke"),
        "spinal cord injury (traumatic)" => Some("rehab.sci"),
        "brain injury (traumatic)" => Some("rehab.tbi"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_conditions_that_stand_alone_answer_a_need() {
        for (condition, need) in [
            ("stroke", Some("rehab.stroke")),
            ("nervous system disorder (excluding stroke)", None),
            ("brain injury (traumatic)", Some("rehab.tbi")),
            ("brain disease or condition (non-traumatic)", None),
            ("spinal cord injury (traumatic)", Some("rehab.sci")),
            ("spinal cord disease or condition (non-traumatic)", None),
            ("hip or knee replacement, amputation or other bone or joint condition", None),
            ("all other conditions", None),
        ] {
            assert_eq!(need_of(condition), need, "{condition}");
        }
    }
}
