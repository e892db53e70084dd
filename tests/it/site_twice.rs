//! A button is pressed twice, or once more later: on a poor network, by a double click, after Back.

use std::collections::BTreeSet;
use std::sync::Arc;

use ciba_login::config::{Config, Secret};
use ciba_login::site::answers::{Answers, FormClaim, StoredAnswer};
use platform::ambient::Ambient;
use platform::clock::{Clock, ManualClock};
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use platform::storage::Storage;
use time::macros::datetime;

use crate::site_passkey::elsewhere::address_elsewhere;
use crate::social_site;
use crate::support::walk::press;
use crate::support::{ALEX, Browser, Page, REFERENCE, TestApp, bench, on_both_engines};

/// Presses a button of a page twice, as a browser does: with the same cookies.
async fn twice(
    browser: &Browser,
    page: &Page,
    action: &str,
    filled: &[(&str, &str)],
) -> [(Browser, Page); 2] {
    let (mut one, mut two) = (browser.tab(), browser.tab());
    let (first, second) =
        tokio::join!(one.submit(page, action, filled), two.submit(page, action, filled));
    [(one, first), (two, second)]
}

async fn a_double_click_on_send_me_a_link_sends_one_mail_and_its_code_can_be_typed(app: TestApp) {
    let (_, phone, page) = app.opened(REFERENCE).await;
    let pressed = twice(&phone, &page, "/mail", &[("email", ALEX)]).await;
    let code = app.mail(1).await.code.unwrap();
    for (_, page) in &pressed {
        assert_eq!((page.status.as_u16(), page.form("/mail/code").fields.len()), (200, 1));
    }
    // The second press may also come after the first one's answer, with and without its cookies.
    let [(mut phone, _), (mut late, sent)] = pressed;
    assert_eq!(late.submit(&page, "/mail", &[("email", ALEX)]).await.status, 200);
    assert_eq!(phone.submit(&page, "/mail", &[("email", ALEX)]).await.status, 200);
    assert_eq!(app.mails().await.len(), 1);
    let page = late.submit(&sent, "/mail/code", &[("code", &code)]).await;
    assert!(page.is_at_decision(), "{}", page.body);
}

async fn a_double_click_on_continue_in_the_mail_signs_in_once(app: TestApp) {
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let page = phone.get(&mail.link).await;
    let pressed = twice(&phone, &page, "", &[]).await;
    let sessions: BTreeSet<_> =
        pressed.iter().map(|(browser, _)| browser.cookies()["ciba_session"].clone()).collect();
    assert_eq!(sessions.len(), 1, "one sign-in");
    for (_, page) in pressed {
        assert!(page.is_at_decision(), "{}", page.body);
    }
}

async fn a_double_click_on_continue_under_the_code_signs_in_once(app: TestApp) {
    let (_, phone, sent, mail) = app.mailed(REFERENCE).await;
    for (_, page) in twice(&phone, &sent, "/mail/code", &[("code", &mail.code.unwrap())]).await {
        assert!(page.is_at_decision(), "{}", page.body);
    }
}

async fn a_double_click_on_going_on_here_takes_the_request_over_once(app: TestApp) {
    let (_, address) = address_elsewhere(&app).await;
    let mut outside = app.browser();
    let page = outside.get(&address).await;
    for (_, page) in twice(&outside, &page, "", &[]).await {
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("CASE-8"), "{}", page.body);
    }
    let mut late = app.browser();
    let page = late.get(&address).await;
    assert_eq!(late.submit(&page, "", &[]).await.status, 404, "nobody else");
}

async fn a_double_click_on_every_other_form_is_answered_alike(app: TestApp) {
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let page = phone.get(&mail.link).await;
    let decision = phone.submit(&page, "", &[]).await;
    let handle = decision.handle();
    let fields = [("handle", handle.as_str())];
    for action in ["elsewhere", "passkey", "not-on-a-call", "switch-account"] {
        let (mut one, mut two) = (phone.tab(), phone.tab());
        let path = format!("/request/{handle}/{action}");
        let (one, two) = tokio::join!(one.post_once(&path, &fields), two.post_once(&path, &fields));
        assert!(one.status.is_success() || one.status.is_redirection(), "{action}: {}", one.status);
        assert_eq!((one.status, one.location()), (two.status, two.location()), "{action}");
    }
}

