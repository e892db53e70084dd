//! What the queue of sign-in mails promises, on each engine.

use std::sync::Arc;

use ciba::AuthReqId;
use ciba_login::config::Secret;
use ciba_login::records::{NewRecord, Records};
use ciba_login::site::request::HeldRequest;
use ciba_login::site::sign_in::magic_link::Mails;
use messages::texts::Language;
use platform::client_network::ClientNetwork;
use platform::clock::{Clock, ManualClock};
use transmit::EmailAddress;

use crate::support::foundation::Foundation;
use crate::support::on_both_engines;

struct Bench {
    mails: Mails,
    records: Records,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

async fn bench(database: Option<Secret>) -> Bench {
    let Foundation { folder, clock, ambient, storage, sealer, .. } = Foundation::on(database).await;
    let records = Records::new(storage.clone(), sealer.clone(), clock.clone());
    let mails = Mails::new(storage, sealer, ambient, 10);
    Bench { mails, records, clock, _folder: folder }
}

impl Bench {
    /// Records a request as the operator's side does.
    async fn record(&self, request: &str) {
        let new = NewRecord {
            auth_req_id: &AuthReqId::parse(request).unwrap(),
            login_hint: "alex@example.com",
            message: None,
            expires_at: self.clock.unix() + 300,
            channel: "link",
            scope: "openid",
            contact: None,
        };
        self.records.record(new).await.unwrap();
    }

    /// Whether a mail for this request goes to this address.
    async fn goes(&self, request: &str, number: usize) -> bool {
        self.goes_from(None, request, number).await
    }

    /// The same, asked for from an address.
    async fn goes_from(&self, from: Option<&str>, request: &str, number: usize) -> bool {
        let network = from.and_then(|from| ClientNetwork::of_peer(from.parse().unwrap()));
        let request = HeldRequest {
            auth_req_id: AuthReqId::parse(request).unwrap(),
            message: None,
            opened_at: self.clock.unix(),
            ui_locales: None,
            reported: false,
        };
        let address = EmailAddress::parse(&format!("{number}@example.com")).unwrap();
        self.mails.queue(&address, &request, Language::En, network).await.unwrap().is_ok()
    }
}

async fn a_flood_for_invented_requests_leaves_room_for_those_on_record(bench: Bench) {
    for number in 0..300 {
        assert!(bench.goes(&format!("invented-{number}"), number).await, "{number}");
    }
    assert!(!bench.goes("invented", 300).await);
    bench.record("asked").await;
    for number in 301..313 {
        assert!(bench.goes("asked", number).await, "{number}");
    }
    assert!(!bench.goes("asked", 313).await, "not without end either");
    // Its time is over, and with it what was kept for it.
    bench.clock.advance(std::time::Duration::from_secs(301));
    assert!(bench.goes("asked", 314).await, "the flood is over too");
}

async fn one_network_cannot_use_up_the_mails_of_all(bench: Bench) {
    let mut number = 0;
    let mut goes = async |from: &str, request: &str| {
        number += 1;
        bench.goes_from(Some(from), request, number).await
    };
    // A household's IPv6 addresses are one network, however many it takes.
    for (turn, request) in (0..30).map(|turn| (turn, format!("a-{turn}"))) {
        assert!(goes(&format!("2001:db8:1:2::{turn}"), &request).await, "{turn}");
    }
    assert!(!goes("2001:db8:1:2:ffff::1", "b").await);
    for turn in 0..30 {
        assert!(goes("203.0.113.7", &format!("c-{turn}")).await, "{turn}");
    }
    assert!(!goes("203.0.113.7", "d").await);
    assert!(goes("203.0.113.8", "e").await, "others are not kept from anything");
    assert!(goes("127.0.0.1", "f").await, "nobody knows who asks");
    bench.clock.advance(std::time::Duration::from_secs(61));
    assert!(goes("203.0.113.7", "g").await);
}

async fn a_flood_of_ones_own_network_leaves_room_for_a_request_on_record(bench: Bench) {
    for number in 0..31 {
        bench.goes_from(Some("203.0.113.7"), &format!("invented-{number}"), number).await;
    }
    bench.record("asked").await;
    assert!(!bench.goes_from(Some("203.0.113.7"), "invented", 40).await);
    assert!(bench.goes_from(Some("203.0.113.7"), "asked", 41).await);
}

async fn a_strangers_asks_leave_room_for_an_address_from_elsewhere(bench: Bench) {
    for number in 0..4 {
        assert!(bench.goes_from(Some("203.0.113.7"), &format!("a-{number}"), 1).await);
        bench.clock.advance(std::time::Duration::from_secs(21));
    }
    assert!(!bench.goes_from(Some("203.0.113.7"), "a-4", 1).await);
    assert!(bench.goes_from(Some("198.51.100.7"), "b", 1).await);
}

async fn a_request_on_record_has_mails_of_its_own(bench: Bench) {
    for number in 0..4 {
        assert!(bench.goes(&format!("invented-{number}"), 1).await);
        bench.clock.advance(std::time::Duration::from_secs(20));
    }
    assert!(!bench.goes("invented-4", 1).await);
    bench.record("asked").await;
    for number in 0..4 {
        assert!(bench.goes("asked", 1).await, "{number}");
        assert!(!bench.goes("asked", 1).await, "one at a time");
        bench.clock.advance(std::time::Duration::from_secs(20));
    }
    assert!(!bench.goes("asked", 1).await, "not without end either");
}

on_both_engines!(
    postgresql_keeps_every_promise_of_the_mails,
    bench:
    a_flood_for_invented_requests_leaves_room_for_those_on_record,
    one_network_cannot_use_up_the_mails_of_all,
    a_flood_of_ones_own_network_leaves_room_for_a_request_on_record,
    a_strangers_asks_leave_room_for_an_address_from_elsewhere,
    a_request_on_record_has_mails_of_its_own,
);
