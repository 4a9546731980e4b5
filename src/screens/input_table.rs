//! The inputs of the rules, from `data/curated/screens/inputs.toml`: their labels and the questions they answer.

use std::sync::LazyLock;

use serde::Deserialize;

/// One input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScreenInput {
    /// The name in the API.
    pub(crate) name: String,
    /// The label of its control.
    pub(crate) label: String,
    /// The question to ask where it is missing.
    pub(crate) question: String,
    /// How to fill in its control.
    #[serde(default)]
    pub(crate) hint: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScreenInputFile {
    input: Vec<ScreenInput>,
}

const TEXT: &str = include_str!("../../data/curated/screens/inputs.toml");

// A unit test parses the same file, so the empty default is never used.
static INPUTS: LazyLock<Vec<ScreenInput>> =
    LazyLock::new(|| toml::from_str::<ScreenInputFile>(TEXT).unwrap_or_default().input);

/// The inputs, in the order of the form.
pub(crate) fn inputs() -> &'static [ScreenInput] {
    &INPUTS
}

/// The input with that name.
pub(crate) fn input_named(name: &str) -> Option<&'static ScreenInput> {
    INPUTS.iter().find(|input| input.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discharge::screen_request::ScreensRequest;

    #[test]
    fn every_field_of_the_request_has_one_label_and_one_question() {
        let file: ScreenInputFile = toml::from_str(TEXT).unwrap();
        let mut names: Vec<&str> = file.input.iter().map(|input| input.name.as_str()).collect();
        names.sort_unstable();
        let mut fields = ScreensRequest::NAMES.to_vec();
        fields.sort_unstable();
        assert_eq!(names, fields);
        for input in &file.input {
            assert!(input.question.ends_with('?') && !input.label.is_empty(), "{}", input.name);
        }
    }
}
