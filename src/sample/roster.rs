//! Payers' rosters: which provider belongs to which network, all in one file.

use std::ops::Range;
use std::path::Path;

use crate::place::{Point, State};
use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::sample::options::SampleOptions;
use crate::sample::rng::SampleRng;
use crate::sample::zip_pool::ZipPool;
use crate::sample::{names, zip_pool};

/// Words that follow the payer's name in plan names.
const PLANS: [&str; 8] = ["Choice", "Select", "Advantage", "Essential", "Community", "Premier", "Basic", "Complete"];
const KINDS: [&str; 4] = ["HMO", "PPO", "EPO", "POS"];
const NETWORKS: [&str; 3] = ["Core", "Wide", "Tiered"];

/// Begin dates cluster as in contracts: at years and half years, one in the future.
const BEGINS: [(u32, &str); 7] = [
    (400, ""),
    (120, "2018-01-01"),
    (120, "2021-07-01"),
    (120, "2023-01-01"),
    (120, "2024-07-01"),
    (100, "2026-01-01"),
    (20, "2027-01-01"),
];
/// End dates: most open, some past, some at the end of the year.
const ENDS: [(u32, &str); 4] = [(940, ""), (20, "2026-06-30"), (10, "2026-10-31"), (30, "2026-12-31")];

/// An NPI that no CMS file has; real rosters always list some.
const STRANGER: &str = "1999999984";
/// An NPI with a wrong check digit. It is in a network of its own, because a rejected row makes the
/// list of its network incomplete, and an incomplete list excludes no provider.
const MISTYPED: &str = "1999999985";

/// One network: its names and its members.
#[derive(Debug)]
struct SampleNetwork {
    payer: String,
    plan: String,
    name: String,
    takes: NetworkRegion,
    /// How many of a thousand providers in its region are members.
    density: u32,
    tiers: &'static [(u32, &'static str)],
}

/// The region of a network.
#[derive(Debug, Clone, Copy)]
enum NetworkRegion {
    Everywhere,
    State(State),
    Around(Point, f64),
}

/// Writes the roster of every network. Only the providers are held in memory.
///
/// Sizes are long-tailed: one network in a hundred is national and includes two thirds of all
/// providers, one in seven covers a state, the rest a region of 25 to 155 miles where people live;
/// on average a network has 2.7 % of all providers.
pub(crate) fn write(
    folder: &Path,
    plan: &SampleOptions,
    facilities: &[SampleFacility],
    places: &ZipPool,
) -> Result<(), SampleError> {
    let columns = include_str!("columns/payer_roster.txt");
    let mut sheet = CsvTable::create(folder, "payer_roster.csv", columns, "")?;
    let region = RosterRegion::new(facilities);
    for number in 0..plan.networks {
        let Some(network) = SampleNetwork::draw(number, plan, places) else { break };
        write_network(&mut sheet, &network, &region, SampleRng::of(plan.seed, "members", u64::from(number)))?;
        if number == 0 {
            write_strangers(&mut sheet, &network)?;
        }
    }
    sheet.finish()
}

fn write_network(
    sheet: &mut CsvTable,
    network: &SampleNetwork,
    region: &RosterRegion<'_>,
    mut chance: SampleRng,
) -> Result<(), SampleError> {
    for facility in region.of(network.takes) {
        if !chance.permille(network.density) {
            continue;
        }
        let (tier, begin) = (chance.weigh(network.tiers), chance.weigh(&BEGINS));
        let end = if begin.starts_with("2027") { "" } else { chance.weigh(&ENDS) };
        let names = [network.payer.as_str(), &network.plan, &network.name];
        let [payer, plan, name] = names;
        let npi = facility.npi.as_deref().unwrap_or_default();
        sheet.whole_row(&[payer, plan, name, &facility.ccn, npi, facility.service.code(), tier, begin, end])?;
    }
    Ok(())
}

/// Writes the rows of providers that are in no other file.
fn write_strangers(sheet: &mut CsvTable, network: &SampleNetwork) -> Result<(), SampleError> {
    let SampleNetwork { payer, plan, name, .. } = network;
    sheet.whole_row(&[payer, plan, name, "", STRANGER, "home_health", "", "", ""])?;
    sheet.whole_row(&[payer, plan, &format!("{payer} Pilot"), "", MISTYPED, "hospice", "", "", ""])
}

