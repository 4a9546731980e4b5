//! `refresh.toml`: what the night brings in and from where, what it may connect to, what its gate lets through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::de::DeTable;

use crate::refresh::fetch::limits::Limits;
use crate::refresh::fetch::outbound::Outbound;
use crate::refresh::gate::Guards;

mod declared;
pub mod pattern;
mod strict;

use pattern::Pattern;
use strict::{Place, Strict};

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
pub struct Settings {
    /// How many generations are kept, the one served among them; at least two, so that there is a way back.
    pub keep: usize,
    /// How long the fetching of all sources may take together; those that are left then keep their last file.
    pub fetch_time: Duration,
    /// What may be connected to.
    pub outbound: Outbound,
    /// What the gate lets through.
    pub gate: Guards,
    /// The sources that are fetched, by the name of their folder.
    pub sources: BTreeMap<String, Upstream>,
}

impl Default for Settings {
    fn default() -> Self {
        let (outbound, gate) = (Outbound::default(), Guards::default());
        Self { keep: KEPT, fetch_time: FETCH_TIME, outbound, gate, sources: BTreeMap::new() }
    }
}

/// One source: where it is, how it is asked, what it may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    /// Where it is and what kind of server has it.
    pub kind: Kind,
    /// Where the bearer token is that opens it; the token itself is read when it is needed and kept nowhere.
    pub token: Option<TokenAt>,
    /// Ask no more often than every so many days; `None`: every night.
    pub every_days: Option<u16>,
    /// That it was never fetched is no reason to publish nothing.
    pub optional: bool,
    /// Talk without encryption to a server that is not this machine.
    pub allow_http: bool,
    /// What it may cost.
    pub limits: Limits,
}

/// What kind of server has a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A dataset of the CMS Provider Data Catalog: a catalogue says where the file is and when it was changed.
    Cms {
        /// The dataset's identifier, such as `6jpm-sxkc`.
        dataset: String,
        /// The address that the identifier is put behind.
        catalogue: Url,
        /// The name the file gets.
        save_as: String,
    },
    /// A file at an address.
    File {
        /// The address, perhaps with the month or week in it.
        url: Pattern,
        /// The name the file gets.
        save_as: String,
    },
    /// A payer's FHIR Plan-Net server.
    PlanNet {
        /// Its base address.
        url: Url,
        /// Ask for a bulk `$export`.
        bulk: bool,
        /// Resources a page to ask for.
        count: u32,
        /// Resource types the server does not have.
        without: Vec<String>,
    },
}

/// Where a bearer token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenAt {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

/// The keys outside of any source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
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
struct Way {
    allow: Vec<String>,
    proxy: Option<String>,
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut strict = Strict::new(text);
        let mut settings = Self::default();
        let mut table = strict.document();
        let sections = ["outbound", "gate", "sources"].map(|name| strict.section(&mut table, name));
        let (keep, minutes) = (Place::of(&table, "", "keep"), Place::of(&table, "", "fetch_minutes"));
        if let Some(top) = strict.read::<Top>("", table) {
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
        strict.told().map(|()| settings)
    }
}

/// Reads `[outbound]`.
fn way(strict: &mut Strict<'_>, table: DeTable<'_>) -> Outbound {
    let (allow, proxy) = (Place::of(&table, "outbound", "allow"), Place::of(&table, "outbound", "proxy"));
    let Some(way) = strict.read::<Way>("outbound", table) else { return Outbound::default() };
    let mut outbound = Outbound::default();
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
