//! The table in `README.md`: every story has its row, and no story counts more notes than its row says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// Notes of this process's stories so far, both ways together.
static COUNTED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// The rows: story, and the notes in it.
fn rows() -> BTreeMap<&'static str, usize> {
    let list = include_str!("README.md");
    let (_, table) = list.split_once("<!-- faults -->").expect("the table has a beginning");
    let (table, _) = table.split_once("<!-- /faults -->").expect("the table has an end");
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let story = cells.get(2)?.strip_prefix('`')?.strip_suffix('`')?;
        // Lost, repeated, out of order: what every story asserts.
        assert_eq!(cells[4..7], ["0", "0", "0"], "{story}");
        Some((story, cells[3].parse().expect("a number of notes")))
    };
    table.lines().filter_map(row).collect()
}

/// A pair of this story has said and heard so many notes.
pub(crate) fn counted(notes: usize) {
    let thread = std::thread::current();
    let story = thread.name().unwrap_or_default().rsplit("::").next().unwrap_or_default().to_owned();
    let mut all = COUNTED.lock().expect("nothing panics while it counts");
    let sum = all.entry(story.clone()).or_default();
    *sum += notes;
    let sum = *sum;
    drop(all);
    eprintln!("{story}: {sum} notes, 0 lost, 0 repeated, 0 out of order");
    let said = rows().get(story.as_str()).copied();
    assert!(
        said.is_some_and(|said| sum <= said),
        "README.md says {said:?} notes in {story}, there are {sum}"
    );
}

#[test]
fn every_story_has_its_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fault");
    let mut stories = Vec::new();
    for entry in std::fs::read_dir(folder).expect("this folder").flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let mut is_story = false;
        for line in text.lines() {
            is_story |= line.starts_with("#[tokio::test");
            if let Some((_, name)) =
                line.split_once("async fn ").filter(|_| is_story && !line.starts_with(' '))
            {
                stories.push(name.split('(').next().unwrap_or_default().to_owned());
                is_story = false;
            }
        }
    }
    stories.sort();
    assert!(stories.len() > 20, "only {} stories: does this search still see?", stories.len());
    assert_eq!(stories, rows().keys().map(|story| (*story).to_owned()).collect::<Vec<_>>());
}
