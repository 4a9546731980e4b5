//! The practical limit of a search: the data in plain sorted arrays, binary search for locations,
//! and no texts. It follows roughly the same rules, so that it examines the same lines; it is not
//! an oracle.

use std::cmp::Reverse;
use std::collections::HashMap;

use placement::catalog::Catalog;
use placement::coverage::{Coverage, NetworkId, TermsId};
use placement::discharge::Discharge;
use placement::evidence::Tristate;
use placement::matching::candidate::{Directory, LineId};
use placement::place::{Miles, Point};
use placement::provider::{ServiceArea, ServiceLine};
use placement::service::{DeliveryMode, NeedSet, Service};

/// The height of a row, in micro-degrees.
const ROW: i32 = 250_000;
/// The mean Earth radius in miles.
const RADIUS: f64 = 6371.0088 / 1.609_344;
/// Matches per page.
const SHOWN: usize = 20;
/// Assumed radius of offices without a published service area, in miles.
const ASSUMED: f64 = 25.0;

/// A directory as sorted arrays.
pub(crate) struct Packed {
    /// Service, row and longitude of each line, ascending.
    keys: Vec<u64>,
    lines: Vec<Line>,
    /// The lines that serve a ZIP, by service and ZIP.
    serving: HashMap<(Service, u32), Vec<u32>>,
    /// One bit per line for each network.
    networks: Vec<Vec<u64>>,
}

/// The data that decides about one line.
struct Line {
    /// The point as a vector of length 1.
    at: [f64; 3],
    yes: NeedSet,
    no: NeedSet,
    rating: u8,
    published: bool,
}

/// The result of a search: counts by fit and of excluded lines, and the best few.
#[derive(Default)]
pub(crate) struct Found {
    /// Ready, to ask, out of network, declining, out of area.
    pub counts: [u32; 5],
    /// Fit, score and line of the best, best first.
    pub best: Vec<(usize, Reverse<u32>, u32)>,
}

