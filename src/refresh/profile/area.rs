//! Where an entry says the provider comes to: ZIP codes, a radius round its door, or a GeoJSON area.

use crate::care::{Geography, Service};
use crate::place::{Miles, Zip, ZipTable};
use crate::refresh::account::Refusal;
use crate::refresh::area::in_geojson;
use crate::refresh::cell;
use crate::refresh::column::Column;

use super::{Reading, lost_zeros};

/// The largest radius that is taken, in miles: what lies further is better said in ZIP codes. Our choice.
const WIDEST: f64 = 500.0;

impl Reading<'_> {
    /// The ZIPs it comes to, in order and each once, or the radius it comes to.
    pub(super) fn area(&mut self, service: Service) -> (Vec<Zip>, Option<Miles>) {
        let texts = [Column::Zips, Column::RadiusMiles].into_iter().filter(|column| self.text(*column).is_some());
        let given: Vec<Column> = texts.chain(self.entry.area.as_ref().map(|_| Column::AreaGeojson)).collect();
        let (Some(first), None) = (given.first(), given.get(1)) else {
            for column in given.iter().skip(1) {
                let reason = "a service area is one of zips, radius_miles and area_geojson, not several";
                self.fault(Refusal::of(*column, "", reason));
            }
            return (Vec::new(), None);
        };
        if service.geography() == Geography::PatientTravels {
            let reason = format!("patients travel to {service}, so a service area means nothing");
            self.doubt(Refusal::of(*first, "", &reason));
        }
        match first {
            Column::Zips => (self.zips(), None),
            Column::RadiusMiles => (Vec::new(), self.radius()),
            _ => (self.polygon(), None),
        }
    }

    fn zips(&mut self) -> Vec<Zip> {
        let table = ZipTable::curated();
        let mut zips = Vec::new();
        for (part, text) in self.texts(Column::Zips) {
            let at = |fault: Refusal| Refusal { part: Some(part), ..fault };
            match text.parse::<Zip>() {
                Err(error) => self.fault(at(Refusal::of(Column::Zips, text, &error).advised(lost_zeros(text, 5)))),
                Ok(zip) => {
                    if table.get(zip).is_none() {
                        self.doubt(at(not_in_use(zip, table)));
                    }
                    zips.push(zip);
                }
            }
        }
        if !zips.is_empty() && zips.iter().all(|zip| table.get(*zip).is_none()) {
            self.fault(Refusal::of(Column::Zips, "", "no ZIP code of the service area is in use"));
            zips.clear();
        }
        zips.sort_unstable();
        zips.dedup();
        zips
    }

    fn radius(&mut self) -> Option<Miles> {
        let text = self.text(Column::RadiusMiles)?;
        let miles = cell::number(text).filter(|miles| *miles > 0.0 && *miles <= WIDEST).and_then(Miles::new);
        if miles.is_none() {
            let reason = format!("it is not a distance in miles of more than 0 and at most {WIDEST}");
            self.fault(Refusal::of(Column::RadiusMiles, text, &reason));
        }
        miles
    }

    fn polygon(&mut self) -> Vec<Zip> {
        let Some(area) = &self.entry.area else { return Vec::new() };
        in_geojson(area, ZipTable::curated()).unwrap_or_else(|wrong| {
            self.fault(Refusal::of(Column::AreaGeojson, "", &wrong));
            Vec::new()
        })
    }
}

/// That nobody gets post there, with the ZIPs a slip of the finger away.
fn not_in_use(zip: Zip, table: &ZipTable) -> Refusal {
    let near: Vec<String> = table.near_misses(zip, 3).iter().map(Zip::to_string).collect();
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    let fault = Refusal::of(Column::Zips, &zip.to_string(), "this ZIP code is not in use");
    fault.advised(crate::likeness::did_you_mean(&near))
}
