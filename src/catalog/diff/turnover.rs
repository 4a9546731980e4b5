//! How many values and providers of each source are others than before, although their number may be the same.
//!
//! A column that moved by one row, or two exchanged columns, keep every count; what changes is the value that the same
//! provider has. Small corrections, such as another spelling, do not count as another value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::coverage::AffiliationTerms;
use crate::evidence::Fact;
use crate::place::Zip;
use crate::provider::quality::{MeasureValue, QualityMeasure, Rating};
use crate::provider::{Address, Provider, ServiceArea, ServiceLine};
use crate::text::fold_words;

/// Points this far apart, in miles, are two places.
const MOVED_MILES: f64 = 1.0;

/// Ratings this far apart, in tenths of a point, are others: CMS moves many by a half or a whole star each quarter.
const MOVED_TENTHS: u8 = 15;

/// What changed of one source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceTurnover {
    /// Providers whose name was from it before.
    pub before: u64,
    /// Those of them that are gone from it: from the directory, or named by another source only.
    pub gone: u64,
    /// Providers whose name is from it now and was not before.
    pub came: u64,
    /// Its values, by fact.
    pub facts: BTreeMap<String, FactTurnover>,
}

/// The values of one fact from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FactTurnover {
    /// Providers or lines that had a value before and have one now.
    pub known: u64,
    /// Those with another value.
    pub changed: u64,
}

