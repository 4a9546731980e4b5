//! Which facts a record of a source may state. `placement validate` counts them for one file; the gate compares the counts of
//! two refreshes.

use crate::provider::Sex;
use crate::refresh::source_record::SourceRecord;

/// A fact that a record may state.
pub(crate) struct StatedFact {
    /// Its code in the counts of the gate; `None` if the gate counts its parts, each by a code of its own.
    pub code: Option<&'static str>,
    /// Its name for people.
    pub words: &'static str,
    /// Whether a record states it.
    pub is_stated: fn(&SourceRecord) -> bool,
    /// Its value, for facts with few values; ranges for numbers.
    pub value: fn(&SourceRecord) -> Option<String>,
}

/// Every fact.
pub(crate) const STATED_FACTS: [StatedFact; 25] = [
    fact("name", "name", |record| record.name.is_some()),
    fact("street", "street", |record| record.address.as_ref().is_some_and(|address| !address.street.is_empty())),
    fact("city", "city", |record| record.address.as_ref().is_some_and(|address| !address.city.is_empty())),
    fact("state", "state", |record| record.address.as_ref().is_some_and(|address| address.state.is_some()))
        .with_value(|record| record.address.as_ref()?.state.map(|state| state.to_string())),
    fact("zip", "ZIP code", |record| record.address.as_ref().is_some_and(|address| address.zip.is_some())),
    fact("telephone", "telephone", |record| record.phone.is_some()),
    fact("position", "position", |record| record.position.is_some()),
    fact("ownership", "ownership", |record| record.ownership.is_some()),
    fact("medicare", "Medicare certification", |record| record.medicare.is_some())
        .with_value(|record| record.medicare.map(yes_or_no)),
    fact("medicaid", "Medicaid certification", |record| record.medicaid.is_some())
        .with_value(|record| record.medicaid.map(yes_or_no)),
    fact("first_certified", "date of first approval", |record| record.first_certified.is_some()),
    fact("rating", "rating", |record| record.rating.is_some())
        .with_value(|record| record.rating.map(|rating| rating.to_string())),
    fact("rating_gap", "reason for no rating", |record| record.rating_gap.is_some())
        .with_value(|record| record.rating_gap.map(|gap| gap.code().to_owned())),
    parts("other measures", |record| !record.measures.is_empty()),
    parts("safety facts", |record| record.safety.values().any(Option::is_some)),
    fact("beds", "beds or stations", |record| record.beds.is_some()).with_value(|record| record.beds.map(number_range)),
    parts("answers to needs", |record| !record.answers.is_empty()),
    parts("limits", |record| !record.limits.is_empty()),
    fact("languages", "languages", |record| record.languages.is_some()),
    fact("only_sex", "the only sex accepted", |record| record.only_sex.is_some())
        .with_value(|record| record.only_sex.map(Sex::code).map(str::to_owned)),
    fact("serves", "groups of people it is for", |record| !record.serves.is_empty()),
    fact("start_of_care_hours", "start of care", |record| record.start_of_care_hours.is_some()),
    fact("service_area", "service area", |record| area_size(record).is_some())
        .with_value(|record| area_size(record).map(number_range)),
    fact("radius", "radius of the service area", |record| record.radius.is_some()),
    fact("verified_at", "day of verification", |record| record.verified_at.is_some()),
];

/// A fact without values to compare.
const fn fact(code: &'static str, words: &'static str, is_stated: fn(&SourceRecord) -> bool) -> StatedFact {
    StatedFact { code: Some(code), words, is_stated, value: |_| None }
}

/// Several facts of one kind.
const fn parts(words: &'static str, is_stated: fn(&SourceRecord) -> bool) -> StatedFact {
    StatedFact { code: None, words, is_stated, value: |_| None }
}

impl StatedFact {
    /// The fact, with the value of a record that states it.
    const fn with_value(self, value: fn(&SourceRecord) -> Option<String>) -> Self {
        Self { value, ..self }
    }
}

fn yes_or_no(says: bool) -> String {
    if says { "yes" } else { "no" }.to_owned()
}

/// The number of ZIP codes of a service area that could be read whole.
fn area_size(record: &SourceRecord) -> Option<u32> {
    u32::try_from(record.zips.len()).ok().filter(|zips| *zips > 0 && !record.area_incomplete)
}

/// A range of numbers, doubling from one to the next: "64 to 127".
pub(crate) fn number_range(number: u32) -> String {
    let least = number.checked_ilog2().map_or(0, |log| 1_u32 << log);
    match least {
        0 | 1 => least.to_string(),
        least => format!("{least} to {}", u64::from(least) * 2 - 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fact_has_a_code_and_a_name_of_its_own() {
        let codes: BTreeSet<&str> = STATED_FACTS.iter().filter_map(|fact| fact.code).collect();
        let words: BTreeSet<&str> = STATED_FACTS.iter().map(|fact| fact.words).collect();
        let parts = STATED_FACTS.iter().filter(|fact| fact.code.is_none()).count();
        assert_eq!((codes.len() + parts, words.len()), (STATED_FACTS.len(), STATED_FACTS.len()));
    }

    #[test]
    fn numbers_are_counted_by_ranges() {
        for (number, range) in [(0, "0"), (1, "1"), (2, "2 to 3"), (127, "64 to 127"), (u32::MAX, "2147483648 to 4294967295")]
        {
            assert_eq!(number_range(number), range);
        }
    }
}
