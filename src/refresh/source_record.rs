//! What one file says of one provider, and all that every file said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::place::{Miles, Zip};
use crate::provider::{Address, Ccn, Npi, Phone, Position, ProviderId, Rating, Sex};
use crate::refresh::column::KnownColumn;
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Limit, Need, Service};

/// A provider as a file names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ProviderKey {
    /// By its CMS Certification Number.
    Ccn(Ccn),
    /// By its National Provider Identifier, where it has no CCN.
    Npi(Npi),
    /// By what the payer that lists it calls it, where it has neither.
    Listed(ProviderId),
}

impl ProviderKey {
    /// Whom an id of the directory means.
    pub(crate) fn of(id: &ProviderId) -> Self {
        let number = |prefix: &str| id.as_str().strip_prefix(prefix);
        let ccn = number("ccn:").and_then(|ccn| ccn.parse().ok()).map(Self::Ccn);
        ccn.or_else(|| number("npi:")?.parse().ok().map(Self::Npi)).unwrap_or_else(|| Self::Listed(id.clone()))
    }

    /// The id the directory gives it.
    pub(crate) fn id(&self) -> ProviderId {
        match self {
            Self::Ccn(ccn) => ProviderId::from(ccn),
            Self::Npi(npi) => ProviderId::from(*npi),
            Self::Listed(id) => id.clone(),
        }
    }
}

/// A file as the source of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its name within the folder.
    pub file: String,
    /// How far its publisher is trusted.
    pub trust: TrustTier,
    /// The service whose providers it lists.
    pub lists: Option<Service>,
    /// The name its facts carry.
    pub name: Arc<str>,
    /// The day its facts are of, where known.
    pub as_of: Option<Date>,
    /// Rows below the header, or elements.
    pub rows: u64,
    /// Whether it is the whole of a list or a supplement to one, where `sources.toml` says so.
    pub whole: Option<bool>,
}

/// A source by its place in [`SourceRecords::sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct SourceId(pub usize);

/// What one file says of one provider; `None` and empty are silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceRecord {
    /// The file.
    pub source: SourceId,
    /// The service it speaks of.
    pub service: Service,
    /// The source in words, where the row names it more closely than the file: "profile larkwater.csv (intake desk)".
    pub said_by: Option<Arc<str>>,
    /// The day the row says it is of, where that differs from the file's.
    pub as_of: Option<Date>,
    /// The day somebody checked what the row says.
    pub verified_at: Option<Date>,
    pub name: Option<String>,
    pub address: Option<Address>,
    pub phone: Option<Phone>,
    pub position: Option<Position>,
    pub ownership: Option<String>,
    pub medicare: Option<bool>,
    pub medicaid: Option<bool>,
    pub answers: Vec<(Need, bool)>,
    pub rating: Option<Rating>,
    pub beds: Option<u32>,
    /// The ZIPs it serves, in order, each once.
    pub zips: Vec<Zip>,
    /// How far round its door it serves, where it says that instead.
    pub radius: Option<Miles>,
    /// The bounds it sets, each once.
    pub limits: Vec<(Limit, u32)>,
    /// The languages it speaks, as ISO 639-1 codes in order.
    pub languages: Option<Vec<String>>,
    /// The only sex it takes.
    pub only_sex: Option<Sex>,
    /// Within how many hours of a referral it promises to begin.
    pub start_of_care_hours: Option<u32>,
}

impl SourceRecord {
    /// An account that says nothing yet.
    pub(crate) fn of(service: Service) -> Self {
        Self {
            source: SourceId::default(),
            service,
            said_by: None,
            as_of: None,
            verified_at: None,
            name: None,
            address: None,
            phone: None,
            position: None,
            ownership: None,
            medicare: None,
            medicaid: None,
            answers: Vec::new(),
            rating: None,
            beds: None,
            zips: Vec::new(),
            radius: None,
            limits: Vec::new(),
            languages: None,
            only_sex: None,
            start_of_care_hours: None,
        }
    }

    /// Says yes to the need.
    pub(crate) fn yes(&mut self, need: Need) {
        self.answer(need, Some(true));
    }

