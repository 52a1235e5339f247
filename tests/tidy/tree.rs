//! The files that belong to the repository, and plain ways to search them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file that is tracked, or new and not ignored; paths from the top, sorted.
pub(crate) fn files() -> Vec<String> {
    // The clone may be somebody else's: a build machine's user need not own it.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"]).current_dir(top());
    let out = git.output().expect("git lists the repository's files");
    assert!(out.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&out.stderr));
    let list = String::from_utf8(out.stdout).expect("our file names are UTF-8");
    let mut files: Vec<String> =
        list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    // Deleted here, but not yet in a commit.
    files.retain(|path| top().join(path).is_file());
    files.sort();
    files.dedup();
    assert!(files.len() > 100, "git listed only {} files: is this the repository?", files.len());
    files
}

/// The files below `folder` (or `folder` itself) that end with `ending`.
pub(crate) fn below(folder: &str, ending: &str) -> Vec<String> {
    let mut found = files();
    found.retain(|path| path.starts_with(folder) && path.ends_with(ending));
    found
}

/// As [`below`], and there must be some: a search among no files finds nothing and proves nothing.
pub(crate) fn some_below(folder: &str, ending: &str) -> Vec<String> {
    let found = below(folder, ending);
    assert!(!found.is_empty(), "no file {folder}…{ending}: the test must be told where they went");
    found
}

/// A file's text; `None` when it is not text.
pub(crate) fn text(path: &str) -> Option<String> {
    let bytes =
        std::fs::read(top().join(path)).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"));
    String::from_utf8(bytes).ok()
}

/// A source file without its comments: what the compiler sees. Line breaks stay.
pub(crate) fn code(path: &str) -> String {
    without_comments(&text(path).unwrap_or_else(|| panic!("{path} is not UTF-8")))
}

fn without_comments(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut in_block = false;
    for line in source.lines() {
        let mut rest = line;
        loop {
            if in_block {
                let Some(end) = rest.find("*/") else { break };
                (in_block, rest) = (false, &rest[end + 2..]);
            }
            // `//` inside a word is part of an address in a string.
            let lines = rest.match_indices("//").map(|(at, _)| at);
            let line =
                lines.into_iter().find(|at| *at == 0 || rest[..*at].ends_with([' ', '\t', ';', '{', '}']));
            let block = rest.find("/*");
            match (line, block) {
                (Some(line), block) if block.is_none_or(|block| line < block) => {
                    code.push_str(&rest[..line]);
                    break;
                }
                (_, Some(block)) => {
                    code.push_str(&rest[..block]);
                    (in_block, rest) = (true, &rest[block + 2..]);
                }
                _ => {
                    code.push_str(rest);
                    break;
                }
            }
        }
        code.push('\n');
    }
    code
}

/// The lines (from 1) on which `word` stands alone, not as a part of another word.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let stands = |line: &str| {
        line.match_indices(word)
            .any(|(at, found)| !line[..at].ends_with(part) && !line[at + found.len()..].starts_with(part))
    };
    code.lines().enumerate().filter(|(_, line)| stands(line)).map(|(at, _)| at + 1).collect()
}

/// Fails with everything that was found, one sentence a line.
pub(crate) fn nothing(found: Vec<String>, promise: &str) {
    assert!(found.is_empty(), "{promise}\n  {}", found.join("\n  "));
}

#[test]
fn a_comment_is_not_code_and_an_address_is_not_a_comment() {
    let source = "let a = 1; // unsafe\n/* unsafe\nunsafe */ b(\"https://c\"); /// d\n//! unsafe\nx";
    assert_eq!(without_comments(source), "let a = 1; \n\n b(\"https://c\"); \n\nx\n");
}

#[test]
fn a_word_is_found_alone_only() {
    let code = "unsafe {\nunsafe_code\nis_unsafe\n(unsafe)";
    assert_eq!(lines_with(code, "unsafe"), [1, 4]);
}