/// The key of a fact while it is counted: its name and, for yes and no, the answer before. Few providers may have one of the
/// answers, so each is counted for itself.
type FactKey = (&'static str, Option<bool>);

/// The counts of one source while they are made.
#[derive(Default)]
struct OpenTurnover {
    before: u64,
    gone: u64,
    came: u64,
    facts: BTreeMap<FactKey, FactTurnover>,
}

/// Counts the changes of every source.
#[derive(Default)]
pub(crate) struct TurnoverCounter {
    sources: BTreeMap<Arc<str>, OpenTurnover>,
}

impl TurnoverCounter {
    /// Counts a provider that is in one of the generations, or in both.
    pub(crate) fn count(&mut self, was: Option<&Provider>, is: Option<&Provider>) {
        let named = |provider: &Provider| Arc::clone(&provider.name.evidence.source);
        let sources = [was.map(named), is.map(named)];
        if let [Some(before), now] = &sources {
            let source = self.of(before);
            source.before += 1;
            source.gone += u64::from(now.as_ref() != Some(before));
        }
        if let [before, Some(now)] = &sources {
            self.of(now).came += u64::from(before.as_ref() != Some(now));
        }
        if let Some((was, is)) = was.zip(is) {
            self.provider(was, is);
            let in_both = is.lines.iter().filter_map(|now| Some((was.line(now.service)?, now)));
            in_both.for_each(|(before, now)| self.line(before, now));
        }
    }

    fn of(&mut self, source: &Arc<str>) -> &mut OpenTurnover {
        self.sources.entry(Arc::clone(source)).or_default()
    }

    fn add(&mut self, source: &Arc<str>, key: FactKey, changed: bool) {
        let fact = self.of(source).facts.entry(key).or_default();
        fact.known += 1;
        fact.changed += u64::from(changed);
    }

    /// Counts a fact that both generations have, by the source of the older value: what it says now may be disbelieved.
    fn fact<T>(
        &mut self,
        name: &'static str,
        was: Option<&Fact<T>>,
        is: Option<&Fact<T>>,
        other: impl FnOnce(&T, &T) -> bool,
    ) {
        if let Some((was, is)) = was.zip(is) {
            self.add(&was.evidence.source, (name, None), other(&was.value, &is.value));
        }
    }

    /// Counts a part of an address, if both generations have it.
    fn part<T: PartialEq>(&mut self, name: &'static str, source: &Arc<str>, was: Option<T>, is: Option<T>) {
        if let Some((was, is)) = was.zip(is) {
            self.add(source, (name, None), was != is);
        }
    }

    /// Counts a yes or no under the answer before.
    fn answer(&mut self, name: &'static str, was: Option<&Fact<bool>>, is: Option<&Fact<bool>>) {
        if let Some((was, is)) = was.zip(is) {
            self.add(&was.evidence.source, (name, Some(was.value)), was.value != is.value);
        }
    }

    /// Counts the tier of a line in a network, by the payer's directory of the older terms.
    pub(crate) fn tier(&mut self, was: &AffiliationTerms, is: &AffiliationTerms) {
        if was.tier.is_some() && is.tier.is_some() {
            self.add(&was.evidence.source, ("tier", None), was.tier != is.tier);
        }
    }

    fn provider(&mut self, was: &Provider, is: &Provider) {
        let words = |a: &String, b: &String| fold_words(a) != fold_words(b);
        self.fact("name", Some(&was.name), Some(&is.name), words);
        self.fact("telephone", was.phone.as_ref(), is.phone.as_ref(), |a, b| a.number() != b.number());
        if let Some((before, now)) = was.address.as_ref().zip(is.address.as_ref()) {
            let source = &before.evidence.source;
            let street = |address: &Address| Some(first_word(&address.street)).filter(|word| !word.is_empty());
            self.part("street", source, street(&before.value), street(&now.value));
            self.part("zip", source, before.value.zip, now.value.zip);
            self.part("state", source, written(before).state, written(now).state);
        }
        self.fact("position", was.position.as_ref(), is.position.as_ref(), |a, b| {
            a.point.miles_to(b.point).value() > MOVED_MILES
        });
        let (before, now) = (was.ownership.as_ref(), is.ownership.as_ref());
        self.fact("ownership", before, now, |a, b| first_word(a) != first_word(b));
        if !was.npis.is_empty() && !is.npis.is_empty() {
            let kept = is.npis.iter().any(|npi| was.npis.contains(npi));
            // They may be from several files; a provider is counted with the source of its name.
            self.add(&was.name.evidence.source, ("npi", None), !kept);
        }
    }

    fn line(&mut self, was: &ServiceLine, is: &ServiceLine) {
        self.answer("medicare", was.medicare.as_ref(), is.medicare.as_ref());
        self.answer("medicaid", was.medicaid.as_ref(), is.medicaid.as_ref());
        for (need, before) in &was.answers {
            self.answer(need.code(), Some(before), is.answers.get(need));
        }
        for (limit, before) in &was.limits {
            self.fact(limit.code(), Some(before), is.limits.get(limit), |a, b| a != b);
        }
        for (measure, before) in &was.measures {
            self.fact(measure.code(), Some(before), is.measures.get(measure), |a, b| is_another_measure(*a, *b));
        }
        self.fact("rating", was.rating.as_ref(), is.rating.as_ref(), |a, b| is_another_rating(*a, *b));
        self.fact("beds", was.beds.as_ref(), is.beds.as_ref(), |a, b| is_far_from(*a, *b));
        self.fact("languages", was.languages.as_ref(), is.languages.as_ref(), |a, b| a != b);
        self.fact("only_sex", was.only_sex.as_ref(), is.only_sex.as_ref(), |a, b| a != b);
        let hours = (was.start_of_care_hours.as_ref(), is.start_of_care_hours.as_ref());
        self.fact("start_of_care_hours", hours.0, hours.1, |a, b| a != b);
        if let (ServiceArea::Zips(before), ServiceArea::Zips(now)) = (&was.area, &is.area) {
            self.fact("service_area", Some(before), Some(now), |a, b| is_another_area(a, b));
        }
        for notice in &was.safety {
            let ended = !is.safety.iter().any(|now| now.value.code() == notice.value.code());
            self.add(&notice.evidence.source, (notice.value.code(), Some(true)), ended);
        }
    }

    /// The counts of every source, by name.
    pub(crate) fn end(self) -> BTreeMap<String, SourceTurnover> {
        let named = |((name, answer), counts): (FactKey, FactTurnover)| match answer {
            None => (name.to_owned(), counts),
            Some(yes) => (format!("{name} = {}", if yes { "yes" } else { "no" }), counts),
        };
        let closed = |OpenTurnover { before, gone, came, facts }| SourceTurnover {
            before,
            gone,
            came,
            facts: facts.into_iter().map(named).collect(),
        };
        self.sources.into_iter().map(|(source, open)| (source.to_string(), closed(open))).collect()
    }
}

/// The address as its source writes it: the state of an address may have been corrected.
fn written(address: &Fact<Address>) -> &Address {
    let own = address.others.first().filter(|(_, evidence)| *evidence == address.evidence);
    own.map_or(&address.value, |(written, _)| written)
}

/// The first word of a street, usually the house number, or of a kind of owner: the rest is often spelled otherwise.
fn first_word(text: &str) -> String {
    fold_words(text).split_whitespace().next().unwrap_or_default().to_owned()
}

/// Whether a count differs by more than a quarter.
fn is_far_from(was: u32, is: u32) -> bool {
    u64::from(was.abs_diff(is)) * 4 > u64::from(was)
}

fn is_another_rating(was: Rating, is: Rating) -> bool {
    let moved = was.tenths.abs_diff(is.tenths);
    let least = if was.measure == QualityMeasure::DischargeToCommunity { 1 } else { MOVED_TENTHS };
    was.measure == is.measure && moved >= least
}

fn is_another_measure(was: MeasureValue, is: MeasureValue) -> bool {
    match (was, is) {
        (MeasureValue::Hundredths(was), MeasureValue::Hundredths(is)) => is_far_from(was, is),
        (was, is) => was != is,
    }
}

/// Whether less than half of the ZIP codes of either area are in both. Which ZIP codes CMS counts changes with every patient.
fn is_another_area(was: &[Zip], is: &[Zip]) -> bool {
    let both = is.iter().filter(|zip| was.binary_search(zip).is_ok()).count();
    both * 2 < was.len() || both * 2 < is.len()
}
