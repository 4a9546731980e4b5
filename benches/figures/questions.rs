//! The benchmark questions: a service, a location where people live, a plan of one to three
//! networks that some provider there belongs to, two needs, twenty matches.

use jiff::civil::Date;
use placement::catalog::Catalog;
use placement::coverage::TermsId;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::matching::candidate::{Directory, LineId};
use placement::place::ZipTable;
use placement::service::{Need, Service};
use serde_json::{Value, json};

/// Frequency of each service, close to actual discharges. Our choice.
const SERVICES: [(u64, Service); 6] = [
    (45, Service::SkilledNursing),
    (30, Service::HomeHealth),
    (9, Service::InpatientRehab),
    (8, Service::Hospice),
    (6, Service::Dialysis),
    (2, Service::LongTermAcute),
];

/// Needs that CMS files answer for some providers, so that not every answer is "unknown".
const ANSWERED: [&str; 6] = ["rehab.pt", "rehab.slp", "hh.aide", "resp.vent", "cog.secured", "rehab.stroke"];

/// A stream of random numbers for the bench: SplitMix64, as in the sample.
pub(crate) struct Draw(pub u64);

impl Draw {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(bits ^ (bits >> 31)) * u128::from(end)) >> 64) as u64
    }

    fn service(&mut self) -> Service {
        let mut left = self.below(100);
        for (weight, service) in SERVICES {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return service,
            }
        }
        Service::SkilledNursing
    }
}

/// The date of the questions: that of the sample, so that rosters are recent.
pub(crate) const TODAY: Date = placement::sample::options::DAY;

/// `count` questions as their JSON bodies.
pub(crate) fn bodies(catalog: &Catalog, count: usize, seed: u64) -> Vec<Value> {
    let mut draw = Draw(seed);
    let lines: u64 = catalog.manifest().lines.values().map(|lines| u64::from(*lines)).sum();
    std::iter::from_fn(|| Some(body(catalog, lines, &mut draw))).flatten().take(count).collect()
}

/// A question near a provider drawn at random, under a plan that provider is listed in; `None` if
/// it has no address or plan.
fn body(catalog: &Catalog, lines: u64, draw: &mut Draw) -> Option<Value> {
    let provider = catalog.provider(LineId(draw.below(lines) as u32))?;
    let zip = provider.address.as_ref()?.value.zip?;
    ZipTable::curated().get(zip)?;
    let terms: Vec<TermsId> = catalog.terms_listed(&provider.id, provider.lines.first()?.service);
    let terms = catalog.plans().terms(*terms.get(draw.below(terms.len() as u64) as usize)?)?;
    let plan = catalog.plans().plans.iter().find(|plan| plan.networks.contains(&terms.network))?;
    let service = draw.service();
    let any = Need::all().nth(draw.below(Need::all().len() as u64) as usize)?.code();
    let known = ANSWERED[draw.below(ANSWERED.len() as u64) as usize];
    let mut body = json!({
        "service": service.code(),
        "near": {"zip": zip.to_string()},
        "coverage": {"plan": plan.name},
        "needs": [known, {"need": any, "importance": "preferred"}],
    });
    if service.geography() == placement::service::DeliveryMode::PatientTravels {
        body["within_miles"] = json!(10 + draw.below(91));
    }
    (known != any).then_some(body)
}

/// The parsed questions.
pub(crate) fn discharges(catalog: &Catalog, bodies: &[Value]) -> Vec<Discharge> {
    let words = ParseContext { zips: ZipTable::curated(), plans: catalog.plans(), generation: catalog.generation() };
    let read = |body| parse(body, &words, TODAY).map(|(question, _)| question.discharges);
    bodies.iter().flat_map(|body| read(body).unwrap_or_else(|faults| panic!("{body}: {faults:?}"))).collect()
}
