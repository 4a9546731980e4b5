//! Parses `[sources.NAME]`.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::fuzzy::{did_you_mean, nearest};
use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::fetch::outbound::is_loopback;
use crate::refresh::fetch::plan_net_progress::KINDS;
use crate::refresh::settings::pattern::{UrlTemplate, address};
use crate::refresh::settings::upstream::{SourceConfig, TokenLocation, UpstreamKind};
use crate::refresh::sources;
use crate::toml_reader::{TomlLocation, TomlReader};

/// The catalog items of the CMS Provider Data Catalog.
const CATALOGUE: &str = "https://data.cms.gov/provider-data/api/1/metastore/schemas/dataset/items/";

/// A kind of source.
struct SourceKindSpec {
    /// The value of `kind`.
    code: &'static str,
    /// The keys this kind accepts beyond the common ones.
    keys: &'static [&'static str],
    /// Default size limit in megabytes and time limit in minutes.
    megabytes: u64,
    minutes: u64,
    /// Number of tries, if it differs from the default.
    tries: Option<usize>,
    /// The largest answer held in memory, in bytes, if it differs from the default.
    answer_bytes: Option<u64>,
    /// Builds the source from its declaration and name.
    declare: fn(&mut SourceConfigParser<'_, '_, '_>, &RawSourceConfig, &str) -> Option<UpstreamKind>,
}

static SOURCE_KINDS: [SourceKindSpec; 3] = [
    SourceKindSpec {
        code: "cms",
        keys: &["dataset", "catalogue", "save_as"],
        // The largest list of CMS has 60 MB.
        megabytes: 1 << 10,
        minutes: 60,
        tries: Some(TRIES),
        answer_bytes: Some(ITEM),
        declare: |source, declared, name| source.cms(declared, name),
    },
    SourceKindSpec {
        code: "file",
        keys: &["url", "save_as"],
        // The monthly archive of NPPES has 1 GB.
        megabytes: 8 << 10,
        minutes: 240,
        tries: Some(TRIES),
        answer_bytes: Some(ITEM),
        declare: |source, declared, _| source.file(declared),
    },
    SourceKindSpec {
        code: "plan_net",
        keys: &["url", "bulk", "count", "without", "max_pages"],
        // A national payer's directory.
        megabytes: 20 << 10,
        minutes: 360,
        tries: None,
        answer_bytes: None,
        declare: |source, declared, _| source.plan_net(declared),
    },
];

/// Number of tries for a file; each try resumes the one before.
const TRIES: usize = 5;

/// The largest catalog item, in bytes; a usual one has 5,000.
const ITEM: u64 = 4 << 20;

/// A source as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawSourceConfig {
    kind: String,
    dataset: Option<String>,
    catalogue: Option<String>,
    url: Option<String>,
    save_as: Option<String>,
    bulk: bool,
    count: Option<u32>,
    without: Vec<String>,
    token_file: Option<String>,
    token_env: Option<String>,
    every_days: Option<u16>,
    optional: bool,
    allow_http: bool,
    max_megabytes: Option<u64>,
    max_minutes: Option<u64>,
    max_stall_seconds: Option<u64>,
    max_pages: Option<usize>,
    max_tries: Option<usize>,
}

/// Parses every source.
pub(crate) fn sources(strict: &mut TomlReader<'_>, table: DeTable<'_>) -> BTreeMap<String, SourceConfig> {
    let mut upstreams = BTreeMap::new();
    for (key, value) in table {
        let (start, name) = (key.span().start, key.into_inner().into_owned());
        let path = format!("sources.{name}");
        let head = TomlLocation::new(start, &path);
        if !is_plain(&name) {
            strict.fault(&head, "a source name is also its folder name; use letters, digits, - and _");
        }
        let DeValue::Table(table) = value.into_inner() else {
            strict.fault(&head, "expected a section, written [sources.NAME] with its keys below it");
            continue;
        };
        let source = SourceConfigParser { strict, path: &path, head, table };
        upstreams.extend(source.upstream(&name).map(|upstream| (name, upstream)));
    }
    upstreams
}

/// Whether the name is allowed for a folder or file.
pub(crate) fn is_plain(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= 64 && name.chars().all(good)
}

