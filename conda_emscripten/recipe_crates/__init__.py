"""The crates of a Rust project among the sources of its recipe."""
