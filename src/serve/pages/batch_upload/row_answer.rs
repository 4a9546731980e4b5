//! One question of a file: read like the search form, and answered in rows of the workbook.

use std::collections::BTreeSet;

use jiff::Zoned;

use crate::discharge::{Discharge, Notice};
use crate::input::errors::FieldError;
use crate::matching::report::Report;
use crate::need_words::typed_list::{decide_words, split_entries};
use crate::need_words::word_decision::WordDecision;
use crate::overlay::LiveDirectory;
use crate::provider::safety::ServedGroup;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::http::problem::Problem;
use crate::serve::pages::batch_upload::columns::QuestionColumn;
use crate::serve::pages::batch_upload::table::{QuestionRow, TableFault, UnreadPart};
use crate::serve::pages::export::table::{ExportCell, ExportTable};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::{FormError, sentence};
use crate::serve::pages::form_parsing::payer::SEARCH_ANYWAY;
use crate::serve::pages::form_parsing::{FormQuestion, asked, needs};
use crate::service::{Need, Service};
use crate::text::count_text::counted;
use crate::text::{fold_case, fold_words};
use crate::{phrases, query};

/// The code of the remark that a need is to be asked about by phone: it is listed among what was not understood.
const BY_PHONE: &str = "asked_by_phone";

/// The most faults that are listed for one row. Our choice: nobody corrects more at once.
const MOST_ROW_FAULTS: usize = 10;

/// What became of one question.
#[derive(Debug)]
pub(crate) struct RowAnswer {
    /// Its row in the file.
    pub row: u64,
    /// The question in one line, or what was typed if it has faults.
    pub question: String,
    /// How many providers were found and how many were excluded; `None` if the question was not answered.
    pub counts: Option<(u32, u32)>,
    /// How words were read, and remarks on the answer.
    pub remarks: Vec<String>,
    /// Why it was not answered.
    pub faults: Vec<TableFault>,
    /// Words that were not understood.
    pub unread: Vec<UnreadPart>,
    /// The providers, one row each, with the columns of an export.
    pub providers: Vec<Vec<ExportCell>>,
    /// For the metrics.
    pub summary: Option<AnswerSummary>,
}

impl RowAnswer {
    /// A question that was not answered because of `faults`.
    pub(crate) fn refused(row: &QuestionRow, faults: Vec<TableFault>) -> Self {
        let typed = row.cells.iter().map(|(column, cell)| format!("{}: {cell}", column.heading));
        Self {
            row: row.number,
            question: typed.collect::<Vec<_>>().join(" · "),
            counts: None,
            remarks: Vec::new(),
            faults,
            unread: Vec::new(),
            providers: Vec::new(),
            summary: None,
        }
    }
}

/// The answer to `row` with at most `usual` providers for each level of care, unless the row says how many.
pub(crate) fn answer_row(served: &LiveDirectory, row: &QuestionRow, usual: u32, now: &Zoned) -> RowAnswer {
    let read = form_of(row)
        .and_then(|form| asked(&form, served.base(), served.today()).map_err(|faults| faults_of(row, &form, faults)));
    let FormQuestion { question, remarks, .. } = match read {
        Ok(read) => read,
        Err(faults) => return RowAnswer::refused(row, faults),
    };
    let has_limit = !row.cell("limit").is_empty();
    let mut answer = RowAnswer::refused(row, Vec::new());
    let (mut questions, mut reports) = (Vec::new(), Vec::new());
    for discharge in question.discharges {
        let limit = if has_limit { discharge.limit } else { usual };
        let report = query::report(served, &Discharge { limit, list_left_out: false, ..discharge }, &[]);
        questions.push(phrases::question_dated(&report.discharge, phrases::iso_date));
        answer.providers.extend(ExportTable::of(&report, served.base().manifest(), now).rows);
        answer.remarks.extend(report.remarks.iter().map(|remark| remark.text.clone()));
        reports.push(report);
    }
    let excluded = |report: &Report| report.left_out.values().sum::<u32>();
    answer.counts = Some((reports.iter().map(Report::matched).sum(), reports.iter().map(excluded).sum()));
    answer.summary = Some(AnswerSummary::of(&reports));
    answer.question = questions.join(" + ");
    let is_shown = |remark: &&Notice| remark.code != BY_PHONE;
    answer.remarks.splice(0..0, remarks.iter().filter(is_shown).map(|remark| remark.text.clone()));
    keep_once(&mut answer.remarks);
    answer.unread = unread(row, &remarks);
    answer
}

/// Keeps each remark where it is first: several levels of care often have the same ones.
fn keep_once(remarks: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    remarks.retain(|remark| seen.insert(remark.clone()));
}

