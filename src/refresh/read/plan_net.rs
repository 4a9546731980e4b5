//! A payer's FHIR Plan-Net directory: resources in lines, bundles or single files, combined after all files are read.
//!
//! `stream` splits a file into resources, `fhir_types` holds FHIR as written, `resources` the parts that are used. When every
//! file of a folder is read, `references` finds what links lead to, `networks` builds payers, networks and plans, `scope` says
//! what an affiliation lists, and `members` builds the members. Files of one folder form one directory, and references link
//! its resources.

use std::collections::BTreeMap;
use std::io;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::provider::u64_prefix;
use crate::refresh::csv_cell;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming};
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::file_index::{folder_of, lost_in};
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::read::plan_net::resources::{NetworkListing, ResourceFault, ResourceFaults, ResourceParser, key_of};
use crate::refresh::read::plan_net::stream::{RawResource, ResourceError};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::{RowError, SourceId};
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};

pub(crate) mod completeness;
pub(crate) mod fhir_types;
pub(crate) mod members;
pub(crate) mod networks;
pub(crate) mod references;
pub(crate) mod resources;
pub(crate) mod scope;
pub(crate) mod stream;

/// A directory as JSON.
pub(crate) static SPEC: DatasetSpec = DatasetSpec::document_of(
    "FHIR Plan-Net directory",
    TrustTier::Payer,
    SourceNaming::Folder,
    DocumentSpec {
        resource_types: &[
            "Bundle",
            "Organization",
            "OrganizationAffiliation",
            "HealthcareService",
            "Location",
            "InsurancePlan",
            "PractitionerRole",
            "Practitioner",
            "Endpoint",
            "Network",
        ],
        // A long resource may hide its type beyond the part that was examined.
        // The servers of the National Provider Directory page with an envelope of their own.
        keys: &[&["entry", "type"], &["count", "results"]],
        reader: Ok(read),
    },
);

/// The resource types that are used.
const USED: [&str; 6] = ["Organization", "Location", "HealthcareService", "InsurancePlan", "OrganizationAffiliation", ROLE];

/// The type that says what a person does, and for which organization.
const ROLE: &str = "PractitionerRole";

/// Maximum length of a FHIR type name. Our choice: twice the longest there is.
const LONGEST_TYPE: usize = 64;

/// Why a resource cannot be read.
const NOT_FHIR: &str = "its structure is not FHIR";

/// How a resource was handled.
enum ResourceOutcome {
    Used,
    Again,
    Other,
}

/// Reads one file of a directory.
///
/// # Errors
/// A disk error or a truncated compressed file.
pub(crate) fn read(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let source = parsed.records.current();
    let folder = folder_of(file);
    let last = parsed.today;
    let directory = parsed.plan_nets.entry(folder.to_owned()).or_default();
    let mut counts = ReadStats::default();
    let mut refuse = |line: u64, fault: ResourceFault, row_kept: bool| {
        let ResourceFault { field, value, reason } = fault;
        rejects.push(RejectedRow::at(file, line, field.to_owned(), RowError::whole(&value, &reason), row_kept));
    };
    stream::each(document, within, &mut |found| {
        counts.rows += 1;
        let (line, became) = match found {
            Ok(resource) => {
                let day = resource.value.get("meta").and_then(|meta| meta.get("lastUpdated")).and_then(Value::as_str);
                counts.days.take(day.and_then(csv_cell::date), last);
                (resource.line, directory.take(resource, source))
            }
            Err(ResourceError { line, reason, broken }) => {
                counts.broken |= broken;
                (line, Err(ResourceFault { field: "", value: String::new(), reason }))
            }
        };
        match became {
            Ok((ResourceOutcome::Again, _)) => counts.duplicates += 1,
            Ok((_, faults)) => {
                counts.faulty += u64::from(!faults.is_empty());
                for fault in faults {
                    refuse(line, fault, true);
                }
            }
            Err(fault) => {
                counts.rejected += 1;
                directory.unreadable += 1;
                refuse(line, fault, false);
            }
        }
    })?;
    Ok(counts)
}

