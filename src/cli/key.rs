//! `key`: creates, lists and revokes API keys. A running server follows within seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::ValueHint;
use clap::builder::TypedValueParser as _;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::secret::{Secret, SecretKind};
use crate::api_keys::{KeyRecord, KeyRejection, LONGEST_LABEL, MOST_DAYS, Scope, USUAL_DAYS};
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::known_values::SCOPES;
use crate::cli::serve::start_log;
use crate::cli::text_output::{FAINT, TextOutput, pad_or_truncate, print, print_json, print_stderr};
use crate::config::{Config, LedgerLocation};
use crate::hospital_id::HospitalId;
use crate::ledger::event::{LedgerEvent, Sequence};
use crate::ledger::state::LedgerState;
use crate::ledger::{Ledger, connect};
use crate::provider::ProviderId;
use crate::text::count_text::counted;

/// `placement key`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
    /// Ledger of the server: a file, or postgres://… [default: DATA/ledger.sqlite]
    #[arg(long, global = true, env = "PLACEMENT_LEDGER", value_name = "WHERE", hide_env_values = true,
          value_hint = ValueHint::AnyPath)]
    ledger: Option<LedgerLocation>,
}

/// The subcommands of `key`.
#[derive(Debug, Clone, clap::Subcommand)]
enum KeyCommand {
    /// Create a key and print it once; only a digest of it is stored
    Create(CreateKeyArgs),
    /// List the keys with their scopes and expiration dates
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key and every session started with it
    Revoke {
        /// Key ID: the eight characters after plc_; a whole key is accepted, its secret part is
        /// ignored
        id: String,
    },
}

/// `placement key create`.
#[derive(Debug, Clone, clap::Args)]
struct CreateKeyArgs {
    /// What the key is for, such as "Mercy EHR, test"; do not name a person
    #[arg(long, value_name = "TEXT", value_parser = label)]
    label: String,
    /// What the key may do; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = SCOPES.try_map(|code| code.parse::<Scope>()))]
    scopes: Vec<Scope>,
    /// Provider the key may write for; may be repeated [default: any]
    #[arg(long = "provider", value_name = "ID")]
    providers: Vec<ProviderId>,
    /// Hospital of the key, where a server has several: the id in its file
    #[arg(long, value_name = "ID")]
    hospital: Option<HospitalId>,
    /// Days until the key expires, at most 730
    #[arg(long, value_name = "DAYS", default_value_t = USUAL_DAYS, value_parser = clap::value_parser!(i32).range(1..=i64::from(MOST_DAYS)))]
    expires: i32,
}

fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_plain = !text.is_empty() && text.chars().count() <= LONGEST_LABEL && !text.chars().any(char::is_control);
    is_plain.then(|| text.to_owned()).ok_or_else(|| format!("a label is 1 to {LONGEST_LABEL} characters on one line"))
}

impl KeyArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// The ledger cannot be opened, or has no such key.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        start_log(config.log);
        let at = self.ledger.as_ref().unwrap_or(&config.ledger);
        let failed = |error: std::io::Error| CommandFailure::from_io("the threads of this command", &error);
        let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        threads.block_on(async {
            let is_new = matches!(at, LedgerLocation::File(path) if !path.exists());
            let ledger = open(at, matches!(self.command, KeyCommand::Create(_))).await?;
            if let (true, LedgerLocation::File(path)) = (is_new, at) {
                let advice =
                    "a server with another ledger does not know this key; name its ledger with --ledger or PLACEMENT_LEDGER";
                print_stderr(&format!("created a new ledger, {}; {advice}", path.display()));
            }
            let done = self.command.run(ledger.as_ref(), at).await;
            ledger.close().await;
            done
        })
    }
}