/// One source being parsed.
struct SourceConfigParser<'s, 'a, 't> {
    strict: &'s mut TomlReader<'a>,
    path: &'s str,
    head: TomlLocation,
    table: DeTable<'t>,
}

impl SourceConfigParser<'_, '_, '_> {
    fn fault(&mut self, key: &str, what: &str) {
        let here = self.table.keys().any(|known| known.get_ref() == key);
        let place = if here { TomlLocation::of(&self.table, self.path, key) } else { self.head.clone() };
        self.strict.fault(&place, what);
    }

    fn upstream(mut self, name: &str) -> Option<SourceConfig> {
        let before = self.strict.faults();
        let declared: RawSourceConfig = self.strict.read(self.path, self.table.clone())?;
        let Some(spec) = SOURCE_KINDS.iter().find(|spec| spec.code == declared.kind) else {
            let kinds = SOURCE_KINDS.each_ref().map(|spec| spec.code);
            let hint =
                did_you_mean(&nearest(&declared.kind, kinds, 1)).unwrap_or_else(|| format!("one of {}", kinds.join(", ")));
            self.fault("kind", &format!("there is no kind of source \"{}\"; {hint}", declared.kind));
            return None;
        };
        self.only(spec);
        let token = self.token(&declared);
        let kind = (spec.declare)(&mut self, &declared, name);
        let limits = self.limits(&declared, spec);
        if declared.every_days == Some(0) {
            self.fault("every_days", "must be at least 1, which is every night");
        }
        let upstream = SourceConfig {
            kind: kind?,
            token,
            every_days: declared.every_days,
            optional: declared.optional,
            allow_http: declared.allow_http,
            limits,
        };
        (self.strict.faults() == before).then_some(upstream)
    }

    /// Reports keys that belong to other kinds of sources.
    fn only(&mut self, spec: &SourceKindSpec) {
        let others = SOURCE_KINDS.iter().flat_map(|other| other.keys.iter().map(|key| (other.code, *key)));
        let mut told: Vec<&str> = Vec::new();
        for (other, key) in others.filter(|(_, key)| !spec.keys.contains(key)) {
            if self.table.keys().any(|known| known.get_ref() == key) && !told.contains(&key) {
                told.push(key);
                self.fault(key, &format!("this setting is for {other} sources; this source has kind {}", spec.code));
            }
        }
    }

    fn token(&mut self, declared: &RawSourceConfig) -> Option<TokenLocation> {
        match (&declared.token_file, &declared.token_env) {
            (Some(_), Some(_)) => {
                self.fault("token_env", "token_file is also set; use only one of them");
                None
            }
            (Some(file), None) => Some(TokenLocation::File(file.into())),
            (None, Some(variable)) => Some(TokenLocation::Variable(variable.clone())),
            (None, None) => None,
        }
    }

    fn cms(&mut self, declared: &RawSourceConfig, name: &str) -> Option<UpstreamKind> {
        let dataset = declared.dataset.clone().unwrap_or_default();
        if !is_plain(&dataset) {
            self.fault("dataset", "the dataset identifier is required, such as dataset = \"6jpm-sxkc\"");
        }
        let mut text = declared.catalogue.clone().unwrap_or_else(|| CATALOGUE.to_owned());
        if !text.ends_with('/') {
            text.push('/');
        }
        let catalogue = self.address("catalogue", Some(&text), declared.allow_http)?;
        let save_as = match &declared.save_as {
            Some(save_as) => self.save_as(save_as.clone()),
            None => format!("{name}.csv"),
        };
        Some(UpstreamKind::Cms { dataset, catalogue, save_as })
    }

    fn file(&mut self, declared: &RawSourceConfig) -> Option<UpstreamKind> {
        let Some(text) = &declared.url else {
            self.fault("url", "the file's address is required: url = \"https://...\"");
            return None;
        };
        let url = match UrlTemplate::parse(text) {
            Ok(url) => url,
            Err(faults) => {
                for fault in &faults {
                    self.fault("url", fault);
                }
                return None;
            }
        };
        let first = url.candidates(jiff::civil::Date::constant(2026, 1, 1)).into_iter().next()?;
        self.encrypted("url", &first, declared.allow_http);
        let last = first.path_segments().and_then(|mut steps| steps.next_back()).unwrap_or_default().to_owned();
        let save_as = match &declared.save_as {
            Some(name) => name.clone(),
            None if url.changes() || last.is_empty() => {
                self.fault("url", "the file name changes, so save_as = \"NAME\" is required as its local name");
                return None;
            }
            None => last,
        };
        let save_as = self.save_as(save_as);
        Some(UpstreamKind::File { url, save_as })
    }

    fn plan_net(&mut self, declared: &RawSourceConfig) -> Option<UpstreamKind> {
        for unknown in declared.without.iter().filter(|kind| !KINDS.contains(&kind.as_str())) {
            let hint =
                did_you_mean(&nearest(unknown, KINDS, 1)).unwrap_or_else(|| format!("known types are {}", KINDS.join(", ")));
            self.fault("without", &format!("unknown resource type {unknown}; {hint}"));
        }
        if declared.count.is_some_and(|count| !(1..=10_000).contains(&count)) {
            self.fault("count", "must be from 1 to 10000 resources per page");
        }
        if declared.url.as_deref().is_some_and(|url| url.split_whitespace().count() > 1) {
            let words = "there are several addresses; write the part before the resource type, or a source for each";
            self.fault("url", words);
            return None;
        }
        let url = self.address("url", declared.url.as_deref(), declared.allow_http)?;
        // A signed address of an index has a query; the fetch refuses one of a FHIR server.
        if url.fragment().is_some() {
            self.fault("url", "the address must not have a fragment");
        }
        let (count, without) = (declared.count.unwrap_or(200), declared.without.clone());
        Some(UpstreamKind::PlanNet { url, bulk: declared.bulk, count, without })
    }

    fn address(&mut self, key: &str, text: Option<&str>, allow_http: bool) -> Option<Url> {
        match text.map(address) {
            Some(Ok(url)) => {
                self.encrypted(key, &url, allow_http);
                Some(url)
            }
            Some(Err(what)) => {
                self.fault(key, &what);
                None
            }
            None => {
                self.fault(key, &format!("the server's address is required: {key} = \"https://...\""));
                None
            }
        }
    }

    fn encrypted(&mut self, key: &str, url: &Url, allow_http: bool) {
        if url.scheme() == "http" && !allow_http && !is_loopback(url) {
            self.fault(key, "it is not encrypted; use https, or allow_http = true on a safe network");
        }
    }

    fn save_as(&mut self, name: String) -> String {
        let stem = name.replace('.', "");
        if !is_plain(&stem) || name.starts_with('.') || name == sources::FILE {
            let words = format!("\"{name}\" is not a plain file name; set save_as to one, such as \"list.csv\"");
            self.fault("save_as", &words);
        }
        name
    }

    fn limits(&mut self, declared: &RawSourceConfig, spec: &SourceKindSpec) -> FetchLimits {
        let usual = FetchLimits::default();
        for (key, value) in [
            ("max_megabytes", declared.max_megabytes),
            ("max_minutes", declared.max_minutes),
            ("max_stall_seconds", declared.max_stall_seconds),
            ("max_pages", declared.max_pages.map(|pages| pages as u64)),
            ("max_tries", declared.max_tries.map(|tries| tries as u64)),
        ] {
            if value.is_some_and(|value| value == 0 || value > 1_000_000) {
                self.fault(key, "must be a whole number from 1 to 1000000");
            }
        }
        let stall = declared.max_stall_seconds.map_or(usual.answer_time, Duration::from_secs);
        FetchLimits {
            total_bytes: declared.max_megabytes.unwrap_or(spec.megabytes).saturating_mul(1 << 20),
            whole_time: Duration::from_secs(declared.max_minutes.unwrap_or(spec.minutes).saturating_mul(60)),
            pages: declared.max_pages.unwrap_or(usual.pages),
            answer_bytes: spec.answer_bytes.unwrap_or(usual.answer_bytes),
            answer_time: stall,
            answer_least: stall.as_secs().max(1) << 10,
            tries: declared.max_tries.or(spec.tries).unwrap_or(usual.tries),
            ..usual
        }
    }
}