impl PlanNetResources {
    /// Takes a resource and those it contains. Messages never quote a role, because it may name a person.
    fn take(&mut self, resource: RawResource, source: SourceId) -> Result<(ResourceOutcome, ResourceFaults), ResourceFault> {
        let kind = text(&resource.value, "resourceType").unwrap_or_default().to_owned();
        match kind.as_str() {
            kind if !USED.contains(&kind) => Ok((self.pass_over(kind), ResourceFaults::new())),
            ROLE => unquoted(self.take_used(ROLE, resource, source)),
            kind => self.take_used(kind, resource, source),
        }
    }

    fn take_used(
        &mut self,
        kind: &str,
        resource: RawResource,
        source: SourceId,
    ) -> Result<(ResourceOutcome, ResourceFaults), ResourceFault> {
        let RawResource { value, url, .. } = resource;
        let id = text(&value, "id").map(|id| format!("{kind}/{id}"));
        let Some(key) = id.or_else(|| url.as_deref().map(|url| key_of(url, ""))) else {
            return Err(ResourceFault { field: "id", value: kind.to_owned(), reason: "the resource has no id".to_owned() });
        };
        if let Some(url) = url.map(|url| key_of(&url, "")).filter(|url| *url != key) {
            self.aliases.insert(url, key.clone());
        }
        let value = Value::Object(value);
        let common: fhir_types::FhirCommon = shape(&value)?;
        let stamp = common.meta.last_updated.and_then(|text| text.parse().ok());
        match self.stamps.get(&key) {
            Some(earlier) if *earlier >= stamp => return Ok((ResourceOutcome::Again, ResourceFaults::new())),
            _ => {}
        }
        let mut faults = ResourceFaults::new();
        for part in common.contained {
            let text = |name: &str| part.get(name).and_then(Value::as_str);
            if let (Some(kind), Some(id)) = (text("resourceType"), text("id")) {
                let kept = self.keep(kind, &format!("{key}#{id}"), &part, source);
                faults.extend(if kind == ROLE { unquoted(kept) } else { kept }?.1);
            }
        }
        let (became, own) = self.keep(kind, &key, &value, source)?;
        faults.extend(own);
        self.stamps.insert(key, stamp);
        Ok((became, faults))
    }

    /// Keeps the used parts of a resource.
    fn keep(
        &mut self,
        kind: &str,
        key: &str,
        value: &Value,
        source: SourceId,
    ) -> Result<(ResourceOutcome, ResourceFaults), ResourceFault> {
        let mut reading = ResourceParser { key, faults: ResourceFaults::new(), words: Vec::new() };
        let own = key.to_owned();
        match kind {
            "Organization" => {
                let organization = reading.organization(shape(value)?);
                self.organizations.insert(own, organization);
            }
            "Location" => {
                let place = reading.place(shape(value)?);
                self.places.insert(own, place);
            }
            "HealthcareService" => {
                let offer = reading.offer(shape(value)?);
                self.offers.insert(own, offer);
            }
            "InsurancePlan" => {
                let product = reading.product(shape(value)?)?;
                self.products.insert(own, product);
            }
            "OrganizationAffiliation" | ROLE => {
                let by_role = kind == ROLE;
                let listing = reading.listing(shape(value)?, by_role)?;
                self.sources.insert(source);
                // A directory has millions of roles; few belong to an agency.
                if !by_role || listing.may_be_ours() {
                    self.listings.insert(own, listing);
                } else {
                    *self.others.entry("PractitionerRole of other services".to_owned()).or_default() += 1;
                }
            }
            other => return Ok((self.pass_over(other), ResourceFaults::new())),
        }
        self.identify(kind, key, value);
        // What a role says may name a person.
        if kind != ROLE {
            reading.words.iter().for_each(|word| self.words.count(word));
        }
        Ok((ResourceOutcome::Used, reading.faults))
    }