/// Opens the ledger at `at`. Only `key create` may create one.
async fn open(at: &LedgerLocation, may_make: bool) -> Result<Arc<dyn Ledger>, CommandFailure> {
    match at {
        LedgerLocation::File(path) if !may_make && !path.exists() => {
            let advice = "\n  placement key create creates it with the first key; name another ledger with --ledger";
            Err(CommandFailure::new(ExitStatus::NoInput, format!("there is no ledger {}{advice}", path.display())))
        }
        LedgerLocation::File(_) | LedgerLocation::Postgres(_) => Ok(connect::open(at).await?),
    }
}

impl KeyCommand {
    async fn run(&self, ledger: &dyn Ledger, at: &LedgerLocation) -> Result<(), CommandFailure> {
        let keys = keys(ledger).await?;
        match self {
            Self::Create(wanted) => wanted.make(ledger, &keys, at).await,
            Self::List { json } => {
                let listed = KeyRow::all(&keys, Timestamp::now());
                if *json { print_json(&KeyJson { keys: listed }) } else { page(&listed).print() }
            }
            Self::Revoke { id } => revoke(ledger, &keys, id).await,
        }
    }
}

/// Every key and session in the ledger.
async fn keys(ledger: &dyn Ledger) -> Result<BTreeMap<KeyId, KeyRecord>, CommandFailure> {
    // No outcome is after this date, so none is read.
    let changes = ledger.since(Sequence::default(), Date::MAX).await?;
    let told = LedgerState::default().apply(changes);
    Ok(told.keys.into_iter().map(|(id, key)| (id, Arc::unwrap_or_clone(key))).collect())
}

impl CreateKeyArgs {
    async fn make(
        &self,
        ledger: &dyn Ledger,
        keys: &BTreeMap<KeyId, KeyRecord>,
        at: &LedgerLocation,
    ) -> Result<(), CommandFailure> {
        if !self.providers.is_empty() && !self.scopes.contains(&Scope::ProviderWrite) {
            let message = "--provider needs --scope provider:write; without it the key cannot write for any provider";
            return Err(CommandFailure::new(ExitStatus::Usage, message));
        }
        let secret = draw(keys)?;
        let now = Timestamp::now();
        let expires_at = now.checked_add(SignedDuration::from_hours(24 * i64::from(self.expires)));
        let key = KeyRecord {
            id: secret.id().clone(),
            digest: secret.digest(),
            label: self.label.clone(),
            scopes: self.scopes.iter().copied().collect(),
            providers: (!self.providers.is_empty()).then(|| self.providers.iter().cloned().collect()),
            created_at: now,
            expires_at: expires_at.map_err(|error| CommandFailure::new(ExitStatus::Usage, format!("--expires: {error}")))?,
            revoked_at: None,
            parent: None,
            hospital: self.hospital.clone(),
        };
        ledger.tell(&LedgerEvent::Key(key.clone())).await?;
        audit("key.create", &key.id);
        print(&format!("{}\n", secret.reveal()))?;
        let place = match at {
            LedgerLocation::File(path) => path.display().to_string(),
            LedgerLocation::Postgres(_) => "PostgreSQL".to_owned(),
        };
        print_stderr(&format!(
            "key {}, {}: {}, until {}, in the ledger {place}. Save it now: it is not shown again, and only a digest is stored.",
            key.id,
            key.label,
            codes(&key.scopes).join(", "),
            day(key.expires_at)
        ));
        Ok(())
    }
}

/// Draws a key whose ID is not taken.
fn draw(keys: &BTreeMap<KeyId, KeyRecord>) -> Result<Secret, CommandFailure> {
    loop {
        let drawn = Secret::draw(SecretKind::Key);
        let secret = drawn.map_err(|error| {
            CommandFailure::new(ExitStatus::Failed, format!("the operating system has no random numbers: {error}"))
        })?;
        if !keys.contains_key(secret.id()) {
            return Ok(secret);
        }
    }
}

