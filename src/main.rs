//! The binary: a result becomes an exit code.

fn main() {}
