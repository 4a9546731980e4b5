//! Answers the questions of a file in the background: each in the pool for long work, in the turn of the person who uploaded it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::api_keys::Principal;
use crate::input::errors::MOST_TOLD;
use crate::ledger::page_token::PageToken;
use crate::ledger::sealed_page::SealedPage;
use crate::overlay::LiveDirectory;
use crate::serve::api::batch::LONGEST_ANSWER;
use crate::serve::api::batch::permits::BatchPlace;
use crate::serve::batch_jobs::{BatchJob, KEPT_MINUTES};
use crate::serve::http::problem::Problem;
use crate::serve::pages::batch_upload::answers_workbook::AnswerSheets;
use crate::serve::pages::batch_upload::row_answer::{RowAnswer, answer_row};
use crate::serve::pages::batch_upload::table::{QuestionRow, QuestionTable, TableFault};
use crate::serve::state::AppState;

/// The most rows of answers of a workbook. Our choice: it takes about 100 MB while it is written.
pub(crate) const MOST_ANSWERS: u64 = 30_000;
/// The providers listed for each level of care, if a row does not say how many and the batch is not longer than its answers allow. Our
/// choice: whom to call first.
const USUAL: u64 = 5;

/// How many providers are listed for each level of care where a row does not say it.
///
/// # Errors
/// The rows ask for more than [`MOST_ANSWERS`].
pub(crate) fn usual_limit(rows: &[QuestionRow]) -> Result<u32, TableFault> {
    let levels = |row: &QuestionRow| row.cell("service").split([';', ',', '+', '\n']).count() as u64;
    let stated = |row: &QuestionRow| row.cell("limit").parse::<u64>().ok();
    let of_rows = rows.iter().filter_map(|row| Some(stated(row)?.saturating_mul(levels(row))));
    let asked = of_rows.fold(0, u64::saturating_add);
    let others: u64 = rows.iter().filter(|row| stated(row).is_none()).map(levels).sum();
    let left = MOST_ANSWERS.saturating_sub(asked);
    if asked > MOST_ANSWERS || left < others {
        let detail = format!("The rows ask for more than {MOST_ANSWERS} providers together.");
        let hint = "Ask for fewer in the column Providers to list, or split the file.";
        return Err(TableFault::of_file(detail, hint));
    }
    let usual = left.checked_div(others).unwrap_or(USUAL).min(USUAL);
    Ok(u32::try_from(usual).unwrap_or(1))
}

/// A batch that is answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BatchResult {
    /// How many questions were answered.
    pub answered: u64,
    /// How many were not.
    pub refused: u64,
    /// The first faults.
    pub faults: Vec<TableFault>,
    /// How many faults are not among them.
    pub more: u64,
    /// How many parts were not understood.
    pub unread: u64,
    /// The workbook.
    pub workbook: Vec<u8>,
}

/// A file of questions that is being answered: from one generation, with a slot for batches.
#[derive(Debug)]
pub(crate) struct RunningUpload {
    /// The server.
    pub app: Arc<AppState>,
    /// Who uploaded it.
    pub caller: Principal,
    /// The directory.
    pub served: Arc<LiveDirectory>,
    /// The questions.
    pub table: QuestionTable,
    /// How many providers are listed for each level of care where a row does not say it.
    pub usual: u32,
    /// Its progress.
    pub job: Arc<BatchJob>,
    /// The token of its page.
    pub token: PageToken,
    /// Its slot.
    pub place: BatchPlace,
}

impl RunningUpload {
    /// Answers all questions, keeps the result for its owner, and drops it after [`KEPT_MINUTES`].
    pub(crate) async fn run(self) {
        let Self { app, caller, served, table, usual, job, token, place } = self;
        let batch = BatchWork { app: &app, caller: &caller, served: &served, usual, job: &job, token };
        let result = batch.answer(table).await;
        drop(place);
        let Some(result) = result else { return tracing::info!("an uploaded batch was stopped") };
        app.batch_jobs.finish(&job, result);
        drop((served, job));
        tokio::time::sleep(Duration::from_secs(KEPT_MINUTES.unsigned_abs() * 60)).await;
        app.batch_jobs.remove(token, &caller);
    }
}

