//! The rules about the right level of care on the command line: their flags and their text.

use std::collections::BTreeSet;
use std::str::FromStr;

use clap::builder::TypedValueParser as _;
use serde_json::{Map, Value, json};

use crate::cli::known_values::SCREEN_FACTS;
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput};
use crate::discharge::screen_facts::ScreenFacts;
use crate::input::errors::FieldErrors;
use crate::screens::ScreenEntry;
use crate::service::Service;

/// The flags.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
pub(crate) struct ScreenFlags {
    /// Show the rules about the right level of care; --screen implies it
    #[arg(long, help_heading = "Level of Care")]
    screens: bool,
    /// Fact for these rules, such as icu_days=3, observation_only=no or therapies=physical,speech; may be repeated
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Level of Care", hide_possible_values = true,
          value_parser = SCREEN_FACTS.try_map(|typed| typed.parse::<ScreenFact>()))]
    screen: Vec<ScreenFact>,
}

/// One fact as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ScreenFact {
    name: String,
    value: String,
}

impl FromStr for ScreenFact {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, &'static str> {
        let (name, value) = typed.split_once('=').ok_or("expected a name and a value, such as icu_days=3")?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err("expected a name and a value, such as icu_days=3");
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

impl ScreenFact {
    /// The value as JSON: yes or no, a whole number, a list, or a text. The question checks it.
    fn raw(&self) -> Value {
        if self.name == "therapies" {
            return self.value.split(',').map(str::trim).collect::<Vec<_>>().into();
        }
        if ScreenFacts::YES_OR_NO.contains(&self.name.as_str()) {
            match self.value.to_lowercase().as_str() {
                "yes" | "true" => return json!(true),
                "no" | "false" => return json!(false),
                _ => {}
            }
        }
        self.value.parse::<u32>().map_or_else(|_| json!(self.value), Value::from)
    }
}

impl ScreenFlags {
    /// The facts as the API takes them; `None` if the rules are not asked for. A fact that is given twice is added to `faults`.
    pub(crate) fn raw(&self, faults: &mut FieldErrors) -> Option<Value> {
        let mut known = BTreeSet::new();
        for fact in self.screen.iter().filter(|fact| !known.insert(fact.name.as_str())) {
            faults.add(format_args!("/screens/{}", fact.name), "repeated", "this fact is given twice", None);
        }
        let facts: Map<String, Value> = self.screen.iter().map(|fact| (fact.name.clone(), fact.raw())).collect();
        (self.screens || !facts.is_empty()).then(|| facts.into())
    }
}

/// Adds the rules for one level of care to `page`.
pub(crate) fn add(page: &mut TextOutput, service: Service, entries: &[ScreenEntry]) {
    page.heading(&format!("Is this the right level of care? {}", service.label()));
    let payer = entries.first().map_or("", |entry| entry.payer.label());
    page.wrapped(
        "  ",
        &format!("What each rule asks, by what was entered. Payer: {payer}. This is no decision on coverage."),
    );
    for entry in entries {
        page.newline();
        page.styled_wrapped_after(HEADING, &format!("  {}: ", entry.status.label()), &entry.question);
        page.wrapped("      ", &entry.why);
        page.wrapped("      Would change it: ", &entry.change);
        for ask in &entry.asks {
            page.wrapped("      Ask: ", ask);
        }
        let style = if entry.is_overdue { LOUD } else { FAINT };
        page.styled_wrapped_after(style, "      ", &format!("{}; {}", entry.rule.citation, entry.review));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::coverage::PlanDirectory;
    use crate::discharge::ParseContext;
    use crate::discharge::parse::parse;
    use crate::place::ZipTable;
    use crate::screens::screen_question;

    #[test]
    fn the_text_has_every_rule_with_its_citation_and_says_that_nobody_reviewed_it() {
        let plans = PlanDirectory::default();
        let words = ParseContext { zips: ZipTable::curated(), plans: &plans, generation: "g" };
        let raw = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "coverage": {"program": "medicare"},
            "screens": {"inpatient_admitted_on": "2039-12-30", "discharged_on": "2040-01-01"}});
        for (today, overdue) in [(date(2026, 11, 21), false), (date(2040, 1, 1), true)] {
            let raw = if overdue {
                raw.clone()
            } else {
                json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "screens": {}})
            };
            let (question, _) = parse(&raw, &words, today).unwrap();
            let entries = screen_question(&question).unwrap().remove(0);
            let mut page = TextOutput::default();
            add(&mut page, Service::SkilledNursing, &entries);
            let text = page.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
            for entry in &entries {
                assert!(text.contains(&entry.rule.citation), "{}", entry.rule.id);
            }
            assert_eq!(text.matches("not reviewed by a person").count(), entries.len());
            assert_eq!(text.contains("has passed"), overdue);
        }
    }

    #[test]
    fn a_fact_has_a_name_and_a_value_and_is_given_once() {
        assert!("icu_days".parse::<ScreenFact>().is_err() && "=3".parse::<ScreenFact>().is_err());
        let fact = |typed: &str| typed.parse::<ScreenFact>().unwrap();
        let flags =
            ScreenFlags { screens: false, screen: vec![fact("icu_days=3"), fact("icu_days=4"), fact("pasrr_done=Yes")] };
        let mut faults = FieldErrors::default();
        assert_eq!(flags.raw(&mut faults).unwrap()["pasrr_done"], true);
        assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/screens/icu_days"]);
        assert_eq!(ScreenFlags::default().raw(&mut faults), None);
    }
}
