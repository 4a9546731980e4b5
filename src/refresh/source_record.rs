//! The record of one file about one provider, and the collection of all records.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::place::{Miles, State, Zip};
use crate::provider::business::BusinessFact;
use crate::provider::quality::{MeasureValue, Rating, RatingGap, SupportingMeasure};
use crate::provider::safety::ServedGroup;
use crate::provider::{Address, Ccn, Npi, Phone, Position, ProviderId, Sex};
use crate::refresh::column::KnownColumn;
use crate::refresh::safety_claims::SafetyClaims;
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Limit, Need, Service};

/// The identifier of a provider in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ProviderKey {
    /// By its CMS Certification Number.
    Ccn(Ccn),
    /// By its National Provider Identifier, if it has no CCN.
    Npi(Npi),
    /// By the listing payer's id, if it has neither.
    Listed(ProviderId),
}

impl ProviderKey {
    /// The key for a directory id.
    pub(crate) fn of(id: &ProviderId) -> Self {
        let number = |prefix: &str| id.as_str().strip_prefix(prefix);
        let ccn = number("ccn:").and_then(|ccn| ccn.parse().ok()).map(Self::Ccn);
        ccn.or_else(|| number("npi:")?.parse().ok().map(Self::Npi)).unwrap_or_else(|| Self::Listed(id.clone()))
    }

    /// The directory id.
    pub(crate) fn id(&self) -> ProviderId {
        match self {
            Self::Ccn(ccn) => ProviderId::from(ccn),
            Self::Npi(npi) => ProviderId::from(*npi),
            Self::Listed(id) => id.clone(),
        }
    }

    /// The state in its CCN.
    pub(crate) fn ccn_state(&self) -> Option<State> {
        match self {
            Self::Ccn(ccn) => ccn.state(),
            Self::Npi(_) | Self::Listed(_) => None,
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
    /// It lists all of them.
    pub complete: bool,
    /// The source name of its facts.
    pub name: Arc<str>,
    /// The date of its facts, if known.
    pub as_of: Option<Date>,
    /// The number of rows below the header, or of elements.
    pub rows: u64,
    /// Whether it is a full list or a supplement, if `sources.toml` says so.
    pub whole: Option<bool>,
}

/// Index into [`SourceRecords::sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct SourceId(pub usize);

/// The record of one file about one provider; `None` and empty mean not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceRecord {
    /// The file.
    pub source: SourceId,
    /// The service it describes.
    pub service: Service,
    /// The source name if the row gives a more specific one than the file: "profile larkwater.csv
    /// (intake desk)".
    pub said_by: Option<Arc<str>>,
    /// The date of the row, if it differs from the file's.
    pub as_of: Option<Date>,
    /// The day the row was verified.
    pub verified_at: Option<Date>,
    pub name: Option<String>,
    /// Other names, to match by and not to show.
    pub other_names: Vec<String>,
    /// The business behind the provider.
    pub business: Vec<BusinessFact>,
    pub address: Option<Address>,
    pub phone: Option<Phone>,
    pub position: Option<Position>,
    pub ownership: Option<String>,
    pub medicare: Option<bool>,
    pub medicaid: Option<bool>,
    pub answers: Vec<(Need, bool)>,
    pub rating: Option<Rating>,
    /// Why it has no rating; [`RatingGap::Unexplained`] where the file rates such providers, has no rating here and does not say why.
    pub rating_gap: Option<RatingGap>,
    /// What else is measured, each measure once.
    pub measures: Vec<(SupportingMeasure, MeasureValue)>,
    /// What it says about safety.
    pub safety: SafetyClaims,
    /// The groups of people the provider is for, where it is for some only.
    pub serves: Vec<ServedGroup>,
    /// The day the provider was first certified.
    pub first_certified: Option<Date>,
    pub beds: Option<u32>,
    /// The ZIPs it serves, sorted and unique.
    pub zips: Vec<Zip>,
    /// A part of what it says about where it comes to could not be read. Half an area would leave people out.
    pub area_incomplete: bool,
    /// The radius it serves, if given instead of ZIPs.
    pub radius: Option<Miles>,
    /// Its limits, each once.
    pub limits: Vec<(Limit, u32)>,
    /// The languages spoken, as sorted ISO 639-1 codes.
    pub languages: Option<Vec<String>>,
    /// The only sex it accepts.
    pub only_sex: Option<Sex>,
    /// The promised start of care, in hours after a referral.
    pub start_of_care_hours: Option<u32>,
}

impl SourceRecord {
    /// An empty record.
    pub(crate) fn of(service: Service) -> Self {
        Self {
            source: SourceId::default(),
            service,
            said_by: None,
            as_of: None,
            verified_at: None,
            name: None,
            other_names: Vec::new(),
            business: Vec::new(),
            address: None,
            phone: None,
            position: None,
            ownership: None,
            medicare: None,
            medicaid: None,
            answers: Vec::new(),
            rating: None,
            rating_gap: None,
            measures: Vec::new(),
            safety: SafetyClaims::new(),
            serves: Vec::new(),
            first_certified: None,
            beds: None,
            zips: Vec::new(),
            area_incomplete: false,
            radius: None,
            limits: Vec::new(),
            languages: None,
            only_sex: None,
            start_of_care_hours: None,
        }
    }