impl SampleNetwork {
    fn draw(number: u32, plan: &SampleOptions, places: &ZipPool) -> Option<Self> {
        let (payer_number, plan_number, network_number) = shelf(number);
        // Attributes of a plan or payer are drawn from its own stream, so that its networks agree.
        let mut payer_chance = SampleRng::of(plan.seed, "payer", u64::from(payer_number));
        let coined = names::coined(payer_number as usize);
        let payer = format!("{coined} {}", payer_chance.pick(&["Health", "Mutual", "Health Plan", "Assurance"]));
        let product = PLANS[plan_number as usize % PLANS.len()];
        let kind = KINDS[(payer_number + plan_number) as usize % KINDS.len()];
        let network = NETWORKS[network_number as usize % NETWORKS.len()];

        let mut chance = SampleRng::of(plan.seed, "network", u64::from(number));
        let home = places.draw(&mut chance)?;
        let radius = f64::from(chance.between(25, 155));
        let takes = match chance.below(100) {
            0 => NetworkRegion::Everywhere,
            1..=14 => NetworkRegion::State(home.state),
            _ => NetworkRegion::Around(home.point, radius),
        };
        Some(Self {
            plan: format!("{coined} {product} {kind}"),
            name: format!("{coined} {product} {network}"),
            payer,
            takes,
            density: chance.between(420, 930),
            tiers: match network {
                "Tiered" => &[(3, "1"), (5, "2"), (2, "3")],
                "Wide" => &[(1, "preferred"), (2, "standard")],
                _ => &[(1, "")],
            },
        })
    }
}

/// The payer, the plan of that payer and the network of that plan for network `number`. Every other
/// payer has a plan with one network and a plan with two; the others have a single plan with three.
fn shelf(number: u32) -> (u32, u32, u32) {
    let pair = number / 6 * 2;
    match number % 6 {
        0 => (pair, 0, 0),
        within @ 1..=2 => (pair, 1, within - 1),
        within => (pair + 1, 0, within - 3),
    }
}

/// The providers by latitude, so that a region is searched in one band only.
struct RosterRegion<'a> {
    facilities: &'a [SampleFacility],
    by_latitude: Vec<(i32, usize)>,
}

impl<'a> RosterRegion<'a> {
    fn new(facilities: &'a [SampleFacility]) -> Self {
        let mut by_latitude: Vec<_> = facilities.iter().map(|f| f.point.latitude_micro()).zip(0..).collect();
        by_latitude.sort_unstable();
        Self { facilities, by_latitude }
    }

    /// The providers that a network might include, in the order of the sample.
    fn of(&self, takes: NetworkRegion) -> Vec<&'a SampleFacility> {
        let all = self.facilities.iter();
        match takes {
            NetworkRegion::Everywhere => all.collect(),
            NetworkRegion::State(state) => all.filter(|facility| facility.place.state == state).collect(),
            NetworkRegion::Around(middle, radius) => {
                let mut inside: Vec<usize> = self.by_latitude[self.band(middle, radius)].iter().map(|(_, at)| *at).collect();
                inside.retain(|at| zip_pool::miles(self.facilities[*at].point, middle) <= radius);
                inside.sort_unstable();
                inside.into_iter().map(|at| &self.facilities[at]).collect()
            }
        }
    }

    /// The range of `by_latitude` that may be within `radius` miles: a mile is less than 0.015
    /// degrees of latitude.
    fn band(&self, middle: Point, radius: f64) -> Range<usize> {
        #[expect(clippy::cast_possible_truncation, reason = "a radius of 155 miles is two million micro-degrees")]
        let half = (radius * 15_000.0) as i32;
        let before = |bound: i32| self.by_latitude.partition_point(|(latitude, _)| *latitude < bound);
        before(middle.latitude_micro() - half)..before(middle.latitude_micro() + half + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Npi;

    #[test]
    fn plans_have_one_to_three_networks() {
        let shelves: Vec<_> = (0..7).map(shelf).collect();
        assert_eq!(shelves, [(0, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 0, 2), (2, 0, 0)]);
    }

    #[test]
    fn a_stranger_has_a_good_number_or_a_bad_one() {
        let good = [STRANGER, MISTYPED].map(|npi| npi.parse::<Npi>().is_ok());
        assert_eq!(good, [true, false]);
    }
}
