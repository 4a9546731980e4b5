//! Checks of a row before its reader sees it: its quotes, its number of cells, and whether its cells
//! are in their columns.

use crate::refresh::ccn_kind::{CcnKind, noun, plural};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::impossible_cells::CellForms;
use crate::refresh::input::strict_rows::QuoteFault;
use crate::refresh::input::table_rows::TableRow;
use crate::refresh::read::row_reader::ragged;
use crate::refresh::read::table_input::TableInput;
use crate::refresh::source_record::RowError;
use crate::service::Service;

/// What is checked in the rows of one table.
pub(crate) struct RowChecks<'a> {
    input: &'a TableInput<'a>,
    /// Not for our own schemas, whose readers reject a row for one wrong cell.
    forms: Option<CellForms>,
    /// The service whose CCNs the rows must have.
    service: Option<Service>,
    /// Columns of our own schemas without a name, until a value has been found in them.
    unnamed: Vec<usize>,
    /// The CCN of the row above as written, and what is wrong with it: the rows of a provider are adjacent.
    last_ccn: (String, Option<RowError>),
    /// A quote of the row above does not close there.
    after_open: bool,
}

impl<'a> RowChecks<'a> {
    /// The checks of a table.
    pub(crate) fn of(input: &'a TableInput<'a>) -> Self {
        let ours = input.table.schema.is_some();
        Self {
            input,
            forms: (!ours).then(|| CellForms::of(input.columns)),
            service: input.subject.service().filter(|_| input.columns.has(KnownColumn::Ccn)),
            unnamed: if ours { input.columns.unnamed().collect() } else { Vec::new() },
            last_ccn: (String::new(), None),
            after_open: false,
        }
    }

    /// Why the cells of the row cannot be distinguished; `None` if they can. Adds what else is wrong to
    /// `faults`.
    pub(crate) fn layout(&mut self, found: &TableRow<'_>, faults: &mut Vec<RowError>) -> Option<RowError> {
        let columns = self.input.columns;
        let after_open = std::mem::replace(&mut self.after_open, found.fault == Some(QuoteFault::Open));
        if let Some(fault) = found.fault {
            let told = RowError::whole("", &fault).with_hint(fault.hint().to_owned());
            // In others' files most such rows have their cells in place, and one name differs.
            if after_open && !fault.rejects() {
                let reason = "it may be the end of a cell whose quote opens on the line above";
                return Some(RowError::whole("", reason).with_hint("write each row on one line".to_owned()));
            }
            let is_kept = self.forms.is_some() && fault == QuoteFault::TextBehind;
            if fault.rejects() && !is_kept {
                return Some(told);
            }
            faults.push(RowError { doubt: !is_kept, ..told });
        }
        if !columns.fits(found.cells) {
            return Some(ragged(found.cells.len(), columns.len()));
        }
        if found.has_line_break() {
            let at = found.cells.iter().position(|cell| cell.contains(['\n', '\r']));
            let name = at.and_then(|at| columns.cells().nth(at)).unwrap_or_default();
            let reason = format!("the cell \"{name}\" has a line break, as after a quote that does not close");
            faults.push(RowError::whole("", &reason).with_hint("rows may be missing behind it".to_owned()));
        }
        let has_value = |at: &usize| found.cells.get(*at).is_some_and(|cell| csv_cell::non_empty(cell).is_some());
        if let Some(at) = self.unnamed.iter().copied().find(has_value) {
            self.unnamed.retain(|other| *other != at);
            let reason = format!("column {} has no name, so its values are not used", at + 1);
            faults.push(RowError { doubt: true, ..RowError::whole(found.cells.get(at).unwrap_or_default(), &reason) });
        }
        None
    }

    /// Passes a row without a fault that was not checked.
    pub(crate) fn pass(&mut self) {
        self.after_open = false;
    }

    /// Why the row cannot be used by what its cells hold, and whether its cells are in their columns.
    pub(crate) fn cells(&mut self, row: &CsvRow<'_>) -> (Option<RowError>, bool) {
        match self.shifted(row) {
            Some(shifted) => (Some(shifted), false),
            None => (self.other_kind(row), true),
        }
    }

    /// The fault names columns only: a cell of a shifted row may be about a person.
    fn shifted(&self, row: &CsvRow<'_>) -> Option<RowError> {
        let impossible = self.forms.as_ref()?.shifted(row.record())?;
        let names: Vec<String> = impossible
            .iter()
            .filter_map(|at| self.input.columns.cells().nth(*at))
            .map(|name| format!("\"{name}\""))
            .collect();
        let reason = format!("it is a shifted row: {} cannot hold what they hold", names.join(", "));
        Some(RowError::whole("", &reason).with_hint("move the cells back under their columns".to_owned()))
    }

    /// The fault of a CCN of another kind of provider.
    fn other_kind(&mut self, row: &CsvRow<'_>) -> Option<RowError> {
        let service = self.service?;
        let written = row.raw(KnownColumn::Ccn);
        let (last, fault) = &mut self.last_ccn;
        if last != written {
            written.clone_into(last);
            *fault = ccn_of_other_kind(row, service);
        }
        fault.clone()
    }
}

fn ccn_of_other_kind(row: &CsvRow<'_>, service: Service) -> Option<RowError> {
    let ccn = row.ccn().ok()?.to_string();
    let kind = CcnKind::of(&ccn).filter(|kind| !kind.offers(service))?;
    let reason = format!("it is the CCN of a {}, and this is a list of {}", kind.noun(), plural(noun(service)));
    Some(RowError::of(KnownColumn::Ccn, &ccn, &reason))
}
