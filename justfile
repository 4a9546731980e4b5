# Short names for common commands; `just` lists them.
demo:
    cargo run --release -- demo
check:
    cargo clippy --locked --all-targets -- -D warnings && cargo fmt --check
test filter='':
    cargo test --locked --lib {{filter}} && cargo test --locked --test it {{filter}}
all:
    tests/run
release *arguments:
    docs/release/release {{arguments}}
