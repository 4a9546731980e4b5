//! The answer page: the question as chips, and a section for each level of care.

use askama::Template;

use crate::catalog::Catalog;
use crate::discharge::Discharge;
use crate::matching::report::{FitTier, Match, Report};
use crate::need_words::phone_questions::PhoneQuestions;
use crate::phrases;
use crate::screens::ScreenEntry;
use crate::serve::pages::answer::chips::{QuestionChip, chips};
use crate::serve::pages::answer::screens::ScreenTable;
use crate::serve::pages::answer::section::AnswerSection;
use crate::serve::pages::answer::suggestions::meant_needs;
use crate::serve::pages::answer::tiers::FitLabels;
use crate::serve::pages::ask::errors::{HiddenField, hidden, hidden_with_ticks};
use crate::serve::pages::ask::fields::FormFields;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::map;
use crate::serve::pages::map::MapDrawing;
use crate::serve::pages::map::pins::MapPin;
use crate::serve::state::AppState;
use crate::text::count_text::counted;

pub(crate) mod chips;
pub(crate) mod line;
pub(crate) mod screens;
pub(crate) mod section;
pub(crate) mod selection;
pub(crate) mod suggestions;
pub(crate) mod tiers;

/// The question and its answer.
#[derive(Debug, Template)]
#[template(path = "answer.html", config = "src/serve/askama.toml")]
pub(crate) struct AnswerPage {
    frame: PageFrame,
    fields: FormFields,
    /// The question in one line.
    question: String,
    chips: Vec<QuestionChip>,
    /// The form that the buttons of the chips send: that of the selection, or with several levels of care one of its own.
    chip_form: &'static str,
    /// The whole question and the selection, if the chips have a form of their own.
    whole: HiddenField,
    /// Where to begin, with several levels of care.
    limiting: Option<String>,
    sections: Vec<AnswerSection>,
    built: String,
    map: Option<MapDrawing>,
    map_says: String,
    /// The question for checking one provider.
    hidden: HiddenField,
    /// The text of the provider field: empty here.
    provider: &'static str,
    provider_wrong: bool,
    /// Whether the answer about one provider opens in a new tab.
    beside: bool,
}

impl AnswerPage {
    /// The page of `reports`, which answer `form` from `catalog`, with the rules about the level of care of each.
    pub(crate) fn new(
        app: &AppState,
        catalog: &Catalog,
        form: &SubmittedForm,
        reports: &[Report],
        screens: &[Vec<ScreenEntry>],
        by_phone: &PhoneQuestions,
    ) -> Self {
        let first = form.with("cursor", "");
        let is_plan = reports.len() > 1;
        let mut sections: Vec<AnswerSection> =
            reports.iter().enumerate().map(|(at, report)| AnswerSection::new(catalog, form, reports, report, at)).collect();
        let has_needs = |report: &Report| !report.discharge.required.is_empty() || !report.discharge.preferred.is_empty();
        let is_unread = !by_phone.is_empty() && !reports.iter().any(has_needs);
        if is_unread {
            sections = sections.into_iter().zip(reports).map(|(section, report)| section.without_needs(report)).collect();
        }
        if let Some(section) = sections.first_mut() {
            section.steps.extend(meant_needs(&first));
        }
        for (section, entries) in sections.iter_mut().zip(screens) {
            section.screens = Some(ScreenTable::new(entries));
        }
        let discharges: Vec<&Discharge> = reports.iter().map(|report| &report.discharge).collect();
        let title = match &sections[..] {
            [one] => one.title.clone(),
            several => format!("{} levels of care", several.len()),
        };
        // One map would mix the ranks of several answers.
        let (map, map_says) = match reports {
            [report] => drawn(report, is_unread),
            _ => (None, String::new()),
        };
        let question = reports.iter().map(|report| phrases::question(&report.discharge)).collect::<Vec<_>>().join(" + ");
        let chips_stand_alone = is_plan || !sections.first().is_some_and(AnswerSection::picks);
        Self {
            frame: PageFrame::new(app, Some(catalog), SiteSection::Ask, title),
            fields: FormFields::of(&first, &[], Some(catalog)),
            question,
            chips: chips(&first, &discharges, by_phone),
            chip_form: if chips_stand_alone { "whole" } else { "picks" },
            whole: if chips_stand_alone { hidden_with_ticks(&first) } else { Vec::new() },
            limiting: phrases::service_plan::limiting(reports.iter()),
            sections,
            built: phrases::built(catalog.manifest(), (app.now)().timestamp()),
            map,
            map_says,
            hidden: hidden(&first),
            provider: "",
            provider_wrong: false,
            beside: true,
        }
    }

    /// Whether the map shows the provider of that rank.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the template passes a reference")]
    fn is_on_map(&self, rank: &u32) -> bool {
        self.map.as_ref().is_some_and(|map| map.shows(*rank))
    }

    /// Whether several levels of care were asked for.
    fn is_plan(&self) -> bool {
        self.sections.len() > 1
    }
}

/// The map of the matches on this page, and its caption; `is_unread` if no typed need was understood.
fn drawn(report: &Report, is_unread: bool) -> (Option<MapDrawing>, String) {
    let Discharge { near, within, .. } = &report.discharge;
    let labels = |fit| {
        if is_unread { FitLabels::without_needs(fit, &report.discharge) } else { FitLabels::of(fit, &report.discharge) }
    };
    let pin = |found: &Match| {
        let point = found.provider.position.as_ref()?.value.point;
        Some(MapPin {
            rank: found.rank,
            name: phrases::name(&found.provider),
            fit: if is_unread && found.fit.meets_requirements() { FitTier::AskProvider } else { found.fit },
            fit_label: labels(found.fit).label,
            point,
        })
    };
    let pins: Vec<MapPin> = report.matches.iter().filter_map(pin).collect();
    let missing = report.matches.len() - pins.len();
    let mut says =
        format!("Numbers are ranks and lead to the rows; the cross is ZIP {}. The table has the same information.", near.zip);
    if missing > 0 {
        let unplaced = counted(missing as u64, "provider");
        says = format!("{says} Not on the map: {unplaced} with location unknown.");
    }
    (map::draw(near.point, *within, &pins), says)
}
