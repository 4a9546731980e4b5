# `just` lists these; each is one command you can also type.
demo:
    cargo run --release -- demo
check:
    cargo clippy --locked --all-targets -- -D warnings && cargo fmt --check
test filter='':
    cargo test --locked --lib {{filter}} && cargo test --locked --test it {{filter}}
all:
    tests/run
