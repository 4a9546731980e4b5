//! `match --batch` and `match --against-batch`: one line in, one line out, as `POST /v1/matches:batch` and
//! `POST /v1/differences:batch` write them.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output;
use crate::overlay::LiveDirectory;
use crate::serve::api::batch::lines::{LineSplitter, NdjsonLine};
use crate::serve::api::batch::{LineWork, answer};

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// Does `work` for each line of the file at `path`, or of standard input if `path` is `-`.
///
/// # Errors
/// A line is invalid (its answer says why), or the file or the directory cannot be read.
pub(crate) fn run(
    path: &Path,
    work: &LineWork,
    directory: impl FnOnce() -> Result<LiveDirectory, CommandFailure>,
) -> Result<(), CommandFailure> {
    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let unreadable = |error: io::Error| CommandFailure::from_io(&name, &error);
    let mut batch: Box<dyn Read> =
        if is_stdin { Box::new(io::stdin().lock()) } else { Box::new(File::open(path).map_err(unreadable)?) };
    let served = directory()?;
    let mut wrong = 0;
    let mut print = |line: NdjsonLine| {
        let answer = answer(work, &served, line);
        wrong += u64::from(answer.is_wrong());
        text_output::print(&String::from_utf8_lossy(&answer.text))
    };
    let (mut lines, mut piece) = (LineSplitter::new(work.longest), vec![0; PIECE]);
    loop {
        let read = match batch.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(unreadable)?,
        };
        if read == 0 {
            break;
        }
        lines.ending_in(piece.get(..read).unwrap_or_default()).into_iter().try_for_each(&mut print)?;
    }
    lines.rest().map_or(Ok(()), print)?;
    match wrong {
        0 => Ok(()),
        1 => Err(CommandFailure::new(ExitStatus::WrongData, "1 line is invalid; its answer says why")),
        wrong => Err(CommandFailure::new(ExitStatus::WrongData, format!("{wrong} lines are invalid; their answers say why"))),
    }
}
