//! The binary. Converts the result of the command line into an exit code.

/// Returns memory to the system after large answers, and is faster than the system allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> placement::cli::exit::ExitStatus {
    placement::cli::run()
}
