# The commands that people type.

# List them.
default:
    @just --list

# All tests.
test *filter:
    cargo test {{filter}}

# Layout, lints, documents.
lint:
    cargo fmt --check
    cargo clippy --all-targets --all-features -- --deny warnings
    RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --all-features

# Everything that must hold before a change lands.
ci:
    .ci/run

# Write what is generated: reference pages, editor files.
generate:
    TANGGAP_WRITE=1 cargo test docs::
    cargo run --quiet -- schema

# Licences and advisories.
deny:
    cargo deny check
