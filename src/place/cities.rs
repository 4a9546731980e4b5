//! Cities by name: which there are, and the ZIP that stands for one.

use super::{Point, ZipKind, ZipPlace, ZipTable};

impl ZipTable {
    /// The cities of that name, one a state in the order of the states, each by the ZIP nearest its middle: the mean of the points
    /// of its ZIPs with streets, or of all where none has streets.
    ///
    /// Names are the same in any case and punctuation, "O'Fallon" and "O Fallon"; "St" is Saint, "Ft" Fort and "Mt" Mount.
    pub fn cities(&self, name: &str) -> Vec<ZipPlace<'_>> {
        let wanted = plain(name);
        let called: Vec<&str> =
            self.cities.iter().copied().filter(|city| !wanted.is_empty() && plain(city) == wanted).collect();
        let mut zips: Vec<ZipPlace<'_>> = self.iter().filter(|place| called.contains(&place.city)).collect();
        zips.sort_by_key(|place| (place.state, place.zip));
        zips.chunk_by(|a, b| a.state == b.state).filter_map(nearest_the_middle).collect()
    }
}

impl ZipPlace<'_> {
    /// "Charleston, SC".
    pub fn city_and_state(&self) -> String {
        format!("{}, {}", self.city, self.state)
    }
}

fn nearest_the_middle<'a>(zips: &[ZipPlace<'a>]) -> Option<ZipPlace<'a>> {
    let mut of_streets: Vec<ZipPlace<'a>> = zips.iter().filter(|zip| zip.kind == ZipKind::Standard).copied().collect();
    if of_streets.is_empty() {
        of_streets = zips.to_vec();
    }
    let count = f64::from(u32::try_from(of_streets.len()).ok()?);
    let mean = |of: fn(Point) -> f64| of_streets.iter().map(|zip| of(zip.point)).sum::<f64>() / count;
    let middle = Point::from_degrees(mean(Point::latitude), mean(Point::longitude))?;
    of_streets.into_iter().min_by_key(|zip| (zip.point.miles_to(middle), zip.zip))
}

/// A city's name as names are compared: its letters and digits.
fn plain(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    let whole = words.map(|word| match word.as_str() {
        "st" => "saint".to_owned(),
        "ste" => "sainte".to_owned(),
        "ft" => "fort".to_owned(),
        "mt" => "mount".to_owned(),
        _ => word,
    });
    whole.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_found_in_each_of_its_states_however_it_is_spelt() {
        for (typed, expected) in [
            ("kansas city", &["66102 Kansas City, KS", "64124 Kansas City, MO"][..]),
            ("st. louis", &["48880 Saint Louis, MI", "63105 Saint Louis, MO", "74866 Saint Louis, OK"]),
            ("FT WORTH", &["76102 Fort Worth, TX"]),
            ("coeur d'alene", &["83815 Coeur D Alene, ID"]),
            ("nowhere at all", &[]),
            ("", &[]),
        ] {
            let cities = ZipTable::curated().cities(typed);
            let cities: Vec<String> =
                cities.iter().map(|city| format!("{} {}", city.zip, city.city_and_state())).collect();
            assert_eq!(cities, expected, "{typed:?}");
        }
    }
}