impl Packed {
    /// Packs the content of a catalog.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let every = catalog.every_network();
        let listed = catalog.terms_with(0..catalog.line_count(), &every);
        let mut rows: Vec<(u64, Line, ServiceLine, &[TermsId])> = (0..)
            .map_while(|line| catalog.provider(LineId(line)))
            .filter_map(|provider| {
                let point = provider.position.as_ref()?.value.point;
                let line = provider.lines.first()?.clone();
                let terms = catalog.line_id(&provider.id, line.service).map_or(&[][..], |LineId(at)| listed.of(at));
                Some((key(line.service, point), packed(&line, point), line, terms))
            })
            .collect();
        rows.sort_by_key(|(key, ..)| *key);
        let words = rows.len().div_ceil(64);
        let mut packed = Self {
            keys: Vec::new(),
            lines: Vec::new(),
            serving: HashMap::new(),
            networks: vec![vec![0; words]; catalog.plans().networks.len()],
        };
        for (key, line, full, terms) in rows {
            packed.add(key, line, &full, terms, catalog);
        }
        packed
    }

    fn add(&mut self, key: u64, line: Line, full: &ServiceLine, terms: &[TermsId], catalog: &Catalog) {
        let at = self.lines.len();
        if let ServiceArea::Zips(zips) = &full.area {
            for zip in &zips.value {
                self.serving.entry((full.service, zip.number())).or_default().push(at as u32);
            }
        }
        for terms in terms.iter().filter_map(|terms| catalog.plans().terms(*terms)) {
            self.networks[terms.network.0 as usize][at / 64] |= 1 << (at % 64);
        }
        self.keys.push(key);
        self.lines.push(line);
    }

    /// The best lines for a discharge, and the counts of the others.
    pub(crate) fn search(&self, discharge: &Discharge) -> Found {
        let networks = match &discharge.coverage {
            Some(Coverage::Networks { networks, .. }) => networks.as_slice(),
            _ => &[],
        };
        let mut found = Found::default();
        let comes = discharge.geography() == DeliveryMode::ProviderComes;
        let radius = discharge.within.map_or(ASSUMED, Miles::value);
        let middle = vector(discharge.near.point);
        let serving = comes.then(|| self.serving.get(&(discharge.service, discharge.near.zip.number()))).flatten();
        for line in serving.into_iter().flatten() {
            self.judge(*line, 0.0, discharge, networks, &mut found);
        }
        let farthest = (radius / RADIUS / 2.0).sin() * 2.0;
        for (from, to) in bounds(discharge.service, discharge.near.point, radius) {
            let start = self.keys.partition_point(|key| *key < from);
            for line in start..start + self.keys[start..].partition_point(|key| *key <= to) {
                let chord = chord(self.lines[line].at, middle);
                if chord > farthest {
                    continue;
                }
                if !comes {
                    let miles = (chord / 2.0).asin() * 2.0 * RADIUS;
                    self.judge(line as u32, 1.0 - miles / radius, discharge, networks, &mut found);
                } else if !self.lines[line].published {
                    self.judge(line as u32, 0.0, discharge, networks, &mut found);
                } else if serving.is_none_or(|serving| serving.binary_search(&(line as u32)).is_err()) {
                    found.counts[4] += 1;
                }
            }
        }
        if found.best.len() > SHOWN {
            found.best.select_nth_unstable(SHOWN);
            found.best.truncate(SHOWN);
        }
        found.best.sort_unstable();
        found
    }

    fn judge(&self, at: u32, closeness: f64, discharge: &Discharge, networks: &[NetworkId], found: &mut Found) {
        let line = &self.lines[at as usize];
        let (word, bit) = (at as usize / 64, at % 64);
        let listed =
            networks.is_empty() || networks.iter().any(|network| self.networks[network.0 as usize][word] >> bit & 1 == 1);
        let fit = if !(line.no & discharge.required).is_empty() {
            3
        } else if !listed {
            2
        } else {
            usize::from(!discharge.required.without(line.yes).is_empty())
        };
        found.counts[fit] += 1;
        if fit < 3 {
            let score = 40_000.0 * closeness + 300.0 * f64::from(line.rating);
            found.best.push((fit, Reverse(score as u32), at));
        }
    }
}

fn packed(line: &ServiceLine, point: Point) -> Line {
    let of = |wanted: Tristate| line.answers.keys().copied().filter(|need| line.answer(*need) == wanted).collect();
    Line {
        at: vector(point),
        yes: of(Tristate::Yes),
        no: of(Tristate::No),
        rating: line.rating.as_ref().map_or(0, |fact| fact.value.tenths),
        published: matches!(line.area, ServiceArea::Zips(_)),
    }
}

fn vector(point: Point) -> [f64; 3] {
    let (latitude, longitude) = (point.latitude().to_radians(), point.longitude().to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

fn chord(a: [f64; 3], b: [f64; 3]) -> f64 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}

fn key(service: Service, point: Point) -> u64 {
    let row = (point.latitude_micro() + 90_000_000) / ROW;
    row_key(service, row, point.longitude_micro())
}

fn row_key(service: Service, row: i32, longitude: i32) -> u64 {
    (service as u64) << 48 | u64::from(row.unsigned_abs()) << 32 | u64::from((longitude + 180_000_000).unsigned_abs())
}

/// First and last key of each row that may have something within `radius` miles; the antimeridian
/// is ignored.
fn bounds(service: Service, middle: Point, radius: f64) -> impl Iterator<Item = (u64, u64)> {
    let half = (radius / RADIUS).to_degrees();
    let wide = ((radius / RADIUS).sin() / middle.latitude().to_radians().cos()).min(1.0).asin().to_degrees();
    let row = |latitude: f64| ((latitude + 90.0) * 1e6) as i32 / ROW;
    let micro = |longitude: f64| (longitude.clamp(-180.0, 180.0) * 1e6) as i32;
    let (west, east) = (micro(middle.longitude() - wide), micro(middle.longitude() + wide));
    (row(middle.latitude() - half)..=row(middle.latitude() + half))
        .map(move |row| (row_key(service, row, west), row_key(service, row, east)))
}
