//! Examples of every command, for `--help` and the manual pages.

use std::fmt::Write as _;

use clap::Command;

/// What an example does, and its command line.
type CommandExample = (&'static str, &'static str);

/// The examples of each command by its path, such as `key create`. A test parses every line.
pub(crate) const EXAMPLES: &[(&str, &[CommandExample])] = &[
    ("demo", &[("Print one worked match and end", "placement demo --once")]),
    ("fetch sources", &[("Fetch what refresh.toml declares", "placement fetch sources")]),
    (
        "fetch plan-net",
        &[(
            "Fetch a payer's whole directory",
            "placement fetch plan-net https://fhir.payer.example/r4 --into data/fetched/payer",
        )],
    ),
    (
        "refresh",
        &[
            ("Read and check files without publishing them", "placement refresh --from files --dry-run"),
            ("Build and publish a directory", "placement refresh --from files"),
        ],
    ),
    (
        "validate",
        &[
            ("Check a payer roster", "placement validate roster.csv"),
            ("List every error as JSON", "placement validate roster.csv --json"),
        ],
    ),
    ("template", &[("Begin a file of provider profiles", "placement template profile > profiles.csv")]),
    (
        "match",
        &[
            (
                "Nursing facilities with a wound vac, from the built-in sample",
                "placement match --sample --service skilled_nursing --zip 64108 --medicare --need \"wound vac\"",
            ),
            (
                "Home infusion and home health together",
                "placement match --sample --service home_infusion --service home_health --zip 64108",
            ),
            ("The same as the API, from a file", "placement match --question question.json --json"),
            ("Many questions, one a line", "placement match --batch questions.ndjson > answers.ndjson"),
        ],
    ),
    (
        "explain",
        &[(
            "Why a provider has its rank, or is excluded",
            "placement explain --provider ccn:265001 --service skilled_nursing --zip 64108 --medicare",
        )],
    ),
    (
        "prior-authorization",
        &[(
            "Until when a plan must decide",
            "placement prior-authorization --payer-class medicare_advantage --request expedited",
        )],
    ),
    ("services", &[("All levels of care", "placement services --sample"), ("By words", "placement services --sample rehab")]),
    ("needs", &[("All needs", "placement needs"), ("What typed words mean", "placement needs wound vac")]),
    (
        "plans",
        &[("All plans", "placement plans --sample"), ("By words, as JSON", "placement plans --sample medicare ppo --json")],
    ),
    ("networks", &[("All networks with their dates", "placement networks --sample")]),
    (
        "serve",
        &[
            ("Serve the published directory on this machine", "placement serve"),
            ("Serve the sample at another port", "placement serve --sample --listen 127.0.0.1:9000"),
        ],
    ),
    (
        "key create",
        &[(
            "A key for an EHR that reads and asks",
            "placement key create --label \"EHR, test\" --scope match --scope directory:read",
        )],
    ),
    ("key list", &[("Which keys are there, and until when", "placement key list")]),
    ("key revoke", &[("Revoke a key and its sessions", "placement key revoke 7F3KQM8X")]),
    (
        "directory list",
        &[("Which directories are there", "placement directory list"), ("As JSON", "placement directory list --json")],
    ),
    ("directory show", &[("The sources of the current directory", "placement directory show")]),
    (
        "directory verify",
        &[
            ("Check the current directory", "placement directory verify"),
            ("The checked files with their hashes", "placement directory verify --json"),
        ],
    ),
    ("directory diff", &[("What the last refresh changed", "placement directory diff")]),
    ("directory rollback", &[("Switch to the directory before the current one", "placement directory rollback")]),
    ("directory prune", &[("Keep the three newest directories", "placement directory prune --keep 3")]),
    (
        "sample",
        &[(
            "120 invented providers around Kansas City",
            "placement sample --near 64108 --within-miles 30 --providers 120 files",
        )],
    ),
    ("completions", &[("For bash", "placement completions bash > ~/.local/share/bash-completion/completions/placement")]),
    (
        "man",
        &[
            ("Read the manual page of a command", "placement man key create | man -l -"),
            ("Of placement itself", "placement man | man -l -"),
        ],
    ),
];

/// The examples of the command at `path`.
pub(crate) fn examples_of(path: &str) -> &'static [CommandExample] {
    EXAMPLES.iter().find(|(known, _)| *known == path).map_or(&[], |(_, examples)| examples)
}

/// `command` with the examples below the help of every subcommand.
pub(crate) fn with_examples(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    command.mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name()).trim_start().to_owned();
        let examples = examples_of(&path);
        let sub = if examples.is_empty() { sub } else { sub.after_long_help(text_of(examples)) };
        below(sub, &path)
    })
}

fn text_of(examples: &[CommandExample]) -> String {
    let mut text = "Examples:".to_owned();
    for (does, line) in examples {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {does}:\n    {line}");
    }
    text
}
