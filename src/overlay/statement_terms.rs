//! Until when the statements of each provider stand: what a hospital is reminded of.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::overlay::LiveDirectory;
use crate::overlay::provider_directory::ProviderDirectory;
use crate::provider::ProviderId;

/// How many days before its end a statement counts as ending soon. Our choice: two weeks leave time
/// for a call.
pub const REMIND_DAYS: i32 = 14;

/// How long the statements of one provider stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTerm {
    /// The provider, by its id in the directory.
    pub provider: ProviderId,
    /// The day of its newest statement.
    pub said_on: Date,
    /// The last day of the first of its statements to end; `None` if it states only room.
    pub ends_on: Option<Date>,
    /// The last day for which it states room or none; `None` if it never did.
    pub room_until: Option<Date>,
    /// Whether somebody should ask it to confirm.
    pub state: TermState,
}

/// Whether statements stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermState {
    /// At least one has ended.
    Expired,
    /// At least one ends within [`REMIND_DAYS`].
    EndsSoon,
    /// All stand for longer.
    Current,
}

impl TermState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Expired, Self::EndsSoon, Self::Current];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::EndsSoon => "ends_soon",
            Self::Current => "current",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Expired => "Expired",
            Self::EndsSoon => "Expires soon",
            Self::Current => "Current",
        }
    }

    /// The state on `today` of what ends on `ends_on`.
    fn of(ends_on: Date, today: Date) -> Self {
        if ends_on < today {
            Self::Expired
        } else if ends_on < today.saturating_add(REMIND_DAYS.days()) {
            Self::EndsSoon
        } else {
            Self::Current
        }
    }
}

/// The term of what the provider with the directory id `own` states; `None` if it states nothing.
pub fn term_of<R: ProviderDirectory>(live: &LiveDirectory<R>, own: &ProviderId) -> Option<StatementTerm> {
    let availability = live.availability_of(own).filter(|said| !said.rooms.is_empty());
    let statements = live.statements_of(own);
    let room_until = availability.and_then(|said| said.rooms.iter().map(|room| room.until).max());
    let ends_on = statements.and_then(|said| {
        let needs = said.statements.iter().map(|said| said.expires_on);
        let services = said.details.services.iter().map(|details| details.expires_on);
        needs.chain(services).chain(said.details.admissions.map(|line| line.expires_on)).min()
    });
    let days = [availability.map(|said| said.said_on), statements.filter(|_| ends_on.is_some()).map(|said| said.said_on)];
    let said_on = days.into_iter().flatten().max()?;
    // Room is stated for a few days at a time: that it ends is no reason for a reminder, that it has ended is.
    let of_room = room_until.map(|until| if until < live.today() { TermState::Expired } else { TermState::Current });
    let state = ends_on.map(|ends_on| TermState::of(ends_on, live.today()));
    let state = state.into_iter().chain(of_room).min().unwrap_or(TermState::Current);
    Some(StatementTerm { provider: own.clone(), said_on, ends_on, room_until, state })
}

/// The terms of all providers that state something, the first to end first.
pub fn all_terms<R: ProviderDirectory>(live: &LiveDirectory<R>) -> Vec<StatementTerm> {
    let mut terms: Vec<StatementTerm> = live.overlaid_providers().into_iter().filter_map(|own| term_of(live, own)).collect();
    terms.sort_by(|a, b| {
        (a.state, a.ends_on.or(a.room_until), &a.provider).cmp(&(b.state, b.ends_on.or(b.room_until), &b.provider))
    });
    terms
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_statement_ends_soon_in_its_last_two_weeks_and_has_expired_after_its_last_day() {
        let today = date(2026, 11, 21);
        for (ends_on, state) in [
            (date(2026, 11, 20), TermState::Expired),
            (today, TermState::EndsSoon),
            (date(2026, 12, 4), TermState::EndsSoon),
            (date(2026, 12, 5), TermState::Current),
        ] {
            assert_eq!(TermState::of(ends_on, today), state, "{ends_on}");
        }
    }
}
