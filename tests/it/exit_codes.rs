//! Errors in data files exit with 65, so that a service manager does not retry the same files.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::cli::run_in;
use crate::gate_nights::{HOMES, home};

/// A valid table with one row of `bytes` bytes.
fn long_row(bytes: usize) -> Vec<u8> {
    format!("{HOMES}{}425002,\"{}\n", home(1, 32.78), "x".repeat(bytes)).into_bytes()
}

/// A table over 64 MB that compresses to far less than a two-hundredth, in few rows.
fn even_rows() -> Vec<u8> {
    let row = format!("425001,{},,,,,,,,,,,,,,,,\n", "x".repeat(7 << 20));
    format!("{HOMES}{}", row.repeat(10)).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn archive(method: CompressionMethod, bytes: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("homes.csv", SimpleFileOptions::default().compression_method(method)).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn cut_off(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - bytes.len() / 3);
    bytes
}

fn damaged(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 8] {
        *byte ^= 0x5a;
    }
    bytes
}

/// Nested lists.
fn deep(levels: usize) -> Vec<u8> {
    format!("{{\"profiles\": [{}{}]}}", "[".repeat(levels), "]".repeat(levels)).into_bytes()
}

#[test]
fn whatever_is_wrong_with_a_file_ends_a_refresh_and_a_check_of_it_with_65() {
    let good = format!("{HOMES}{}", home(1, 32.78)).into_bytes();
    // Long enough that rows do not compress to nothing, so that truncation and damage affect them.
    let many: Vec<u8> = (0..3000).flat_map(|at| home(at, 32.0 + f64::from(at) / 7919.0).into_bytes()).collect();
    let many = [HOMES.as_bytes(), &many].concat();
    for (what, name, bytes) in [
        ("a row over 8 MB", "homes.csv", long_row(9 << 20)),
        ("a row over 8 MB, packed", "homes.csv.gz", gzip(&long_row(9 << 20))),
        ("a gzip bomb", "homes.csv.gz", gzip(&even_rows())),
        ("a zip bomb", "homes.zip", archive(CompressionMethod::Deflated, &even_rows())),
        ("an archive cut off", "homes.zip", cut_off(archive(CompressionMethod::Stored, &good))),
        ("an archive of damaged bytes", "homes.zip", damaged(archive(CompressionMethod::Deflated, &many))),
        ("a packed file cut off", "homes.csv.gz", cut_off(gzip(&many))),
        ("a packed file of damaged bytes", "homes.csv.gz", damaged(gzip(&many))),
        ("JSON too deep", "profiles.json", deep(100_000)),
        (
            "an element over 16 MB",
            "profiles.json",
            format!("{{\"profiles\": [{{\"name\": \"{}\"}}]}}", "x".repeat(17 << 20)).into_bytes(),
        ),
        ("JSON cut off", "profiles.json", b"{\"profiles\": [{\"ccn\": \"265".to_vec()),
        ("nothing", "homes.csv", Vec::new()),
        ("a header alone", "homes.csv", HOMES.as_bytes().to_vec()),
        (
            "a column that is missing",
            "homes.csv",
            String::from_utf8(good.clone()).unwrap().replacen("Provider Name,", "Name of it,", 1).into_bytes(),
        ),
        ("UTF-16", "homes.csv", [&[0xff, 0xfe][..], &good].concat()),
        ("days that are none", "sources.toml", b"[files.\"homes.csv\"]\nas_of = \"soon\"\n".to_vec()),
    ] {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        fs::write(folder.path().join("in").join(name), &bytes).unwrap();
        let ended = run_in(folder.path(), "refresh --from in");
        assert_eq!(ended.code, 65, "refresh, {what}: {}", ended.err);
        assert!(ended.err.contains(name) || ended.err.contains("in contain no provider"), "{what}: {}", ended.err);
        assert!(!folder.path().join("index/current").exists(), "{what}");
        // For `validate` a table without rows is valid, an archive is not a table, and dates are in
        // no schema.
        if !["a header alone", "a zip bomb"].contains(&what) {
            let ended = run_in(folder.path(), &format!("validate in/{name}"));
            assert_eq!(ended.code, 65, "validate, {what}: {} {}", ended.out, ended.err);
        }
    }
}

#[test]
fn what_is_not_there_or_cannot_be_written_keeps_its_own_code() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "x").unwrap();
    for (line, code) in [
        ("refresh --from nowhere", 66),
        ("refresh --from file", 66),
        ("validate nowhere.csv", 66),
        ("validate .", 66),
        ("fetch plan-net https://a.example --into new --token-file nowhere", 66),
        ("--config nowhere.toml refresh --from .", 78),
    ] {
        let ended = run_in(folder.path(), line);
        assert_eq!(ended.code, code, "{line}: {}", ended.err);
    }
}
