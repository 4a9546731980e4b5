//! What a packet says of the standards of time, distance and number for the network of a Medicare Advantage plan.

use crate::coverage::county_standards::{CountyFound, CountyStandards, ZipStandards};
use crate::evidence::Evidence;
use crate::place::Zip;
use crate::service::Service;
use crate::text::count_text::counted;

/// What is known of the standards of a service at a ZIP code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NetworkStandards<'a> {
    zip: Zip,
    service: Service,
    found: ZipStandards<'a>,
    of: &'a CountyStandards,
}

/// Whether there are standards, and whether they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StandardsStatus {
    /// They are stated.
    Stated,
    /// The ZIP code lies in several counties; those of each are stated.
    SeveralCounties,
    /// The file of CMS does not list the county.
    CountyNotListed,
    /// The county of the ZIP code is not known.
    CountyUnknown,
    /// The file of CMS that has those of each county is not loaded.
    NotLoaded,
    /// There are none for the service.
    NoneForService,
}

impl StandardsStatus {
    /// Every status.
    pub(crate) const ALL: [Self; 6] = [
        Self::Stated,
        Self::SeveralCounties,
        Self::CountyNotListed,
        Self::CountyUnknown,
        Self::NotLoaded,
        Self::NoneForService,
    ];

    /// The name the API uses.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::SeveralCounties => "several_counties",
            Self::CountyNotListed => "county_not_listed",
            Self::CountyUnknown => "county_unknown",
            Self::NotLoaded => "not_loaded",
            Self::NoneForService => "none_for_service",
        }
    }
}

impl<'a> NetworkStandards<'a> {
    /// What `of` says of `service` at `zip`.
    pub(crate) fn at(of: &'a CountyStandards, zip: Zip, service: Service) -> Self {
        Self { zip, service, found: of.at(zip, service), of }
    }

    /// Whether they are known.
    pub(crate) fn status(&self) -> StandardsStatus {
        match &self.found {
            ZipStandards::NotLoaded => StandardsStatus::NotLoaded,
            ZipStandards::NoneForService => StandardsStatus::NoneForService,
            ZipStandards::NoCountyTable | ZipStandards::UnknownZip => StandardsStatus::CountyUnknown,
            ZipStandards::Counties(counties) => match counties.as_slice() {
                [CountyFound { standard: Some(_), .. }] => StandardsStatus::Stated,
                [_] => StandardsStatus::CountyNotListed,
                _ => StandardsStatus::SeveralCounties,
            },
        }
    }

    /// The counties of the ZIP code, as far as they are known.
    pub(crate) fn counties(&self) -> &[CountyFound<'a>] {
        match &self.found {
            ZipStandards::Counties(counties) => counties,
            ZipStandards::NotLoaded
            | ZipStandards::NoneForService
            | ZipStandards::NoCountyTable
            | ZipStandards::UnknownZip => &[],
        }
    }