    /// Answers for the need; `None` is silence.
    pub(crate) fn answer(&mut self, need: Need, says: Option<bool>) {
        self.answers.extend(says.map(|says| (need, says)));
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOutcome {
    /// It said something.
    Used,
    /// The same file had said it before.
    Again,
    /// It is about nothing the directory holds: a person, say, of whom nothing may be kept.
    PassedOver,
}

/// Why a row gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowError {
    /// The column at fault; `None` is the row as a whole.
    pub column: Option<KnownColumn>,
    /// What the cell holds.
    pub value: String,
    /// Why that cannot be used.
    pub reason: String,
    /// A way out.
    pub advice: Option<String>,
    /// Which of several things in the cell, from 0.
    pub part: Option<usize>,
    /// It is used all the same, and should be looked at.
    pub doubt: bool,
}

impl RowError {
    /// A row refused for one cell.
    pub(crate) fn of(column: KnownColumn, value: &str, reason: &(impl Display + ?Sized)) -> Self {
        Self { column: Some(column), ..Self::whole(value, reason) }
    }

    /// A row refused as a whole.
    pub(crate) fn whole(value: &str, reason: &(impl Display + ?Sized)) -> Self {
        let (value, reason) = (value.to_owned(), reason.to_string());
        Self { column: None, value, reason, advice: None, part: None, doubt: false }
    }

    /// The same with a way out, where there is one.
    #[must_use]
    pub(crate) fn with_hint(self, advice: impl Into<Option<String>>) -> Self {
        Self { advice: advice.into(), ..self }
    }
}

/// Every account of every provider.
#[derive(Debug, Default)]
pub(crate) struct SourceRecords {
    /// The files read so far; the last is the one being read.
    pub sources: Vec<Source>,
    /// The accounts of each provider, in the order of the files.
    pub of: BTreeMap<ProviderKey, Vec<SourceRecord>>,
    /// NPIs that some file gives together with a CCN.
    pub npis: BTreeMap<Npi, BTreeSet<Ccn>>,
}

impl SourceRecords {
    /// The name of the file being read, without its folder.
    pub(crate) fn current_file(&self) -> &str {
        self.sources.last().and_then(|source| source.file.rsplit('/').next()).unwrap_or_default()
    }

    /// The file being read.
    pub(crate) fn current(&self) -> SourceId {
        SourceId(self.sources.len().saturating_sub(1))
    }

    /// Adds what the file being read says of `who`.
    ///
    /// # Errors
    /// An earlier row of the file says otherwise of the same provider.
    pub(crate) fn add(&mut self, who: ProviderKey, mut account: SourceRecord) -> Result<RowOutcome, RowError> {
        account.source = self.current();
        let (column, id) = match &who {
            ProviderKey::Ccn(ccn) => (KnownColumn::Ccn, ccn.to_string()),
            ProviderKey::Npi(npi) => (KnownColumn::Npi, npi.to_string()),
            ProviderKey::Listed(id) => (KnownColumn::Name, id.to_string()),
        };
        let known = self.of.entry(who).or_default();
        let earlier =
            known.iter().rev().find(|earlier| earlier.source == account.source && earlier.service == account.service);
        match earlier {
            None => {
                known.push(account);
                Ok(RowOutcome::Used)
            }
            Some(earlier) if *earlier == account => Ok(RowOutcome::Again),
            Some(_) => Err(RowError::of(column, &id, "an earlier row of the file says otherwise of this provider")),
        }
    }

    /// Takes back what the file being read says of this service of `who`.
    pub(crate) fn withdraw(&mut self, who: &ProviderKey, service: Service) {
        let current = self.current();
        if let Some(known) = self.of.get_mut(who) {
            known.retain(|account| account.source != current || account.service != service);
            if known.is_empty() {
                self.of.remove(who);
            }
        }
    }

    /// Who said a thing, and when.
    pub(crate) fn evidence(&self, account: &SourceRecord) -> Option<Evidence> {
        let source = self.sources.get(account.source.0)?;
        let name = Arc::clone(account.said_by.as_ref().unwrap_or(&source.name));
        Some(Evidence { verified_at: account.verified_at, ..Evidence::new(name, account.as_of.or(source.as_of)) })
    }
}
