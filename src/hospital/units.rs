//! `units`: the hospital units that may be named as the source of an observation.

use toml::Spanned;

use crate::text::squeeze_spaces;
use crate::toml_reader::{TomlLocation, TomlReader};

/// Most characters of a name. Our choice.
const LONGEST: usize = 40;

/// The names, each once.
pub(crate) fn named(reader: &mut TomlReader<'_>, place: &TomlLocation, typed: Vec<Spanned<String>>) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for name in typed {
        let place = place.item(name.span().start);
        let name = squeeze_spaces(name.get_ref());
        if name.is_empty() || name.chars().count() > LONGEST {
            reader.fault(&place, &format!("the name of a unit has 1 to {LONGEST} characters"));
        } else if units.contains(&name) {
            reader.fault(&place, &format!("{name} is given twice"));
        } else {
            units.push(name);
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use crate::hospital::Hospital;

    #[test]
    fn units_and_the_id_are_read_and_faults_named() {
        let hospital = Hospital::parse("id = \"mercy\"\nunits = [\"4 West\", \"ICU  step-down\"]\n").unwrap();
        assert_eq!((hospital.id.as_str(), hospital.units), ("mercy", vec!["4 West".to_owned(), "ICU step-down".to_owned()]));
        let faults = Hospital::parse("id = \"Mercy!\"\nunits = [\"4 West\", \"4 West\", \"\"]\n").unwrap_err();
        assert_eq!(faults.lines().count(), 3, "{faults}");
    }
}
