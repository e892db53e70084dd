//! docs/asvs.md: every requirement of levels 1 and 2 has a row, and what a row names is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::TestApp;

/// The requirements of ASVS 5.0.0 at levels 1 and 2: each section, and the numbers in it.
const REQUIREMENTS: &str = "\
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1-1 3.2:1-2 3.3:1-4 3.4:1-6 \
3.5:1-5 3.7:1-2 4.1:1-3 4.2:1-1 4.3:1-2 4.4:1-4 5.1:1-1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 \
6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 \
8.2:1-3 8.3:1-1 8.4:1-1 9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 \
10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1-1 11.6:1-1 12.1:1-3 12.2:1-2 12.3:1-4 \
13.1:1-1 13.2:1-5 13.3:1-2 13.4:1-5 14.1:1-2 14.2:1-4 14.3:1-3 15.1:1-3 15.2:1-3 15.3:1-7 \
16.1:1-1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3 17.1:1-1 17.2:1-4 17.3:1-2";

struct Row<'a> {
    requirements: Vec<String>,
    state: &'a str,
    shown_by: &'a str,
}

/// `1.2.6–1.2.9, 1.3.1` and the like.
fn requirements(cell: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in cell.split(',').map(str::trim) {
        let (first, last) = part.split_once('–').unwrap_or((part, part));
        let (section, from) = first.rsplit_once('.').unwrap();
        let (of_last, to) = last.rsplit_once('.').unwrap();
        assert_eq!(section, of_last, "{part}");
        let (from, to): (u8, u8) = (from.parse().unwrap(), to.parse().unwrap());
        all.extend((from..=to).map(|number| format!("{section}.{number}")));
    }
    all
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().filter(|line| {
        line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let rows = lines.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        Row { requirements: requirements(cells[0]), state: cells[2], shown_by: cells[3] }
    });
    rows.collect()
}

/// Every other part of a text that stands between two of these marks.
fn between(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.split(mark).skip(1).step_by(2)
}

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.extension().is_some_and(|found| found == ending) {
            into.push(path);
        }
    }
}

/// The sources with these endings, one after the other.
fn sources(folders: &[&str], ending: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in folders {
        files(&root.join(folder), ending, &mut all);
    }
    all.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn every_requirement_has_a_row_and_every_named_test_is_there() {
    let text = include_str!("../../docs/asvs.md");
    let rows = rows(text);
    let mut expected = BTreeSet::new();
    for section in REQUIREMENTS.split_whitespace() {
        let (section, range) = section.split_once(':').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let (from, to): (u8, u8) = (from.parse().unwrap(), to.parse().unwrap());
        expected.extend((from..=to).map(|number| format!("{section}.{number}")));
    }
    assert_eq!(expected.len(), 253, "as many as the standard has at levels 1 and 2");
    let mut found = BTreeSet::new();
    for requirement in rows.iter().flat_map(|row| &row.requirements) {
        assert!(found.insert(requirement.clone()), "{requirement} has two rows");
    }
    assert_eq!(found, expected);

    let rust = sources(&["tests/it", "src", "crates"], "rs");
    let browser = sources(&["end2end/tests"], "ts");
    let is_test = |name: &str| {
        rust.contains(&format!("fn {name}(")) || rust.contains(&format!("        {name},\n"))
    };
    for row in &rows {
        let names = between(row.shown_by, '`');
        let names: Vec<_> = names
            .filter(|name| name.contains('_') && !name.contains(|c: char| " .=".contains(c)))
            .filter(|name| name.matches('_').count() > 1)
            .collect();
        for name in &names {
            assert!(is_test(name), "{:?} names {name}", row.requirements);
        }
        let titles: Vec<_> = between(row.shown_by, '"').filter(|it| it.contains(' ')).collect();
        for title in &titles {
            assert!(browser.contains(title), "{:?} names {title}", row.requirements);
        }
        let pages = row.shown_by.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let pages: Vec<_> = pages.collect();
        for page in &pages {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
            assert!(path.exists(), "{:?} names {page}", row.requirements);
        }
        match row.state {
            "met" => {
                let is_shown = !(names.is_empty() && titles.is_empty() && pages.is_empty());
                assert!(is_shown, "{:?}", row.requirements);
            }
            "not met" | "yours" => assert!(!row.shown_by.is_empty(), "{:?}", row.requirements),
            "none" => {}
            state => panic!("{:?}: {state}", row.requirements),
        }
    }
}

#[tokio::test]
async fn no_listener_answers_trace() {
    let app = TestApp::start().await;
    for listener in [&app.site, &app.provider, &app.desk] {
        for path in ["/", "/login", "/healthz", "/oidc/token"] {
            let request = app.http.request(reqwest::Method::TRACE, format!("{listener}{path}"));
            let status = request.header("x-secret", "1").send().await.unwrap().status();
            assert!(matches!(status.as_u16(), 403..=405), "{listener}{path}: {status}");
        }
    }
}
