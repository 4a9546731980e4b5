//! The statements of a provider about one service line, and how they override the directory.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;

use crate::evidence::{Evidence, Fact};
use crate::matching::candidate::{LineId, StatedTerms};
use crate::matching::coverage_report::CoverageReport;
use crate::overlay::provider_directory::ProviderDirectory;
use crate::place::Zip;
use crate::provider::{AvailabilityWindow, ProviderId, ServiceArea, ServiceLine};
use crate::service::{DeliveryMode, NeedSet, Service};
use crate::statements::stated_details::ServiceDetails;
use crate::statements::{RoomStatement, Statement, StatementValue};

/// The source name of a live statement.
static SOURCE: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("the provider's own statement"));

/// The unexpired statements of one provider about one service line, and what hospitals heard about
/// it by telephone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LineStatements {
    /// Availability: first the provider's own, then what was heard. The first that has a day counts.
    rooms: Vec<(RoomStatement, Evidence)>,
    /// What was heard of what it takes, which its own statements override.
    heard: Vec<(StatementValue, Evidence)>,
    /// What it states that it takes.
    takes: Vec<(StatementValue, Evidence)>,
    /// What was heard of coverages.
    coverage: Vec<CoverageReport>,
    /// The ZIP codes that it states it serves, in order.
    area: Option<(Vec<Zip>, Evidence)>,
    /// The languages that it states it speaks.
    languages: Option<(Vec<String>, Evidence)>,
}

impl LineStatements {
    /// Adds an availability statement.
    pub(crate) fn has_room(&mut self, room: &RoomStatement, said_on: Date) {
        self.rooms.push((room.clone(), statement_evidence(said_on, room.until)));
    }

    /// Adds a statement about what it takes.
    pub(crate) fn takes(&mut self, statement: &Statement, said_on: Date) {
        self.takes.push((statement.says, statement_evidence(said_on, statement.expires_on)));
    }

    /// Adds the service area and the languages that it states.
    pub(crate) fn has_details(&mut self, details: &ServiceDetails, said_on: Date) {
        let by = || statement_evidence(said_on, details.expires_on);
        let comes = details.service.geography() == DeliveryMode::ProviderComes;
        if comes && !details.zips.is_empty() {
            self.area = Some((details.zips.clone(), by()));
        }
        if !details.languages.is_empty() {
            self.languages = Some((details.languages.clone(), by()));
        }
    }

    /// The ZIP codes that it states it serves, in order.
    pub(crate) fn stated_area(&self) -> Option<&[Zip]> {
        self.area.as_ref().map(|(zips, _)| &zips[..])
    }

    /// Adds what was heard about room, after all availability statements.
    pub(crate) fn hears_of_room(&mut self, room: RoomStatement, evidence: Evidence) {
        self.rooms.push((room, evidence));
    }

    /// Adds what was heard about what it takes.
    pub(crate) fn hears(&mut self, value: StatementValue, evidence: Evidence) {
        self.heard.push((value, evidence));
    }

    /// Adds what was heard about a coverage.
    pub(crate) fn hears_of_coverage(&mut self, report: CoverageReport) {
        self.coverage.push(report);
    }

    /// What was heard about coverages.
    pub(crate) fn coverage_reports(&self) -> Vec<CoverageReport> {
        self.coverage.clone()
    }

    /// The availability, in the order in which it counts.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = &RoomStatement> {
        self.rooms.iter().map(|(room, _)| room)
    }

    /// Availability on days after `day`, each with its days.
    pub(crate) fn rooms_after(&self, day: Date) -> Vec<(Fact<bool>, AvailabilityWindow)> {
        let later = self.rooms.iter().filter(|(room, _)| day < room.from);
        let fact = |(room, evidence): &(RoomStatement, Evidence)| {
            let RoomStatement { from, until, room, beds, service: _ } = *room;
            (Fact::new(room, evidence.clone()), AvailabilityWindow { from, until, beds })
        };
        later.map(fact).collect()
    }

    /// Applies the statements to `line` for a discharge on `day`.
    pub(crate) fn apply_to(&self, line: &mut ServiceLine, day: Date) {
        self.apply_acceptance(line);
        if let Some((zips, evidence)) = &self.area {
            let before = match std::mem::take(&mut line.area) {
                ServiceArea::Zips(fact) => Some(fact),
                ServiceArea::NotPublished => None,
            };
            line.area = ServiceArea::Zips(override_fact(zips.clone(), evidence.clone(), before));
        }
        for (room, evidence) in self.rooms.iter().rev().filter(|(room, _)| room.from <= day && day <= room.until) {
            let RoomStatement { from, until, room, beds, service: _ } = *room;
            line.availability = Some(override_fact(room, evidence.clone(), line.availability.take()));
            line.room_days = Some(AvailabilityWindow { from, until, beds });
        }
    }

    /// What it takes, in the order in which later values override earlier ones.
    fn values(&self) -> impl Iterator<Item = &(StatementValue, Evidence)> {
        self.heard.iter().chain(&self.takes)
    }

    /// Whether something is stated or heard that changes the stated terms of a line.
    fn has_terms(&self) -> bool {
        self.values().next().is_some() || self.languages.is_some()
    }

    fn apply_acceptance(&self, line: &mut ServiceLine) {
        if let Some((languages, evidence)) = &self.languages {
            line.languages = Some(override_fact(languages.clone(), evidence.clone(), line.languages.take()));
        }
        for (value, evidence) in self.values() {
            match *value {
                StatementValue::Need(need, answer) => {
                    let before = line.answers.remove(&need);
                    line.answers.insert(need, override_fact(answer, evidence.clone(), before));
                }
                StatementValue::Limit(limit, bound) => {
                    let before = line.limits.remove(&limit);
                    line.limits.insert(limit, override_fact(bound, evidence.clone(), before));
                }
            }
        }
    }

    /// The needs answered yes, and those answered no.
    pub(crate) fn needs(&self) -> (NeedSet, NeedSet) {
        let (mut yes, mut no) = (NeedSet::default(), NeedSet::default());
        for (value, _) in self.values() {
            if let StatementValue::Need(need, answer) = *value {
                let only: NeedSet = std::iter::once(need).collect();
                (yes, no) = if answer { (yes | only, no.without(only)) } else { (yes.without(only), no | only) };
            }
        }
        (yes, no)
    }
}

