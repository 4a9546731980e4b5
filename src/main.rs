//! The binary: a result becomes an exit code.

/// Gives memory back after an answer that took much, and is faster than the one of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> placement::cli::exit::ExitStatus {
    placement::cli::run()
}
