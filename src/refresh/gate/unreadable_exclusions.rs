//! Refuses an exclusion list of which a row or an identifier cannot be read: the provider that it excludes
//! would be offered.

use crate::run_report::FileReport;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::text::count_text::{counted, thousands};

/// The guard.
const UNIDENTIFIED: &str = "unidentified";

/// The checks of the files, one for each that is refused.
pub(crate) fn check_exclusion_lists(files: &[FileReport]) -> Vec<GateCheck> {
    let refused = |file: &&FileReport| file.unidentified > 0;
    files.iter().filter(refused).map(refusal).collect()
}

fn refusal(file: &FileReport) -> GateCheck {
    let words = format!(
        "{}: {} of {} cannot be read, or their NPI cannot; an exclusion list is refused for any, because the provider \
         that it excludes would be offered",
        file.status.file,
        thousands(file.unidentified),
        counted(file.status.rows, "row")
    );
    GateCheck { guard: UNIDENTIFIED, subject: file.status.source.clone(), verdict: CheckVerdict::Refuse, words }
}
