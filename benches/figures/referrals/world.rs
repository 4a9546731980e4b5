//! The market of the simulation: a generated directory, and what is really true of each provider. The truth is drawn from its
//! own numbers, apart from the directory and from every number that matching ranks by.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use placement::catalog::Catalog;
use placement::coverage::NetworkId;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::matching::candidate::{Directory, LineId};
use placement::place::{Miles, Zip, ZipTable};
use placement::provider::ProviderId;
use placement::sample;
use placement::sample::options::SampleOptions;
use placement::service::{Need, Service};
use serde_json::{Value, json};

use crate::nation::Nation;
use crate::questions::{Draw, TODAY};

/// Providers of all services: 140 nursing homes and 110 home health agencies.
const PROVIDERS: u32 = 400;
/// Networks of payers in the directory.
const NETWORKS: u32 = 12;
/// Days from the first day of a history to the day of the directory: in the middle, so that no roster is over 90 days old.
const DAYS_BEFORE: i64 = 45;
/// Radius of a question about nursing homes, in miles.
const RADIUS: u32 = 25;

/// Needs with how many of a hundred patients have them and how many of a hundred providers take them: for nursing homes, then for
/// agencies. Chosen so that nearest first is declined as often as published: nursing homes accept 12 % of referrals (United
/// States, early 2022), agencies 24 to 46 %.
const NEEDS: [(&str, [(u32, u32); 2]); 14] = [
    ("inf.abx", [(28, 50), (13, 55)]),
    ("wound.npwt", [(16, 45), (12, 60)]),
    ("wound.complex", [(19, 55), (18, 70)]),
    ("iso.contact", [(19, 55), (8, 80)]),
    ("resp.o2-high", [(13, 50), (5, 70)]),
    ("renal.hd-transport", [(13, 40), (0, 0)]),
    ("cog.secured", [(11, 27), (0, 0)]),
    ("cog.dementia", [(13, 40), (8, 70)]),
    ("size.bariatric", [(10, 36), (5, 60)]),
    ("resp.trach", [(5, 18), (4, 35)]),
    ("nut.tpn", [(5, 18), (4, 35)]),
    ("mob.lift", [(13, 70), (0, 0)]),
    ("hh.aide", [(0, 0), (26, 60)]),
    ("log.weekend", [(10, 45), (13, 50)]),
];

/// How much providers differ: the spread of the logit by which one takes more needs and more plans than another.
const SPREAD: f64 = 1.0;
/// Of a hundred listed providers, how many take the plan; and of a hundred that a whole list does not have.
const LISTED_TAKES: f64 = 0.95;
const UNLISTED_TAKES: f64 = 0.03;
/// Of a hundred certified providers, how many take a patient of the program; and a plan that is not in the directory.
const MEDICARE_TAKES: f64 = 0.95;
const MEDICAID_TAKES: f64 = 0.6;
const UNLOADED_TAKES: f64 = 0.45;
/// Of a hundred referrals that fit in everything, how many are declined for another reason, which no call tells.
const OTHER_REASON: f64 = 0.08;
/// Days after which half of what is known of a bed is lost: the memory of the two-state chain.
const MEMORY_DAYS: f64 = 5.0;

/// What is wrong in the world beyond the usual.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// How many of a hundred answers by telephone are wrong.
    pub wrong_answers: f64,
    /// How many of a hundred listings of the roster are wrong, if not the usual share.
    pub roster: Option<f64>,
    /// For how many days an accepted patient takes the bed.
    pub bed_days: u32,
}

/// Who pays, with how many of a hundred patients.
pub(crate) struct CoverageChoice {
    body: Value,
    weight: u32,
    networks: Vec<NetworkId>,
    takes_listed: f64,
    takes_unlisted: f64,
}

/// One provider's service, and the truth about it.
pub(crate) struct Place {
    pub line: LineId,
    pub id: ProviderId,
    pub service: Service,
    pub stars: Option<f64>,
    /// Whether it takes each coverage.
    pub takes: Vec<bool>,
    needs: HashMap<Need, bool>,
    /// The share of days with room.
    room: f64,
}

/// A market.
pub(crate) struct World {
    pub catalog: Arc<Catalog>,
    pub places: Vec<Place>,
    pub at: HashMap<LineId, usize>,
    coverages: Vec<CoverageChoice>,
    zips: Vec<Zip>,
    pub faults: Faults,
}

/// One patient.
pub(crate) struct Patient {
    pub coverage: usize,
    pub needs: Vec<Need>,
    pub discharge: Discharge,
}

impl Draw {
    /// From 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.below(1 << 32) as f64 / (1_u64 << 32) as f64
    }

    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// About normal with mean 0 and deviation 1: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// The directory number `seed`, generated and refreshed once.
