//! The invariants of the tree, as tests: what must be absent is looked for.

fn main() {}