    /// The files that it rests on.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &'a Evidence> {
        let is_read = !matches!(self.found, ZipStandards::NotLoaded | ZipStandards::NoneForService);
        let of = self.of;
        let standards = of.standards.as_ref().filter(|_| is_read).map(|file| &file.evidence);
        let zips = of.zips.as_ref().filter(|_| is_read).map(|table| &table.evidence);
        standards.into_iter().chain(zips)
    }

    /// What a packet says, a sentence or two; then a line for each county.
    pub(crate) fn words(&self) -> String {
        let (service, zip) = (self.service.label().to_lowercase(), self.zip);
        let unknown = |why: &str| {
            format!(
                "42 CFR 422.116 sets a time, a distance and a minimum number for this type ({service}) in each county. {why}, so this packet \
                 does not show those of the county."
            )
        };
        match &self.found {
            ZipStandards::NotLoaded => unknown("The file of CMS that has them (HSD reference file) is not loaded here"),
            ZipStandards::NoCountyTable => unknown("The table that says in which county a ZIP code lies is not loaded here"),
            ZipStandards::UnknownZip => unknown(&format!("The county of ZIP code {zip} is not known here")),
            ZipStandards::NoneForService => format!(
                "42 CFR 422.116(b) does not list this type ({service}), so there is no standard of time, distance or number to compare with."
            ),
            ZipStandards::Counties(counties) => {
                let names: Vec<String> = counties.iter().map(|found| found.county.to_string()).collect();
                let lies = match names.as_slice() {
                    [name] => format!("ZIP code {zip} lies in {name}."),
                    _ => format!("ZIP code {zip} lies in several counties: {}. Each has its own standard.", names.join("; ")),
                };
                format!(
                    "{lies} 42 CFR 422.116 sets these standards for the whole network of a Medicare Advantage plan in a county, for this \
                     type ({service}). Their times and distances are of travel; the miles in this packet are straight lines."
                )
            }
        }
    }

    /// A line for each county.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |found: &CountyFound<'_>| match &found.standard {
            Some((county_type, standard)) => format!(
                "{} ({}): at least {} in the network, within {} and {}",
                found.county,
                county_type.label(),
                standard.minimum,
                counted(standard.minutes.into(), "minute"),
                counted(standard.miles.into(), "mile"),
            ),
            None => format!("{}: the file of CMS does not list this county", found.county),
        };
        self.counties().iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::coverage::county_standards::{
        CodedCounty, County, CountyStandard, CountyType, ServiceStandard, StandardsFile, ZipCounties,
    };

    fn county(name: &str) -> County {
        County { state: "SC".parse().unwrap(), name: name.to_owned() }
    }

    fn of(listed: &[&str], zips: &[(u32, &[&str])]) -> CountyStandards {
        let standard = ServiceStandard { service: Service::SkilledNursing, minimum: 1, minutes: 75, miles: 60 };
        let counties = listed.iter().map(|name| CountyStandard {
            county: county(name),
            county_type: CountyType::Rural,
            services: vec![standard],
        });
        let named: Vec<CodedCounty> = zips
            .iter()
            .flat_map(|(_, names)| names.iter().map(|name| CodedCounty { county: county(name), code: 0 }))
            .collect();
        let at = |name: &str| u32::try_from(named.iter().position(|known| known.county.name == name).unwrap()).unwrap();
        let of_zip =
            |(zip, names): &(u32, &[&str])| (Zip::from_number(*zip).unwrap(), names.iter().map(|name| at(name)).collect());
        let of: BTreeMap<_, _> = zips.iter().map(of_zip).collect();
        let evidence = Evidence::new("a file", None);
        CountyStandards {
            standards: Some(StandardsFile { evidence: evidence.clone(), counties: counties.collect() }),
            zips: (!zips.is_empty()).then_some(ZipCounties { evidence, counties: named, of }),
        }
    }

    #[test]
    fn what_is_not_known_is_said_and_a_zip_in_several_counties_shows_each() {
        let zips: &[(u32, &[&str])] = &[(29_001, &["Clarendon County"]), (29_104, &["Clarendon County", "Lee County"])];
        let loaded = of(&["Clarendon"], zips);
        let lone = of(&["Clarendon"], &[]);
        let elsewhere = of(&["Lee"], zips);
        let none = CountyStandards::default();
        for (known, zip, service, status, says) in [
            (&loaded, 29_001, Service::SkilledNursing, StandardsStatus::Stated, "lies in Clarendon, SC"),
            (
                &loaded,
                29_104,
                Service::SkilledNursing,
                StandardsStatus::SeveralCounties,
                "several counties: Clarendon, SC; Lee, SC",
            ),
            (&elsewhere, 29_001, Service::SkilledNursing, StandardsStatus::CountyNotListed, "lies in Clarendon, SC"),
            (
                &loaded,
                29_999,
                Service::SkilledNursing,
                StandardsStatus::CountyUnknown,
                "county of ZIP code 29999 is not known",
            ),
            (&lone, 29_001, Service::SkilledNursing, StandardsStatus::CountyUnknown, "in which county"),
            (&none, 29_001, Service::SkilledNursing, StandardsStatus::NotLoaded, "not loaded"),
            (&loaded, 29_001, Service::HomeHealth, StandardsStatus::NoneForService, "422.116(b)"),
            (&none, 29_001, Service::InpatientRehab, StandardsStatus::NoneForService, "422.116(b)"),
        ] {
            let standards = NetworkStandards::at(known, Zip::from_number(zip).unwrap(), service);
            assert_eq!(standards.status(), status, "{zip} {service:?}");
            assert!(standards.words().contains(says), "{zip} {service:?}: {}", standards.words());
            let sources = standards.sources().count();
            let is_read = !matches!(status, StandardsStatus::NotLoaded | StandardsStatus::NoneForService);
            assert_eq!(sources > 0, is_read, "{zip} {service:?}");
        }
        let both = NetworkStandards::at(&loaded, Zip::from_number(29_104).unwrap(), Service::SkilledNursing);
        let (first, second) = (&both.lines()[0], &both.lines()[1]);
        assert!(
            first.contains("Rural")
                && first.contains("at least 1")
                && first.contains("75 minutes")
                && first.contains("60 miles")
        );
        assert!(second.contains("Lee, SC") && second.contains("does not list"), "{second}");
    }
}
