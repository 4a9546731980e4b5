//! Several services for one patient: a report each, the one that will hold the patient up, and the days on which all can begin.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::report::{FitTier, Match, Report};
use crate::service::Service;

/// How many days from the day of discharge are looked at. Our choice: nobody waits longer for a first visit.
pub(crate) const START_DAYS: i32 = 14;

/// The service with the fewest that meet the requirements, then the fewest in all, then the first asked; `None` without reports.
pub(crate) fn weakest<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Option<Service> {
    reports.into_iter().min_by_key(|report| (report.meeting(), report.matched())).map(|r| r.discharge.service)
}

/// When one service can begin, by what the providers of its report state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceStart {
    /// The service.
    pub service: Service,
    /// The days on which at least one that meets the requirements can begin.
    pub days: BTreeSet<Date>,
    /// How many state it.
    pub stated: u32,
    /// How many do not, or have to be asked first whether they take the patient. They may be able to begin on any day.
    pub silent: u32,
}

/// When all services of a question can begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommonStart {
    /// The days on which each service can begin of which any provider states it.
    pub days: BTreeSet<Date>,
    /// The services of which no provider states it, and some have to be asked.
    pub to_ask: Vec<Service>,
    /// The services without a provider that may be covered. With one of these there is no common day.
    pub without_provider: Vec<Service>,
}

impl ServiceStart {
    /// The start of the service of `report`, by the matches that it holds. What is out of network does not count.
    pub(crate) fn of(report: &Report) -> Self {
        let mut start = Self { service: report.discharge.service, days: BTreeSet::new(), stated: 0, silent: 0 };
        for found in &report.matches {
            let days = match found.fit {
                FitTier::Ready | FitTier::Meets | FitTier::NoRoom => stated_days(found, &report.discharge),
                // It must be asked first whether it takes the patient.
                FitTier::AskProvider | FitTier::AskPlan => None,
                FitTier::OutOfNetwork => continue,
            };
            match days {
                Some(days) => {
                    start.stated += 1;
                    start.days.extend(days);
                }
                None => start.silent += 1,
            }
        }
        start
    }

    /// The first day.
    pub(crate) fn first_day(&self) -> Option<Date> {
        self.days.first().copied()
    }
}

impl CommonStart {
    /// The days that `starts` have in common. A service of which nobody states a day limits nothing and has to be asked about.
    pub(crate) fn of(starts: &[ServiceStart]) -> Self {
        let named = |is_one: fn(&ServiceStart) -> bool| -> Vec<Service> {
            starts.iter().filter(|start| is_one(start)).map(|start| start.service).collect()
        };
        let without_provider = named(|start| start.stated + start.silent == 0);
        let mut stated = starts.iter().filter(|start| start.stated > 0).map(|start| &start.days);
        let first = stated.next().cloned().unwrap_or_default();
        let common = stated.fold(first, |common, days| common.intersection(days).copied().collect());
        let days = if without_provider.is_empty() { common } else { BTreeSet::new() };
        Self { days, to_ask: named(|start| start.stated == 0 && start.silent > 0), without_provider }
    }

    /// The first day.
    pub(crate) fn first_day(&self) -> Option<Date> {
        self.days.first().copied()
    }
}

/// The days on which the provider states that it can begin; `None` if it states neither its room nor within how many hours of the
/// referral it begins.
fn stated_days(found: &Match, discharge: &Discharge) -> Option<Vec<Date>> {
    let line = found.provider.line(discharge.service);
    let hours = line.and_then(|line| line.start_of_care_hours.as_ref()).map(|fact| fact.value);
    // The referral is made on the day of the question; a part of a day counts as a day.
    let after_hours = hours.map(|hours| discharge.asked_on.saturating_add(i64::from(hours.div_ceil(24)).days()));
    let room = &found.availability;
    let (from, until) = match (room.answer, room.days) {
        (Tristate::No, _) => match room.room_from {
            Some(day) => (Some(day), None),
            None => return Some(Vec::new()),
        },
        (Tristate::Yes, Some(window)) => (Some(window.from), Some(window.until)),
        // That a payer's directory says it takes new patients is of no day.
        (Tristate::Yes, None) | (Tristate::Unknown, _) => (None, None),
    };
    if after_hours.is_none() && from.is_none() {
        return None;
    }
    let first = [Some(discharge.on), after_hours, from].into_iter().flatten().max().unwrap_or(discharge.on);
    let days = (0..START_DAYS).map(|ahead| discharge.on.saturating_add(ahead.days()));
    Some(days.filter(|day| *day >= first && until.is_none_or(|last| *day <= last)).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn start(service: Service, days: &[i8], stated: u32, silent: u32) -> ServiceStart {
        ServiceStart { service, days: days.iter().map(|day| date(2026, 12, *day)).collect(), stated, silent }
    }

    #[test]
    fn the_common_days_are_those_of_every_service_that_states_one() {
        let (infusion, health, equipment) = (Service::HomeInfusion, Service::HomeHealth, Service::MedicalEquipment);
        for (starts, first, to_ask, without) in [
            (vec![start(infusion, &[1, 2, 3], 2, 0), start(equipment, &[2, 3, 4], 1, 3)], Some(2), vec![], vec![]),
            (vec![start(infusion, &[1, 2], 1, 0), start(equipment, &[3], 1, 0)], None, vec![], vec![]),
            // Silence limits nothing, and is asked about.
            (vec![start(infusion, &[1, 2], 1, 0), start(health, &[], 0, 5)], Some(1), vec![health], vec![]),
            (vec![start(infusion, &[], 0, 1), start(health, &[], 0, 5)], None, vec![infusion, health], vec![]),
            // A provider that says it is full is no silence.
            (vec![start(infusion, &[1, 2], 1, 0), start(health, &[], 1, 0)], None, vec![], vec![]),
            // Without a provider there is no day.
            (vec![start(infusion, &[1, 2], 1, 0), start(equipment, &[], 0, 0)], None, vec![], vec![equipment]),
        ] {
            let common = CommonStart::of(&starts);
            let day = common.first_day().map(Date::day);
            assert_eq!((day, common.to_ask, common.without_provider), (first, to_ask, without), "{starts:?}");
        }
    }
}
