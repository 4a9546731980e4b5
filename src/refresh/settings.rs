//! `refresh.toml`: sources to fetch, allowed addresses and the limits of the gate.

use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::DeTable;

use crate::refresh::declared_table::DeclaredTable;
use crate::refresh::fetch::outbound::OutboundPolicy;
use crate::refresh::gate::GateConfig;
use crate::refresh::settings::upstream::SourceConfig;
use crate::toml_reader::{TomlLocation, TomlReader};

pub(crate) mod declared;
pub(crate) mod pattern;
pub(crate) mod tables;
pub mod upstream;

/// The file used by default if the working folder has it.
pub const USUAL_FILE: &str = "refresh.toml";

/// An example with every public source; `placement template settings` prints it.
pub const EXAMPLE: &str = include_str!("../../docs/refresh.example.toml");

/// The default time limit for fetching all sources: it fits into a night, even with a slow server.
const FETCH_TIME: Duration = Duration::from_hours(2);

/// The default number of generations kept.
const KEPT: usize = 5;

/// The whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshConfig {
    /// The number of generations kept, including the published one; at least two, so that a
    /// rollback is possible.
    pub keep: usize,
    /// The time limit for fetching all sources; those not reached keep their last file.
    pub fetch_time: Duration,
    /// Which addresses may be connected to.
    pub outbound: OutboundPolicy,
    /// The limits of the gate.
    pub gate: GateConfig,
    /// The sources to fetch, by folder name.
    pub sources: BTreeMap<String, SourceConfig>,
    /// Tables that the administrator declares, such as state license lists.
    pub tables: Vec<DeclaredTable>,
}

impl Default for RefreshConfig {
    fn default() -> Self {
        let (outbound, gate) = (OutboundPolicy::default(), GateConfig::default());
        Self { keep: KEPT, fetch_time: FETCH_TIME, outbound, gate, sources: BTreeMap::new(), tables: Vec::new() }
    }
}

/// The keys outside sections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopLevelKeys {
    keep: Option<usize>,
    fetch_minutes: Option<u32>,
    #[serde(rename = "outbound")]
    _outbound: Option<IgnoredAny>,
    #[serde(rename = "gate")]
    _gate: Option<IgnoredAny>,
    #[serde(rename = "sources")]
    _sources: Option<IgnoredAny>,
    #[serde(rename = "tables")]
    _tables: Option<IgnoredAny>,
}

/// `[outbound]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OutboundConfig {
    allow: Vec<String>,
    proxy: Option<String>,
}

impl RefreshConfig {
    /// Parses the file's text.
    ///
    /// # Errors
    /// All faults, one per line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut strict = TomlReader::new(text);
        let mut settings = Self::default();
        let mut table = strict.document();
        let sections = ["outbound", "gate", "sources", "tables"].map(|name| strict.section(&mut table, name));
        let (keep, minutes) = (TomlLocation::of(&table, "", "keep"), TomlLocation::of(&table, "", "fetch_minutes"));
        if let Some(top) = strict.read::<TopLevelKeys>("", table) {
            settings.keep = top.keep.unwrap_or(KEPT);
            if settings.keep < 2 {
                strict.fault(&keep, "must be at least 2, so that a rollback is possible");
            }
            let given = top.fetch_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
            settings.fetch_time = given.unwrap_or(FETCH_TIME);
            if settings.fetch_time.is_zero() {
                strict.fault(&minutes, "must be at least 1");
            }
        }
        let [outbound, gate, sources, tables] = sections;
        if let Some(table) = outbound {
            settings.outbound = read_outbound(&mut strict, table);
        }
        if let Some(guards) = gate.and_then(|table| strict.read("gate", table)) {
            settings.gate = guards;
        }
        if let Some(table) = sources {
            settings.sources = declared::sources(&mut strict, table);
        }
        if let Some(table) = tables {
            settings.tables = tables::tables(&mut strict, table);
        }
        strict.finish(Some(settings))
    }
}

/// Parses `[outbound]`.
fn read_outbound(strict: &mut TomlReader<'_>, table: DeTable<'_>) -> OutboundPolicy {
    let (allow, proxy) = (TomlLocation::of(&table, "outbound", "allow"), TomlLocation::of(&table, "outbound", "proxy"));
    let Some(way) = strict.read::<OutboundConfig>("outbound", table) else { return OutboundPolicy::default() };
    let mut outbound = OutboundPolicy::default();
    for text in &way.allow {
        match text.parse::<IpNet>() {
            Ok(range) => outbound.allow.push(range),
            Err(_) => {
                strict.fault(&allow, &format!("\"{text}\" is not an address range such as 10.1.2.0/24"));
            }
        }
    }
    if let Some(text) = way.proxy {
        match text.parse::<Url>() {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => outbound.proxy = Some(url),
            _ => strict.fault(&proxy, "not a proxy address such as http://proxy.example:3128"),
        }
    }
    outbound
}
