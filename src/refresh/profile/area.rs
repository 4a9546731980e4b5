//! The service area of an entry: ZIP codes, a radius around its address, or a GeoJSON area.

use crate::fuzzy;
use crate::place::{Miles, Zip, ZipTable, zip_text};
use crate::refresh::area::in_geojson;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::profile::ProfileParser;
use crate::refresh::source_record::RowError;
use crate::service::{DeliveryMode, Service};

/// The largest radius accepted, in miles: larger areas are better given as ZIP codes. Our choice.
const WIDEST: f64 = 500.0;

impl ProfileParser<'_> {
    /// The ZIPs it comes to, in order and each once, or the radius it comes to; and whether a part of it could not be read.
    pub(crate) fn area(&mut self, service: Service) -> (Vec<Zip>, Option<Miles>, bool) {
        let texts = [KnownColumn::Zips, KnownColumn::RadiusMiles].into_iter().filter(|column| self.text(*column).is_some());
        let given: Vec<KnownColumn> = texts.chain(self.entry.area.as_ref().map(|_| KnownColumn::AreaGeojson)).collect();
        let (Some(first), None) = (given.first(), given.get(1)) else {
            for column in given.iter().skip(1) {
                let reason = "use only one of zips, radius_miles and area_geojson";
                self.fault(RowError::of(*column, "", reason));
            }
            return (Vec::new(), None, false);
        };
        if service.geography() == DeliveryMode::PatientTravels {
            let reason = format!("patients travel to {service}, so the service area is not used");
            self.doubt(RowError::of(*first, "", &reason));
        }
        match first {
            KnownColumn::Zips => {
                let (zips, incomplete) = self.zips();
                (zips, None, incomplete)
            }
            KnownColumn::RadiusMiles => (Vec::new(), self.radius(), false),
            _ => (self.polygon(), None, false),
        }
    }

    fn zips(&mut self) -> (Vec<Zip>, bool) {
        let table = ZipTable::curated();
        let (mut zips, mut incomplete) = (Vec::new(), false);
        for (part, text) in self.texts(KnownColumn::Zips) {
            let at = |fault: RowError| RowError { part: Some(part), ..fault };
            match text.parse::<Zip>() {
                Err(error) => {
                    incomplete = true;
                    self.fault(at(RowError::of(KnownColumn::Zips, text, &error).with_hint(zip_text::way_out(text))));
                }
                Ok(zip) => {
                    if table.get(zip).is_none() {
                        self.doubt(at(not_in_use(zip, table)));
                    }
                    zips.push(zip);
                }
            }
        }
        if !zips.is_empty() && zips.iter().all(|zip| table.get(*zip).is_none()) {
            self.fault(RowError::of(KnownColumn::Zips, "", "no ZIP code of the service area is in use"));
            zips.clear();
        }
        zips.sort_unstable();
        zips.dedup();
        (zips, incomplete)
    }

    fn radius(&mut self) -> Option<Miles> {
        let text = self.text(KnownColumn::RadiusMiles)?;
        let miles = csv_cell::number(text).filter(|miles| *miles > 0.0 && *miles <= WIDEST).and_then(Miles::new);
        if miles.is_none() {
            let reason = format!("it is not a number of miles above 0 and up to {WIDEST}");
            self.fault(RowError::of(KnownColumn::RadiusMiles, text, &reason));
        }
        miles
    }

    fn polygon(&mut self) -> Vec<Zip> {
        let Some(area) = &self.entry.area else { return Vec::new() };
        in_geojson(area, ZipTable::curated()).unwrap_or_else(|wrong| {
            self.fault(RowError::of(KnownColumn::AreaGeojson, "", &wrong));
            Vec::new()
        })
    }
}

/// The doubt about a ZIP that is not in use, with similar ZIPs.
fn not_in_use(zip: Zip, table: &ZipTable) -> RowError {
    let near: Vec<String> = table.similar_zips(zip, 3).iter().map(Zip::to_string).collect();
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    let fault = RowError::of(KnownColumn::Zips, &zip.to_string(), "this ZIP code is not in use");
    fault.with_hint(fuzzy::did_you_mean(&near))
}
