//! One-time things and limits of the desk.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ciba::AuthReqId;
use ciba_login::records::{Withdrawal, digest};
use platform::clock::Clock;

use super::{ALEX, ROUNDS, Rooms, race};
use crate::support;
use crate::support::records::record;
use crate::support::walk::{press, sign_in};

/// From the press to the token: at the desk, on the page and for the poller there is one truth.
pub(super) async fn the_desk_withdraws_while_the_customer_allows(rooms: Arc<Rooms>) {
    let app = &rooms.app;
    let mut withdrawn = 0;
    for round in 0..ROUNDS {
        // The limits of mails and requests of one person are far behind.
        rooms.wait(230);
        let request = app.ask(ALEX, Some("CASE-4711")).await;
        let records = record(app, &request, ALEX).await;
        let id = AuthReqId::parse(&request.auth_req_id).unwrap();
        let mut browser = app.browser();
        let page = sign_in(app, &mut browser, &request.link, ALEX).await;
        assert!(page.body.contains("Yes, allow"), "round {round}: {}", page.body);
        let mut phone = browser.tab();
        let pressed = tokio::spawn(async move { press(&mut phone, &page, "approve").await });
        // Some rounds early, some late.
        tokio::time::sleep(Duration::from_micros(u64::try_from(round % 20).unwrap() * 700)).await;
        let withdrawal = records.withdraw(&digest(&id)).await.unwrap();
        let pressed = pressed.await.unwrap();
        let polled = app.poll_for(&request).await;
        let seen = (pressed.status.as_u16(), polled.status);
        match withdrawal {
            Withdrawal::Withdrawn => {
                assert_eq!(seen, (410, 400), "round {round}: {}", pressed.body);
                assert_eq!(polled.error(), "authorization_pending", "round {round}");
                withdrawn += 1;
            }
            Withdrawal::Decided => assert_eq!(seen, (200, 200), "round {round}: {}", pressed.body),
            Withdrawal::Unknown => panic!("round {round}: it is on record"),
        }
        // Every other browser sees the same.
        assert_eq!(app.browser().get(&request.link).await.status, pressed.status, "round {round}");
    }
    println!("{withdrawn} of {ROUNDS} were withdrawn");
}

/// The desk is full from the first round on; in each of the others three requests have ended.
pub(super) async fn of_an_agents_orders_twelve_are_open(rooms: Arc<Rooms>) {
    const MOST: usize = 12;
    const CUSTOMERS: usize = 200;
    let app = &rooms.app;
    for number in 0..CUSTOMERS {
        support::customer(&rooms.storage, &format!("user-{number}"), app.clock.unix()).await;
    }
    let mut orders = 0;
    for round in 0..ROUNDS {
        let (contenders, room) = if round == 0 { (MOST + 6, MOST) } else { (6, 3) };
        let placed = race(contenders, |_| {
            orders += 1;
            let form = [
                ("form_key", format!("{orders:A>22}")),
                ("customer", format!("user-{}@example.com", orders % CUSTOMERS)),
                ("contact", "branch".to_owned()),
                ("channel", "link".to_owned()),
                ("reference", "CASE-4711".to_owned()),
                ("lifetime", "600".to_owned()),
            ];
            let request = app.http.post(format!("{}/desk/requests", app.desk)).form(&form);
            let request = request.header("sec-fetch-site", "same-origin");
            async move { request.send().await.unwrap().status() == 303 }
        });
        assert_eq!(placed.await, room, "round {round}");
        let query = "SELECT COUNT(*) FROM desk_requests WHERE ending IS NULL";
        let open: i64 = sqlx::query_scalar(query).fetch_one(rooms.storage.reader()).await.unwrap();
        assert_eq!(open, i64::try_from(MOST).unwrap(), "round {round}");
        sqlx::query(
            "UPDATE desk_requests SET ending = 'expired', ended_at = 0 WHERE id IN \
             (SELECT id FROM desk_requests WHERE ending IS NULL ORDER BY id LIMIT 3)",
        )
        .execute(rooms.storage.writer())
        .await
        .unwrap();
    }
}

pub(super) async fn a_form_of_the_desk_asks_once(rooms: Arc<Rooms>) {
    let app = &rooms.app;
    let statuses = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    for round in 0..ROUNDS {
        let seen = statuses.clone();
        race(3, |_| {
            let form = [
                ("form_key", format!("{round:A>22}")),
                ("customer", "+15550100".to_owned()),
                ("contact", "branch".to_owned()),
                ("channel", "link".to_owned()),
                ("reference", "CASE-4711".to_owned()),
                ("lifetime", "600".to_owned()),
            ];
            let request = app.http.post(format!("{}/desk/requests", app.desk)).form(&form);
            let request = request.header("sec-fetch-site", "same-origin");
            let seen = seen.clone();
            async move {
                let status = request.send().await.unwrap().status().as_u16();
                seen.lock().unwrap().insert(status);
                true
            }
        })
        .await;
        let query = "SELECT COUNT(*) FROM desk_requests";
        let asked: i64 = sqlx::query_scalar(query).fetch_one(rooms.storage.reader()).await.unwrap();
        assert_eq!(asked, i64::try_from(round).unwrap() + 1, "round {round}");
        // The next is within every limit.
        sqlx::query("UPDATE desk_requests SET ending = 'expired', ended_at = 0")
            .execute(rooms.storage.writer())
            .await
            .unwrap();
        rooms.wait(200);
    }
    assert_eq!(*statuses.lock().unwrap(), BTreeSet::from([303]));
}
