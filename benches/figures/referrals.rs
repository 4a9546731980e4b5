//! From a list to an accepted referral: how many referrals and calls it takes until somebody accepts the patient, simulated with
//! the real ranking on a generated directory. ../README.md has the assumptions.

use std::collections::HashMap;
use std::thread;

use placement::discharge::{Discharge, MOST_SHOWN};
use placement::matching::rank;
use placement::matching::report::Match;
use placement::place::Miles;
use placement::service::Service;

use crate::questions::Draw;
use crate::referrals::unit::{Knowledge, Placed, Policy, UnitAtWork};
use crate::referrals::world::{Faults, Patient, Rooms, World};

mod unit;
mod world;

/// The share of days on which a place has room.
const ROOMS: [f64; 3] = [0.8, 0.5, 0.3];
/// Patients of one market for a strategy that learns nothing.
const PATIENTS: u32 = 220;
/// Discharges of a unit in a week: to nursing homes, and to home health.
const WEEK: u32 = 32;
const TO_HOMES: u32 = 12;

const CALLS: Policy = Policy { calls: true, at_once: 1, skips_calls: true };
const CALLS_ALWAYS: Policy = Policy { calls: true, at_once: 1, skips_calls: false };
const REFERS: Policy = Policy { calls: false, at_once: 1, skips_calls: true };
const CALLS_THREE: Policy = Policy { calls: true, at_once: 3, skips_calls: true };

/// Everything that went wrong at once.
const ALL_FAULTS: Faults = Faults { wrong_answers: 0.1, roster: Some(0.3), bed_days: 4 };

/// One row of the table.
struct Row {
    what: &'static str,
    /// The placements of each market.
    markets: Vec<Vec<(Placed, Option<f64>)>>,
    /// The most referrals, and the most calls and referrals together.
    aim: Option<(f64, f64)>,
}

/// A kind of history: what is wrong, how many hospitals share, how they work, and after which weeks it is measured.
struct History {
    faults: Faults,
    hospitals: u32,
    policy: Policy,
    weeks: &'static [(u32, &'static str, ReferralAim)],
}

/// The most referrals, and the most calls and referrals together; `None` where nothing is aimed at.
type ReferralAim = Option<(f64, f64)>;
/// A patient of a market, with the stars of the place.
type PlacedWithStars = (Placed, Option<f64>);

const AIM: ReferralAim = Some((1.5, 3.0));
const FAULT_AIM: Option<(f64, f64)> = Some((2.0, 4.0));

const HISTORIES: [History; 9] = [
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 0 },
        hospitals: 1,
        policy: CALLS,
        weeks: &[(1, "after 1 week", None), (4, "after 4 weeks", AIM), (12, "after 12 weeks", None)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 0 },
        hospitals: 1,
        policy: CALLS_ALWAYS,
        weeks: &[(4, "after 4 weeks, always calling before a referral", None)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 0 },
        hospitals: 1,
        policy: REFERS,
        weeks: &[(4, "after 4 weeks, referring only", None)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 0 },
        hospitals: 1,
        policy: CALLS_THREE,
        weeks: &[(4, "after 4 weeks, three calls at once", None)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 0 },
        hospitals: 3,
        policy: CALLS,
        weeks: &[(4, "after 4 weeks, three hospitals sharing", None)],
    },
    History {
        faults: Faults { wrong_answers: 0.1, roster: None, bed_days: 0 },
        hospitals: 1,
        policy: CALLS,
        weeks: &[(4, "after 4 weeks, 10 % of answers wrong", FAULT_AIM)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: Some(0.3), bed_days: 0 },
        hospitals: 1,
        policy: CALLS,
        weeks: &[(4, "after 4 weeks, 30 % of the roster wrong", FAULT_AIM)],
    },
    History {
        faults: Faults { wrong_answers: 0.0, roster: None, bed_days: 4 },
        hospitals: 1,
        policy: CALLS,
        weeks: &[(4, "after 4 weeks, an acceptance takes the bed for 4 days", FAULT_AIM)],
    },
    History { faults: ALL_FAULTS, hospitals: 1, policy: CALLS, weeks: &[(4, "after 4 weeks, all of these at once", None)] },
];

