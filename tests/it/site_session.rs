//! A sign-in in its session's row: sealed whole, and as the summary that pages show. Whoever writes rows
//! pairs nobody's summary with another's sign-in, and the version before reads and writes the same rows.

use serde_json::{Map, Value};
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};

use crate::support::walk::{at_decision, press, sign_in};
use crate::support::{Browser, Page, TestApp};

const ALEX: &str = "alex@example.com";
const SAM: &str = "sam@example.com";

/// The labels that the page gives them.
const LABEL_OF_ALEX: &str = "a•••@example.com";
const LABEL_OF_SAM: &str = "s•••@example.com";

const WHOLE: &str = "sign_ins";
const SUMMARIES: &str = "sign_in_summaries";

/// The row of a browser's session.
async fn row(app: &TestApp, browser: &Browser) -> Record {
    let id: Id = browser.cookies()["ciba_session"].parse().unwrap();
    app.storage().await.sessions().load(&id).await.unwrap().unwrap()
}

async fn write(app: &TestApp, row: &Record) {
    app.storage().await.sessions().save(row).await.unwrap();
}

/// The entries of a row by their handles.
fn entries<'a>(row: &'a mut Record, key: &str) -> &'a mut Map<String, Value> {
    row.data.get_mut(key).unwrap().as_object_mut().unwrap()
}

/// Exchanges the entries of two handles.
fn swap(row: &mut Record, key: &str, one: &str, other: &str) {
    let entries = entries(row, key);
    let (first, second) = (entries[one].clone(), entries[other].clone());
    entries.insert(one.to_owned(), second);
    entries.insert(other.to_owned(), first);
}

/// The path of a request's page, and its handle.
fn request(page: &Page) -> (String, String) {
    let handle = page.path.split(['?', '/']).nth(2).unwrap().to_owned();
    (format!("/request/{handle}"), handle)
}

/// A browser in which two customers are signed in, each for a request of theirs.
async fn two_sign_ins(app: &TestApp) -> (Browser, [String; 2]) {
    let mut browser = app.browser();
    let mut handles = Vec::new();
    for (email, reference) in [(ALEX, "CASE-1"), (SAM, "CASE-2")] {
        let asked = app.ask(email, Some(reference)).await;
        let page = sign_in(app, &mut browser, &asked.link, email).await;
        assert!(page.is("decision"), "{}", page.body);
        handles.push(request(&page).1);
    }
    (browser, handles.try_into().unwrap())
}

/// Whose account the decision page of a request names, if it is shown.
async fn label(browser: &mut Browser, handle: &str) -> Option<&'static str> {
    let page = browser.get(&format!("/request/{handle}/decision")).await;
    if !page.is("decision") {
        assert!(page.is("request"), "{}", page.body);
        return None;
    }
    [LABEL_OF_ALEX, LABEL_OF_SAM].into_iter().find(|label| page.body.contains(label))
}

#[tokio::test]
async fn an_entry_that_was_moved_to_another_request_opens_nothing() {
    let app = TestApp::start().await;
    let (mut browser, [alexs, sams]) = two_sign_ins(&app).await;
    assert_eq!(label(&mut browser, &alexs).await, Some(LABEL_OF_ALEX));
    assert_eq!(label(&mut browser, &sams).await, Some(LABEL_OF_SAM));
    let good = row(&app, &browser).await;

    // Both, and the sign-ins alone: nobody is signed in, and nothing can be decided.
    for keys in [&[WHOLE, SUMMARIES][..], &[WHOLE]] {
        let page = browser.get(&format!("/request/{alexs}/decision")).await;
        let mut moved = good.clone();
        for key in keys {
            swap(&mut moved, key, &alexs, &sams);
        }
        write(&app, &moved).await;
        assert_eq!(label(&mut browser, &alexs).await, None, "{keys:?}");
        assert_eq!(label(&mut browser, &sams).await, None, "{keys:?}");
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.is("request"), "{keys:?}: {}", page.body);
        write(&app, &good).await;
    }

    // A summary of another request says nothing; each sign-in is its own.
    let mut moved = good.clone();
    swap(&mut moved, SUMMARIES, &alexs, &sams);
    write(&app, &moved).await;
    assert_eq!(label(&mut browser, &alexs).await, Some(LABEL_OF_ALEX));
    assert_eq!(label(&mut browser, &sams).await, Some(LABEL_OF_SAM));

    // A summary shows nobody whose sign-in is not there.
    let mut alone = good.clone();
    entries(&mut alone, WHOLE).remove(&alexs);
    write(&app, &alone).await;
    assert_eq!(label(&mut browser, &alexs).await, None);
    let mut broken = good;
    entries(&mut broken, WHOLE).insert(alexs.clone(), Value::String(String::new()));
    write(&app, &broken).await;
    assert_eq!(label(&mut browser, &alexs).await, None);
}

#[tokio::test]
async fn a_summary_beside_another_sign_in_for_the_same_request_says_nothing() {
    let app = TestApp::start().await;
    let asked = app.ask(ALEX, Some("CASE-1")).await;
    let (mut first, mut second) = (app.browser(), app.browser());
    let page = sign_in(&app, &mut first, &asked.link, ALEX).await;
    let (_, handle) = request(&page);
    sign_in(&app, &mut second, &asked.link, SAM).await;
    assert_eq!(label(&mut first, &handle).await, Some(LABEL_OF_ALEX));

    // Alex's summary beside Sam's sign-in: the page is about whoever would decide.
    let other = entries(&mut row(&app, &second).await, WHOLE)[&handle].clone();
    let mut paired = row(&app, &first).await;
    entries(&mut paired, WHOLE).insert(handle.clone(), other);
    write(&app, &paired).await;
    assert_eq!(label(&mut first, &handle).await, Some(LABEL_OF_SAM));
}

#[tokio::test]
async fn a_row_of_the_version_before_opens_and_decides() {
    let app = TestApp::start().await;
    let (asked, mut browser, page) = at_decision(&app).await;
    let (_, handle) = request(&page);
    let mut old = row(&app, &browser).await;
    old.data.remove(SUMMARIES).unwrap();
    write(&app, &old).await;
    assert_eq!(label(&mut browser, &handle).await, Some(LABEL_OF_ALEX));
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&asked).await.status, 200);

    // The grant to add a passkey, likewise.
    let path = format!("/request/{handle}/outcome");
    assert!(page.body.contains("data-passkey="), "{}", page.body);
    let mut old = row(&app, &browser).await;
    old.data.remove("enrolment_summary").unwrap();
    write(&app, &old).await;
    let page = browser.get(&path).await;
    assert!(page.body.contains("data-passkey="), "{}", page.body);
}

/// That version opens the sign-in whole, and knows of no summary.
#[tokio::test]
async fn what_the_version_before_removes_from_a_row_of_ours_is_gone() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let (path, handle) = request(&page);
    let mut changed = row(&app, &browser).await;
    assert!(entries(&mut changed, SUMMARIES).contains_key(&handle));
    entries(&mut changed, WHOLE).clear();
    write(&app, &changed).await;
    assert_eq!(label(&mut browser, &handle).await, None);
    let page = browser.get(&path).await;
    assert!(page.is("request"), "{}", page.body);
}
