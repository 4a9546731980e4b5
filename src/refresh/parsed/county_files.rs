//! The standards of counties and the counties of ZIP codes, as files state them: of several files of a kind the newest counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::coverage::county_standards::{CodedCounty, CountyStandard, CountyStandards, StandardsFile, ZipCounties};
use crate::evidence::Evidence;
use crate::place::Zip;
use crate::refresh::source_record::{Source, SourceId};

/// A county in which a part of a ZIP code area lies, and the square meters of land of the part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ZipPart {
    /// The county with its code.
    pub county: CodedCounty,
    /// The land.
    pub land: u64,
}

/// What files state of counties.
#[derive(Debug, Default)]
pub(crate) struct CountyFiles {
    /// The standards of each file.
    pub standards: Vec<(SourceId, Vec<CountyStandard>)>,
    /// The parts of each ZIP code area, by file.
    pub zips: Vec<(SourceId, BTreeMap<Zip, Vec<ZipPart>>)>,
}

impl CountyFiles {
    /// What counts, and remarks on files that do not.
    pub(crate) fn newest(self, sources: &[Source]) -> (CountyStandards, Vec<String>) {
        let mut remarks = Vec::new();
        let standards = newest(self.standards, sources, &mut remarks).map(|(evidence, mut counties)| {
            counties.sort_by(|a, b| a.county.cmp(&b.county));
            StandardsFile { evidence, counties }
        });
        let zips = newest(self.zips, sources, &mut remarks).map(|(evidence, parts)| zip_counties(evidence, &parts));
        (CountyStandards { standards, zips }, remarks)
    }
}

/// The content of the newest file with its evidence. Of files of one day the last by name counts.
fn newest<T>(files: Vec<(SourceId, T)>, sources: &[Source], remarks: &mut Vec<String>) -> Option<(Evidence, T)> {
    let dated = files.into_iter().filter_map(|(id, content)| Some((sources.get(id.0)?, content)));
    let mut dated: Vec<(&Source, T)> = dated.collect();
    dated.sort_by_key(|(source, _)| source.as_of);
    let (source, content) = dated.pop()?;
    remarks.extend(dated.iter().map(|(older, _)| format!("{}: {} is newer, so it is not used", older.file, source.file)));
    Some((Evidence::new(source.name.clone(), source.as_of), content))
}

fn zip_counties(evidence: Evidence, parts: &BTreeMap<Zip, Vec<ZipPart>>) -> ZipCounties {
    let named: BTreeSet<&CodedCounty> = parts.values().flatten().map(|part| &part.county).collect();
    let counties: Vec<CodedCounty> = named.into_iter().cloned().collect();
    let at: BTreeMap<&CodedCounty, u32> = counties.iter().zip(0..).collect();
    let of_zip = |(zip, parts): (&Zip, &Vec<ZipPart>)| {
        let mut parts: Vec<&ZipPart> = parts.iter().collect();
        parts.sort_by(|a, b| b.land.cmp(&a.land).then_with(|| a.county.cmp(&b.county)));
        (*zip, parts.into_iter().filter_map(|part| at.get(&part.county).copied()).collect())
    };
    let of = parts.iter().map(of_zip).collect();
    ZipCounties { evidence, counties, of }
}
