//! A centre is a file: nothing of the one that is shipped stands in the code or in the pages' texts.

use crate::tree::{code, files, nothing, text};

/// What the code is made of; what is served is among it.
const CODE: [&str; 3] = ["server/src/", "protocol/", "web-client/"];

/// Tests may name whom they like, prose is no code, and a list of two thousand words holds names by chance.
fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs")
        || path.contains("/return-words.")
        || path.ends_with(".md")
        || ["/tests/", "/test/", "/testdata/", "/benches/", "/bench/", "/vectors/"]
            .iter()
            .any(|folder| path.contains(folder))
}

/// What the shipped file says that no other centre would say: name, numbers, hosts, exit.
fn of_the_centre() -> Vec<String> {
    let shipped = text("deploy/centre.toml").unwrap();
    let value = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    let (mut found, mut section) = (Vec::new(), "");
    for line in shipped.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split(" = ").next().unwrap();
        match key {
            // Plain words of the language: a name of one of these is no name of anybody.
            "name.sv" if ["[[templates]]", "[[topics]]"].contains(&section) => {}
            "name" | "short_name" | "phone" | "centre_id" | "name.sv" => found.push(value(line)),
            "number" => {
                let digits = |number: String| number.replace([' ', '-'], "");
                found.extend([value(line), digits(value(line))]);
            }
            "exit" | "pages" | "relay" | "staff" => {
                found.extend(value(line).split('/').nth(2).map(str::to_owned));
            }
            _ => {}
        }
    }
    // Everybody's: the country's emergency number and its police.
    found.retain(|word| {
        !["112", "SOS Alarm", "114 14", "11414", "Polisen", "Nödnummer"].contains(&word.as_str())
    });
    found
}

#[test]
fn nothing_of_the_shipped_centre_stands_in_the_code() {
    let words = of_the_centre();
    assert!(words.len() > 20, "{words:?}");
    let mut found = Vec::new();
    for path in files() {
        if !CODE.iter().any(|folder| path.starts_with(folder)) || is_test(&path) || text(&path).is_none() {
            continue;
        }
        // A test beside the code ends its file.
        let source = code(&path);
        let source = source.split("#[cfg(test)]").next().unwrap_or_default().to_lowercase();
        for (at, line) in source.lines().enumerate() {
            let named = words.iter().filter(|word| line.contains(&word.to_lowercase()));
            found.extend(named.map(|word| format!("{path}:{} names {word:?}", at + 1)));
        }
    }
    nothing(found, "A centre is a file.");
}

#[test]
fn the_search_knows_what_it_looks_for() {
    let words = of_the_centre();
    for word in ["CMHV", "021-39 87 62", "0213987 62", "www.smhi.se", "chatt.cmhv.example"] {
        let plain = word.replace(' ', "");
        assert!(
            words.iter().any(|known| known == word || known.replace(' ', "") == plain),
            "{word} in {words:?}"
        );
    }
}