    /// Counts a resource that is not used. Its type is reported only if it can be one: the field may hold anything.
    fn pass_over(&mut self, kind: &str) -> ResourceOutcome {
        let is_type = (1..=LONGEST_TYPE).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
        let name = if is_type { kind } else { "outside FHIR" };
        *self.others.entry(name.to_owned()).or_default() += 1;
        ResourceOutcome::Other
    }

    /// Builds networks, plans and members from the resources of `folder`, after every file is read. `label` stands for the
    /// folder in the ids of its providers.
    pub(crate) fn list(mut self, folder: &str, label: &str, parsed: &mut ParsedInput) {
        self.unite_contained_networks();
        let check = self.check(folder, parsed);
        let source = parsed.records.unite(folder, &self.sources);
        let whole = parsed.records.sources.get(source.0);
        let (name, day) = whole.map(|source| (source.name.to_string(), source.as_of)).unwrap_or_default();
        let networks = networks::name(&self, label, source, day, &parsed.plan_names, &mut parsed.listings);
        let mut told = members::list(&self, label, source, &networks, &mut parsed.listings);
        if !check {
            parsed.listings.partial.extend(networks.numbers.values());
        }
        told.extend(networks.told);
        told.extend(self.others.iter().map(|(kind, count)| (format!("resources of type {kind} are not used"), *count)));
        let remarks = told.into_iter().filter(|(_, count)| *count > 0);
        parsed.remarks.extend(remarks.map(|(what, count)| format!("{name}: {count} {what}")));
        parsed.remarks.extend(self.words.remark().map(|words| format!("{name}: {words}")));
    }

    /// Whether the directory is complete. The result is shown with its file of memberships, or else with its first.
    fn check(&self, folder: &str, parsed: &mut ParsedInput) -> bool {
        let mut counts = self.completeness();
        let sources = &parsed.records.sources;
        counts.lost_files = lost_in(&parsed.indexes, folder);
        let of_members = self.sources.first().and_then(|source| sources.get(source.0));
        let shown = of_members.or_else(|| sources.iter().find(|source| folder_of(&source.file) == folder));
        let complete = counts.completeness().complete;
        parsed.checks.extend(shown.map(|source| (source.file.clone(), counts)));
        complete
    }
}

impl NetworkListing {
    /// Whether a role may be that of an agency: it names an organization, a network, and one of our services or a service
    /// offer.
    fn may_be_ours(&self) -> bool {
        let ours = if self.specialties.is_silent() { !self.offers.is_empty() } else { !self.specialties.services.is_empty() };
        ours && self.provider.is_some() && !self.networks.is_empty()
    }
}

/// A unique label for each directory, used in the ids of its providers.
pub(crate) fn labels<'a>(folders: impl Iterator<Item = &'a String> + Clone) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for folder in folders.clone() {
        *times.entry(label(folder)).or_default() += 1;
    }
    let own = |folder: &String| {
        let label = label(folder);
        let alone = times.get(&label) == Some(&1);
        let digest = || u64_prefix(&Sha256::digest(folder.as_bytes())) >> 32;
        if alone { label } else { format!("{label}-{:08x}", digest()) }
    };
    folders.map(own).collect()
}

/// The folder of a directory in characters that an id may have.
fn label(folder: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    if folder.is_empty() { "plan-net".to_owned() } else { folder.chars().map(fit).collect() }
}

fn text<'a>(value: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The same without any text of the resource: it may name a person.
fn unquoted<T>(taken: Result<(T, ResourceFaults), ResourceFault>) -> Result<(T, ResourceFaults), ResourceFault> {
    let plain = |fault: ResourceFault| ResourceFault { value: String::new(), reason: NOT_FHIR.to_owned(), ..fault };
    match taken {
        Ok((taken, faults)) => Ok((taken, faults.into_iter().map(plain).collect())),
        Err(fault) => Err(plain(fault)),
    }
}

/// Parses the resource as FHIR.
fn shape<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, ResourceFault> {
    let reason = |error| format!("{NOT_FHIR}: {error}");
    T::deserialize(value).map_err(|error| ResourceFault { field: "", value: String::new(), reason: reason(error) })
}
