//! Measuring, and printing what was measured beside what it is measured against.

use std::time::{Duration, Instant};

/// How often each thing is timed; the shortest counts, because whatever else the machine does only ever adds.
const PASSES: usize = 5;

/// How long each of many things took.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Does `work` on each of `items`, pass after pass, and keeps for each the shortest of its times.
    pub(crate) fn of<T>(items: &[T], mut work: impl FnMut(&T)) -> Self {
        let mut times = vec![Duration::MAX; items.len()];
        for _ in 0..PASSES {
            for (item, shortest) in items.iter().zip(&mut times) {
                let start = Instant::now();
                work(item);
                *shortest = start.elapsed().min(*shortest);
            }
        }
        times.sort_unstable();
        Self(times)
    }

    /// The time that `share` of the things kept to: 0.5 is the median.
    pub(crate) fn at(&self, share: f64) -> Duration {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (self.0.len().saturating_sub(1) as f64 * share).round() as usize;
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// The middle one of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A duration in the unit people read it in.
pub(crate) fn show(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{:.0} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.1} s"),
    }
}

/// One line of the table of figures.
pub(crate) struct Figure {
    /// What was measured.
    pub what: String,
    /// The figure.
    pub ours: String,
    /// What it is held against, measured in the same run.
    pub limit: String,
    /// The ratio of the two, where there is one.
    pub ratio: Option<f64>,
    /// The aim, and whether it is met.
    pub aim: Option<(String, bool)>,
}

impl Figure {
    /// Prints the head of the table.
    pub(crate) fn head() {
        println!("| what | figure | limit of the same run | ratio | aim | met |\n| --- | --- | --- | --- | --- | --- |");
    }

    /// Prints the line, as Markdown, at once.
    pub(crate) fn print(&self) {
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let (aim, met) = self.aim.as_ref().map_or(("", ""), |(aim, met)| (aim.as_str(), if *met { "yes" } else { "**no**" }));
        println!("| {} | {} | {} | {ratio} | {aim} | {met} |", self.what, self.ours, self.limit);
    }
}