async fn whoever_goes_away_after_the_press_finds_themselves_signed_in(app: TestApp) {
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let page = phone.get(&mail.link).await;
    // The browser cancels the first press, however far it has come.
    for patience in [0, 1, 3, 10] {
        let mut cancelled = phone.tab();
        let press = cancelled.submit_once(&page, "", &[]);
        let _either_way =
            tokio::time::timeout(std::time::Duration::from_millis(patience), press).await;
    }
    let page = phone.submit(&page, "", &[]).await;
    assert!(page.is_at_decision(), "{}", page.body);
}

async fn the_link_pressed_again_in_the_browser_that_it_signed_in_leads_to_the_decision(
    app: TestApp,
) {
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let shown = phone.get(&mail.link).await;
    let decision = phone.submit(&shown, "", &[]).await;
    app.clock.advance(std::time::Duration::from_secs(60));
    // Back, and once more from the mail.
    for page in [phone.submit(&shown, "", &[]).await, phone.get(&mail.link).await] {
        assert!(page.is_at_decision(), "{}", page.body);
    }
    // Its outcome, once there is one; and for nobody else.
    press(&mut phone, &decision, "approve").await;
    app.clock.advance(std::time::Duration::from_secs(60));
    let page = phone.get(&mail.link).await;
    assert!(page.path.ends_with("/outcome"), "{}", page.path);
    let mut laptop = app.browser();
    let page = laptop.get(&mail.link).await;
    let page = laptop.submit(&page, "", &[("reference", "CASE-4711")]).await;
    assert_eq!(page.status, 410);
}

async fn the_code_typed_where_the_link_was_used_in_another_tab_leads_to_the_decision(app: TestApp) {
    let (_, mut phone, sent, mail) = app.mailed(REFERENCE).await;
    let page = phone.get(&mail.link).await;
    phone.submit(&page, "", &[]).await;
    app.clock.advance(std::time::Duration::from_secs(60));
    let code = mail.code.unwrap();
    for _ in 0..2 {
        let page = phone.submit(&sent, "/mail/code", &[("code", &code)]).await;
        assert!(page.is_at_decision(), "{}", page.body);
    }
}

async fn the_code_pressed_again_later_leads_to_the_decision(app: TestApp) {
    let (_, mut phone, sent, mail) = app.mailed(REFERENCE).await;
    let code = mail.code.unwrap();
    for _ in 0..2 {
        let page = phone.submit(&sent, "/mail/code", &[("code", &code)]).await;
        assert!(page.is_at_decision(), "{}", page.body);
        app.clock.advance(std::time::Duration::from_secs(60));
    }
}

async fn a_double_click_with_a_wrong_code_is_one_try(app: TestApp) {
    let (_, mut phone, page) = app.opened(None).await;
    let sent = phone.submit(&page, "/mail", &[("email", "nobody@example.com")]).await;
    for _ in 0..3 {
        for (_, page) in twice(&phone, &sent, "/mail/code", &[("code", "000000")]).await {
            assert_eq!(page.status, 400, "{}", page.body);
        }
    }
}

async fn an_answer_is_given_to_nobody_with_another_session(app: TestApp) {
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let page = phone.get(&mail.link).await;
    let mut thief = phone.tab();
    let signed_in = phone.submit(&page, "", &[]).await;
    assert!(signed_in.is_at_decision());
    // A planted name of the browser is not enough.
    let name = thief.cookies()["ciba_browser"].clone();
    thief.forget();
    thief.set("ciba_browser", &name);
    thief.set("ciba_session", "AAAAAAAAAAAAAAAAAAAAAA");
    let answer = thief.submit(&page, "", &[]).await;
    assert!(!answer.is_at_decision(), "{}", answer.body);
}

async fn an_answer_of_a_social_login_opened_again_leads_to_the_decision(app: TestApp) {
    let (request, mut phone) = app.asked(REFERENCE).await;
    social_site::sign_in(&app, &mut phone, &request.link, ALEX).await;
    let gone = format!("/social/finish/{}", "A".repeat(16));
    let page = phone.get(&gone).await;
    assert!(page.is_at_decision(), "{}", page.body);
    let mut other = app.browser();
    other.get(&request.link).await;
    assert_eq!(other.get(&gone).await.status, 400);
}

