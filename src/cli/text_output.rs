//! Text for a terminal. Names come from untrusted files, so all text passes through [`TextOutput`],
//! which removes control characters.

use std::io;
use std::io::Write;

use anstyle::{AnsiColor, Effects, Style};
use serde::Serialize;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::text::is_steering;

/// Style of headings.
pub const HEADING: Style = Style::new().effects(Effects::BOLD);
/// Style of less important text.
pub const FAINT: Style = Style::new().effects(Effects::DIMMED);
/// Style of warnings.
pub const LOUD: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);

/// A buffer of lines that is printed as a whole.
#[derive(Debug, Default)]
pub struct TextOutput {
    text: String,
}

impl TextOutput {
    /// Adds text to the line.
    pub fn add(&mut self, words: &str) -> &mut Self {
        self.text.extend(words.chars().map(strip_control_chars));
        self
    }

    /// Adds text in a style.
    pub fn styled(&mut self, style: Style, words: &str) -> &mut Self {
        self.text.push_str(&style.render().to_string());
        self.add(words);
        self.text.push_str(&style.render_reset().to_string());
        self
    }

    /// Ends the line.
    pub fn newline(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
    }

    /// Adds one line.
    pub fn line(&mut self, words: &str) {
        self.add(words).newline();
    }

    /// Adds a heading after an empty line.
    pub fn heading(&mut self, words: &str) {
        self.newline();
        self.styled(HEADING, words).newline();
    }

    /// Adds text wrapped to [`WIDTH`]: the first line after `first`, the others indented by its
    /// width.
    pub fn wrapped(&mut self, first: &str, words: &str) {
        let indent = first.chars().count();
        let mut used = indent;
        self.add(first);
        for (at, word) in words.split_whitespace().enumerate() {
            let length = word.chars().count();
            if at > 0 && used + 1 + length > WIDTH {
                self.newline();
                self.add(&" ".repeat(indent));
                used = indent;
            } else if at > 0 {
                self.add(" ");
                used += 1;
            }
            self.add(word);
            used += length;
        }
        self.newline();
    }

    /// Adds wrapped text in a style.
    pub fn styled_wrapped(&mut self, style: Style, words: &str) {
        self.text.push_str(&style.render().to_string());
        self.wrapped("", words);
        self.text.push_str(&style.render_reset().to_string());
    }

    /// Adds text in a style, wrapped as by [`TextOutput::wrapped`].
    pub fn styled_wrapped_after(&mut self, style: Style, first: &str, words: &str) {
        self.text.push_str(&style.render().to_string());
        self.wrapped(first, words);
        self.text.push_str(&style.render_reset().to_string());
    }

    /// The text with styles.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Prints the text to standard output.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn print(&self) -> Result<(), CommandFailure> {
        print(&self.text)
    }
}

/// Most columns of a line.
pub const WIDTH: usize = 100;

/// Prints a result to standard output, without styles if it is not a terminal or `NO_COLOR` is set.
///
/// # Errors
/// Standard output cannot be written. A closed pipe is not an error: the message is empty.
pub fn print(text: &str) -> Result<(), CommandFailure> {
    let written = || -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    };
    written().map_err(|error| match CommandFailure::from_io("standard output", &error) {
        CommandFailure { exit: ExitStatus::Done, .. } => CommandFailure::new(ExitStatus::Done, ""),
        failure => failure,
    })
}

/// Prints a result as one line of JSON.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_json(wire: &impl Serialize) -> Result<(), CommandFailure> {
    let text = serde_json::to_string(wire).map_err(|error| CommandFailure::new(ExitStatus::Failed, error.to_string()))?;
    print(&(text + "\n"))
}

/// Prints a message to standard error.
pub fn print_stderr(words: &str) {
    let words: String = words.chars().map(|c| if c == '\n' { c } else { strip_control_chars(c) }).collect();
    // If standard error is closed, the message is lost.
    let _ = writeln!(anstream::stderr(), "{words}");
}

/// Replaces a character that controls the terminal or the direction of text.
pub fn strip_control_chars(c: char) -> char {
    if is_steering(c) { '\u{fffd}' } else { c }
}

/// `words` in exactly `width` columns, truncated with an ellipsis or padded.
pub fn pad_or_truncate(words: &str, width: usize) -> String {
    let length = words.chars().count();
    if length <= width {
        return format!("{words}{}", " ".repeat(width - length));
    }
    let kept: String = words.chars().take(width.saturating_sub(1)).collect();
    format!("{}…{}", kept.trim_end(), " ".repeat(kept.chars().count() - kept.trim_end().chars().count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        for name in ["\u{1b}[31mRED", "a\rb", "a\nb", "\u{9b}2J", "a\u{202e}b", "\u{7}", "x\u{1b}]0;title\u{7}"] {
            let mut page = TextOutput::default();
            page.line(name);
            let shown = page.as_str().trim_end_matches('\n');
            assert!(!shown.chars().any(char::is_control) && !shown.contains('\u{202e}'), "{name:?} gave {shown:?}");
        }
    }

    #[test]
    fn words_fit_their_column() {
        for (words, width, shown) in [("abc", 5, "abc  "), ("abcdef", 5, "abcd…"), ("abc def", 5, "abc… "), ("", 2, "  ")]
        {
            assert_eq!(pad_or_truncate(words, width), shown);
        }
    }

    #[test]
    fn long_text_wraps_under_itself() {
        let mut page = TextOutput::default();
        page.wrapped("  - ", &"word ".repeat(40));
        let lines: Vec<&str> = page.as_str().lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("    word") && lines.iter().all(|line| line.len() <= WIDTH));
    }
}
