//! An update for a payer as a tagged PDF, with the letterhead of the hospital.

use crate::choice_list::document::{BlankField, ListBlock, ListDocument, ListSection, ProviderEntry, SectionKind};
use crate::choice_list::language::Language;
use crate::screens::ScreenEntry;
use crate::screens::judgment::ScreenStatus;
use crate::serve::choice_lists::pdf;
use crate::serve::http::problem::Problem;
use crate::serve::payer_updates::content::{AskedOption, NOTICE, PayerUpdate, moment};
use crate::serve::state::AppState;

/// `update` as PDF.
///
/// # Errors
/// It cannot be written.
pub(crate) fn written(app: &AppState, update: &PayerUpdate) -> Result<Vec<u8>, Problem> {
    let paper = paper(update);
    let picture = app.hospital.logo.as_ref().and_then(|logo| app.letterhead.picture(logo).ok());
    pdf::written(&paper, &pdf::laid_out(&paper)?, picture, update.now.date())
}

fn paper(update: &PayerUpdate) -> ListDocument {
    let text = |text: String| vec![ListBlock::Text(text)];
    let rules = |status| {
        let rules: Vec<ProviderEntry> = update.with_status(status).map(rule).collect();
        if rules.is_empty() { text("None.".to_owned()) } else { vec![ListBlock::Places(rules)] }
    };
    let section =
        |title: &str, blocks| ListSection { kind: SectionKind::Places, service: None, title: title.to_owned(), blocks };
    let options = match &update.options {
        None => text("Not listed: no referral request was named.".to_owned()),
        Some(options) if options.is_empty() => text("None.".to_owned()),
        Some(options) => vec![ListBlock::Places(options.iter().map(option).collect())],
    };
    let blank = |label: &str| BlankField { label: label.to_owned(), is_large: false };
    ListDocument {
        language: Language::English,
        title: "Update for the payer".to_owned(),
        watermark: None,
        notices: vec![(Language::English, NOTICE.to_owned())],
        head: update.about().into_iter().map(|(name, value)| format!("{name}: {value}")).collect(),
        sections: vec![
            ListSection {
                kind: SectionKind::Record,
                service: None,
                title: "Filled in by staff".to_owned(),
                blocks: vec![ListBlock::Blanks(vec![
                    blank("Reference number of the payer"),
                    blank("Name and telephone of the sender"),
                ])],
            },
            section("Why this level of care", text(update.summary())),
            section("Rules that are met, as entered", rules(ScreenStatus::Met)),
            section("Rules that are not met, as entered", rules(ScreenStatus::NotMet)),
            section("Not known", rules(ScreenStatus::Unknown)),
            section("Providers that were asked", options),
        ],
        again: Vec::new(),
        foot: format!("Written {}. Directory {}. Names no patient.", moment(&update.now), update.generation),
    }
}

fn rule(entry: &ScreenEntry) -> ProviderEntry {
    let mut lines = vec![entry.why.clone().into()];
    lines.extend(entry.asks.iter().map(|ask| format!("Asked: {ask}").into()));
    lines.push(format!("{}; {}", entry.rule.citation, entry.review).into());
    ProviderEntry { name: entry.question.clone(), lines }
}

fn option(option: &AskedOption) -> ProviderEntry {
    let lines = vec![
        format!("Asked {}.", moment(&option.asked_at)).into(),
        format!("{}. Since {}.", option.result(), moment(&option.changed_at)).into(),
    ];
    ProviderEntry { name: option.name.clone(), lines }
}
