//! The binary: a result becomes an exit code.

fn main() -> placement::cli::exit::Exit {
    placement::cli::run()
}
