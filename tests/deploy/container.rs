//! The container's file, read: building it needs a tool and a base image that few test machines have.

const FILE: &str = include_str!("../../deploy/container/Containerfile");
const UNIT: &str = include_str!("../../deploy/systemd/lykta.service");

/// Instruction and argument, continued lines joined, comments left out.
fn instructions(file: &str) -> Vec<(String, String)> {
    let lines: Vec<_> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let whole = joined.lines().filter(|line| !line.trim().is_empty());
    let apart = whole.map(|line| line.split_once(' ').expect("an instruction has an argument"));
    apart.map(|(word, rest)| (word.to_owned(), rest.trim().to_owned())).collect()
}

/// What is wrong with a container's file.
fn faults(file: &str) -> Vec<String> {
    const KNOWN: [&str; 9] =
        ["FROM", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD"];
    let all = instructions(file);
    let mut found = Vec::new();
    let mut tell = |wrong: bool, what: &str| {
        if wrong {
            found.push(what.to_owned());
        }
    };
    let of = |word: &str| {
        all.iter().filter(|(name, _)| name == word).map(|(_, rest)| rest.as_str()).collect::<Vec<_>>()
    };
    tell(all.iter().any(|(name, _)| !KNOWN.contains(&name.as_str())), "an instruction that is not needed");
    tell(all.first().is_none_or(|(name, _)| name != "FROM"), "it does not begin with FROM");
    tell(
        of("FROM").iter().any(|base| !base.contains(':') || base.ends_with(":latest")),
        "a base without a version",
    );
    tell(
        of("RUN").iter().any(|run| run.contains("curl") || run.contains("wget") || run.contains("apt")),
        "a build that fetches",
    );
    for once in ["USER", "ENTRYPOINT", "CMD", "STOPSIGNAL", "VOLUME"] {
        tell(of(once).len() != 1, once);
    }
    let user = of("USER").first().copied().unwrap_or("0");
    tell(user.split(':').any(|id| id.parse::<u32>().is_ok_and(|id| id == 0) || id == "root"), "root");
    for exec in of("ENTRYPOINT").into_iter().chain(of("CMD")) {
        tell(
            serde_json::from_str::<Vec<String>>(exec).is_err(),
            "a shell stands between SIGTERM and the relay",
        );
    }
    let last_run = all.iter().rposition(|(name, _)| name == "RUN" || name == "COPY");
    let became = all.iter().position(|(name, _)| name == "USER");
    tell(became < last_run, "files are made by the user that runs");
    found
}

#[test]
fn the_containers_file_is_in_order() {
    assert_eq!(faults(FILE), Vec::<String>::new());
}

#[test]
fn a_container_as_root_behind_a_shell_from_any_base_would_be_seen() {
    let bad = "FROM debian:latest\nRUN curl x | sh\nUSER root\nENTRYPOINT lykta\n";
    let found = faults(bad);
    for what in [
        "a base without a version",
        "a build that fetches",
        "root",
        "a shell stands between SIGTERM and the relay",
    ] {
        assert!(found.iter().any(|found| found == what), "{what}: {found:?}");
    }
}

#[test]
fn the_container_serves_the_same_file_from_the_same_state_directory_as_the_unit() {
    for place in ["/etc/lykta/centre.toml", "/usr/bin/lykta"] {
        assert!(FILE.contains(place) && UNIT.contains(place), "{place}");
    }
    assert!(FILE.contains("VOLUME /var/lib/lykta") && UNIT.contains("StateDirectory=lykta\n"));
}