/// Simulates `markets` markets with `histories` histories each, and prints the table.
pub(crate) fn measure(markets: u64, histories: u64) {
    println!(
        "\n| room | order | referrals | calls | together | rounds | miles | stars | five most used | not placed | goal | met |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut all: Vec<(f64, Vec<Row>)> = Vec::new();
    for room in ROOMS {
        let mut seeds: Vec<u64> = (1..=markets).collect();
        let mut rows: Vec<Row> = Vec::new();
        while !seeds.is_empty() {
            let some: Vec<u64> = seeds.drain(..seeds.len().min(4)).collect();
            let found: Vec<Vec<Row>> = thread::scope(|scope| {
                let running: Vec<_> = some.iter().map(|seed| scope.spawn(|| market(*seed, room, histories))).collect();
                running.into_iter().map(|market| market.join().expect("a market")).collect()
            });
            for market in found {
                if rows.is_empty() {
                    rows = market;
                } else {
                    rows.iter_mut().zip(market).for_each(|(row, of)| row.markets.extend(of.markets));
                }
            }
        }
        for row in &rows {
            row.print(room);
        }
        all.push((room, rows));
    }
    println!("\nCalls and referrals a patient that did not lead to a place, by the reason:\n");
    println!("| room | order | calls: plan | need | room | referrals: plan | need | room | other |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (room, rows) in &all {
        for row in rows {
            row.print_reasons(*room);
        }
    }
}

/// The rows of one market.
fn market(seed: u64, room: f64, histories: u64) -> Vec<Row> {
    let mut rows = without_learning(&World::new(seed, room, Faults::default()), seed);
    for kind in &HISTORIES {
        let world = World::new(seed, room, kind.faults);
        let mut measured: Vec<Vec<Placed>> = vec![Vec::new(); kind.weeks.len()];
        for history in 0..histories {
            let found = run_history(&world, kind, seed * 1_000 + history);
            measured.iter_mut().zip(found).for_each(|(all, of)| all.extend(of));
        }
        let placed = kind.weeks.iter().zip(measured);
        rows.extend(placed.map(|((_, what, aim), placed)| Row {
            what,
            markets: vec![with_stars(&world, placed)],
            aim: *aim,
        }));
    }
    rows
}

fn with_stars(world: &World, placed: Vec<Placed>) -> Vec<(Placed, Option<f64>)> {
    placed.into_iter().map(|of| (of, of.place.and_then(|place| world.places[place].stars))).collect()
}

/// Strategies that keep nothing from patient to patient, all for the same patients.
fn without_learning(world: &World, seed: u64) -> Vec<Row> {
    let patients: Vec<(u32, Patient)> = {
        let draw = &mut Draw(seed ^ 0xa5a5);
        (0..PATIENTS).map(|at| (at * 7 / WEEK, world.patient(service(at % WEEK), at * 7 / WEEK, draw))).collect()
    };
    let run = |place: &dyn Fn(&mut UnitAtWork<'_>, &Patient, u32) -> Placed, policy| {
        let (mut rooms, mut draw) = (Rooms::new(world, seed ^ 0x77), Draw(seed ^ 0x1234));
        let placed = patients.iter().map(|(day, patient)| {
            rooms.turn_to(world, *day);
            place(&mut UnitAtWork { world, rooms: &mut rooms, draw: &mut draw, policy }, patient, *day)
        });
        vec![with_stars(world, placed.collect())]
    };
    let in_order = |key: fn(&Match, Option<f64>) -> (u8, u32)| {
        let place = move |unit: &mut UnitAtWork<'_>, patient: &Patient, _| {
            let order = order(unit.world, patient, key);
            unit.try_in_order(patient, &order)
        };
        run(&place, REFERS)
    };
    let cold = |policy| run(&|unit, patient, day| unit.place(&mut Knowledge::none(unit.world, day), patient), policy);
    let row = |what, markets| Row { what, markets, aim: None };
    vec![
        row("nearest first", in_order(|_, _| (0, 0))),
        row("most stars first", in_order(|_, stars| (0, 50 - (stars.unwrap_or(0.0) * 10.0) as u32))),
        row("nearest in network first", in_order(|found, _| (u8::from(!found.network.status.is_covered()), 0))),
        row("this program, nothing learned, referring only", cold(REFERS)),
        row("this program, nothing learned", cold(CALLS)),
    ]
}

/// Every place in reach by `key`, then by distance.
fn order(world: &World, patient: &Patient, key: fn(&Match, Option<f64>) -> (u8, u32)) -> Vec<(usize, Option<f64>)> {
    let all = Discharge { limit: MOST_SHOWN, ..patient.discharge.clone() };
    let matches = rank(&all, &*world.catalog, &[]).matches;
    let mut order: Vec<_> = matches
        .iter()
        .map(|found| {
            let place = world.at[&found.line];
            let miles = found.distance.map(Miles::value);
            (key(found, world.places[place].stars), miles.unwrap_or(f64::MAX), place, miles)
        })
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    order.into_iter().map(|(_, _, place, miles)| (place, miles)).collect()
}

