//! The words of a plan of several services.

use jiff::civil::Date;

use crate::matching::bundle::{CommonStart, START_DAYS, ServiceStart, weakest};
use crate::matching::report::Report;
use crate::phrases::tiers::best_tier;
use crate::service::Service;
use crate::service_plan::coverage_map::CoverageRow;
use crate::service_plan::coverage_table::CoverageAnswer;
use crate::service_plan::legal_concern::ConcernId;
use crate::service_plan::money::Cents;
use crate::service_plan::worksheet::{Alternative, Commitment, PartyTotal, Worksheet, WorksheetItem};
use crate::text::count_text::counted;
use crate::text::us_date::us_date;

/// The service with the fewest providers that meet the requirements; `None` for one service.
pub(crate) fn limiting<'a>(reports: impl Iterator<Item = &'a Report> + Clone) -> Option<String> {
    let service = weakest(reports.clone()).filter(|_| reports.clone().count() > 1)?;
    let report = reports.into_iter().find(|report| report.discharge.service == service)?;
    let best = best_tier(report).unwrap_or_else(|| "no provider found".to_owned());
    Some(format!("Limiting level of care: {} ({best}). Begin there.", service.label()))
}

/// When one service can begin.
pub(crate) fn start(start: &ServiceStart) -> String {
    let silent = match start.silent {
        0 => String::new(),
        count => format!("; {} to ask", counted(count.into(), "more provider")),
    };
    match (start.stated, start.first_day()) {
        (0, _) if start.silent == 0 => "No covered provider was found.".to_owned(),
        (0, _) => "No day is stated: ask.".to_owned(),
        (stated, Some(day)) => format!("From {}, as stated by {}{silent}.", us_date(day), counted(stated.into(), "provider")),
        (_, None) => format!("No day within {START_DAYS} days is stated{silent}."),
    }
}

/// When all services can begin.
pub(crate) fn common_start(start: &CommonStart, services: usize) -> String {
    let names = |services: &[Service]| services.iter().map(|service| service.label()).collect::<Vec<_>>().join(" and ");
    if !start.without_provider.is_empty() {
        return format!("No common start day: no covered provider was found for {}.", names(&start.without_provider));
    }
    let ask = match &start.to_ask[..] {
        [] => String::new(),
        silent => format!(" No day is stated for {}: ask.", names(silent)),
    };
    match start.first_day() {
        _ if start.to_ask.len() == services => format!("First common start day: not known.{ask}"),
        Some(day) => format!("First common start day: {}, by what providers state.{ask}", us_date(day)),
        None => format!("No common start day within {START_DAYS} days, by what providers state.{ask}"),
    }
}

/// The benefit of a row of the coverage map: "Part D (perhaps)".
pub(crate) fn paid_by(row: &CoverageRow) -> String {
    let entry = row.entry;
    match entry.answer {
        CoverageAnswer::Ask => entry.paid_by.label().to_owned(),
        answer => format!("{} ({})", entry.paid_by.label(), answer.label()),
    }
}

/// Where a row of the coverage map comes from, and whether a person reviewed it.
pub(crate) fn source(citation: &str, effective: Date, review: &str) -> String {
    format!("{citation}; written for days from {} on; {review}", us_date(effective))
}

/// An item of the worksheet: "IV drug, ceftriaxone 2 g daily".
pub(crate) fn item(item: &WorksheetItem) -> String {
    match &item.label {
        Some(label) => format!("{}: {label}", item.item.label()),
        None => item.item.label().to_owned(),
    }
}

/// What a commitment is: "reduces its price", "pays (Infusion pump)", "pays; not a covered benefit".
pub(crate) fn commitment(line: &Commitment) -> String {
    let purpose = line.item.map(|item| format!(" ({})", item.label())).unwrap_or_default();
    let outside = if line.outside_benefit { "; not a covered benefit" } else { "" };
    format!("{}{purpose}{outside}", line.kind.label())
}

/// Whether a commitment is agreed.
pub(crate) fn agreement(line: &Commitment) -> &'static str {
    match (line.agreed, line.compliance_signed) {
        (true, true) => "Agreed; compliance has signed",
        (true, false) => "Agreed",
        (false, _) if line.lacks_signature() => "Not agreed; compliance must sign first",
        (false, true) => "Not agreed; compliance has signed",
        (false, false) => "Not agreed",
    }
}

/// Whether all that one party committed is agreed.
pub(crate) fn party_agreement(total: PartyTotal) -> String {
    if total.is_agreed() {
        return "Agreed".to_owned();
    }
    match total.agreed {
        Cents::ZERO => "Not agreed".to_owned(),
        part => format!("Agreed in part: {part}"),
    }
}

/// What is left of a worksheet.
pub(crate) fn balance(sheet: &Worksheet) -> String {
    let (balance, open) = (sheet.balance(), sheet.not_agreed());
    let left = match balance {
        Cents::ZERO => "The worksheet balances: nothing is left to pay.".to_owned(),
        left if left > Cents::ZERO => format!("{left} is left to pay."),
        over => format!("{} more is committed than the items cost.", Cents::ZERO - over),
    };
    let agreed = match open {
        Cents::ZERO => " All of it is agreed.".to_owned(),
        open if open > Cents::ZERO => format!(" {open} is not agreed yet."),
        _ => String::new(),
    };
    format!("{left}{agreed}")
}

/// The alternative that the hospital states.
pub(crate) fn alternative(alternative: Alternative, sheet: &Worksheet) -> String {
    let days = counted(alternative.days.into(), "day");
    let difference = alternative.difference(sheet.total());
    let compared = match difference {
        Cents::ZERO => "as much as this plan".to_owned(),
        more if more > Cents::ZERO => format!("{more} more than this plan"),
        less => format!("{} less than this plan", Cents::ZERO - less),
    };
    format!(
        "The hospital states: {days} at {} a day, its own figure, is {}: {compared}.",
        alternative.cost_a_day,
        alternative.total()
    )
}

/// The concerns of law that lines of a worksheet have, each once: the sentence, and its source.
pub(crate) fn concerns(sheet: &Worksheet, today: Date) -> Vec<(&'static str, String)> {
    let has = |id: &ConcernId| sheet.commitments.iter().any(|line| line.concern() == Some(*id));
    let entries = ConcernId::ALL.into_iter().filter(has).filter_map(ConcernId::entry);
    entries
        .map(|concern| {
            let review = concern.review().words(today);
            (concern.says.as_str(), source(&concern.citation, concern.effective, &review))
        })
        .collect()
}
