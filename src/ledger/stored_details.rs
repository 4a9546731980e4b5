//! The details of a statement as they are stored in its row. The format is fixed, as for every
//! event: see [`crate::ledger::rows`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::place::Zip;
use crate::statements::stated_details::{AdmissionsLine, ServiceDetails, StatedDetails};

/// Absent in a row without details, so that an earlier version can read it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredStatedDetails {
    services: Vec<StoredServiceDetails>,
    admissions: Option<StoredAdmissionsLine>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredServiceDetails {
    service: String,
    zips: Vec<u32>,
    languages: Vec<String>,
    expires_on: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredAdmissionsLine {
    phone: String,
    expires_on: Date,
}

impl StoredStatedDetails {
    /// `None` if nothing is stated.
    pub(crate) fn of(details: &StatedDetails) -> Option<Self> {
        let service = |details: &ServiceDetails| StoredServiceDetails {
            service: details.service.code().to_owned(),
            zips: details.zips.iter().map(|zip| zip.number()).collect(),
            languages: details.languages.clone(),
            expires_on: details.expires_on,
        };
        let line = |line: AdmissionsLine| StoredAdmissionsLine { phone: line.phone.to_string(), expires_on: line.expires_on };
        let services = details.services.iter().map(service).collect();
        (!details.is_empty()).then(|| Self { services, admissions: details.admissions.map(line) })
    }

    pub(crate) fn read(self) -> Option<StatedDetails> {
        let service = |stored: StoredServiceDetails| {
            Some(ServiceDetails {
                service: stored.service.parse().ok()?,
                zips: stored.zips.into_iter().map(Zip::from_number).collect::<Option<_>>()?,
                languages: stored.languages,
                expires_on: stored.expires_on,
            })
        };
        let admissions = match self.admissions {
            Some(line) => Some(AdmissionsLine { phone: line.phone.parse().ok()?, expires_on: line.expires_on }),
            None => None,
        };
        Some(StatedDetails { services: self.services.into_iter().map(service).collect::<Option<_>>()?, admissions })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::service::Service;

    /// Rows outlive the version that wrote them, so the format must not change.
    #[test]
    fn details_read_back_and_the_format_stays() {
        let expires_on = date(2027, 2, 19);
        let zips = [64101, 64108].into_iter().filter_map(Zip::from_number).collect();
        let details = StatedDetails {
            services: vec![ServiceDetails {
                service: Service::HomeHealth,
                zips,
                languages: vec!["es".to_owned()],
                expires_on,
            }],
            admissions: Some(AdmissionsLine { phone: "816-555-0142 ext. 07".parse().unwrap(), expires_on }),
        };
        let body = serde_json::to_string(&StoredStatedDetails::of(&details).unwrap()).unwrap();
        let form = r#"{"services":[{"service":"home_health","zips":[64101,64108],"languages":["es"],"expires_on":"2027-02-19"}],"admissions":{"phone":"816-555-0142 ext. 07","expires_on":"2027-02-19"}}"#;
        assert_eq!(body, form);
        assert_eq!(serde_json::from_str::<StoredStatedDetails>(&body).unwrap().read(), Some(details));
        assert!(StoredStatedDetails::of(&StatedDetails::default()).is_none());
    }
}
