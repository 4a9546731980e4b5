//! Metadata of a folder's files: from `sources.toml`, or the date in a file name.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::toml_reader::TomlReader;

/// The name of the metadata file.
pub(crate) const FILE: &str = "sources.toml";

/// `sources.toml`: whether the files are synthetic, and the date of each.
///
/// ```toml
/// synthetic = true
///
/// [files."hospices.csv"]
/// as_of = "2026-11-01"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourcesFile {
    /// Whether the providers in the files are synthetic.
    #[serde(default)]
    pub synthetic: bool,
    /// Metadata of single files, by name within the folder.
    #[serde(default)]
    pub files: BTreeMap<String, SourceMetadata>,
}

/// Metadata of one file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceMetadata {
    /// The date of its facts.
    #[serde(default, deserialize_with = "day")]
    pub as_of: Option<Date>,
    /// Whether the file is a full list, such as the OIG's monthly file, or a supplement.
    pub whole: Option<bool>,
}

/// Deserializes a date, quoted or as a TOML date.
fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum RawSourceMetadata {
        Text(String),
        Bare(toml::value::Datetime),
    }
    let text = match RawSourceMetadata::deserialize(from)? {
        RawSourceMetadata::Text(text) => text,
        RawSourceMetadata::Bare(bare) => bare.to_string(),
    };
    text.parse().map(Some).map_err(|_| serde::de::Error::custom(format!("\"{text}\" is not a date such as 2026-11-01")))
}

