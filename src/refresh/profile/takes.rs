//! What an entry says the provider takes: needs, limits, languages, sex, groups of people.

use crate::fuzzy::{did_you_mean, nearest};
use crate::languages;
use crate::provider::Sex;
use crate::provider::safety::ServedGroup;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::profile::ProfileParser;
use crate::refresh::source_record::RowError;
use crate::service::{Limit, Need};

/// The field of each limit and its largest plausible value: our choice.
const LIMITS: [(Limit, KnownColumn, u32); 5] = [
    (Limit::MaxWeight, KnownColumn::MaxWeight, 2_000),
    (Limit::MinAge, KnownColumn::MinAge, 120),
    (Limit::MaxAge, KnownColumn::MaxAge, 120),
    (Limit::MaxDoses, KnownColumn::MaxDoses, 48),
    (Limit::CostCeiling, KnownColumn::MaxCost, 1_000_000),
];

impl ProfileParser<'_> {
    /// The needs answered yes or no; a need with both answers is not used.
    pub(crate) fn answers(&mut self) -> Vec<(Need, bool)> {
        let yes = self.needs(KnownColumn::NeedsYes);
        let no = self.needs(KnownColumn::NeedsNo);
        let both: Vec<Need> = no.iter().map(|(_, need)| *need).filter(|need| yes.iter().any(|(_, y)| y == need)).collect();
        for (part, need) in no.iter().filter(|(_, need)| both.contains(need)) {
            let fault = RowError::of(KnownColumn::NeedsNo, need.code(), "it is also in needs_yes, so neither is used");
            self.fault(RowError { part: Some(*part), ..fault });
        }
        let said = |needs: Vec<(usize, Need)>, says: bool| needs.into_iter().map(move |(_, need)| (need, says));
        said(yes, true).chain(said(no, false)).filter(|(need, _)| !both.contains(need)).collect()
    }

    /// The needs of a field, each once, with their positions.
    fn needs(&mut self, column: KnownColumn) -> Vec<(usize, Need)> {
        let mut needs: Vec<(usize, Need)> = Vec::new();
        for (part, text) in self.texts(column) {
            let at = |fault: RowError| RowError { part: Some(part), ..fault };
            match text.parse::<Need>() {
                Err(_) => {
                    let fault = RowError::of(column, text, "there is no such need").with_hint(alike(text));
                    self.fault(at(fault));
                }
                Ok(need) if needs.iter().any(|(_, known)| *known == need) => {
                    self.doubt(at(RowError::of(column, text, "it is listed twice")));
                }
                Ok(need) => needs.push((part, need)),
            }
        }
        needs
    }

    pub(crate) fn limits(&mut self) -> Vec<(Limit, u32)> {
        let mut limits: Vec<(Limit, u32)> = Vec::new();
        for (limit, column, most) in LIMITS {
            limits.extend(self.whole(column, most).map(|bound| (limit, bound)));
        }
        let of = |limit| limits.iter().find(|(known, _)| *known == limit).map(|(_, bound)| *bound);
        if let (Some(min), Some(max)) = (of(Limit::MinAge), of(Limit::MaxAge))
            && max < min
        {
            self.fault(RowError::of(KnownColumn::MaxAge, &max.to_string(), &format!("it is below min_age, {min}")));
            limits.retain(|(limit, _)| !matches!(limit, Limit::MinAge | Limit::MaxAge));
        }
        limits
    }

    /// A whole number, at most `most`.
    pub(crate) fn whole(&mut self, column: KnownColumn, most: u32) -> Option<u32> {
        let text = self.text(column)?;
        let number = csv_cell::count(text);
        let fault = match number {
            None => {
                RowError::of(column, text, "it is not a whole number").with_hint("write digits without a unit".to_owned())
            }
            Some(number) if number > most => RowError::of(column, text, &format!("it is more than {most}")),
            Some(_) => return number,
        };
        self.fault(fault);
        None
    }

    pub(crate) fn languages(&mut self) -> Option<Vec<String>> {
        let mut codes: Vec<String> = Vec::new();
        for (part, text) in self.texts(KnownColumn::Languages) {
            if let Some(code) = languages::code(text) {
                codes.push(code.to_owned());
                continue;
            }
            let advice = did_you_mean(&languages::alike(text));
            let advice = advice.unwrap_or_else(|| "write an ISO 639-1 code such as es, or the English name".to_owned());
            let fault = RowError::of(KnownColumn::Languages, text, "there is no such language").with_hint(advice);
            self.fault(RowError { part: Some(part), ..fault });
        }
        codes.sort();
        codes.dedup();
        Some(codes).filter(|codes| !codes.is_empty())
    }

    /// The groups of people it is for, each once; nothing where it is for everybody.
    pub(crate) fn serves(&mut self) -> Vec<ServedGroup> {
        let mut groups = Vec::new();
        for (part, text) in self.texts(KnownColumn::Serves) {
            if let Some(group) = ServedGroup::ALL.into_iter().find(|group| group.code().eq_ignore_ascii_case(text)) {
                groups.push(group);
                continue;
            }
            let codes = ServedGroup::ALL.map(ServedGroup::code);
            let advice =
                did_you_mean(&nearest(text, codes, 3)).unwrap_or_else(|| format!("it is one of {}", codes.join(", ")));
            let fault = RowError::of(KnownColumn::Serves, text, "there is no such group of people").with_hint(advice);
            self.fault(RowError { part: Some(part), ..fault });
        }
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    pub(crate) fn only_sex(&mut self) -> Option<Sex> {
        let text = self.text(KnownColumn::OnlySex)?;
        let sex = [Sex::Female, Sex::Male].into_iter().find(|sex| sex.code().eq_ignore_ascii_case(text));
        if sex.is_none() {
            let advice = "leave it empty if both are accepted".to_owned();
            self.fault(RowError::of(KnownColumn::OnlySex, text, "it is neither female nor male").with_hint(advice));
        }
        sex
    }
}

/// The codes of the most similar needs, compared by code and by label.
fn alike(text: &str) -> Option<String> {
    let labelled = |label: &&str| Need::all().find(|need| need.label() == *label).map(Need::code);
    let by_label: Vec<&str> = nearest(text, Need::all().map(Need::label), 3).iter().filter_map(labelled).collect();
    let by_code = nearest(text, Need::all().map(Need::code), 3);
    let others = by_label.iter().filter(|code| !by_code.contains(code));
    let codes: Vec<&str> = by_code.iter().chain(others).copied().take(3).collect();
    did_you_mean(&codes)
}