/// What answers the questions of one file.
struct BatchWork<'a> {
    app: &'a Arc<AppState>,
    caller: &'a Principal,
    served: &'a Arc<LiveDirectory>,
    usual: u32,
    job: &'a Arc<BatchJob>,
    token: PageToken,
}

impl BatchWork<'_> {
    /// The sealed result of all questions; `None` if the batch was stopped.
    async fn answer(&self, table: QuestionTable) -> Option<Result<SealedPage, Problem>> {
        let (mut sheets, mut faults, mut more) = (AnswerSheets::default(), Vec::new(), 0);
        table.unread.into_iter().for_each(|part| sheets.add_unread(part));
        let deadline = Instant::now() + LONGEST_ANSWER;
        for row in table.rows {
            if self.job.is_stopped() {
                return None;
            }
            let answer = if Instant::now() < deadline { self.answer_row(row).await } else { too_late(&row) };
            self.app.metrics.line(answer.summary.as_ref());
            for fault in &answer.faults {
                if faults.len() < MOST_TOLD {
                    faults.push(fault.clone());
                } else {
                    more += 1;
                }
            }
            sheets.add(answer);
            self.job.count();
        }
        let (answered, refused) = sheets.counts;
        tracing::info!(lines = answered + refused, wrong = refused, "an uploaded batch was answered");
        let (served, usual, now) = (Arc::clone(self.served), self.usual, (self.app.now)());
        let (token, owner) = (self.token, self.caller.name.clone());
        let written = self.app.heavy.run_in_turn(self.caller, move || {
            let workbook = sheets.workbook(served.base().manifest(), usual, &now)?;
            let result = BatchResult { answered, refused, faults, more, unread: sheets.count_unread(), workbook };
            drop(sheets);
            let content = postcard::to_stdvec(&result).ok()?;
            let ends_at = now.timestamp().as_second() + KEPT_MINUTES * 60;
            SealedPage::seal(token, &owner, ends_at, &content).ok()
        });
        let written = written.await.and_then(|sealed| {
            sealed.ok_or_else(|| {
                tracing::error!("cannot write the workbook of a batch");
                Problem::Internal
            })
        });
        Some(written)
    }

    /// The answer to one question, in the turn of the person who asked.
    async fn answer_row(&self, row: QuestionRow) -> RowAnswer {
        self.app.limits.wait_for_rate(self.caller).await;
        let (served, asked, usual, now) = (Arc::clone(self.served), row.clone(), self.usual, (self.app.now)());
        let answered = self.app.heavy.run_in_turn(self.caller, move || answer_row(&served, &asked, usual, &now)).await;
        answered.unwrap_or_else(|problem| refused(&row, problem.title(), "Try this question again by itself."))
    }
}

fn refused(row: &QuestionRow, detail: &str, hint: &str) -> RowAnswer {
    let fault = TableFault { row: Some(row.number), ..TableFault::of_file(detail, hint) };
    RowAnswer::refused(row, vec![fault])
}

fn too_late(row: &QuestionRow) -> RowAnswer {
    refused(row, "The batch took too long, and this question was not reached.", "Upload the rest of the file again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::pages::batch_upload::table::read_table;

    #[test]
    fn a_workbook_has_a_bounded_number_of_answers() {
        let rows = |row: &str, count: usize| {
            read_table(format!("ZIP,service,limit\n{}", format!("{row}\n").repeat(count)).as_bytes()).unwrap().rows
        };
        for (row, count, usual) in [
            ("1,x,", 1, Some(5)),
            ("1,x,", 6_000, Some(5)),
            ("1,x,", 10_000, Some(3)),
            ("1,x;y,", 10_000, Some(1)),
            ("1,x;y;z;w,", 10_000, None),
            ("1,x,1000", 30, Some(5)),
            ("1,x,1000", 31, None),
            ("1,x,18446744073709551615", 2, None),
            ("1,x,none", 1, Some(5)),
        ] {
            assert_eq!(usual_limit(&rows(row, count)).ok(), usual, "{count} rows of {row}");
        }
    }
}