fn directory(seed: u64) -> Arc<Catalog> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("referrals-{PROVIDERS}-{NETWORKS}-{seed}"));
    let market =
        Nation { providers: PROVIDERS, networks: NETWORKS, files: folder.join("files"), index: folder.join("index") };
    if !folder.join("whole").is_file() {
        let around = "64108".parse::<Zip>().ok().zip(Miles::new(35.0));
        let plan = SampleOptions { providers: PROVIDERS, networks: NETWORKS, seed, around, day: TODAY };
        sample::generate(&plan, &market.files).expect("the files of the market");
        fs::write(folder.join("whole"), "").expect("a mark that they are whole");
    }
    market.catalog()
}

impl World {
    /// The market number `seed` in which a provider has room on the share `room` of days, with `faults`.
    pub(crate) fn new(seed: u64, room: f64, faults: Faults) -> Self {
        let catalog = directory(seed);
        let coverages = coverages(&catalog);
        let draw = &mut Draw(seed.wrapping_mul(0x51_7cc1_b727_220a).wrapping_add(99));
        let mut places = Vec::new();
        for line in (0..).map(LineId) {
            let Some(provider) = catalog.provider(line) else { break };
            let service = [Service::SkilledNursing, Service::HomeHealth]
                .into_iter()
                .find(|service| catalog.line_id(&provider.id, *service) == Some(line));
            let Some(service) = service else { continue };
            let listed: Vec<NetworkId> = catalog
                .terms_listed(&provider.id, service)
                .iter()
                .filter_map(|terms| catalog.plans().terms(*terms))
                .map(|terms| terms.network)
                .collect();
            let willing = SPREAD * draw.normal();
            let takes = |choice: &CoverageChoice, draw: &mut Draw| {
                let is_listed = choice.networks.is_empty() || choice.networks.iter().any(|network| listed.contains(network));
                let wrong = faults.roster.filter(|_| !choice.networks.is_empty() && is_listed);
                let usual = if is_listed { choice.takes_listed } else { choice.takes_unlisted };
                draw.happens(wrong.map_or(usual, |wrong| 1.0 - wrong))
            };
            let takes = coverages.iter().map(|choice| takes(choice, draw)).collect();
            let known = provider.line(service).map(|line| line.answers.clone()).unwrap_or_default();
            let kind = usize::from(service == Service::HomeHealth);
            let needs = NEEDS.iter().filter_map(|(code, of)| {
                let need: Need = code.parse().ok()?;
                let (_, percent) = of[kind];
                let usual = f64::from(percent.clamp(1, 99)) / 100.0;
                let odds = (usual / (1.0 - usual)) * willing.exp();
                let drawn = draw.happens(odds / (1.0 + odds));
                Some((need, known.get(&need).map_or(drawn, |fact| fact.value)))
            });
            let needs = needs.collect();
            // Places differ in how often they have room, around the same mean.
            let odds = (room / (1.0 - room)) * (0.8 * draw.normal()).exp();
            let stars = provider.line(service).and_then(|line| line.rating.as_ref());
            let stars = stars.map(|rating| f64::from(rating.value.tenths) / 10.0);
            places.push(Place { line, id: provider.id.clone(), service, stars, takes, needs, room: odds / (1.0 + odds) });
        }
        let at = places.iter().enumerate().map(|(at, place)| (place.line, at)).collect();
        let zips = zips(&catalog, &places);
        Self { catalog, places, at, coverages, zips, faults }
    }

    /// The next patient of `service`, on `day` of a history.
    pub(crate) fn patient(&self, service: Service, day: u32, draw: &mut Draw) -> Patient {
        let coverage = self.draw_coverage(draw);
        let kind = usize::from(service == Service::HomeHealth);
        let has = |(_, of): &&(&str, [(u32, u32); 2]), draw: &mut Draw| draw.happens(f64::from(of[kind].0) / 100.0);
        let codes: Vec<&str> = NEEDS.iter().filter(|need| has(need, draw)).map(|(code, _)| *code).take(4).collect();
        let zip = self.zips[draw.below(self.zips.len() as u64) as usize];
        let mut body = json!({
            "service": service.code(), "near": {"zip": zip.to_string()}, "needs": codes,
            "coverage": self.coverages[coverage].body,
        });
        if service == Service::SkilledNursing {
            body["within_miles"] = json!(RADIUS);
        }
        let words =
            ParseContext { zips: ZipTable::curated(), plans: self.catalog.plans(), generation: self.catalog.generation() };
        let read = parse(&body, &words, date_of(day));
        let (mut question, _) = read.unwrap_or_else(|faults| panic!("{body}: {faults:?}"));
        let needs = codes.iter().filter_map(|code| code.parse().ok()).collect();
        Patient { coverage, needs, discharge: question.discharges.remove(0) }
    }