/// Runs the weeks of one history, and returns the placements of the measured ones.
fn run_history(world: &World, kind: &History, seed: u64) -> Vec<Vec<Placed>> {
    let (mut rooms, mut draw) = (Rooms::new(world, seed ^ 0x77), Draw(seed ^ 0x1234));
    let mut known = Knowledge::none(world, 0);
    let mut measured: Vec<Vec<Placed>> = vec![Vec::new(); kind.weeks.len()];
    let last = kind.weeks.iter().map(|(week, ..)| *week).max().unwrap_or(0);
    for week in 0..=last {
        for at in 0..WEEK {
            let day = week * 7 + at * 7 / WEEK;
            rooms.turn_to(world, day);
            for _ in 0..kind.hospitals {
                let patient = world.patient(service(at), day, &mut draw);
                let mut unit = UnitAtWork { world, rooms: &mut rooms, draw: &mut draw, policy: kind.policy };
                let placed = unit.place(&mut known, &patient);
                if let Some(of) = kind.weeks.iter().position(|(measured, ..)| *measured == week) {
                    measured[of].push(placed);
                }
            }
        }
    }
    measured
}

/// The service of the patient number `at` of a week.
fn service(at: u32) -> Service {
    let is_home = (at + 1) * TO_HOMES / WEEK > at * TO_HOMES / WEEK;
    if is_home { Service::SkilledNursing } else { Service::HomeHealth }
}

impl Row {
    /// The mean of each reason over all patients.
    fn print_reasons(&self, room: f64) {
        let mean =
            |of: &dyn Fn(&Placed) -> u32| average(self.markets.iter().flatten().map(|(placed, _)| f64::from(of(placed))));
        println!(
            "| {room:.1} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            self.what,
            mean(&|of| of.refused_calls.plan),
            mean(&|of| of.refused_calls.need),
            mean(&|of| of.refused_calls.room),
            mean(&|of| of.declined.plan),
            mean(&|of| of.declined.need),
            mean(&|of| of.declined.room),
            mean(&|of| of.declined.other),
        );
    }

    fn print(&self, room: f64) {
        let mean = |of: &dyn Fn(&PlacedWithStars) -> Option<f64>| {
            let market = |placed: &Vec<PlacedWithStars>| average(placed.iter().filter_map(of));
            interval(&self.markets.iter().map(market).collect::<Vec<f64>>())
        };
        let referrals = mean(&|(of, _)| Some(f64::from(of.referrals)));
        let calls = mean(&|(of, _)| Some(f64::from(of.calls)));
        let together = mean(&|(of, _)| Some(f64::from(of.referrals + of.calls)));
        let rounds = mean(&|(of, _)| Some(f64::from(of.rounds)));
        let miles = mean(&|(of, _)| of.miles);
        let stars = mean(&|(_, stars)| *stars);
        let used = interval(&self.markets.iter().map(|placed| most_used(placed)).collect::<Vec<f64>>());
        let lost = mean(&|(of, _)| Some(f64::from(u8::from(of.place.is_none()))));
        let (aim, met) = match self.aim {
            None => (String::new(), ""),
            Some((most, all)) => {
                let is_met = referrals.0 <= most && together.0 <= all;
                (format!("at most {most:.1} and {all:.1} together"), if is_met { "yes" } else { "**no**" })
            }
        };
        let show = |(mean, half): (f64, f64)| format!("{mean:.2} ± {half:.2}");
        println!(
            "| {room:.1} | {} | {} | {} | {} | {:.2} | {:.1} | {:.2} | {:.0} % | {:.1} % | {aim} | {met} |",
            self.what,
            show(referrals),
            show(calls),
            show(together),
            rounds.0,
            miles.0,
            stars.0,
            100.0 * used.0,
            100.0 * lost.0,
        );
    }
}

/// The share of the placements that went to the five most used places.
fn most_used(placed: &[(Placed, Option<f64>)]) -> f64 {
    let mut counts: HashMap<usize, u32> = HashMap::new();
    for place in placed.iter().filter_map(|(of, _)| of.place) {
        *counts.entry(place).or_default() += 1;
    }
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
    let all: u32 = counts.iter().sum();
    f64::from(counts.iter().take(5).sum::<u32>()) / f64::from(all.max(1))
}

fn average(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0_u32), |(sum, count), number| (sum + number, count + 1));
    sum / f64::from(count.max(1))
}

/// The mean over markets, and half of its 95 % interval by Student's t.
fn interval(markets: &[f64]) -> (f64, f64) {
    const T: [f64; 8] = [f64::NAN, f64::NAN, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45];
    let count = markets.len();
    let mean = average(markets.iter().copied());
    let variance = markets.iter().map(|of| (of - mean).powi(2)).sum::<f64>() / (count.saturating_sub(1).max(1)) as f64;
    let t = T.get(count).copied().unwrap_or(2.36);
    (mean, t * (variance / count as f64).sqrt())
}
