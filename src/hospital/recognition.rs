//! How the hospital of a request is recognized on a server with several: by host name, by a claim of a token, or by the issuer of
//! a token. API keys name their hospital themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::hospital::Hospital;
use crate::hospital::marks::HospitalMarks;
use crate::hospital_id::HospitalId;

/// The claim that names the hospital of a token, if the settings name no other.
pub const USUAL_CLAIM: &str = "hospital";

/// What is wrong with `files`, by name and hospital, as one folder: an id, host name, claim or issuer belongs to one hospital.
pub fn conflicts(files: &[(String, Hospital)]) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<(&str, String), &str> = BTreeMap::new();
    for (file, hospital) in files {
        let HospitalMarks { hosts, claim, issuers } = &hospital.marks;
        let marks = [("id", hospital.id.to_string())].into_iter();
        let marks = marks.chain(hosts.iter().map(|host| ("hosts", host.clone())));
        let marks = marks.chain(claim.iter().map(|claim| ("claim", claim.clone())));
        let marks = marks.chain(issuers.iter().map(|issuer| ("issuers", issuer.clone())));
        for (key, value) in marks {
            match seen.get(&(key, value.clone())) {
                Some(first) if key == "id" && value == HospitalId::default().as_str() => {
                    let advice = "each hospital of a folder needs an id of its own";
                    faults.push((file.clone(), format!("id: is missing or \"{value}\", as in {first}; {advice}")));
                }
                Some(first) => {
                    let fault = format!("{key}: \"{value}\" is in {first} too; it can belong to one hospital only");
                    faults.push((file.clone(), fault));
                }
                None => drop(seen.insert((key, value), file)),
            }
        }
    }
    faults
}

/// The hospitals of a server, by what recognizes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalLookup {
    ids: BTreeSet<HospitalId>,
    by_host: BTreeMap<String, HospitalId>,
    by_claim: BTreeMap<String, HospitalId>,
    by_issuer: BTreeMap<String, HospitalId>,
    /// The steps to the claim.
    claim: Vec<String>,
}

/// A token names a hospital that is not served, or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The token names no hospital of this server, or another one than its issuer.")]
pub struct UnknownHospital;

impl HospitalLookup {
    /// The lookup of `hospitals`, with the name of the claim; dots separate steps.
    pub fn new(hospitals: &[Hospital], claim: &str) -> Self {
        let mut lookup = Self { claim: claim.split('.').map(str::to_owned).collect(), ..Self::default() };
        for hospital in hospitals {
            let id = || hospital.id.clone();
            lookup.ids.insert(id());
            lookup.by_host.extend(hospital.marks.hosts.iter().map(|host| (host.clone(), id())));
            lookup.by_claim.extend(hospital.marks.claim.iter().map(|value| (value.clone(), id())));
            lookup.by_issuer.extend(hospital.marks.issuers.iter().map(|issuer| (issuer.clone(), id())));
        }
        lookup
    }

    /// Whether the server serves `hospital`.
    pub fn has(&self, hospital: &HospitalId) -> bool {
        self.ids.contains(hospital)
    }

    /// The hospital with that host name, in any case and without a port.
    pub fn of_host(&self, host: &str) -> Option<&HospitalId> {
        self.by_host.get(&host.to_ascii_lowercase())
    }

    /// The hospital that the issuer or the claim of a verified token names; `None` if neither names one.
    ///
    /// # Errors
    /// They name different ones, or one that is not served.
    pub fn of_token(&self, issuer: &str, claims: &Value) -> Result<Option<HospitalId>, UnknownHospital> {
        let by_issuer = self.by_issuer.get(issuer);
        let by_claim = match self.claim.iter().try_fold(claims, |value, step| value.get(step)) {
            None | Some(Value::Null) => None,
            Some(Value::String(value)) => Some(self.by_claim.get(value).ok_or(UnknownHospital)?),
            Some(_) => return Err(UnknownHospital),
        };
        match (by_issuer, by_claim) {
            (Some(issuer), Some(claim)) if issuer != claim => Err(UnknownHospital),
            (issuer, claim) => Ok(claim.or(issuer).cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hospital(text: &str) -> Hospital {
        Hospital::parse(text).unwrap()
    }

    #[test]
    fn host_names_are_read_and_faults_named() {
        let read = hospital("hosts = [\"Mercy.Placement.example\", \"localhost\"]\n");
        assert_eq!(read.marks.hosts, ["mercy.placement.example", "localhost"]);
        let faults =
            Hospital::parse("hosts = [\"https://a.example\", \"a.example:80\", \"\", \"b.c\", \"B.c\"]\n").unwrap_err();
        assert_eq!(faults.lines().count(), 4, "{faults}");
    }

    #[test]
    fn what_recognizes_a_hospital_belongs_to_one_file() {
        let file = |name: &str, text: &str| (name.to_owned(), hospital(text));
        let files = [
            file("a.toml", "id = \"a\"\nhosts = [\"a.example\"]\nclaim = \"A\"\nissuers = [\"https://a\"]\n"),
            file("b.toml", "id = \"b\"\nhosts = [\"b.example\", \"a.example\"]\nclaim = \"A\"\nissuers = [\"https://a\"]\n"),
            file("c.toml", "id = \"a\"\n"),
            file("d.toml", ""),
            file("e.toml", ""),
        ];
        let faults = conflicts(&files);
        let of = |name: &str| faults.iter().filter(|(file, _)| file == name).count();
        assert_eq!(["a.toml", "b.toml", "c.toml", "d.toml", "e.toml"].map(of), [0, 3, 1, 0, 1], "{faults:?}");
    }

    #[test]
    fn a_token_names_one_hospital_or_none() {
        let hospitals =
            [hospital("id = \"a\"\nclaim = \"A\"\nissuers = [\"https://a\"]\n"), hospital("id = \"b\"\nclaim = \"B\"\n")];
        let lookup = HospitalLookup::new(&hospitals, "org.hospital");
        let of = |issuer, claims: Value| lookup.of_token(issuer, &claims).map(|id| id.map(|id| id.to_string()));
        assert_eq!(of("https://shared", json!({"org": {"hospital": "B"}})), Ok(Some("b".to_owned())));
        assert_eq!(of("https://a", json!({})), Ok(Some("a".to_owned())));
        assert_eq!(of("https://shared", json!({"hospital": "B"})), Ok(None));
        for (issuer, claims) in [
            ("https://a", json!({"org": {"hospital": "B"}})),
            ("https://shared", json!({"org": {"hospital": "C"}})),
            ("https://shared", json!({"org": {"hospital": ["A"]}})),
        ] {
            assert_eq!(of(issuer, claims), Err(UnknownHospital));
        }
    }
}
