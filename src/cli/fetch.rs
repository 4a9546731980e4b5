//! `fetch`: brings files from their servers into folders that `refresh` reads.

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
use crate::refresh::fetch::plan_net::{FetchMode, PlanNetFetch, PlanNetOptions};
use crate::refresh::fetch::token::AccessToken;
use crate::refresh::fetch::transport::TransportOptions;
use crate::regular_file;
use crate::regular_file::PermittedReaders;

pub(crate) mod sources;

/// The variable the token is taken from where no file is named.
const TOKEN: &str = "PLACEMENT_FETCH_TOKEN";

/// `placement fetch`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum FetchCommand {
    /// Bring every source that refresh.toml declares; one that fails keeps its last file
    Sources(SourcesArgs),
    /// Bring a payer's FHIR Plan-Net directory: the whole of it, or nothing
    PlanNet(PlanNetArgs),
}

/// `placement fetch plan-net`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PlanNetArgs {
    /// Base address of the FHIR server, the part before /Organization
    #[arg(value_name = "URL")]
    base: String,
    /// Folder to fill; it holds nothing but what fetches brought, such as data/fetched/PAYER
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Ask for a bulk $export instead of search pages
    #[arg(long)]
    bulk: bool,
    /// Fetch only what changed on that day or later, into what the folder has; deletions cannot be seen this way
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// Resources a page to ask for
    #[arg(long, value_name = "COUNT", default_value_t = 200, conflicts_with = "bulk",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// Leave out a resource type that the server does not have; may be given again
    #[arg(long, value_name = "TYPE")]
    without: Vec<String>,
    /// File with the bearer token [default: the variable PLACEMENT_FETCH_TOKEN, if set]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Talk to the server without encryption, where the way to it is safe
    #[arg(long)]
    allow_http: bool,
    /// Range of addresses that may be connected to though it is not of the internet, such as 10.1.2.0/24 or 127.0.0.1/32; may be
    /// given again
    #[arg(long, value_name = "RANGE")]
    allow_net: Vec<IpNet>,
}

impl FetchCommand {
    /// Fetches.
    ///
    /// # Errors
    /// What could not be fetched is as it was, and why.
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
                    print_stderr(&format!("everybody on this machine can read the token file {name}; chmod 600 it"));
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

/// A day, written as it is everywhere.
fn day(typed: &str) -> Result<Date, String> {
    read_day(typed).ok_or_else(|| "write it as 2026-11-21".to_owned())
}

/// What was fetched, to read.
fn page(fetched: &PlanNetFetch, into: &str) -> TextOutput {
    let mut page = TextOutput::default();
    let resources: u64 = fetched.brought.iter().map(|brought| brought.resources).sum();
    page.line(&format!("{resources} resources in {into}, of {}", fetched.as_of));
    for brought in &fetched.brought {
        page.add(&format!("  {:>9}  {}", brought.resources, brought.kind));
        for (count, what) in [(brought.repeated, "came more than once"), (brought.others, "of other types were left out")] {
            if count > 0 {
                page.add(&format!("; {count} {what}"));
            }
        }
        page.newline();
    }
    fetched.remarks.iter().for_each(|remark| page.line(&format!("note: {remark}")));
    page
}
