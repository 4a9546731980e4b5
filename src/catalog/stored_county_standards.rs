//! The stored standards of counties, and the counties of ZIP codes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coverage::county_standards::{
    CodedCounty, County, CountyStandard, CountyStandards, CountyType, ServiceStandard, StandardsFile, ZipCounties,
};
use crate::evidence::Evidence;
use crate::place::Zip;
use crate::service::Service;

/// What is known of the standards in each county.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredCountyStandards {
    standards: Option<(u32, Vec<StoredCountyStandard>)>,
    zips: Option<StoredZipCounties>,
}

/// The number of the source, each county with its code, and the counties of each ZIP code by their index.
type StoredZipCounties = (u32, Vec<(StoredCounty, u32)>, Vec<(u32, Vec<u32>)>);

/// The state and the name.
type StoredCounty = (String, String);

/// A county, the place of its type among all types, and for each service its place among all services, least number, minutes and miles.
type StoredCountyStandard = (StoredCounty, u8, Vec<(u8, u32, u32, u32)>);

impl StoredCountyStandards {
    /// Packs them; `number` gives each source its number.
    pub(crate) fn pack(of: &CountyStandards, number: &mut impl FnMut(&Evidence) -> u32) -> Self {
        let standards = of.standards.as_ref();
        let standards = standards.map(|file| (number(&file.evidence), file.counties.iter().map(packed).collect()));
        let zips = of.zips.as_ref().map(|table| {
            let of_zips = table.of.iter().map(|(zip, counties)| (zip.number(), counties.clone())).collect();
            let counties = table.counties.iter().map(|known| (county(&known.county), known.code)).collect();
            (number(&table.evidence), counties, of_zips)
        });
        Self { standards, zips }
    }

    /// The standards, or `None` if a number refers to nothing.
    pub(crate) fn unpack(self, evidence: &[Evidence]) -> Option<CountyStandards> {
        let source = |at: u32| evidence.get(at as usize).cloned();
        let standards = match self.standards {
            Some((at, counties)) => {
                let counties = counties.into_iter().map(unpacked).collect::<Option<_>>()?;
                Some(StandardsFile { evidence: source(at)?, counties })
            }
            None => None,
        };
        let zips = match self.zips {
            Some((at, counties, of)) => {
                let coded = |(county, code)| Some(CodedCounty { county: county_of(county)?, code });
                let counties: Vec<CodedCounty> = counties.into_iter().map(coded).collect::<Option<_>>()?;
                let of: BTreeMap<Zip, Vec<u32>> =
                    of.into_iter().map(|(zip, counties)| Some((Zip::from_number(zip)?, counties))).collect::<Option<_>>()?;
                let exists = |at: &u32| (*at as usize) < counties.len();
                if !of.values().flatten().all(exists) {
                    return None;
                }
                Some(ZipCounties { evidence: source(at)?, counties, of })
            }
            None => None,
        };
        Some(CountyStandards { standards, zips })
    }
}

fn county(of: &County) -> StoredCounty {
    (of.state.to_string(), of.name.clone())
}

fn county_of((state, name): StoredCounty) -> Option<County> {
    Some(County { state: state.parse().ok()?, name })
}

#[expect(clippy::cast_possible_truncation, reason = "there are few types of counties and few services")]
fn packed(of: &CountyStandard) -> StoredCountyStandard {
    let place = |found: Option<usize>| found.unwrap_or_default() as u8;
    let services = of.services.iter().map(|standard| {
        let at = place(Service::ALL.iter().position(|service| *service == standard.service));
        (at, standard.minimum, standard.minutes, standard.miles)
    });
    let at = place(CountyType::ALL.iter().position(|known| *known == of.county_type));
    (county(&of.county), at, services.collect())
}

fn unpacked((of, at, services): StoredCountyStandard) -> Option<CountyStandard> {
    let service = |(at, minimum, minutes, miles): (u8, u32, u32, u32)| {
        Some(ServiceStandard { service: *Service::ALL.get(usize::from(at))?, minimum, minutes, miles })
    };
    Some(CountyStandard {
        county: county_of(of)?,
        county_type: *CountyType::ALL.get(usize::from(at))?,
        services: services.into_iter().map(service).collect::<Option<_>>()?,
    })
}
