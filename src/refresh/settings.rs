//! `refresh.toml`: what the night brings in and from where, what it may connect to, what its gate lets through.

use std::collections::BTreeMap;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::DeTable;

use crate::refresh::fetch::outbound::OutboundPolicy;
use crate::refresh::gate::GateConfig;
use crate::refresh::settings::upstream::SourceConfig;
use crate::toml_reader::{TomlLocation, TomlReader};

pub(crate) mod declared;
pub(crate) mod pattern;
pub mod upstream;

/// The file read when no other is named and the working folder has it.
pub const USUAL_FILE: &str = "refresh.toml";

/// An example that names every public source; `placement template settings` prints it.
pub const EXAMPLE: &str = include_str!("../../docs/refresh.example.toml");

/// How long all fetching may take when the file does not say: a night has time for it, and a server that drips takes no more.
const FETCH_TIME: Duration = Duration::from_hours(2);

/// How many generations are kept when the file does not say.
const KEPT: usize = 5;

/// The whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshConfig {
    /// How many generations are kept, the one served among them; at least two, so that there is a way back.
    pub keep: usize,
    /// How long the fetching of all sources may take together; those that are left then keep their last file.
    pub fetch_time: Duration,
    /// What may be connected to.
    pub outbound: OutboundPolicy,
    /// What the gate lets through.
    pub gate: GateConfig,
    /// The sources that are fetched, by the name of their folder.
    pub sources: BTreeMap<String, SourceConfig>,
}

impl Default for RefreshConfig {
    fn default() -> Self {
        let (outbound, gate) = (OutboundPolicy::default(), GateConfig::default());
        Self { keep: KEPT, fetch_time: FETCH_TIME, outbound, gate, sources: BTreeMap::new() }
    }
}

/// The keys outside of any source.
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
}

/// `[outbound]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OutboundConfig {
    allow: Vec<String>,
    proxy: Option<String>,
}

impl RefreshConfig {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut strict = TomlReader::new(text);
        let mut settings = Self::default();
        let mut table = strict.document();
        let sections = ["outbound", "gate", "sources"].map(|name| strict.section(&mut table, name));
        let (keep, minutes) = (TomlLocation::of(&table, "", "keep"), TomlLocation::of(&table, "", "fetch_minutes"));
        if let Some(top) = strict.read::<TopLevelKeys>("", table) {
            settings.keep = top.keep.unwrap_or(KEPT);
            if settings.keep < 2 {
                strict.fault(&keep, "at least 2, so that there is a way back");
            }
            let given = top.fetch_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
            settings.fetch_time = given.unwrap_or(FETCH_TIME);
            if settings.fetch_time.is_zero() {
                strict.fault(&minutes, "at least 1");
            }
        }
        let [outbound, gate, sources] = sections;
        if let Some(table) = outbound {
            settings.outbound = way(&mut strict, table);
        }
        if let Some(guards) = gate.and_then(|table| strict.read("gate", table)) {
            settings.gate = guards;
        }
        if let Some(table) = sources {
            settings.sources = declared::sources(&mut strict, table);
        }
        strict.finish(Some(settings))
    }
}

/// Reads `[outbound]`.
fn way(strict: &mut TomlReader<'_>, table: DeTable<'_>) -> OutboundPolicy {
    let (allow, proxy) = (TomlLocation::of(&table, "outbound", "allow"), TomlLocation::of(&table, "outbound", "proxy"));
    let Some(way) = strict.read::<OutboundConfig>("outbound", table) else { return OutboundPolicy::default() };
    let mut outbound = OutboundPolicy::default();
    for text in &way.allow {
        match text.parse::<IpNet>() {
            Ok(range) => outbound.allow.push(range),
            Err(_) => {
                strict.fault(&allow, &format!("\"{text}\" is no range of addresses such as 10.1.2.0/24"));
            }
        }
    }
    if let Some(text) = way.proxy {
        match text.parse::<Url>() {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => outbound.proxy = Some(url),
            _ => strict.fault(&proxy, "no address of a proxy such as http://proxy.example:3128"),
        }
    }
    outbound
}
