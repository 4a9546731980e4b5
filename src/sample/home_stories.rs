//! What the files tell about single nursing homes, so that a sample has a home for each notice; and the penalties of every home.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::sample::facility::SampleFacility;

/// What is special about one home.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HomeStory {
    /// What follows the first word of its name.
    pub name_ends: Option<&'static str>,
    /// Its Special Focus status.
    pub special_focus: Option<&'static str>,
    /// The footnote of a missing rating.
    pub footnote: Option<&'static str>,
    /// It was first approved less than a year before the file.
    pub is_new: bool,
    /// The footnote of its staffing rating.
    pub staffing: &'static str,
    /// It has fines and a denial of payment that is over.
    pub penalized: bool,
    /// Payment for new admissions is denied to it on the day of the sample.
    pub denied: bool,
}

impl HomeStory {
    /// The story of the home at a place in the file; most have none.
    pub(crate) fn of(place: usize) -> Self {
        let plain = Self::default();
        match place {
            11 => Self { staffing: "23", ..plain },
            13 => Self { staffing: "24", ..plain },
            21 => Self { special_focus: Some("SFF"), penalized: true, ..plain },
            28 => Self { special_focus: Some("SFF Candidate"), ..plain },
            46 => Self { name_ends: Some("CHILDREN'S CENTER"), ..plain },
            58 => Self { name_ends: Some("STATE VETERANS HOME"), ..plain },
            78 => Self { footnote: Some(""), ..plain },
            117 => Self { denied: true, ..plain },
            132 => Self { footnote: Some("1"), is_new: true, ..plain },
            _ => plain,
        }
    }

    /// The home under the name of its story.
    pub(crate) fn renamed(&self, facility: &SampleFacility) -> SampleFacility {
        let mut renamed = facility.clone();
        if let Some(ends) = self.name_ends {
            let first = facility.name.split(' ').next().unwrap_or_default();
            renamed.name = format!("{first} {ends}");
        }
        renamed
    }
}

/// A fine, or a denial of payment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SamplePenalty {
    /// The day it was given.
    pub day: Date,
    /// The dollars of a fine.
    pub fine: Option<u32>,
    /// The first day and the number of days of a denial of payment.
    pub denial: Option<(Date, u32)>,
}

/// The penalties of a home in the three years before the file was made.
pub(crate) fn penalties(facility: &SampleFacility, story: &HomeStory, processed: Date) -> Vec<SamplePenalty> {
    let mut chance = facility.chance("penalties");
    let fined = chance.permille(150) || story.penalized;
    let fines = if fined { chance.between(1, 4) } else { 0 };
    let mut given = |least: u32, most: u32| processed.saturating_sub(i64::from(chance.between(least, most)).days());
    let days: Vec<Date> = (0..fines).map(|_| given(60, 1_000)).collect();
    let over = story.penalized.then(|| given(200, 900));
    let fine = |day: Date, dollars: u32| SamplePenalty { day, fine: Some(dollars), denial: None };
    let denial = |from: Date, length: u32| SamplePenalty {
        day: from.saturating_sub(15.days()),
        fine: None,
        denial: Some((from, length)),
    };
    let mut all: Vec<SamplePenalty> = days.into_iter().map(|day| fine(day, chance.between(650, 48_000))).collect();
    all.extend(over.map(|from| denial(from, chance.between(5, 40))));
    all.extend(story.denied.then(|| denial(processed.saturating_sub(9.days()), 60)));
    all.sort_by_key(|penalty| penalty.day);
    all
}
