//! Measures, and prints results with what they are compared with.

use std::time::{Duration, Instant};

/// Number of runs of each item; the shortest time counts, because other work on the machine only
/// adds time.
const PASSES: usize = 5;

/// Times of many items.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Runs `work` on each of `items`, several times, and keeps the shortest time of each.
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

    /// The time that `share` of the items do not exceed: 0.5 is the median.
    pub(crate) fn at(&self, share: f64) -> Duration {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (self.0.len().saturating_sub(1) as f64 * share).round() as usize;
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// The median of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A duration in a readable unit.
pub(crate) fn show(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{:.0} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.1} s"),
    }
}

/// One row of the result table.
pub(crate) struct Figure {
    /// What was measured.
    pub what: String,
    /// The result.
    pub ours: String,
    /// What it is compared with, measured in the same run.
    pub limit: String,
    /// The ratio of the two, if there is one.
    pub ratio: Option<f64>,
    /// The goal, and whether it is met.
    pub aim: Option<(String, bool)>,
}

impl Figure {
    /// Prints the table header.
    pub(crate) fn head() {
        println!("| what | result | compared with, same run | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |");
    }

    /// Prints the row as Markdown, immediately.
    pub(crate) fn print(&self) {
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let (aim, met) = self.aim.as_ref().map_or(("", ""), |(aim, met)| (aim.as_str(), if *met { "yes" } else { "**no**" }));
        println!("| {} | {} | {} | {ratio} | {aim} | {met} |", self.what, self.ours, self.limit);
    }
}
