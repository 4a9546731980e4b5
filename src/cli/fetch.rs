//! `fetch`: downloads files into the folders that `refresh` reads.

use std::path::PathBuf;

use clap::Subcommand;
use ipnet::IpNet;
use jiff::Zoned;
use jiff::civil::Date;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::fetch::sources::SourcesArgs;
use crate::cli::text_output::{TextOutput, print_stderr};
use crate::config::Config;
use crate::input::values::read_day;
use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::fetch::outbound::OutboundPolicy;
use crate::refresh::fetch::plan_net;
use crate::refresh::fetch::plan_net_options::{FetchMode, PlanNetFetch, PlanNetOptions};
use crate::refresh::fetch::token::AccessToken;
use crate::refresh::fetch::transport::TransportOptions;
use crate::regular_file;
use crate::regular_file::PermittedReaders;

pub(crate) mod sources;

/// Environment variable with the token, read if no token file is named.
const TOKEN: &str = "PLACEMENT_FETCH_TOKEN";

/// `placement fetch`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum FetchCommand {
    /// Fetch the sources in refresh.toml; a source that fails keeps its last file
    Sources(SourcesArgs),
    /// Fetch a payer's whole directory, or nothing if it is incomplete: from a FHIR server, an index of provider files, or a bulk
    /// manifest
    PlanNet(PlanNetArgs),
}

/// `placement fetch plan-net`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PlanNetArgs {
    /// Base URL of the FHIR server, the part before /Organization; or the URL of an index of files
    #[arg(value_name = "URL")]
    base: String,
    /// Folder for the files, such as data/fetched/PAYER; it must hold fetched files only
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Request a bulk $export instead of search pages
    #[arg(long)]
    bulk: bool,
    /// Fetch only resources changed on or after DATE and add them to the folder; does not see
    /// deletions
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// Resources to request per page
    #[arg(long, value_name = "COUNT", default_value_t = 200, conflicts_with = "bulk",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// Skip a resource type that the server does not have; may be repeated
    #[arg(long, value_name = "TYPE")]
    without: Vec<String>,
    /// File with the bearer token [default: the PLACEMENT_FETCH_TOKEN variable, if set]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Allow an unencrypted connection; use only on a trusted network
    #[arg(long)]
    allow_http: bool,
    /// Private address range that may be connected to, such as 10.1.2.0/24 or 127.0.0.1/32; may be
    /// repeated
    #[arg(long, value_name = "RANGE")]
    allow_net: Vec<IpNet>,
}

impl FetchCommand {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// Something could not be fetched; its files are unchanged.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        match self {
            Self::Sources(sources) => sources.run(config),
            Self::PlanNet(plan_net) => plan_net.run(),
        }
    }
}

impl PlanNetArgs {
    fn run(&self) -> Result<(), CommandFailure> {
        let options = PlanNetOptions {
            base: self.base.clone(),
            into: self.into.clone(),
            way: if self.bulk { FetchMode::Bulk } else { FetchMode::Pages { count: self.count } },
            since: self.since,
            without: self.without.clone(),
            terms: TransportOptions {
                token: self.token()?,
                limits: FetchLimits::default(),
                allow_http: self.allow_http,
                outbound: OutboundPolicy { allow: self.allow_net.clone(), ..OutboundPolicy::default() },
            },
            today: Zoned::now().date(),
        };
        let mut fetched = plan_net::fetch(&options, &mut print_stderr)?;
        fetched.remarks.extend(options.terms.outbound.remark());
        page(&fetched, &self.into.display().to_string()).print()
    }

    fn token(&self) -> Result<Option<AccessToken>, CommandFailure> {
        let (text, from) = match &self.token_file {
            Some(path) => {
                let name = path.display().to_string();
                if regular_file::readers(path).is_ok_and(|readers| readers == PermittedReaders::Everybody) {
                    print_stderr(&format!("any user of this machine can read the token file {name}; run chmod 600 on it"));
                }
                (Some(regular_file::read_to_string(path).map_err(|error| CommandFailure::from_io(&name, &error))?), name)
            }
            None => (std::env::var(TOKEN).ok(), TOKEN.to_owned()),
        };
        let token = |text: String| {
            AccessToken::new(&text)
                .ok_or_else(|| CommandFailure::new(ExitStatus::WrongData, format!("{from} holds no bearer token")))
        };
        text.map(token).transpose()
    }
}

/// Parses an ISO 8601 date.
fn day(typed: &str) -> Result<Date, String> {
    read_day(typed).ok_or_else(|| "write it as 2026-11-21".to_owned())
}

/// The summary of a Plan-Net fetch, for people.
fn page(fetched: &PlanNetFetch, into: &str) -> TextOutput {
    let mut page = TextOutput::default();
    let resources: u64 = fetched.brought.iter().map(|brought| brought.resources).sum();
    let state = if fetched.unchanged { ", unchanged" } else { "" };
    if fetched.files > 0 {
        page.line(&format!("{} files in {into}, from {}, as of {}{state}", fetched.files, fetched.met, fetched.as_of));
    } else {
        page.line(&format!("{resources} resources in {into}, from {}, as of {}", fetched.met, fetched.as_of));
    }
    for brought in &fetched.brought {
        page.add(&format!("  {:>9}  {}", brought.resources, brought.kind));
        for (count, what) in [(brought.repeated, "received more than once"), (brought.others, "of other types excluded")] {
            if count > 0 {
                page.add(&format!("; {count} {what}"));
            }
        }
        page.newline();
    }
    fetched.remarks.iter().for_each(|remark| page.line(&format!("note: {remark}")));
    page
}
