//! `refresh.toml`: what the night brings in and from where, what it may connect to, what its gate lets through.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::refresh::gate::Guards;

/// The file read when no other is named and the working folder has it.
pub const USUAL_FILE: &str = "refresh.toml";

/// How many generations are kept when the file does not say.
const KEPT: usize = 5;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many generations are kept, the one served among them; at least two, so that there is a way back.
    pub keep: usize,
    /// What may be connected to.
    pub outbound: Outbound,
    /// What the gate lets through.
    pub gate: Guards,
    /// The sources that are fetched, by the name of their folder.
    pub sources: BTreeMap<String, Upstream>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { keep: KEPT, outbound: Outbound::default(), gate: Guards::default(), sources: BTreeMap::new() }
    }
}

/// What may be connected to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upstream {}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }
}