    /// Answers yes to the need.
    pub(crate) fn yes(&mut self, need: Need) {
        self.answer(need, Some(true));
    }

    /// Answers the need; `None` is ignored.
    pub(crate) fn answer(&mut self, need: Need, says: Option<bool>) {
        self.answers.extend(says.map(|says| (need, says)));
    }
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOutcome {
    /// It was used.
    Used,
    /// It repeats an earlier row of the file.
    Again,
    /// It is about something outside the directory, such as a person, whose data must not be
    /// stored.
    PassedOver,
}

/// A fault of a row or cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowError {
    /// The faulty column; `None` for the whole row.
    pub column: Option<KnownColumn>,
    /// The cell's value.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
    /// How to fix it.
    pub advice: Option<String>,
    /// Which of several values in the cell, from 0.
    pub part: Option<usize>,
    /// It is used but should be reviewed.
    pub doubt: bool,
}

impl RowError {
    /// A fault of one cell.
    pub(crate) fn of(column: KnownColumn, value: &str, reason: &(impl Display + ?Sized)) -> Self {
        Self { column: Some(column), ..Self::whole(value, reason) }
    }

    /// A fault of the whole row.
    pub(crate) fn whole(value: &str, reason: &(impl Display + ?Sized)) -> Self {
        let (value, reason) = (value.to_owned(), reason.to_string());
        Self { column: None, value, reason, advice: None, part: None, doubt: false }
    }

    /// Adds a hint, if there is one.
    #[must_use]
    pub(crate) fn with_hint(self, advice: impl Into<Option<String>>) -> Self {
        Self { advice: advice.into(), ..self }
    }

    /// Adds a hint if there is none yet.
    #[must_use]
    pub(crate) fn or_hint(self, advice: impl FnOnce() -> String) -> Self {
        let advice = self.advice.or_else(|| Some(advice()));
        Self { advice, ..self }
    }
}

/// All records of all providers.
#[derive(Debug, Default)]
pub(crate) struct SourceRecords {
    /// The files read so far; the last one is being read.
    pub sources: Vec<Source>,
    /// The records of each provider, in file order.
    pub of: BTreeMap<ProviderKey, Vec<SourceRecord>>,
    /// NPIs that a file gives together with a CCN.
    pub npis: BTreeMap<Npi, BTreeSet<Ccn>>,
}

impl SourceRecords {
    /// The path of the file being read, within the source folder.
    pub(crate) fn current_path(&self) -> &str {
        self.sources.last().map(|source| source.file.as_str()).unwrap_or_default()
    }

    /// The name of the file being read, without its folder.
    pub(crate) fn current_file(&self) -> &str {
        let path = self.current_path();
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The file being read.
    pub(crate) fn current(&self) -> SourceId {
        SourceId(self.sources.len().saturating_sub(1))
    }

    /// Adds one source for everything in a folder whose files make one directory, and returns it. It has the date of the
    /// newest of the files in `of`.
    pub(crate) fn unite(&mut self, folder: &str, of: &BTreeSet<SourceId>) -> SourceId {
        let dated = of.iter().filter_map(|key| self.sources.get(key.0)).max_by_key(|source| source.as_of);
        let Some(mut whole) = dated.or(self.sources.last()).cloned() else { return SourceId::default() };
        folder.clone_into(&mut whole.file);
        self.sources.push(whole);
        self.current()
    }

    /// Adds a record from the file being read.
    ///
    /// # Errors
    /// An earlier row of the file contradicts it.
    pub(crate) fn add(&mut self, who: ProviderKey, mut source_record: SourceRecord) -> Result<RowOutcome, RowError> {
        source_record.source = self.current();
        let (column, id) = match &who {
            ProviderKey::Ccn(ccn) => (KnownColumn::Ccn, ccn.to_string()),
            ProviderKey::Npi(npi) => (KnownColumn::Npi, npi.to_string()),
            ProviderKey::Listed(id) => (KnownColumn::Name, id.to_string()),
        };
        let known = self.of.entry(who).or_default();
        let earlier = known
            .iter()
            .rev()
            .find(|earlier| earlier.source == source_record.source && earlier.service == source_record.service);
        match earlier {
            None => {
                known.push(source_record);
                Ok(RowOutcome::Used)
            }
            Some(earlier) if *earlier == source_record => Ok(RowOutcome::Again),
            Some(_) => Err(RowError::of(column, &id, "it contradicts an earlier row of the file about this provider")),
        }
    }

    /// Removes the record the current file added for this provider and service.
    pub(crate) fn withdraw(&mut self, who: &ProviderKey, service: Service) {
        let current = self.current();
        if let Some(known) = self.of.get_mut(who) {
            known.retain(|source_record| source_record.source != current || source_record.service != service);
            if known.is_empty() {
                self.of.remove(who);
            }
        }
    }

    /// The source and date of a record.
    pub(crate) fn evidence(&self, source_record: &SourceRecord) -> Option<Evidence> {
        let source = self.sources.get(source_record.source.0)?;
        let name = Arc::clone(source_record.said_by.as_ref().unwrap_or(&source.name));
        Some(Evidence { verified_at: source_record.verified_at, ..Evidence::new(name, source_record.as_of.or(source.as_of)) })
    }
}
