//! Says in one sentence that the web client has to be built first, and builds the relay anew when it was.

use std::path::Path;

fn main() {
    let dist = Path::new("../web-client/dist");
    // A directory here means every file below it: a page with a new name is noticed too.
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.is_dir() {
        println!(
            "cargo::error=web-client/dist is missing: build the pages first (make pages), they travel inside the relay"
        );
    }
}
