//! Rows of a roster that repeat earlier ones are read by comparison. Whatever the rows are, the result is that of reading each row by
//! itself.

use crate::folder::{Read, read};
use crate::seeded_random::SeededRandom;

const HEADER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end";

const HOMES: &str = "ccn,npi,service,name,needs_yes\n425003,1234567893,skilled_nursing,A,\n425004,,skilled_nursing,B,\n\
    427001,1003000126,home_health,C,\n425005,,skilled_nursing,D,\n";

/// The cells of a row: usually those of one of few networks and providers, now and then something else.
fn cells(random: &mut SeededRandom, networks: &[[&str; 3]], adjacent: &mut usize) -> Vec<String> {
    if random.one_in(4) {
        *adjacent = random.below(networks.len());
    }
    let mut cells: Vec<&str> = networks[*adjacent].to_vec();
    cells.push(
        *random.pick(&["425003", "425004", "427001", "425005", "425003", "425004", "", "000000", "42500", "ccn", "\u{e9}"]),
    );
    cells.push(*random.pick(&[
        "",
        "",
        "",
        "1234567893",
        "1003000126",
        "0000000000",
        "1234567890",
        " 1234567893",
        "+1234567893",
    ]));
    cells.push(*random.pick(&["", "skilled_nursing", "home_health", "skilled_nursing", "nursing"]));
    cells.push(*random.pick(&["", "1", "1", "preferred", "2026-01-01", "#REF!"]));
    cells.push(*random.pick(&["", "", "2026-01-01", "1/1/2026", "soon"]));
    cells.push(*random.pick(&["", "", "2026-12-31", "2020-01-01"]));
    match random.below(60) {
        0 => cells.truncate(7),
        1 => cells.push(""),
        2 => cells.push("x"),
        3 => cells = vec![""; 9],
        4 => cells = HEADER.split(',').collect(),
        _ => {}
    }
    cells.into_iter().map(str::to_owned).collect()
}

/// A line with quotes where a cell needs them, and in some others.
fn plain(cells: &[String], random: &mut SeededRandom) -> String {
    let quoted = |cell: &String, all: bool| if all || cell.contains(',') { format!("\"{cell}\"") } else { cell.clone() };
    let all = random.one_in(5);
    cells.iter().map(|cell| quoted(cell, all)).collect::<Vec<_>>().join(",")
}

/// The same line with a blank behind the quotes of its first cell, which no comparison takes.
fn by_itself(cells: &[String]) -> String {
    let mut quoted: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
    quoted[0].push(' ');
    quoted.join(",")
}

/// Everything that a refresh makes of a roster, except the size and the hash of the file.
fn made(lines: &[String], ends_with_break: bool) -> String {
    let text = format!("{HEADER}\n{}{}", lines.join("\n"), if ends_with_break { "\n" } else { "" });
    let Read { mut night, mut report } = read(&[("homes.csv", HOMES), ("acme_2026-10.csv", text.as_str())]);
    night.sources.clear();
    for file in &mut report.files {
        file.seconds = 0.0;
        file.status.bytes = 0;
        file.status.sha256.clear();
    }
    format!("{night:#?}{report:#?}")
}

#[test]
fn rows_read_by_comparison_give_what_each_gives_by_itself() {
    let mut random = SeededRandom::seeded(11);
    let networks = [
        ["Acme", "Acme HMO", "Acme Net"],
        ["Acme", "Acme HMO|Acme PPO", "Acme Wide"],
        ["ACME", "Acme hmo", "ACME NET"],
        ["Acme, Inc.", "Acme, HMO", "Net, Core"],
        ["", "", "Larkwater"],
        ["Acme", "Acme HMO", ""],
    ];
    let mut compared = 0;
    for round in 0..60 {
        let mut adjacent = 0;
        let rows: Vec<Vec<String>> = (0..random.below(120)).map(|_| cells(&mut random, &networks, &mut adjacent)).collect();
        let by_comparison: Vec<String> = rows.iter().map(|row| plain(row, &mut random)).collect();
        let by_itself: Vec<String> = rows.iter().map(|row| by_itself(row)).collect();
        let ends_with_break = random.happens(50);
        let (found, expected) = (made(&by_comparison, ends_with_break), made(&by_itself, ends_with_break));
        if found != expected {
            let line = found.lines().zip(expected.lines()).find(|(one, other)| one != other);
            panic!("round {round}: {line:?} in\n{}", by_comparison.join("\n"));
        }
        compared += rows.len();
    }
    assert!(compared > 1_000);
}

#[test]
fn a_line_after_one_whose_quote_is_open_is_read_as_ever() {
    // The quote inside the third row is reported only if the row above does not end with an open quote.
    let row = |plan: &str| format!("Acme,{plan},Acme Net,425003,,,,,");
    let lines = |middle: &str| vec![row("Acme HMO"), row("\"Acme HMO"), middle.to_owned(), row("Acme \"X\" HMO")];
    let repeated = row("Acme HMO");
    let by_itself = repeated.replacen("Acme,", "\"Acme\" ,", 1);
    assert_eq!(made(&lines(&repeated), true), made(&lines(&by_itself), true));
}