impl SourcesFile {
    /// Parses the file's text.
    ///
    /// # Errors
    /// All faults, one per line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        TomlReader::new(text).read_whole()
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The date in a file name: `2024-06-01`; the first of the month for `2024-07` and `Jul2026`; the
/// first of the quarter for `2025Q4`. Of several dates the last, because a range is dated by its
/// end: `2016-02_2016-03`.
pub(crate) fn date_in(name: &str) -> Option<Date> {
    let name = name.rsplit('/').next()?.to_ascii_lowercase();
    let parts: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let dashed = parts.windows(2).enumerate().filter_map(|(at, pair)| {
        let (year, month) = (year(pair[0])?, two_digits(pair[1])?);
        let day = parts.get(at + 2).and_then(|part| two_digits(part)).unwrap_or(1);
        Date::new(year, month, day).ok()
    });
    let plain = parts.iter().filter_map(|part| quarter(part).or_else(|| month_and_year(part)));
    dashed.max().or_else(|| plain.max())
}

/// A file name without its dates, so that next month's file has the same: `acme` for
/// `acme_2026-06`. A name that is only a date is kept.
pub(crate) fn without_date(name: &str) -> String {
    let mut name = name.to_owned();
    loop {
        let shorter = without_first_date(&name);
        if shorter == name {
            return name;
        }
        name = shorter;
    }
}

/// Removes the first date of a name.
fn without_first_date(name: &str) -> String {
    let between = |c: char| !c.is_ascii_alphanumeric();
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for piece in name.split_inclusive(between) {
        words.push((at, piece.trim_end_matches(between)));
        at += piece.len();
    }
    let found = (1..=3).rev().flat_map(|length| words.windows(length)).find(|words| is_date(words));
    let Some(([(start, _), ..], (end, last))) = found.and_then(|words| Some((words, words.last()?))) else {
        return name.to_owned();
    };
    let end = end + last.len();
    let (before, after) = (name[..*start].trim_end_matches(between), &name[end..]);
    match (before, after.trim_start_matches(between)) {
        ("", "") => name.to_owned(),
        ("", after) => after.to_owned(),
        (before, _) => format!("{before}{after}"),
    }
}

/// Whether these words together are one day, month or quarter.
fn is_date(words: &[(usize, &str)]) -> bool {
    let day =
        |of, month, day| year(of).zip(two_digits(month)).is_some_and(|(year, month)| Date::new(year, month, day).is_ok());
    match words {
        [(_, one)] => date_in(one).is_some(),
        [(_, of), (_, month)] => day(of, month, 1),
        [(_, of), (_, month), (_, on)] => two_digits(on).is_some_and(|on| day(of, month, on)),
        _ => false,
    }
}

fn year(text: &str) -> Option<i16> {
    text.parse().ok().filter(|year| text.len() == 4 && (1990..2100).contains(year))
}

fn two_digits(text: &str) -> Option<i8> {
    text.parse().ok().filter(|_| text.len() == 2)
}

fn quarter(part: &str) -> Option<Date> {
    let (of, quarter) = part.split_once('q')?;
    let quarter: i8 = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
    Date::new(year(of)?, quarter * 3 - 2, 1).ok()
}

fn month_and_year(part: &str) -> Option<Date> {
    let of = year(part.get(part.len().checked_sub(4)?..)?)?;
    let word = part.get(..part.len() - 4)?;
    let month = (1..).zip(MONTHS).find(|(_, month)| *month == word)?.0;
    Date::new(of, month, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_carry_a_date() {
        for (name, day) in [
            ("cms/hh_provider_SC_2024-07.csv", Some("2024-07-01")),
            ("nh_2024-06-01.csv.gz", Some("2024-06-01")),
            ("ltc_US_2025Q4.csv.gz", Some("2025-10-01")),
            ("HH_Provider_Jul2026.csv", Some("2026-07-01")),
            ("Hospice_General-Information_Aug2026_2.csv", Some("2026-08-01")),
            ("leie_2016-02_2016-03.csv", Some("2016-03-01")),
            ("roster_2026-01-01_2026-01-31.csv", Some("2026-01-31")),
            ("roster_Jan2026-Mar2026.csv", Some("2026-03-01")),
            ("hh_provider_sample_2026.csv", None),
            ("2024-07/hospices.csv", None),
            ("hh_2024-13.csv", None),
            ("home_health.csv", None),
        ] {
            assert_eq!(date_in(name).map(|day| day.to_string()).as_deref(), day, "{name}");
        }
    }

    #[test]
    fn the_file_of_the_next_month_has_the_same_name() {
        for (name, without) in [
            ("acme_2026-06", "acme"),
            ("acme-2026-06-01", "acme"),
            ("acme_2026_06_01_tier1", "acme_tier1"),
            ("2026-06 acme", "acme"),
            ("acme Jul2026", "acme"),
            ("acme_2025Q4", "acme"),
            ("acme_2026-01_2026-03", "acme"),
            ("acme_2026-01-01_2026-01-31_tier1", "acme_tier1"),
            ("acme_2026", "acme_2026"),
            ("acme_1200-45", "acme_1200-45"),
            ("2026-06-01", "2026-06-01"),
            ("Ärzte_2026-06", "Ärzte"),
            ("", ""),
        ] {
            assert_eq!(without_date(name), without, "{name}");
        }
    }

    #[test]
    fn sources_toml_is_read_strictly() {
        let read = SourcesFile::parse(
            "synthetic = true\n[files.\"a.csv\"]\nas_of = \"2026-11-01\"\n[files.\"b.csv\"]\nas_of = 2026-11-02\n",
        )
        .unwrap();
        assert!(read.synthetic);
        assert_eq!(read.files["a.csv"].as_of.unwrap().to_string(), "2026-11-01");
        assert_eq!(read.files["b.csv"].as_of.unwrap().to_string(), "2026-11-02");
        let wrong = "synthetik = true\n[files.\"a\"]\nasof = \"2026-11-01\"\n[files.\"b\"]\nas_of = \"soon\"\n";
        let faults = SourcesFile::parse(wrong).unwrap_err();
        let keys: Vec<&str> = faults.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
        assert_eq!(keys, ["synthetik", "files.a.asof", "files.b.as_of"], "{faults}");
    }
}