    fn draw_coverage(&self, draw: &mut Draw) -> usize {
        let all: u32 = self.coverages.iter().map(|choice| choice.weight).sum();
        let mut left = draw.below(u64::from(all)) as u32;
        self.coverages
            .iter()
            .position(|choice| {
                let is_it = left < choice.weight;
                left = left.saturating_sub(choice.weight);
                is_it
            })
            .unwrap_or_default()
    }

    /// Whether a place takes a need.
    pub(crate) fn takes(&self, place: usize, need: Need) -> bool {
        self.places[place].needs.get(&need).copied().unwrap_or(true)
    }

    /// Whether a referral that fits in everything is declined for another reason.
    pub(crate) fn is_declined_otherwise(draw: &mut Draw) -> bool {
        draw.happens(OTHER_REASON)
    }
}

/// The date of a day of a history.
pub(crate) fn date_of(day: u32) -> Date {
    TODAY.checked_sub(DAYS_BEFORE.days()).and_then(|first| first.checked_add(i64::from(day).days())).expect("a date")
}

/// Original Medicare, Medicaid, the plans whose networks most homes are in, and a network that was not loaded whole.
fn coverages(catalog: &Catalog) -> Vec<CoverageChoice> {
    let program = |body, weight, takes| CoverageChoice {
        body,
        weight,
        networks: Vec::new(),
        takes_listed: takes,
        takes_unlisted: takes,
    };
    let mut all = vec![
        program(json!({"program": "medicare"}), 26, MEDICARE_TAKES),
        program(json!({"program": "medicaid", "state": "MO"}), 8, MEDICAID_TAKES),
        program(json!({"plan_name": "Evergreen Choice HMO", "known": false}), 6, UNLOADED_TAKES),
    ];
    let plans = catalog.plans();
    let mut members: HashMap<NetworkId, u32> = HashMap::new();
    for provider in (0..).map_while(|line| catalog.provider(LineId(line))) {
        for terms in catalog.terms_listed(&provider.id, Service::SkilledNursing) {
            *members.entry(plans.terms(terms).expect("known terms").network).or_default() += 1;
        }
    }
    let size = |networks: &[NetworkId]| networks.iter().map(|network| members.get(network).copied().unwrap_or(0)).max();
    let is_whole =
        |networks: &[NetworkId]| networks.iter().all(|key| plans.network(*key).is_some_and(|network| network.whole));
    let mut known: Vec<_> = plans.plans.iter().filter(|plan| is_whole(&plan.networks)).collect();
    known.sort_by_key(|plan| std::cmp::Reverse(size(&plan.networks)));
    all.extend(known.into_iter().take(6).map(|plan| CoverageChoice {
        body: json!({"plan": plan.name}),
        weight: 10,
        networks: plan.networks.clone(),
        takes_listed: LISTED_TAKES,
        takes_unlisted: UNLISTED_TAKES,
    }));
    all
}

/// The ZIPs of patients: those of the homes, so that they are where people live.
fn zips(catalog: &Catalog, places: &[Place]) -> Vec<Zip> {
    let zip = |place: &Place| catalog.provider(place.line)?.address.as_ref()?.value.zip;
    let in_use = |zip: &Zip| ZipTable::curated().get(*zip).is_some();
    places.iter().filter(|place| place.service == Service::SkilledNursing).filter_map(zip).filter(in_use).collect()
}

/// Which places have room, day by day: a two-state chain for each.
pub(crate) struct Rooms {
    day: u32,
    open: Vec<bool>,
    taken_until: Vec<u32>,
    draw: Draw,
}

impl Rooms {
    pub(crate) fn new(world: &World, seed: u64) -> Self {
        let mut draw = Draw(seed);
        let open = world.places.iter().map(|place| draw.happens(place.room)).collect();
        Self { day: 0, open, taken_until: vec![0; world.places.len()], draw }
    }

    /// Goes on to `day`.
    pub(crate) fn turn_to(&mut self, world: &World, day: u32) {
        let stays = (-1.0 / MEMORY_DAYS).exp();
        while self.day < day {
            self.day += 1;
            for (open, place) in self.open.iter_mut().zip(&world.places) {
                if !self.draw.happens(stays) {
                    *open = self.draw.happens(place.room);
                }
            }
        }
    }

    pub(crate) fn has_room(&self, place: usize) -> bool {
        self.open[place] && self.day >= self.taken_until[place]
    }

    pub(crate) fn accept(&mut self, world: &World, place: usize) {
        self.taken_until[place] = self.day + world.faults.bed_days;
    }
}
