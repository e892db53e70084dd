//! What requests ask of the database: no statement's work grows with what a day has left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::storage::{STATEMENTS, Storage};
use sqlx::Row;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::desk;
use crate::site_passkey::{self, Phone};
use crate::support::walk::{at_decision, press};
use crate::support::{ALEX, TestApp};

/// The statements of this thread, where the whole application runs, in the order in which they ended.
pub struct Statements {
    taken: Taken,
    _on: tracing::subscriber::DefaultGuard,
}

/// A statement, and the steps that SQLite has taken for it.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    pub sql: String,
    pub steps: i64,
}

#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<Statement>>>);

impl<S: Subscriber> Layer<S> for Taken {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == STATEMENTS {
            let mut statement = Statement::default();
            event.record(&mut statement);
            self.0.lock().unwrap().push(statement);
        }
    }
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            value.clone_into(&mut self.sql);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "steps" {
            self.steps = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Statements {
    pub fn watch() -> Self {
        let taken = Taken::default();
        let subscriber = tracing_subscriber::registry().with(taken.clone());
        Self { taken, _on: tracing::subscriber::set_default(subscriber) }
    }

    /// What was run since this was asked last.
    pub fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.taken.0.lock().unwrap())
    }
}

/// Rows of each table that a day leaves behind, by the columns in which one differs from the next.
const HISTORY: [(&str, &[&str]); 9] = [
    ("site_requests", &["auth_req_hash", "handle"]),
    ("site_decisions", &["auth_req_hash"]),
    ("site_mails", &["key_hash", "handle", "address", "network"]),
    ("ciba_requests", &["auth_req_digest", "user_id"]),
    ("refresh_tokens", &["token_digest", "session_id", "user_id"]),
    ("login_links", &["code_digest", "user_id"]),
    ("one_time_codes", &["user_id", "code_hash"]),
    ("spent_values", &["value_digest"]),
    ("desk_requests", &["id", "form_key", "agent", "auth_req_hash"]),
];

/// How many of each.
const ROWS: i64 = 4_000;

/// The most steps of a statement: much less than what it takes to read each row once.
const MOST_STEPS: i64 = 2_000;

/// Statements that may read a whole table, and why.
const READ_ALL: [(&str, &str); 13] = [
    ("UPDATE site_decisions SET lease = '', lease_until = 0", "once, at a start"),
    ("UPDATE site_mails SET lease_until = 0", "once, at a start"),
    ("UPDATE site_mails SET held_until = 1 WHERE held_until >", "once, at a start"),
    ("UPDATE desk_requests SET leased_until = $1, lease = ''", "once, at a start"),
    ("UPDATE queued_messages SET lease_until = 0", "once, at a start"),
    ("SELECT client_id, secret_sealed FROM clients", "once, at a start"),
    ("DELETE FROM users WHERE (email", "once, at a start of the demo"),
    ("SELECT slot, created_at, private_sealed FROM signing_keys", "a few keys"),
    ("SELECT kid, private_sealed FROM signing_keys", "a few keys"),
    ("DELETE FROM signing_keys", "a few keys"),
    ("SELECT tenant_id FROM provider_tenant", "one row"),
    ("DELETE FROM tower_sessions", "all sessions of some minutes, every five minutes"),
    ("SELECT id, channel, recipient", "the demo's outbox has an end"),
];

/// Indexes that hold no more than what is asked for.
const NARROW: [&str; 2] = ["INDEX site_decisions_to_send", "INDEX desk_requests_open"];

fn may_read_all(sql: &str) -> bool {
    READ_ALL.iter().any(|(start, _)| sql.starts_with(start))
}

/// Multiplies a row of each table.
async fn leave_history(storage: &Storage) {
    // Nobody polls any more for what a day has left at the desk.
    let ended = sqlx::query("UPDATE desk_requests SET ending = 'denied', ended_at = created_at");
    ended.execute(storage.writer()).await.unwrap();
    for (table, keys) in HISTORY {
        let named = sqlx::query("SELECT name FROM pragma_table_info($1)").bind(table);
        let columns = named.fetch_all(storage.reader()).await.unwrap();
        let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
        // Numbered by the engine.
        let columns: Vec<&str> = columns
            .iter()
            .map(String::as_str)
            .filter(|name| (table, *name) != ("one_time_codes", "id"))
            .collect();
        let values = columns.iter().map(|name| {
            if keys.contains(name) {
                format!(
                    "CASE typeof({name}) WHEN 'blob' THEN randomblob(32) ELSE {name} || '-' || n END"
                )
            } else {
                (*name).to_owned()
            }
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let statement = format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS}) \
             INSERT INTO {table} ({}) SELECT {values} FROM numbers, (SELECT * FROM {table} LIMIT 1)",
            columns.join(", ")
        );
        let done = sqlx::query(&statement).execute(storage.writer()).await.unwrap();
        assert_eq!(done.rows_affected(), ROWS.cast_unsigned(), "{table}");
    }
}

