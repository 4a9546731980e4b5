//! The chance that a referral succeeds, with the counts it is made from. For staff: it never stands on a patient's list.

use crate::matching::chance::UsualShare;
use crate::matching::referral_chance::QuestionChance;
use crate::matching::report::Match;
use crate::profile::Fraction;
use crate::provider::ReferralStats;
use crate::provider::answer_record::{AnswerCounts, AnswerRecord, ClassOutcomes};
use crate::text::count_text::counted;

/// "2.5%", "64%".
pub(crate) fn percent(share: Fraction) -> String {
    percent_of(share.value())
}

/// A chance as "64%", and from 95 % on as "over 95%": no referral is certain.
pub(crate) fn chance_percent(chance: Fraction) -> String {
    if chance.millionths() > 950_000 { "over 95%".to_owned() } else { percent(chance) }
}

/// A share from 0 to 1 as "2.5%": one decimal, none where it is zero.
pub(crate) fn percent_of(share: f64) -> String {
    let tenths = format!("{:.1}", share * 100.0);
    format!("{}%", tenths.strip_suffix(".0").unwrap_or(&tenths))
}

/// "Chance 1.3% x score 55.8 = 0.7".
pub(crate) fn worth(found: &Match) -> String {
    let (chance, score, worth) = (chance_percent(found.chance.chance), found.score.value(), found.worth.value());
    format!("Chance {chance} × score {score:.1} = {worth:.1}")
}

/// Each part of the chance with its counts: "Ventilator, long-term: asked 3 times, 2 yes; usual yes 2.5% (CMS-671 of late 2025: …); chance
/// 34.2%", then "Room: asked 6 times, had room 4; usual yes 50% (our choice);
/// chance 62.5%".
pub(crate) fn likelihood(found: &Match) -> Vec<String> {
    let chance = &found.chance;
    let room = if chance.room == Fraction::ONE {
        "Room: stated for that date".to_owned()
    } else {
        let own = match chance.room_counts.asked {
            0 => "not asked in 90 days".to_owned(),
            _ => room_record(chance.room_counts),
        };
        format!("Room: {own}; {}; chance {}", usual(&chance.usual_room), chance_percent(chance.room))
    };
    chance.questions.iter().map(question).chain([room]).collect()
}

fn question(question: &QuestionChance) -> String {
    let own = match question.counts.asked {
        0 => "no answers recorded".to_owned(),
        _ => need_record(question.counts),
    };
    let chance = chance_percent(question.share);
    format!("{}: {own}; {}; chance {chance}", question.asked.label(), usual(&question.usual))
}

/// "usual yes 60% (9 of 14 answers)".
fn usual(usual: &UsualShare) -> String {
    let source = match (usual.source, usual.counts) {
        (Some(source), _) => source.to_owned(),
        (None, AnswerCounts { asked: 0, .. }) => "our choice".to_owned(),
        (None, counts @ AnswerCounts { yes, asked, .. }) => {
            format!("{yes} of {asked} answers of all providers{}", old(counts))
        }
    };
    format!("usual yes {} ({source})", percent(usual.share))
}

/// "asked 3 times, 2 yes", "asked 7 times, 5 yes (3 of them over 180 days ago: they count half)".
pub(crate) fn need_record(counts: AnswerCounts) -> String {
    format!("asked {}, {} yes{}", times(counts.asked), counts.yes, old(counts))
}

/// "asked 9 times, had room 7".
pub(crate) fn room_record(counts: AnswerCounts) -> String {
    format!("asked {}, had room {}{}", times(counts.asked), counts.yes, old(counts))
}

/// How many of the answers count half; nothing if none does.
fn old(counts: AnswerCounts) -> String {
    match (counts.old_asked, counts.asked) {
        (0, _) => String::new(),
        (1, 1) => " (over 180 days ago: it counts half)".to_owned(),
        (1, _) => " (1 of them over 180 days ago: it counts half)".to_owned(),
        (old, asked) if old == asked => " (all over 180 days ago: they count half)".to_owned(),
        (old, _) => format!(" ({old} of them over 180 days ago: they count half)"),
    }
}

fn times(count: u32) -> String {
    counted(u64::from(count), "time")
}

/// What is recorded of one service line, to read: its referrals, its room and its answers to needs.
pub(crate) fn recorded(record: &AnswerRecord) -> Vec<String> {
    let room = (record.room.asked > 0).then(|| format!("Room: {} (90 days)", room_record(record.room)));
    let needs = record.needs.iter().map(|(need, counts)| format!("{}: {}", need.label(), need_record(*counts)));
    room.into_iter().chain(needs).collect()
}

/// Recent referrals: "Accepted 4 of 6 referrals (90 days)", and of each class of payers with enough: "Medicare Advantage 9 of 12".
pub(crate) fn outcomes(outcomes: &ReferralStats) -> String {
    let ReferralStats { took, asked, days, by_class } = outcomes;
    let class = |of: &ClassOutcomes| format!("; {} {} of {}", of.payer_class.label(), of.took, of.asked);
    let classes: String = by_class.iter().map(class).collect();
    format!("Accepted {took} of {asked} referrals ({days} days){classes}")
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

    #[test]
    fn no_chance_is_shown_as_certain() {
        for (chance, shown) in [(1.0, "over 95%"), (0.9996, "over 95%"), (0.95, "95%"), (0.776, "77.6%")] {
            assert_eq!(chance_percent(Fraction::new(chance)), shown);
        }
    }

    #[test]
    fn counts_are_said_with_what_is_usual() {
        let counts = |yes, asked| AnswerCounts { yes, asked, ..AnswerCounts::default() };
        let usual = UsualShare { share: Fraction::new(0.6), source: None, counts: counts(6, 10) };
        let asked = crate::matching::requirement::Requirement::Need("resp.vent".parse().unwrap());
        let said = question(&QuestionChance { asked, share: Fraction::new(0.64), counts: counts(2, 3), usual });
        assert!(
            said.contains("asked 3 times, 2 yes; usual yes 60% (6 of 10 answers of all providers); chance 64%"),
            "{said}"
        );
        assert_eq!(room_record(counts(0, 1)), "asked 1 time, had room 0");
        for (asked, old, says) in [
            (7, 0, "asked 7 times, 1 yes"),
            (7, 1, "asked 7 times, 1 yes (1 of them over 180 days ago: it counts half)"),
            (7, 3, "asked 7 times, 1 yes (3 of them over 180 days ago: they count half)"),
            (7, 7, "asked 7 times, 1 yes (all over 180 days ago: they count half)"),
            (1, 1, "asked 1 time, 1 yes (over 180 days ago: it counts half)"),
        ] {
            assert_eq!(need_record(AnswerCounts { yes: 1, asked, old_yes: 0, old_asked: old }), says);
        }
    }

    #[test]
    fn a_class_of_payers_with_enough_referrals_is_said_by_itself() {
        let class = ClassOutcomes { payer_class: crate::coverage::payer_class::PayerClass::Medicaid, took: 3, asked: 11 };
        let known = ReferralStats { took: 9, asked: 20, days: 90, by_class: [class].into() };
        assert_eq!(outcomes(&known), "Accepted 9 of 20 referrals (90 days); Medicaid 3 of 11");
    }
}
