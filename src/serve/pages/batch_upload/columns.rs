//! The columns of a file of questions: each is a field of the search form, under the names that people and programs use for it.

use strsim::osa_distance;

use crate::fuzzy::LONGEST_HINTED;
use crate::need_words::patient_fact::is_kilograms;
use crate::text::fold_words;

/// One column of a file of questions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QuestionColumn {
    /// The field of the form.
    pub field: &'static str,
    /// The heading in the example file, which is the label of the form.
    pub heading: &'static str,
    /// Other headings: the field of the API, and what tables usually have. In lower case, words separated by single spaces.
    aliases: &'static [&'static str],
    /// The cells of the example file: two invented patients.
    pub examples: [&'static str; 2],
}

const fn column(
    field: &'static str,
    heading: &'static str,
    aliases: &'static [&'static str],
    examples: [&'static str; 2],
) -> QuestionColumn {
    QuestionColumn { field, heading, aliases, examples }
}

/// The columns that every file must have.
pub(crate) const NEEDED: [&str; 2] = ["near", "service"];

/// Every column, in the order of the form.
pub(crate) const COLUMNS: [QuestionColumn; 17] = [
    column(
        "near",
        "Location",
        &["near", "near zip", "zip", "zip code", "zipcode", "city and state", "address"],
        ["64108", "Kansas City, MO"],
    ),
    column(
        "service",
        "Level of care",
        &["service", "services", "levels of care"],
        ["Skilled nursing facility", "Home health; Home infusion"],
    ),
    column("coverage", "Insurance", &["coverage", "coverage plan", "plan", "payer", "payor"], ["Medicare", "Medicaid MO"]),
    column("search_anyway", "Search anyway", &["search anyway coverage to be verified"], ["", ""]),
    column(
        "need_words",
        "Clinical needs",
        &["needs", "need", "need words", "required needs"],
        ["wound vac, IV antibiotics", "IV antibiotics"],
    ),
    column("prefer", "Preferred needs", &["prefer", "preferred"], ["", ""]),
    column("age", "Age", &["patient age"], ["82", ""]),
    column("weight_lb", "Weight (lb)", &["weight", "patient weight lb"], ["", "210"]),
    column("doses_a_day", "IV doses per day", &["doses a day", "patient doses a day", "doses per day"], ["1", ""]),
    column("start_within_hours", "Hours to start of care", &["start within hours", "patient start within hours"], ["", "48"]),
    column(
        "drug_cost_a_day",
        "Medication cost per day",
        &["drug cost a day", "patient drug cost a day", "drug cost per day"],
        ["", ""],
    ),
    column("eligible", "Patient group", &["eligible", "patient eligible"], ["", ""]),
    column("sex", "Sex", &["patient sex"], ["female", ""]),
    column("language", "Languages", &["language", "patient languages"], ["", "Spanish"]),
    column("on", "Discharge date", &["discharge on", "on"], ["tomorrow", ""]),
    column("within", "Radius (miles)", &["radius", "within", "within miles", "miles"], ["15", ""]),
    column("limit", "Providers to list", &["limit"], ["", "3"]),
];

impl QuestionColumn {
    /// The column under `heading`, in any case and punctuation: "near.zip", "ZIP code", "Weight (lb)", "weight_lb".
    pub(crate) fn under(heading: &str) -> Option<&'static Self> {
        let heading = fold_words(heading);
        let is_it = |column: &&Self| {
            [column.heading, column.field].iter().any(|name| fold_words(name) == heading)
                || column.aliases.contains(&heading.as_str())
        };
        COLUMNS.iter().find(is_it)
    }

    /// The column of a field of the form. An ambiguous word has a field of its own there, and is one of the needs here.
    pub(crate) fn of_field(field: &str) -> Option<&'static Self> {
        let field = if field.starts_with("meaning_") || field == "need" { "need_words" } else { field };
        COLUMNS.iter().find(|column| column.field == field)
    }

    /// The column that `heading`, which is not known, is perhaps a mistyped name of: one letter is wrong, or two of a long name. A heading
    /// that only shares a word with a name, such as "Patient name", is of no column.
    pub(crate) fn mistyped(heading: &str) -> Option<&'static Self> {
        let heading = fold_words(heading);
        let allowed = match heading.chars().count() {
            5..8 => 1,
            8..=LONGEST_HINTED => 2,
            _ => return None,
        };
        let is_near = |name: &str| !name.starts_with("patient ") && osa_distance(&fold_words(name), &heading) <= allowed;
        COLUMNS.iter().find(|column| is_near(column.heading) || column.aliases.iter().any(|name| is_near(name)))
    }
}

/// Whether `heading` is that of a column of weights in kilograms: "Weight (kg)". It is like Weight (lb), and must not be taken for it.
pub(crate) fn is_in_kilograms(heading: &str) -> bool {
    let heading = fold_words(heading);
    let has = |is_it: fn(&str) -> bool| heading.split(' ').any(is_it);
    has(|word| matches!(word, "weight" | "wt")) && has(is_kilograms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::pages::form::QUESTION;

    #[test]
    fn every_field_of_the_form_has_a_column_but_those_that_a_table_cannot_have() {
        for field in QUESTION {
            assert_eq!(QuestionColumn::of_field(field).is_none(), field == "cursor", "{field}");
        }
        assert!(COLUMNS.iter().all(|column| QUESTION.contains(&column.field)));
    }

    #[test]
    fn a_heading_is_known_by_its_label_its_field_and_its_name_in_the_api() {
        for (heading, field) in [
            ("Location", Some("near")),
            (" near.zip ", Some("near")),
            ("LEVEL OF CARE", Some("service")),
            ("weight_lb", Some("weight_lb")),
            ("Weight (lb)", Some("weight_lb")),
            ("patient.age", Some("age")),
            ("discharge_on", Some("on")),
            ("Patient name", None),
            ("", None),
        ] {
            assert_eq!(QuestionColumn::under(heading).map(|column| column.field), field, "{heading}");
        }
        for (heading, field) in [
            ("Insurence", Some("coverage")),
            ("Locaton", Some("near")),
            ("Levle of care", Some("service")),
            ("Patient name", None),
            ("Name", None),
            ("Room", None),
            ("Service date", None),
        ] {
            assert_eq!(QuestionColumn::mistyped(heading).map(|column| column.field), field, "{heading}");
        }
        for (heading, kilograms) in [
            ("Weight (kg)", true),
            ("patient.weight_kg", true),
            ("Wt kilograms", true),
            ("Weight (lb)", false),
            ("Weight", false),
            ("kg", false),
        ] {
            assert_eq!(is_in_kilograms(heading), kilograms, "{heading}");
        }
        let names = |column: &QuestionColumn| [column.heading].into_iter().chain(column.aliases.iter().copied());
        let mut names: Vec<String> = COLUMNS.iter().flat_map(names).map(fold_words).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "no name has two columns");
        assert!(COLUMNS.iter().flat_map(|column| column.aliases).all(|alias| fold_words(alias) == *alias));
    }
}
