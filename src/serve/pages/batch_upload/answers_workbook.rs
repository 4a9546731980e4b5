//! The workbook of answers to a file of questions.

use jiff::Zoned;
use rust_xlsxwriter::{Workbook, XlsxError};

use crate::catalog::manifest::Manifest;
use crate::serve::pages::batch_upload::row_answer::RowAnswer;
use crate::serve::pages::batch_upload::table::{TableFault, UnreadPart};
use crate::serve::pages::export::table::{COLUMNS, ExportCell};
use crate::serve::pages::export::workbook::{add_about, add_sheet};

/// The columns of an export that a row of an answer has, in this order.
const SHOWN: [&str; 12] = [
    "Rank",
    "Name",
    "Service",
    "Fit",
    "Network",
    "Phone",
    "Why ranked here",
    "Needs: ask",
    "Safety notices",
    "Notes",
    "Provider id",
    "Synthetic",
];

/// The columns of the sheet of questions.
const QUESTIONS: [(&str, u16); 9] = [
    ("Row", 6),
    ("Status", 14),
    ("Question", 60),
    ("Providers found", 10),
    ("Providers excluded", 10),
    ("Column", 18),
    ("Problem", 60),
    ("What to do", 60),
    ("Remarks", 60),
];

/// The columns of the sheet of what was not understood.
const UNREAD: [(&str, u16); 3] = [("Row", 6), ("Column", 24), ("Not understood", 90)];

/// The answers as they are collected: rows of the sheets.
#[derive(Debug, Default)]
pub(crate) struct AnswerSheets {
    answers: Vec<Vec<ExportCell>>,
    questions: Vec<Vec<ExportCell>>,
    unread: Vec<Vec<ExportCell>>,
    /// How many questions were answered, and how many were not.
    pub counts: (u64, u64),
}

impl AnswerSheets {
    /// Adds what became of one question; the columns that no sheet shows are dropped.
    pub(crate) fn add(&mut self, answer: RowAnswer) {
        let places: Vec<Option<usize>> =
            SHOWN.iter().map(|head| COLUMNS.iter().position(|(known, _)| known == head)).collect();
        for mut provider in answer.providers {
            let mut row = vec![row_cell(Some(answer.row))];
            row.extend(places.iter().map(|place| {
                let cell = place.and_then(|place| provider.get_mut(place));
                cell.map_or_else(|| text(""), |cell| std::mem::replace(cell, ExportCell::Number(0.0)))
            }));
            self.answers.push(row);
        }
        let number = |count: u32| ExportCell::Number(count.into());
        let (status, found, excluded) = match answer.counts {
            Some((found, excluded)) => ("Answered", number(found), number(excluded)),
            None => ("Not answered", text(""), text("")),
        };
        let is_answered = answer.counts.is_some();
        self.counts.0 += u64::from(is_answered);
        self.counts.1 += u64::from(!is_answered);
        let mut faults = answer.faults.into_iter();
        let remarks = answer.remarks.join(" ");
        let mut question = vec![row_cell(Some(answer.row)), text(status), answer.question.into(), found, excluded];
        question.extend(fault_cells(faults.next()));
        question.push(remarks.into());
        self.questions.push(question);
        // Each further fault has a row of its own, so that the sheet can be filtered.
        for fault in faults {
            let mut more = vec![row_cell(Some(answer.row)), text(status), text(""), text(""), text("")];
            more.extend(fault_cells(Some(fault)));
            self.questions.push(more);
        }
        answer.unread.into_iter().for_each(|part| self.add_unread(part));
    }

    /// Adds something that was not understood.
    pub(crate) fn add_unread(&mut self, part: UnreadPart) {
        self.unread.push(vec![row_cell(part.row), part.column.into(), part.what.into()]);
    }

    /// How many parts were not understood.
    pub(crate) fn count_unread(&self) -> u64 {
        self.unread.len() as u64
    }

    /// The workbook, answered from the directory of `manifest` with at most `usual` providers for each level of care, written at `now`.
    /// `None` if it cannot be written.
    pub(crate) fn workbook(&self, manifest: &Manifest, usual: u32, now: &Zoned) -> Option<Vec<u8>> {
        let synthetic = if manifest.synthetic { "invented sample: do not use for patient care" } else { "" };
        let mut about = vec![
            ("Questions", format!("{} answered, {} not answered", self.counts.0, self.counts.1)),
            ("Providers", format!("at most {usual} for each level of care, unless the row says how many")),
            ("Written", now.strftime("%Y-%m-%d %H:%M").to_string()),
            ("Directory", manifest.generation.clone()),
            ("Directory built", manifest.built_at.to_string()),
            ("Directory is", synthetic.to_owned()),
            ("Treat as", "notes about patients. Confirm coverage and bed availability before referring.".to_owned()),
        ];
        about.retain(|(_, value)| !value.is_empty());
        self.written(&about).ok()
    }

    fn written(&self, about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
        let width = |head: &str| COLUMNS.iter().find(|(known, _)| *known == head).map_or(20, |(_, width)| *width);
        let mut columns = vec![("Question row", 12)];
        columns.extend(SHOWN.map(|head| (head, width(head))));
        let mut workbook = Workbook::new();
        add_sheet(&mut workbook, "Answers", &columns, &self.answers)?;
        add_sheet(&mut workbook, "Questions", &QUESTIONS, &self.questions)?;
        add_sheet(&mut workbook, "Not understood", &UNREAD, &self.unread)?;
        add_about(&mut workbook, about)?;
        workbook.save_to_buffer()
    }
}

fn text(text: &str) -> ExportCell {
    text.to_owned().into()
}

/// The number of a row; empty for the whole file.
fn row_cell(row: Option<u64>) -> ExportCell {
    let number = row.and_then(|row| u32::try_from(row).ok());
    number.map_or_else(|| text("file"), |row| ExportCell::Number(row.into()))
}

fn fault_cells(fault: Option<TableFault>) -> [ExportCell; 3] {
    fault
        .map_or_else(|| [text(""), text(""), text("")], |fault| [fault.column.into(), fault.detail.into(), fault.hint.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_an_answer_is_one_of_an_export() {
        assert!(SHOWN.iter().all(|head| COLUMNS.iter().any(|(known, _)| known == head)));
    }
}