async fn revoke(ledger: &dyn Ledger, keys: &BTreeMap<KeyId, KeyRecord>, id: &str) -> Result<(), CommandFailure> {
    // If a whole key was pasted, use its ID only; the secret is not printed or logged.
    let whole = id.trim().parse::<Secret>().ok();
    let id = whole.as_ref().map_or(id, |secret| secret.id().0.as_str());
    let unknown = || {
        let advice = "\n  see placement key list; an ID is the eight characters after plc_";
        CommandFailure::new(ExitStatus::NoInput, format!("the ledger has no key {id}{advice}"))
    };
    let key = keys.get(&KeyId(id.to_owned())).ok_or_else(unknown)?;
    if let Some(when) = key.revoked_at {
        print_stderr(&format!("key {id}, {}: already revoked on {}", key.label, day(when)));
        return Ok(());
    }
    let revoked = KeyRecord { revoked_at: Some(Timestamp::now()), ..key.clone() };
    ledger.tell(&LedgerEvent::Key(revoked)).await?;
    audit("key.revoke", &key.id);
    print_stderr(&format!("key {id}, {}: revoked; servers with this ledger reject it within seconds", key.label));
    Ok(())
}

/// Writes an audit line: the local user did `deed` to the key `id`.
fn audit(deed: &str, id: &KeyId) {
    tracing::info!(target: "audit", principal = "local", deed, key = %id, "done");
}

#[derive(Debug, Serialize)]
struct KeyJson {
    keys: Vec<KeyRow>,
}

/// A key in the list.
#[derive(Debug, Serialize)]
struct KeyRow {
    id: String,
    label: String,
    state: &'static str,
    scopes: Vec<&'static str>,
    providers: Option<Vec<String>>,
    hospital: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    /// Open sessions started with this key.
    sessions: usize,
}

impl KeyRow {
    /// The keys, newest first; sessions are counted under their key.
    fn all(keys: &BTreeMap<KeyId, KeyRecord>, now: Timestamp) -> Vec<Self> {
        let mut listed: Vec<Self> = keys
            .values()
            .filter(|key| key.parent.is_none())
            .map(|key| {
                let is_open =
                    |other: &&KeyRecord| other.parent.as_ref() == Some(&key.id) && other.rejection_at(now).is_none();
                Self::new(key, keys.values().filter(is_open).count(), now)
            })
            .collect();
        listed.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        listed
    }

    fn new(key: &KeyRecord, sessions: usize, now: Timestamp) -> Self {
        let ended = key.rejection_at(now);
        Self {
            id: key.id.to_string(),
            label: key.label.clone(),
            state: match ended {
                None => "open",
                Some(KeyRejection::Expired) => "expired",
                Some(KeyRejection::Revoked) => "revoked",
            },
            scopes: codes(&key.scopes),
            providers: key.providers.as_ref().map(|all| all.iter().map(ToString::to_string).collect()),
            hospital: key.hospital.as_ref().map(ToString::to_string),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            sessions: if ended.is_none() { sessions } else { 0 },
        }
    }
}

fn page(keys: &[KeyRow]) -> TextOutput {
    let mut page = TextOutput::default();
    page.styled(
        FAINT,
        &format!(
            "{}  {}  {}  {}  expires",
            pad_or_truncate("id", 8),
            pad_or_truncate("label", 40),
            pad_or_truncate("state", 7),
            pad_or_truncate("created", 10)
        ),
    )
    .newline();
    for key in keys {
        let (label, state) = (pad_or_truncate(&key.label, 40), pad_or_truncate(key.state, 7));
        page.line(&format!("{}  {label}  {state}  {}  {}", key.id, day(key.created_at), day(key.expires_at)));
        page.wrapped("          ", &key.scopes.join(", "));
        if let Some(providers) = &key.providers {
            page.wrapped("          ", &format!("writes for {}", providers.join(", ")));
        }
        if let Some(hospital) = &key.hospital {
            page.line(&format!("          of the hospital {hospital}"));
        }
        if key.sessions > 0 {
            page.line(&format!("          {}", counted(key.sessions as u64, "session")));
        }
    }
    page
}

fn codes(scopes: &BTreeSet<Scope>) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.code()).collect()
}

/// The UTC date of `when`.
fn day(when: Timestamp) -> String {
    when.strftime("%Y-%m-%d").to_string()
}
