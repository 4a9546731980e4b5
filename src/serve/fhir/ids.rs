//! The ids of resources. They stay the same between refreshes, because they are made from the ids
//! of the directory.
//!
//! `ccn:425003` becomes `ccn-425003`, and what belongs to it begins with that:
//! `ccn-425003.home-health` is its home health service, `ccn-425003.home-health.1f0c5d2ab3e4` the
//! membership of that service in a network. Payers, networks and plans are known by their names
//! only, so their ids are digests of the names: another name is another resource.

use sha2::{Digest, Sha256};

use crate::coverage::{AffiliationTerms, IdentityConfidence, Plan, PlanDirectory};
use crate::place::Zip;
use crate::provider::{ProviderId, u64_prefix};
use crate::service::Service;
use crate::text::hex::to_hex;

/// The longest id of a provider that is written out: with a service (17) and the digest of terms
/// (12), each after a period, it has the 64 characters that FHIR allows in an id.
const LONGEST: usize = 64 - 1 - 17 - 1 - TERMS_DIGITS;

/// How many hexadecimal digits distinguish the terms of one line: a line has at most some
/// thousands.
const TERMS_DIGITS: usize = 12;

/// The first `digits` hexadecimal digits of the SHA-256 of the parts, each followed by a zero byte.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>, digits: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
        hasher.update([0]);
    }
    let mut text = to_hex(&hasher.finalize());
    text.truncate(digits);
    text
}

/// The id of a provider: `ccn-425003`, `npi-1234567893`, `fhir.harbor.org-17`, or `fhir-` and 28
/// digits of a digest if that is too long.
pub(crate) fn of_provider(id: &ProviderId) -> String {
    match id.as_str().split_once(':') {
        Some((kind @ ("fhir" | "list"), listed)) => {
            let plain = format!("{kind}.{}", listed.replacen(':', ".", 1));
            if plain.len() <= LONGEST { plain } else { format!("{kind}-{}", digest([id.as_str()], 28)) }
        }
        _ => id.as_str().replacen(':', "-", 1),
    }
}

/// The provider of an id that is not a digest.
pub(crate) fn provider(id: &str) -> Option<ProviderId> {
    let plain = match id.split_once('.') {
        Some((kind @ ("fhir" | "list"), listed)) => format!("{kind}:{}", listed.replacen('.', ":", 1)),
        _ => id.replacen('-', ":", 1),
    };
    // An id in another spelling is not an id of the program.
    plain.parse().ok().filter(|read| of_provider(read) == id)
}

/// The id of a service of `provider`.
pub(crate) fn of_service(provider: &str, service: Service) -> String {
    format!("{provider}.{}", service.code().replace('_', "-"))
}

/// The provider's id in the id of a service, and the service.
pub(crate) fn service(id: &str) -> Option<(&str, Service)> {
    let (provider, code) = id.rsplit_once('.')?;
    let service = Service::ALL.into_iter().find(|service| service.code().replace('_', "-") == code)?;
    Some((provider, service))
}

/// What distinguishes terms from others of the same line: all that is agreed on, but not the date
/// of the source or whether new patients are accepted, so that a newer file with the same terms
/// keeps the id.
pub(crate) fn of_terms(terms: &AffiliationTerms, plans: &PlanDirectory) -> u64 {
    let network = plans.network(terms.network).map(|network| network.name.as_str()).unwrap_or_default();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let link = match terms.link {
        IdentityConfidence::Sure => "sure",
        IdentityConfidence::OtherLocation => "other_location",
        IdentityConfidence::Probable => "probable",
    };
    let tier = terms.tier.as_deref();
    let mut hasher = Sha256::new();
    let low = if terms.low_confidence { "low" } else { "" };
    let begin = day(terms.begin);
    let end = day(terms.end);
    // No tier and a tier without a name differ.
    let has_tier = if tier.is_some() { "tier" } else { "" };
    for part in [network, has_tier, tier.unwrap_or_default(), &begin, &end, link, low, &terms.evidence.source] {
        hasher.update(part);
        hasher.update([0]);
    }
    u64_prefix(&hasher.finalize()) >> (64 - 4 * TERMS_DIGITS)
}

/// The id of the membership of `service` in a network on these terms.
pub(crate) fn of_affiliation(service: &str, terms: u64) -> String {
    format!("{service}.{terms:012x}")
}

/// The service's id in the id of an affiliation, and the digest of the terms.
pub(crate) fn affiliation(id: &str) -> Option<(&str, u64)> {
    let (service, terms) = id.rsplit_once('.')?;
    let digits = terms.len() == TERMS_DIGITS && terms.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    Some((service, u64::from_str_radix(terms, 16).ok().filter(|_| digits)?))
}

/// The id of a ZIP code as a service area.
pub(crate) fn of_area(zip: Zip) -> String {
    format!("zip-{zip}")
}

/// The id of a payer.
pub(crate) fn of_payer(name: &str) -> String {
    format!("payer-{}", digest([name], 16))
}

/// The id of a network.
pub(crate) fn of_network(name: &str) -> String {
    format!("network-{}", digest([name], 16))
}

/// The id of a plan, which is known by its payer and its name.
pub(crate) fn of_plan(plan: &Plan, plans: &PlanDirectory) -> String {
    let payer = plan.payer.and_then(|payer| plans.payers.get(payer as usize));
    // A plan without a payer differs from one whose payer has no name.
    let payer = payer.map_or(["", ""], |payer| ["payer", payer.name.as_str()]);
    format!("plan-{}", digest(payer.into_iter().chain([plan.name.as_str()]), 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_providers_are_those_of_fhir_and_read_back() {
        for (id, expected) in [
            ("ccn:425003", "ccn-425003"),
            ("ccn:36T180", "ccn-36T180"),
            ("npi:1234567893", "npi-1234567893"),
            ("fhir:harbor:org-17", "fhir.harbor.org-17"),
            ("list:tx-assisted-living:000821", "list.tx-assisted-living.000821"),
            ("fhir:harbor-health:a.b-c", "fhir.harbor-health.a.b-c"),
        ] {
            let known: ProviderId = id.parse().unwrap();
            assert_eq!(of_provider(&known), expected);
            assert_eq!(provider(expected), Some(known));
        }
        let long: ProviderId = format!("fhir:harbor:{}", "a".repeat(64)).parse().unwrap();
        let digest = of_provider(&long);
        assert!(digest.len() == LONGEST && digest.starts_with("fhir-"), "{digest}");
        assert_eq!(provider(&digest), None);
        for other in ["ccn-36t180", "425003", "ccn:425003", "fhir.harbor", "npi-1234567890", "ccn-", ""] {
            assert_eq!(provider(other), None, "{other}");
        }
    }

    #[test]
    fn the_longest_id_is_as_long_as_fhir_allows() {
        for service in Service::ALL {
            let id = of_affiliation(&of_service(&"x".repeat(LONGEST), service), 7);
            assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{id}");
            let (named, terms) = affiliation(&id).unwrap();
            assert_eq!((self::service(named).unwrap().1, terms), (service, 7));
        }
        assert_eq!(affiliation("ccn-425003.home-health.00000000000G"), None);
        assert_eq!(affiliation("ccn-425003.home-health.7"), None);
    }
}