on_both_engines!(
    a_second_press_gets_the_answer_of_the_first_on_postgresql,
    bench:
    a_double_click_on_send_me_a_link_sends_one_mail_and_its_code_can_be_typed,
    a_double_click_on_continue_in_the_mail_signs_in_once,
    a_double_click_on_continue_under_the_code_signs_in_once,
    a_double_click_on_going_on_here_takes_the_request_over_once,
    a_double_click_on_every_other_form_is_answered_alike,
    whoever_goes_away_after_the_press_finds_themselves_signed_in,
    the_link_pressed_again_in_the_browser_that_it_signed_in_leads_to_the_decision,
    the_code_typed_where_the_link_was_used_in_another_tab_leads_to_the_decision,
    the_code_pressed_again_later_leads_to_the_decision,
    a_double_click_with_a_wrong_code_is_one_try,
    an_answer_is_given_to_nobody_with_another_session,
    an_answer_of_a_social_login_opened_again_leads_to_the_decision,
);

mod places {
    use super::*;

    pub struct Bench {
        /// Where two presses arrive: two instances on one PostgreSQL, and twice the one instance that an
        /// SQLite file has.
        pub instances: [Answers; 2],
        pub clock: Arc<ManualClock>,
        _folder: tempfile::TempDir,
    }

    pub async fn bench(database: Option<Secret>) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}", folder.path().join("test.db").display());
        let mut config = Config::default();
        let instances_at_most = if database.is_some() { 2 } else { 1 };
        config.storage.url = database.unwrap_or_else(|| Secret::new(file));
        let key = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
        config.session.sealing_key = Some(Secret::new(key));
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        let mut instances = Vec::new();
        for _ in 0..instances_at_most {
            let storage = Storage::open(&config.storage).await.unwrap();
            instances.push(Answers::new(storage, sealer.clone(), clock.clone()));
        }
        let instances = [instances[0].clone(), instances[instances_at_most - 1].clone()];
        Bench { instances, clock, _folder: folder }
    }

    fn answer(status: u16, body: &str) -> StoredAnswer {
        let body = body.to_owned();
        StoredAnswer { status, headers: Vec::new(), body, nonce: None, problem: None }
    }

    pub async fn of_two_presses_one_is_answered_and_the_other_waits_for_it(bench: Bench) {
        let [one, other] = &bench.instances;
        let key = one.key(&[b"form"]);
        assert!(matches!(one.claim(&key).await.unwrap(), FormClaim::Ours));
        let (waited, ()) = tokio::join!(other.claim(&key), async {
            tokio::task::yield_now().await;
            one.keep(std::slice::from_ref(&key), answer(303, "first")).await.unwrap();
        });
        let FormClaim::Answered(waited) = waited.unwrap() else { panic!("it has not waited") };
        assert_eq!(waited.body, "first");
        // For some seconds, and not longer.
        bench.clock.advance(std::time::Duration::from_secs(9));
        assert!(matches!(other.claim(&key).await.unwrap(), FormClaim::Answered(_)));
        bench.clock.advance(std::time::Duration::from_secs(1));
        assert!(matches!(other.claim(&key).await.unwrap(), FormClaim::Ours));
    }

    pub async fn an_answer_that_leads_nowhere_is_given_to_who_waits_and_to_nobody_later(
        bench: Bench,
    ) {
        let [one, other] = &bench.instances;
        // Now and then the answer is there, and gone, before the other one has begun to wait.
        for form in 0_u8..20 {
            let key = one.key(&[&[form]]);
            assert!(matches!(one.claim(&key).await.unwrap(), FormClaim::Ours));
            let (waited, ()) = tokio::join!(other.claim(&key), async {
                tokio::task::yield_now().await;
                one.keep(std::slice::from_ref(&key), answer(400, "wrong")).await.unwrap();
            });
            if let FormClaim::Answered(_) = waited.unwrap() {
                assert!(matches!(other.claim(&key).await.unwrap(), FormClaim::Ours));
                return;
            }
        }
        panic!("it has never waited");
    }

    pub async fn a_form_whose_instance_has_died_is_taken_anew(bench: Bench) {
        let [one, other] = &bench.instances;
        let key = one.key(&[b"form"]);
        assert!(matches!(one.claim(&key).await.unwrap(), FormClaim::Ours));
        bench.clock.advance(std::time::Duration::from_secs(30));
        assert!(matches!(other.claim(&key).await.unwrap(), FormClaim::Ours));
        bench.clock.advance(std::time::Duration::from_secs(300));
        one.clear().await.unwrap();
        assert!(bench.clock.unix() > 0);
    }

    on_both_engines!(
        postgresql_keeps_every_promise_of_the_answers,
        bench:
        of_two_presses_one_is_answered_and_the_other_waits_for_it,
        an_answer_that_leads_nowhere_is_given_to_who_waits_and_to_nobody_later,
        a_form_whose_instance_has_died_is_taken_anew,
    );
}