/// The needs that are not in the vocabulary.
fn unread(row: &QuestionRow, remarks: &[Notice]) -> Vec<UnreadPart> {
    let column = QuestionColumn::of_field("need_words").map_or("", |column| column.heading);
    let part = |remark: &Notice| UnreadPart { row: Some(row.number), column: column.to_owned(), what: remark.text.clone() };
    remarks.iter().filter(|remark| remark.code == BY_PHONE).map(part).collect()
}

/// The row as the fields of the form.
fn form_of(row: &QuestionRow) -> Result<SubmittedForm, Vec<TableFault>> {
    let (mut fields, mut faults) = (Vec::new(), Vec::new());
    for (column, cell) in &row.cells {
        let mut set = |name: &'static str, value: String| fields.push((name, value));
        match column.field {
            "service" => cell.split([';', ',', '+', '\n']).for_each(|typed| set("service", service(typed))),
            "need_words" => {
                let (codes, words): (Vec<&str>, Vec<&str>) =
                    split_entries(cell).into_iter().partition(|entry| entry.parse::<Need>().is_ok());
                for code in codes {
                    set("need", code.to_owned());
                }
                set("need_words", words.join(", "));
            }
            "prefer" => match preferred(cell) {
                Ok(needs) => needs.into_iter().for_each(|need| set("prefer", need.code().to_owned())),
                Err(wrong) => faults.extend(wrong),
            },
            "sex" => set("sex", sex(cell)),
            "eligible" => cell.split([';', ',', '\n']).for_each(|typed| set("eligible", group(typed))),
            SEARCH_ANYWAY => match fold_case(cell).as_str() {
                "yes" | "y" | "true" | "x" | "1" => set(SEARCH_ANYWAY, row.cell("coverage").to_owned()),
                "no" | "n" | "false" | "0" => {}
                _ => faults.push(FormError::of(SEARCH_ANYWAY, "Write yes, or leave the cell empty.")),
            },
            field => set(field, cell.clone()),
        }
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    match SubmittedForm::read(body.as_bytes()) {
        Ok(form) if faults.is_empty() => Ok(form),
        Ok(form) => Err(faults_of(row, &form, faults)),
        Err(Problem::Invalid(errors)) => {
            let of_field = |pointer: &str| QuestionColumn::of_field(pointer.trim_start_matches('/'));
            let fault = |error: &FieldError| TableFault {
                row: Some(row.number),
                column: of_field(&error.pointer).map_or("", |column| column.heading).to_owned(),
                detail: sentence(&error.detail),
                hint: error.hint.as_deref().map(sentence).unwrap_or_default(),
            };
            Err(errors.iter().map(fault).collect())
        }
        Err(problem) => Err(vec![TableFault { row: Some(row.number), ..TableFault::of_file(problem.title(), "") }]),
    }
}

/// The faults of the form as faults of the row: what the form offers as buttons is what to write.
fn faults_of(row: &QuestionRow, form: &SubmittedForm, faults: Vec<FormError>) -> Vec<TableFault> {
    let choices = needs::choices(form);
    let fault = |fault: FormError| {
        let field = fault.field.unwrap_or_default();
        let column = QuestionColumn::of_field(field);
        let (anyway, offers): (Vec<_>, Vec<_>) = fault.offers.into_iter().partition(|offer| offer.field == SEARCH_ANYWAY);
        let meanings = choices.iter().filter(|choice| choice.field == field).flat_map(|choice| {
            // The last option asks by phone; a table says so by another word.
            choice.options.iter().take(choice.options.len().saturating_sub(1)).map(|option| option.label.to_owned())
        });
        let offered: Vec<String> = offers.into_iter().map(|offer| offer.label).chain(meanings).collect();
        let mut hint: Vec<String> = fault.hint.into_iter().collect();
        if !offered.is_empty() {
            hint.push(format!("Write one of: {}.", offered.join("; ")));
        }
        if !anyway.is_empty() {
            hint.push("Or write yes in the column Search anyway, and verify coverage.".to_owned());
        }
        TableFault {
            row: Some(row.number),
            column: column.map_or("", |column| column.heading).to_owned(),
            detail: fault.detail,
            hint: hint.join(" "),
        }
    };
    let more = faults.len().saturating_sub(MOST_ROW_FAULTS) as u64;
    let mut told: Vec<TableFault> = faults.into_iter().take(MOST_ROW_FAULTS).map(fault).collect();
    if more > 0 {
        let detail = format!("And {}.", counted(more, "more fault"));
        told.push(TableFault { row: Some(row.number), ..TableFault::of_file(detail, "Correct those above first.") });
    }
    told
}

/// The code of a level of care that is written as its code or label; what was typed if there is none.
fn service(typed: &str) -> String {
    let folded = fold_words(typed);
    let is_it = |service: &Service| fold_words(service.label()) == folded || fold_words(service.code()) == folded;
    let known = Service::ALL.into_iter().find(is_it).or_else(|| abbreviated(&folded));
    known.map_or_else(|| typed.trim().to_owned(), |service| service.code().to_owned())
}

/// The level of care of an abbreviation that case managers use.
fn abbreviated(folded: &str) -> Option<Service> {
    Some(match folded {
        "snf" => Service::SkilledNursing,
        "irf" | "inpatient rehab" | "acute rehab" => Service::InpatientRehab,
        "ltac" | "ltach" | "ltch" => Service::LongTermAcute,
        "hh" | "home health care" => Service::HomeHealth,
        "dme" => Service::MedicalEquipment,
        "alf" => Service::AssistedLiving,
        _ => return None,
    })
}

/// The needs of a cell of preferred needs.
fn preferred(cell: &str) -> Result<Vec<Need>, Vec<FormError>> {
    let (mut needs, mut faults) = (Vec::new(), Vec::new());
    for entry in split_entries(cell) {
        if let Ok(need) = entry.parse::<Need>() {
            needs.push(need);
            continue;
        }
        for word in decide_words(entry) {
            match word.decision {
                WordDecision::Taken(need) => needs.push(need),
                _ => faults.push(
                    FormError::of("prefer", format!("\u{201c}{}\u{201d} is not the name of one need.", word.typed))
                        .hint("Write needs as they are under Browse all needs of the search form."),
                ),
            }
        }
    }
    if faults.is_empty() { Ok(needs) } else { Err(faults) }
}

fn sex(typed: &str) -> String {
    match fold_case(typed).as_str() {
        "f" | "female" => "female".to_owned(),
        "m" | "male" => "male".to_owned(),
        _ => typed.to_owned(),
    }
}

/// The code of a group that some places are only for, which may be written in the words of the form.
fn group(typed: &str) -> String {
    let folded = fold_case(typed);
    let groups = [ServedGroup::Veterans, ServedGroup::Religious, ServedGroup::Residents];
    let is_it = |group: &ServedGroup| {
        [group.code(), phrases::belongs_to(*group)].iter().any(|name| name.eq_ignore_ascii_case(&folded))
    };
    groups.into_iter().find(is_it).map_or_else(|| typed.trim().to_owned(), |group| group.code().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::pages::batch_upload::table::read_table;

    fn form(headings: &str, cells: &str) -> Result<String, Vec<String>> {
        let table = read_table(format!("{headings}\n{cells}\n").as_bytes()).unwrap();
        let form =
            form_of(&table.rows[0]).map_err(|faults| faults.into_iter().map(|fault| fault.column).collect::<Vec<_>>())?;
        Ok(form.question().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn each_remark_is_kept_once() {
        let mut remarks = ["far", "old", "far", "new", "old"].map(str::to_owned).to_vec();
        keep_once(&mut remarks);
        assert_eq!(remarks, ["far", "old", "new"]);
    }

    #[test]
    fn cells_are_read_as_people_and_programs_write_them() {
        for (headings, cells, fields) in [
            ("ZIP,service", "64108,SNF", "near=64108 service=skilled_nursing"),
            ("ZIP,service", "64108,Home health; home_infusion", "near=64108 service=home_health service=home_infusion"),
            ("ZIP,service,sex", "64108,hospice at home,F", "near=64108 service=hospice sex=female"),
            ("ZIP,service,needs", "1,x,\"resp.vent, wound vac\"", "near=1 service=x need=resp.vent need_words=wound vac"),
            ("ZIP,service,prefer", "1,x,\"wound vac, resp.vent\"", "near=1 service=x prefer=wound.npwt prefer=resp.vent"),
            ("ZIP,service,Patient group", "1,x,Veteran", "near=1 service=x eligible=veterans"),
            ("ZIP,service,plan,Search anyway", "1,x,Acme,yes", "near=1 service=x coverage=Acme search_anyway=Acme"),
            ("ZIP,service,plan,Search anyway", "1,x,Acme,no", "near=1 service=x coverage=Acme"),
        ] {
            assert_eq!(form(headings, cells), Ok(fields.to_owned()), "{headings}: {cells}");
        }
        let wrong = form("ZIP,service,prefer,Search anyway", "1,x,service dog,perhaps");
        assert_eq!(wrong, Err(vec!["Preferred needs".to_owned(), "Search anyway".to_owned()]));
        assert_eq!(form("ZIP,service", &format!("{},x", "1".repeat(301))), Err(vec!["Location".to_owned()]));
    }
}