/// The evidence of a statement of the provider.
pub(crate) fn statement_evidence(on: Date, holds_until: Date) -> Evidence {
    Evidence { holds_until: Some(holds_until), ..Evidence::new(Arc::clone(&SOURCE), Some(on)) }
}

/// A fact with `value`, which overrides the previous fact; differing values stay visible.
pub(crate) fn override_fact<T: PartialEq>(value: T, evidence: Evidence, before: Option<Fact<T>>) -> Fact<T> {
    let losers = before.into_iter().flat_map(|fact| {
        let Fact { value, evidence, others } = fact;
        std::iter::once((value, evidence)).chain(others)
    });
    let others = losers.filter(|(other, _)| *other != value).collect();
    Fact { value, evidence, others }
}

/// Statements and their effect on one line.
#[derive(Debug)]
pub(crate) struct CandidatePatch {
    /// The statements.
    pub word: LineStatements,
    /// The line; `None` if the provider does not offer the service, so that the statements have no effect.
    pub line: Option<LineId>,
    /// The line's stated terms with the statements applied; `None` if no statement is about what it takes.
    pub stated: Option<Arc<StatedTerms>>,
}

impl CandidatePatch {
    /// Applies `word` to the line of this provider and service.
    pub(crate) fn new(word: LineStatements, register: &impl ProviderDirectory, id: &ProviderId, service: Service) -> Self {
        let line = register.line_of(id, service);
        let stated = line.filter(|_| word.has_terms()).and_then(|line| {
            let provider = register.provider(line)?;
            let mut line = provider.line(service)?.clone();
            word.apply_acceptance(&mut line);
            Some(Arc::new(StatedTerms::from_line(&line)))
        });
        Self { word, line, stated }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::service::Limit;

    #[test]
    fn what_a_statement_wins_over_stays_visible_where_it_differs() {
        let cms = |value: u32| Fact::new(value, Evidence::new("CMS", Some(date(2026, 10, 28))));
        let now = || statement_evidence(date(2026, 11, 21), date(2027, 2, 19));
        let fact = override_fact(400, now(), Some(cms(350)));
        assert_eq!((fact.value, fact.others.len(), fact.others[0].0), (400, 1, 350));
        assert_eq!(fact.evidence.to_string(), "the provider's own statement, 2026-11-21; holds until 2027-02-19");
        assert!(override_fact(350, now(), Some(cms(350))).others.is_empty(), "who agrees has not lost");
        assert!(override_fact(350, now(), None).others.is_empty());
    }

    #[test]
    fn room_is_said_of_its_days_only() {
        let mut word = LineStatements::default();
        let (from, until) = (date(2026, 11, 22), date(2026, 11, 24));
        let room = RoomStatement { service: Service::SkilledNursing, from, until, room: true, beds: Some(2) };
        word.has_room(&room, date(2026, 11, 21));
        for (day, days) in [
            (date(2026, 11, 21), None),
            (from, Some("Nov 22 to Nov 24, 2 beds")),
            (until, Some("Nov 22 to Nov 24, 2 beds")),
            (date(2026, 11, 25), None),
        ] {
            let mut line = ServiceLine::without_facts(Service::SkilledNursing);
            word.apply_to(&mut line, day);
            assert_eq!(line.room_days.map(|days| days.to_string()).as_deref(), days, "{day}");
            assert_eq!(line.availability.map(|fact| fact.value), days.map(|_| true), "{day}");
        }
    }

    #[test]
    fn what_the_files_say_otherwise_stays_visible_beside_the_statement() {
        let cms = Evidence::new("CMS", Some(date(2026, 10, 28)));
        let today = date(2026, 11, 21);
        let need = "inf.abx".parse().unwrap();
        let mut line = ServiceLine::without_facts(Service::SkilledNursing);
        line.availability = Some(Fact::new(true, cms.clone()));
        line.answers.insert(need, Fact::new(true, cms.clone()));
        line.limits.insert(Limit::MaxWeight, Fact::new(350, cms));
        let mut word = LineStatements::default();
        let (service, expires_on) = (Service::SkilledNursing, date(2027, 2, 19));
        word.has_room(&RoomStatement { service, from: today, until: today, room: false, beds: None }, today);
        for says in [StatementValue::Need(need, false), StatementValue::Limit(Limit::MaxWeight, 400)] {
            word.takes(&Statement { service, says, expires_on }, today);
        }
        word.apply_to(&mut line, today);
        let room = line.availability.unwrap();
        assert_eq!((room.value, room.others[0].0), (false, true));
        assert_eq!((line.answers[&need].value, line.answers[&need].others[0].0), (false, true));
        let weight = &line.limits[&Limit::MaxWeight];
        assert_eq!((weight.value, weight.others[0].0), (400, 350));
        assert!(word.rooms_after(today).is_empty(), "what is said of the day itself is not said of later days");
        assert_eq!(word.rooms_after(date(2026, 11, 20)).len(), 1);
    }
}
