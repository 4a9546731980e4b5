//! The chance that a referral succeeds, with the counts it is made from. For staff: it never stands on a patient's list.

use crate::matching::chance::room_chance;
use crate::matching::referral_chance::QuestionChance;
use crate::matching::report::Match;
use crate::profile::Fraction;

/// "2.5%", "64%".
pub(crate) fn percent(share: Fraction) -> String {
    percent_of(share.value())
}

/// A share from 0 to 1 as "2.5%": one decimal, none where it is zero.
pub(crate) fn percent_of(share: f64) -> String {
    let tenths = format!("{:.1}", share * 100.0);
    format!("{}%", tenths.strip_suffix(".0").unwrap_or(&tenths))
}

/// "Chance 1.3% x score 55.8 = 0.7".
pub(crate) fn worth(found: &Match) -> String {
    let (chance, score, worth) = (percent(found.chance.chance), found.score.value(), found.worth.value());
    format!("Chance {chance} × score {score:.1} = {worth:.1}")
}

/// Each part of the chance with its counts: "Ventilator, long-term: no answers recorded; usual yes 2.5% (CMS-671 of late 2025: …)", then "Room:
/// asked 6 times, had room 4; usual yes 50%".
pub(crate) fn likelihood(found: &Match) -> Vec<String> {
    let chance = &found.chance;
    let room = match (chance.room == Fraction::ONE, chance.room_counts) {
        (true, _) => "Room: stated for that date".to_owned(),
        (false, (_, 0)) => format!("Room: too few referrals known; usual yes {}", percent(room_chance(None))),
        (false, (had_room, asked)) => {
            format!("Room: asked {asked} times, had room {had_room}; usual yes {}", percent(room_chance(None)))
        }
    };
    chance.questions.iter().map(question).chain([room]).collect()
}

/// No answers of single needs are recorded yet, so a usual share stands alone.
fn question(question: &QuestionChance) -> String {
    let source = question.source.map_or_else(|| "our choice".to_owned(), str::to_owned);
    format!("{}: no answers recorded; usual yes {} ({source})", question.asked.label(), percent(question.usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percents_with_a_decimal_only_where_it_says_something() {
        for (share, shown) in [(0.025, "2.5%"), (0.64, "64%"), (1.0, "100%"), (0.0126, "1.3%"), (0.0, "0%")] {
            assert_eq!(percent_of(share), shown);
        }
    }
}
