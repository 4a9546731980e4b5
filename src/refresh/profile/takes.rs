//! What an entry says the provider takes: needs, limits, languages, sex.

use crate::care::{Limit, Need};
use crate::language;
use crate::likeness::{did_you_mean, nearest};
use crate::provider::Sex;
use crate::refresh::account::Refusal;
use crate::refresh::cell;
use crate::refresh::column::Column;

use super::Reading;

/// The field of each limit, and the largest number in it that means anything: our choice.
const LIMITS: [(Limit, Column, u32); 5] = [
    (Limit::MaxWeight, Column::MaxWeight, 2_000),
    (Limit::MinAge, Column::MinAge, 120),
    (Limit::MaxAge, Column::MaxAge, 120),
    (Limit::MaxDoses, Column::MaxDoses, 48),
    (Limit::CostCeiling, Column::MaxCost, 1_000_000),
];

impl Reading<'_> {
    /// The needs it says yes and no to; one it says both to is neither.
    pub(super) fn answers(&mut self) -> Vec<(Need, bool)> {
        let yes = self.needs(Column::NeedsYes);
        let no = self.needs(Column::NeedsNo);
        let both: Vec<Need> =
            no.iter().map(|(_, need)| *need).filter(|need| yes.iter().any(|(_, y)| y == need)).collect();
        for (part, need) in no.iter().filter(|(_, need)| both.contains(need)) {
            let fault = Refusal::of(Column::NeedsNo, need.code(), "needs_yes has it too, so it says nothing");
            self.fault(Refusal { part: Some(*part), ..fault });
        }
        let said = |needs: Vec<(usize, Need)>, says: bool| needs.into_iter().map(move |(_, need)| (need, says));
        said(yes, true).chain(said(no, false)).filter(|(need, _)| !both.contains(need)).collect()
    }

    /// The needs of a field, each once, with their places in it.
    fn needs(&mut self, column: Column) -> Vec<(usize, Need)> {
        let mut needs: Vec<(usize, Need)> = Vec::new();
        for (part, text) in self.texts(column) {
            let at = |fault: Refusal| Refusal { part: Some(part), ..fault };
            match text.parse::<Need>() {
                Err(_) => {
                    let fault = Refusal::of(column, text, "there is no such need").advised(alike(text));
                    self.fault(at(fault));
                }
                Ok(need) if needs.iter().any(|(_, known)| *known == need) => {
                    self.doubt(at(Refusal::of(column, text, "it stands here twice")));
                }
                Ok(need) => needs.push((part, need)),
            }
        }
        needs
    }

    pub(super) fn limits(&mut self) -> Vec<(Limit, u32)> {
        let mut limits: Vec<(Limit, u32)> = Vec::new();
        for (limit, column, most) in LIMITS {
            limits.extend(self.whole(column, most).map(|bound| (limit, bound)));
        }
        let of = |limit| limits.iter().find(|(known, _)| *known == limit).map(|(_, bound)| *bound);
        if let (Some(min), Some(max)) = (of(Limit::MinAge), of(Limit::MaxAge))
            && max < min
        {
            self.fault(Refusal::of(Column::MaxAge, &max.to_string(), &format!("it is below min_age, {min}")));
            limits.retain(|(limit, _)| !matches!(limit, Limit::MinAge | Limit::MaxAge));
        }
        limits
    }

    /// A whole number, at most `most`.
    pub(super) fn whole(&mut self, column: Column, most: u32) -> Option<u32> {
        let text = self.text(column)?;
        let number = cell::count(text);
        let fault = match number {
            None => {
                Refusal::of(column, text, "it is not a whole number").advised("write digits without a unit".to_owned())
            }
            Some(number) if number > most => Refusal::of(column, text, &format!("it is more than {most}")),
            Some(_) => return number,
        };
        self.fault(fault);
        None
    }

    pub(super) fn languages(&mut self) -> Option<Vec<String>> {
        let mut codes: Vec<String> = Vec::new();
        for (part, text) in self.texts(Column::Languages) {
            if let Some(code) = language::code(text) {
                codes.push(code.to_owned());
                continue;
            }
            let advice = did_you_mean(&language::alike(text));
            let advice = advice.unwrap_or_else(|| "write an ISO 639-1 code such as es, or the English name".to_owned());
            let fault = Refusal::of(Column::Languages, text, "there is no such language").advised(advice);
            self.fault(Refusal { part: Some(part), ..fault });
        }
        codes.sort();
        codes.dedup();
        Some(codes).filter(|codes| !codes.is_empty())
    }

    pub(super) fn only_sex(&mut self) -> Option<Sex> {
        let text = self.text(Column::OnlySex)?;
        let sex = [Sex::Female, Sex::Male].into_iter().find(|sex| sex.code().eq_ignore_ascii_case(text));
        if sex.is_none() {
            let advice = "leave it empty where both are taken".to_owned();
            self.fault(Refusal::of(Column::OnlySex, text, "it is neither female nor male").advised(advice));
        }
        sex
    }
}

/// The codes of the needs most like what somebody wrote, who may have written a label.
fn alike(text: &str) -> Option<String> {
    let labelled = |label: &&str| Need::all().find(|need| need.label() == *label).map(Need::code);
    let by_label: Vec<&str> = nearest(text, Need::all().map(Need::label), 3).iter().filter_map(labelled).collect();
    let by_code = nearest(text, Need::all().map(Need::code), 3);
    let others = by_label.iter().filter(|code| !by_code.contains(code));
    let codes: Vec<&str> = by_code.iter().chain(others).copied().take(3).collect();
    did_you_mean(&codes)
}
