//! The national refresh compared with reading the same bytes with the `csv` crate and discarding
//! them.

use std::hint::black_box;
use std::time::Instant;

use crate::in_process::thousands;
use crate::nation::{Nation, Night, csv_files};
use crate::timing::{Figure, median};

/// Refreshes a few times and prints the rows.
pub(crate) fn measure(nation: &Nation, times: usize) {
    // Alternating, so that a slow minute of the machine affects both.
    let runs: Vec<(f64, Night)> = (0..times).map(|_| (read_only(nation), nation.refresh())).collect();
    let reading = median(runs.iter().map(|(reading, _)| *reading).collect());
    let seconds = median(runs.iter().map(|(_, night)| night.seconds).collect());
    let peak = runs.iter().map(|(_, night)| night.peak_mb).fold(0.0, f64::max);
    let cpu = median(runs.iter().map(|(_, night)| night.cpu_seconds).collect());
    let ratio = seconds / reading;
    let size = format!(
        "{} providers, {} networks, {} MB of files",
        thousands(nation.providers),
        thousands(nation.networks),
        nation.bytes() / 1_000_000
    );
    let limit = format!("csv crate, the same bytes: {reading:.2} s");
    Figure {
        what: format!("national refresh from files ({size})"),
        ours: format!("{seconds:.1} s"),
        limit: limit.clone(),
        ratio: Some(ratio),
        aim: Some(("ratio at most 3.5".to_owned(), ratio <= 3.5)),
    }
    .print();
    Figure {
        what: "the same, in time".to_owned(),
        ours: format!("{seconds:.1} s"),
        limit: String::new(),
        ratio: None,
        aim: Some(("at most 3.3 s".to_owned(), seconds <= 3.3)),
    }
    .print();
    Figure {
        what: "the same, processor time".to_owned(),
        ours: format!("{cpu:.1} s"),
        limit: String::new(),
        ratio: None,
        aim: None,
    }
    .print();
    Figure {
        what: "the same, peak memory".to_owned(),
        ours: format!("{peak:.0} MB"),
        limit: String::new(),
        ratio: None,
        aim: Some(("at most 600 MB".to_owned(), peak <= 600.0)),
    }
    .print();
}

/// Seconds to read every record of every file.
fn read_only(nation: &Nation) -> f64 {
    let start = Instant::now();
    for file in csv_files(&nation.files) {
        let mut reader = csv::Reader::from_path(&file).expect("a file of the nation");
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).expect("a record") {
            black_box(&record);
        }
    }
    start.elapsed().as_secs_f64()
}