/// What an ordinary day has in it, each once.
async fn a_day(app: &TestApp, phone: &mut Phone) {
    // No limit of mails counts what was before.
    app.clock.advance(Duration::from_secs(120));
    // By passkey, with one touch.
    let (mut browser, handle, offer, id) = site_passkey::opened(app, ALEX, "CASE-2").await;
    let envelope = phone.touch(app, &offer, "approve");
    let page = site_passkey::send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(site_passkey::poll(app, &id).await, "token");
    // By mail.
    let (request, mut browser, page) = at_decision(app).await;
    let page = press(&mut browser, &page, "deny").await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    // At the desk.
    let mut agent = desk::agent(app);
    let page = desk::ask(&mut agent, &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(agent.get("/desk").await.status, 200);
}

#[tokio::test]
async fn no_statement_reads_what_a_day_has_left_behind() {
    let mut app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    a_day(&app, &mut phone).await;
    let storage = Storage::attach(&app.config.storage).await.unwrap();
    leave_history(&storage).await;
    let statements = Statements::watch();
    // The workers look, count and clear at a start.
    app.stop_and_restart().await;
    a_day(&app, &mut phone).await;
    let taken = statements.take();
    assert!(taken.len() > 100, "{}", taken.len());

    // What reads a whole table is seen to do so.
    let reads_all = "SELECT handle FROM site_requests WHERE outcome = 'none'";
    sqlx::query(reads_all).fetch_all(storage.reader()).await.unwrap();
    let seen = statements.take().into_iter().find(|statement| statement.sql == reads_all);
    assert!(seen.as_ref().is_some_and(|seen| seen.steps > MOST_STEPS), "{seen:?}");

    let mut dear = BTreeMap::new();
    for Statement { sql, steps } in &taken {
        if *steps > MOST_STEPS && !may_read_all(sql) {
            dear.insert(sql, steps);
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");

    let texts: BTreeSet<_> = taken.iter().map(|statement| &statement.sql).collect();
    let mut scans = Vec::new();
    for sql in texts.into_iter().filter(|sql| is_planned(sql) && !may_read_all(sql)) {
        let explained = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = sqlx::query(&explained).fetch_all(storage.reader()).await.unwrap();
        let lines = plan.iter().map(|row| row.get::<String, _>("detail"));
        // Values and subqueries of one row have a name as tables have.
        let harmless = ["SCAN CONSTANT ROW", "SCAN wanted", "SCAN sessions"];
        let is_narrow = |line: &String| NARROW.iter().any(|index| line.contains(index));
        let mut lines = lines.filter(|line| line.starts_with("SCAN ") && !is_narrow(line));
        if lines.any(|line| !harmless.contains(&line.as_str())) {
            scans.push(sql);
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}

/// Whether SQLite makes a plan for it.
fn is_planned(sql: &str) -> bool {
    ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb))
}

/// What the workers ask by themselves, once a second or less often.
const WORKERS: [&str; 10] = [
    "UPDATE site_decisions SET lease = $1",
    "UPDATE site_pushed_requests SET answered_by = 'operator'",
    "UPDATE site_mails SET lease_until = $1, attempts",
    "UPDATE queued_messages",
    "UPDATE desk_requests SET leased_until",
    "SELECT COUNT(*) AS waiting FROM site_decisions",
    "SELECT id FROM desk_requests WHERE ending IS NULL",
    "SELECT COUNT(*) FROM queued_messages",
    "SELECT slot, created_at, private_sealed FROM signing_keys",
    "DELETE FROM",
];

/// The statements since they were asked for last that no worker has run.
fn of_requests(statements: &Statements) -> Vec<String> {
    let taken = statements.take().into_iter().map(|statement| statement.sql);
    taken.filter(|sql| !WORKERS.iter().any(|start| sql.starts_with(start))).collect()
}

#[tokio::test]
async fn a_whole_request_by_passkey_asks_the_database_as_often_as_the_documentation_says() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let statements = Statements::watch();
    // The site has its own token at the provider, and everybody is known to the memory.
    let (mut browser, handle, offer, _) = site_passkey::opened(&app, ALEX, "CASE-1").await;
    let envelope = phone.touch(&app, &offer, "approve");
    site_passkey::send(&mut browser, &handle, "/passkey", &envelope).await;
    of_requests(&statements);

    let mut counted = Vec::new();
    let mut note = |step: &str| {
        let asked = of_requests(&statements);
        counted.push((step.to_owned(), asked.len()));
        asked
    };
    let request = app.ask(ALEX, Some("CASE-2")).await;
    let mut asked = vec![note("start")];
    let mut browser = app.browser();
    let page = browser.get(&request.link).await;
    asked.push(note("link and page"));
    let handle = page.handle();
    let offer =
        site_passkey::options(&mut browser, &format!("/request/{handle}/passkey/options")).await;
    asked.push(note("options"));
    let envelope = phone.touch(&app, &offer, "approve");
    let page = site_passkey::send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    asked.push(note("touch and outcome"));
    assert_eq!(app.poll_for(&request).await.status, 200);
    asked.push(note("token"));
    let expected = [
        ("start", 3),
        ("link and page", 1),
        ("options", 4),
        ("touch and outcome", 17),
        ("token", 3),
    ];
    let expected = expected.map(|(step, count)| (step.to_owned(), count));
    assert_eq!(counted, expected, "{asked:#?}");
}
