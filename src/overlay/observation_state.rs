//! Whether an observation counts, and why not.

use crate::overlay::LiveDirectory;
use crate::statements::observation::{Observation, ObservedAnswer};

/// Whether an observation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservationState {
    /// It counts.
    Holds,
    /// Its last day is past, or an accepted referral has taken the room.
    Over,
    /// A later answer to the same question replaces it.
    Replaced,
    /// It was withdrawn.
    Withdrawn,
    /// It decides nothing: nobody answered, or it is a withdrawal.
    HistoryOnly,
    /// The directory does not list the provider or the service.
    WithoutEffect,
}

impl ObservationState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Holds, Self::Over, Self::Replaced, Self::Withdrawn, Self::HistoryOnly, Self::WithoutEffect];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Over => "over",
            Self::Replaced => "replaced",
            Self::Withdrawn => "withdrawn",
            Self::HistoryOnly => "history_only",
            Self::WithoutEffect => "without_effect",
        }
    }

    /// The state of `heard` among the records of its provider.
    pub fn of(served: &LiveDirectory, heard: &Observation) -> Self {
        let Some(until) = heard.holds_until() else { return Self::HistoryOnly };
        let own = served.base().provider_of(&heard.provider);
        let records = own.as_ref().map(|own| served.observations_of(&own.id)).unwrap_or_default();
        // A hospital withdraws what it heard itself.
        let decides = |known: &&&std::sync::Arc<Observation>| {
            let is_of_another = known.hospital != heard.hospital && known.answer == ObservedAnswer::Withdrawn;
            known.is_about_same(heard) && !is_of_another
        };
        let later = records.iter().skip_while(|known| known.id != heard.id).skip(1).find(decides);
        match later.map(|later| later.answer) {
            Some(ObservedAnswer::Withdrawn) => return Self::Withdrawn,
            Some(_) => return Self::Replaced,
            None => {}
        }
        if own.is_none_or(|own| own.line(heard.service).is_none()) {
            return Self::WithoutEffect;
        }
        if until < served.today() || served.is_room_taken(heard) { Self::Over } else { Self::Holds }
    }
}
