//! Why a list is a draft and must not be filed yet.

use crate::choice_list::ChoiceList;
use crate::choice_list::language::Language;
use crate::hospital::{Hospital, HospitalKind};

/// A reason why a list is a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DraftReason {
    /// No person has reviewed the texts of the list's language.
    WordsNotReviewed,
    /// A translation of the notice of language help has not been reviewed.
    NoticeNotReviewed,
    /// The hospital has not stated its financial interests.
    InterestsNotStated,
    /// No person has reviewed the teaching sheets behind it.
    SheetNotReviewed,
    /// It has only selected providers, because the full list would be too long.
    SelectionOnly,
}

impl DraftReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::WordsNotReviewed,
        Self::NoticeNotReviewed,
        Self::InterestsNotStated,
        Self::SheetNotReviewed,
        Self::SelectionOnly,
    ];

    /// The name the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::WordsNotReviewed => "words_not_reviewed",
            Self::NoticeNotReviewed => "notice_not_reviewed",
            Self::InterestsNotStated => "interests_not_stated",
            Self::SheetNotReviewed => "sheet_not_reviewed",
            Self::SelectionOnly => "selection_only",
        }
    }

    /// The reasons that apply to `list`.
    pub fn of(list: &ChoiceList<'_>) -> Vec<Self> {
        let applies = |reason: &Self| match reason {
            Self::WordsNotReviewed => !list.language.reviewed(),
            Self::NoticeNotReviewed => !are_notices_reviewed(list.hospital),
            // The rules of a critical access hospital have no paragraph on interests.
            Self::InterestsNotStated => {
                list.hospital.kind == HospitalKind::Acute && !list.hospital.states_interests() && !list.interests_elsewhere
            }
            Self::SheetNotReviewed => list.sheets().any(|sheet| sheet.reviewed_on().is_none()),
            Self::SelectionOnly => list.services.iter().any(|choices| !choices.is_whole()),
        };
        Self::ALL.into_iter().filter(applies).collect()
    }
}

/// Whether each text of the notice, built in or the hospital's, was reviewed.
fn are_notices_reviewed(hospital: &Hospital) -> bool {
    Language::ALL.into_iter().all(Language::reviewed) && hospital.language_notices.iter().all(|n| n.reviewed.is_some())
}
