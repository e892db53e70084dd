//! Sign-in by a mail of our own where the provider is Keycloak (`keycloak.mail_sign_in`).

use std::time::Duration;

use ciba::AuthReqId;
use ciba_login::config::{Config, Secret};
use ciba_login::records::MailWay;
use platform::storage::Storage;
use reqwest::Method;
use serde_json::json;
use sqlx::Row;

use crate::keycloak::{is, sign_in};
use crate::keycloak_ended::{ask_at_desk, desk, shell, start};
use crate::provider_delivery::MailServer;
use crate::support::keycloak::{AGENTS_CLIENT, ALEX, KeycloakApp, SAM, Start};
use crate::support::walk::press;
use crate::support::{Browser, Page, until};

struct WithMail {
    app: KeycloakApp,
    server: MailServer,
}

/// A mail as its reader sees it.
struct Received {
    to: String,
    text: String,
}

impl Received {
    fn read(mail: &str) -> Self {
        let (head, body) = mail.split_once("\n\n").unwrap();
        let (_, rest) = head.split_once("TO:<").unwrap();
        let text = body.replace("=\n", "").replace("=3D", "=");
        Self { to: rest.split_once('>').unwrap().0.to_owned(), text }
    }

    fn link(&self, app: &KeycloakApp) -> String {
        let begins = format!("{}/mail/callback?", app.site);
        let mut words = self.text.split_whitespace();
        let link = words.find(|word| word.starts_with(&begins));
        link.unwrap_or_else(|| panic!("{}", self.text)).to_owned()
    }

    fn code(&self) -> String {
        let mut words = self.text.split_whitespace().map(|word| word.trim_end_matches('.'));
        let code = words.find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()));
        code.unwrap_or_else(|| panic!("{}", self.text)).to_owned()
    }
}

impl WithMail {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let server = MailServer::start("250 ok").await;
        let app = KeycloakApp::start_with(|config| {
            config.mail.smtp_url = Some(Secret::new(server.address.clone()));
            config.mail.from = Some("Example Bank <no-reply@example.com>".into());
            config.keycloak.mail_sign_in = vec![AGENTS_CLIENT.into()];
            change(config);
        })
        .await;
        Self { app, server }
    }

    fn received(&self) -> Vec<Received> {
        let mails = self.server.received.lock().unwrap();
        mails.iter().map(|mail| Received::read(mail)).collect()
    }

    async fn mail(&self, count: usize) -> Received {
        until("a mail is sent", async || self.received().len() >= count).await;
        self.received().remove(count - 1)
    }

    /// A request, and a browser that shows it.
    async fn asked(&self, extra: &[(&str, &str)]) -> (Start, Browser, Page) {
        let (start, link) = self.app.asked(extra).await;
        let mut browser = self.app.browser();
        let page = browser.get(&link).await;
        (start, browser, page)
    }

    /// The same, and a mail that was asked for.
    async fn mailed(&self, message: &str) -> (Start, Browser, Received) {
        let (start, mut browser, page) = self.asked(&[("binding_message", message)]).await;
        let before = self.received().len();
        let page = browser.submit(&page, "/mail", &[]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        (start, browser, self.mail(before + 1).await)
    }

    /// Opens the link of a mail and presses its button.
    async fn opens(&self, browser: &mut Browser, mail: &Received) -> Page {
        let page = browser.get(&mail.link(&self.app)).await;
        browser.submit(&page, "", &[]).await
    }

    /// How many mails were asked for and are neither sent nor given up.
    async fn queued(&self) -> i64 {
        let storage = Storage::attach(&self.app.config.storage).await.unwrap();
        let row = sqlx::query("SELECT COUNT(*) AS queued FROM site_mails WHERE sent_at IS NULL")
            .fetch_one(storage.reader())
            .await
            .unwrap();
        row.try_get("queued").unwrap()
    }

    async fn signed_in_by(&self, link: &str) -> Option<MailWay> {
        let key = AuthReqId::parse(link.rsplit('/').next().unwrap()).unwrap();
        self.app.records().await.find(&key).await.unwrap().unwrap().steps.signed_in_by
    }
}

/// Whether a page offers to send a mail.
fn offers_mail(page: &Page) -> bool {
    page.forms().iter().any(|form| form.action.ends_with("/mail"))
}

#[tokio::test]
async fn one_press_sends_a_link_to_the_verified_address_and_the_page_says_by_which_way() {
    let with = WithMail::start().await;
    let (start, link) = with.app.asked(&[("binding_message", "CASE-4711")]).await;
    let mut browser = with.app.browser();
    let page = browser.get(&link).await;
    assert!(page.body.contains("a•••@example.com"), "{}", page.body);
    // The realm's own sign-in comes first, and nothing can be typed.
    let (realm, mail) = (page.body.find("/social/keycloak"), page.body.find("data-known-address"));
    assert!(realm.unwrap() < mail.unwrap(), "{}", page.body);
    assert!(!page.body.contains("name=\"email\""), "{}", page.body);
    let page = browser.submit(&page, "/mail", &[]).await;
    assert!(page.body.contains("a•••@example.com") && !page.body.contains("alex@example.com"));
    let mail = with.mail(1).await;
    assert_eq!(mail.to, "alex@example.com");
    assert!(!mail.text.contains("CASE-4711"), "{}", mail.text);
    // Whose mail it is stands on both pages: the realm has signed nobody in.
    let page = browser.get(&mail.link(&with.app)).await;
    assert!(page.body.contains("Our email signs you in as"), "{}", page.body);
    let page = browser.submit(&page, "", &[]).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
    assert!(page.body.contains("Signed in by our email as"), "{}", page.body);
    assert_eq!(with.signed_in_by(&link).await, Some(MailWay::Link));
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "Allowed"), "{}", page.body);
    assert_eq!(with.app.keycloak.callbacks(), [("SUCCEED".to_owned(), 200)]);
    assert_eq!(with.app.keycloak.poll(&start).await, "tokens");
    assert!(with.app.keycloak.departures().is_empty());
    assert_eq!(with.signed_in_by(&link).await, Some(MailWay::Link));
}

#[tokio::test]
async fn the_code_of_the_mail_signs_in_the_browser_that_asked_and_wrong_ones_are_counted() {
    let with = WithMail::start().await;
    let (_, mut browser, page) = with.asked(&[]).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    let mail = with.mail(1).await;
    let code = mail.code();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let page = browser.submit(&sent, "/mail/code", &[("code", wrong)]).await;
    assert_eq!(page.status, 400, "{}", page.body);
    // In another browser the code alone is of no use.
    let page = with.app.browser().post(&sent.form("/mail/code").action, &[("code", &code)]).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    let page = browser.submit(&sent, "/mail/code", &[("code", &code)]).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
    // Used once: the link is spent with it.
    let page = with.opens(&mut with.app.browser(), &mail).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);

    let (_, mut other, page) = with.asked(&[("login_hint", "sam")]).await;
    let sent = other.submit(&page, "/mail", &[]).await;
    let code = with.mail(2).await.code();
    let wrong = if code == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        other.submit(&sent, "/mail/code", &[("code", wrong)]).await;
    }
    let page = other.submit(&sent, "/mail/code", &[("code", &code)]).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
}

#[tokio::test]
async fn elsewhere_the_link_asks_for_the_reference_and_a_wrong_one_ends_it() {
    let with = WithMail::start().await;
    let (_, _, mail) = with.mailed("CASE-4711").await;
    let mut thief = with.app.browser();
    let page = thief.get(&mail.link(&with.app)).await;
    let choices = page.choices("reference");
    assert_eq!(choices.len(), 3, "{}", page.body);
    let wrong = choices.iter().find(|choice| *choice != "CASE-4711").unwrap();
    thief.submit(&page, "", &[("reference", wrong)]).await;
    let mut other = with.app.browser();
    let page = other.get(&mail.link(&with.app)).await;
    let page = other.submit(&page, "", &[("reference", "CASE-4711")]).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);

    with.app.clock.advance(Duration::from_secs(301));
    let (_, _, mail) = with.mailed("CASE-0815").await;
    let mut tablet = with.app.browser();
    let page = tablet.get(&mail.link(&with.app)).await;
    let page = tablet.submit(&page, "", &[("reference", "CASE-0815")]).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
}

#[tokio::test]
async fn it_is_offered_for_no_request_that_demands_a_class_of_sign_in_or_whose_client_is_not_listed()
 {
    let with = WithMail::start().await;
    for acr in ["1", "0", "gold silver"] {
        let (_, mut browser, page) = with.asked(&[("acr_values", acr)]).await;
        assert!(!offers_mail(&page) && page.status == 200, "{acr}: {}", page.body);
        refused(&mut browser, &page).await;
        with.app.clock.advance(Duration::from_secs(301));
    }
    let other = WithMail::start_with(|config| {
        config.keycloak.clients.insert("payments".into(), "Example Bank, payments".into());
        config.keycloak.mail_sign_in = vec!["payments".into()];
    })
    .await;
    let (_, mut browser, page) = other.asked(&[]).await;
    assert!(!offers_mail(&page) && page.status == 200, "{}", page.body);
    refused(&mut browser, &page).await;
    let off = WithMail::start_with(|config| config.keycloak.mail_sign_in.clear()).await;
    let (_, mut browser, page) = off.asked(&[]).await;
    assert!(!offers_mail(&page) && page.status == 200, "{}", page.body);
    refused(&mut browser, &page).await;
    for with in [with, other, off] {
        assert!(with.received().is_empty());
    }
}

/// Whoever makes the form that the page has not is refused.
async fn refused(browser: &mut Browser, page: &Page) {
    let handle = page.path.rsplit('/').next().unwrap().to_owned();
    for asked in [("known", "1"), ("email", "alex@example.com")] {
        let form = [("handle", handle.as_str()), asked];
        let answer = browser.post(&format!("{}/mail", page.path), &form).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
}

#[tokio::test]
async fn no_mail_goes_to_an_address_that_is_typed_or_not_verified() {
    let with = WithMail::start().await;
    let (_, mut browser, page) = with.asked(&[]).await;
    let handle = page.path.rsplit('/').next().unwrap().to_owned();
    for typed in ["sam@example.com", "alex@example.com", "no address"] {
        let form = [("handle", handle.as_str()), ("email", typed)];
        let answer = browser.post(&format!("{}/mail", page.path), &form).await;
        assert_eq!(answer.path, page.path, "{}", answer.body);
    }
    for change in [
        json!({ "emailVerified": false }),
        // A user name that looks like an address proves nothing.
        json!({ "emailVerified": false, "username": "alex@evil.example" }),
        json!({ "emailVerified": true, "email": "" }),
        json!({ "emailVerified": true, "email": "alex@example.com",
            "requiredActions": ["UPDATE_PASSWORD"] }),
    ] {
        with.app.clock.advance(Duration::from_secs(301));
        with.app.keycloak.change_user(ALEX, |user| {
            for (name, value) in change.as_object().unwrap() {
                user[name] = value.clone();
            }
        });
        let hint = change["username"].as_str().unwrap_or("alex").to_owned();
        let (_, mut browser, page) = with.asked(&[("login_hint", &hint)]).await;
        assert!(!offers_mail(&page), "{change}: {}", page.body);
        let handle = page.path.rsplit('/').next().unwrap().to_owned();
        let form = [("handle", handle.as_str()), ("known", "1")];
        let answer = browser.post(&format!("{}/mail", page.path), &form).await;
        assert_eq!(answer.path, page.path, "{change}: {}", answer.body);
        with.app.keycloak.change_user(ALEX, |user| user["username"] = json!("alex"));
    }
    // One that is asked for now is the first.
    let (_, mut browser, page) = with.asked(&[("login_hint", "sam")]).await;
    browser.submit(&page, "/mail", &[]).await;
    assert_eq!(with.mail(1).await.to, "sam@example.com");
}

#[tokio::test]
async fn whether_the_person_may_sign_in_is_asked_when_the_mail_is_sent_and_when_it_is_used() {
    let with = WithMail::start().await;
    for change in [
        // Switched off, or locked out after wrong passwords.
        json!({ "enabled": false }),
        json!({ "emailVerified": false }),
        json!({ "email": "alex@elsewhere.example" }),
        json!({ "requiredActions": ["CONFIGURE_TOTP"] }),
    ] {
        let as_before = json!({ "enabled": true, "emailVerified": true,
            "email": "alex@example.com", "requiredActions": [] });
        let set = |members: &serde_json::Value| {
            with.app.keycloak.change_user(ALEX, |user| {
                for (name, value) in members.as_object().unwrap() {
                    user[name] = value.clone();
                }
            });
        };
        let (start, mut browser, mail) = with.mailed("CASE-4711").await;
        set(&change);
        let page = with.opens(&mut browser, &mail).await;
        assert!(!page.path.ends_with("/decision"), "{change}: {}", page.body);
        set(&as_before);
        // It was used, whatever came of it.
        let page = with.opens(&mut browser, &mail).await;
        assert!(!page.path.ends_with("/decision"), "{change}: {}", page.body);
        assert_eq!(with.app.keycloak.poll(&start).await, "authorization_pending");
        with.app.clock.advance(Duration::from_secs(301));

        let before = with.received().len();
        let (_, mut browser, page) = with.asked(&[]).await;
        set(&change);
        let page = browser.submit(&page, "/mail", &[]).await;
        assert_eq!(page.status, 200, "the answer is the same: {}", page.body);
        until("the worker has looked at it", async || with.queued().await == 0).await;
        set(&as_before);
        with.app.clock.advance(Duration::from_secs(301));
        // The next one is the next that is sent.
        let (_, mut browser, page) = with.asked(&[("login_hint", "sam")]).await;
        browser.submit(&page, "/mail", &[]).await;
        assert_eq!(with.mail(before + 1).await.to, "sam@example.com", "{change}");
        with.app.clock.advance(Duration::from_secs(301));
    }
}

#[tokio::test]
async fn a_link_is_good_for_its_own_request_and_person_only() {
    let with = WithMail::start().await;
    let (_, mut browser, of_alex) = with.mailed("CASE-4711").await;
    let (_, link) = with.app.asked(&[("login_hint", "sam"), ("binding_message", "CASE-1")]).await;
    let mut thief = with.app.browser();
    let page = thief.get(&link).await;
    thief.submit(&page, "/mail", &[]).await;
    let of_sam = with.mail(2).await;
    let part = |mail: &Received, name: &str| {
        let link = url::Url::parse(&mail.link(&with.app)).unwrap();
        link.query_pairs().find(|(other, _)| other == name).unwrap().1.into_owned()
    };
    let mixed = |code: &Received, state: &Received| {
        let (code, state) = (part(code, "code"), part(state, "state"));
        format!("/mail/callback?code={code}&state={state}")
    };
    for (who, address) in
        [(&mut browser, mixed(&of_sam, &of_alex)), (&mut thief, mixed(&of_alex, &of_sam))]
    {
        let page = who.get(&address).await;
        let page = who.submit(&page, "", &[]).await;
        assert!(!page.path.ends_with("/decision"), "{}", page.body);
        assert!(!who.is_signed_in());
    }
}

#[tokio::test]
async fn the_limits_of_mails_hold() {
    let with = WithMail::start().await;
    let (_, mut browser, page) = with.asked(&[]).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    with.mail(1).await;
    let again = browser.submit(&sent, "/mail", &[]).await;
    assert_eq!(again.status, 429, "{}", again.body);
    with.app.clock.advance(Duration::from_secs(30));
    let again = browser.submit(&sent, "/mail", &[]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    with.mail(2).await;
    for mail in 3..=4 {
        with.app.clock.advance(Duration::from_secs(30));
        browser.submit(&sent, "/mail", &[]).await;
        with.mail(mail).await;
    }
    with.app.clock.advance(Duration::from_secs(30));
    let fifth = browser.submit(&sent, "/mail", &[]).await;
    assert_eq!(fifth.status, 429, "{}", fifth.body);
}

#[tokio::test]
async fn the_address_is_found_where_the_agent_passes_the_link_on_and_nothing_is_sent() {
    let with = WithMail::start_with(|config| {
        config.keycloak.delivery = ciba_login::config::Delivery::None;
    })
    .await;
    let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
    let extra = [("x_link_key", key), ("x_channel", "link"), ("binding_message", "CASE-1")];
    let start = with.app.keycloak.ask(&extra).await;
    assert_eq!(start.status, 200, "{start:?}");
    with.app.clock.advance(Duration::from_secs(2));
    let link = format!("{}/r/{key}", with.app.site);
    let mut browser = with.app.browser();
    let shown = browser.tab();
    until("the address is found", async || offers_mail(&shown.tab().get(&link).await)).await;
    let page = browser.get(&link).await;
    browser.submit(&page, "/mail", &[]).await;
    let page = with.opens(&mut browser, &with.mail(1).await).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
    // Somebody whom nobody can reach is not turned away: the agent passes the link on.
    with.app.keycloak.change_user(SAM, |user| user["enabled"] = json!(false));
    with.app.clock.advance(Duration::from_secs(2));
    assert_eq!(with.app.keycloak.callbacks(), []);
    assert!(with.app.messages().await.is_empty());
}

#[tokio::test]
async fn where_no_links_are_sent_the_mail_holds_a_code_alone() {
    let with = WithMail::start_with(|config| config.brand.sends_links = false).await;
    let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
    let start = with.app.keycloak.ask(&[("x_link_key", key)]).await;
    assert_eq!(start.status, 200, "{start:?}");
    with.app.link(1).await;
    let mut browser = with.app.browser();
    let page = browser.get(&format!("/r/{key}")).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    let mail = with.mail(1).await;
    assert!(!mail.text.contains("://"), "{}", mail.text);
    let page = browser.submit(&sent, "/mail/code", &[("code", "12345a")]).await;
    assert_eq!(page.status, 400, "{}", page.body);
    let page = browser.submit(&sent, "/mail/code", &[("code", &mail.code())]).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
}

#[tokio::test]
async fn the_agent_sees_by_which_way_the_customer_has_signed_in() {
    let with = WithMail::start().await;
    let app = &with.app;
    ask_at_desk(app, "sms").await;
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    browser.submit(&page, "/mail", &[]).await;
    let mail = with.mail(1).await;
    let page = with.opens(&mut browser, &mail).await;
    let at_desk = desk(app, Method::GET, "/desk", &[]).await;
    assert!(at_desk.contains("data-signed-in-by=\"mail-link\""), "{at_desk}");
    // On another device they sign in at the realm, and decide there: that is what counts.
    let mut tablet = app.browser();
    let at_realm = sign_in(app, &mut tablet, &link).await;
    assert!(!at_realm.body.contains("by our email"), "{}", at_realm.body);
    let at_desk = desk(app, Method::GET, "/desk", &[]).await;
    assert!(!at_desk.contains("data-signed-in-by"), "{at_desk}");
    press(&mut browser, &page, "approve").await;
    assert_eq!(app.keycloak.callbacks(), [("SUCCEED".to_owned(), 200)]);
    let at_desk = desk(app, Method::GET, "/desk", &[]).await;
    assert!(at_desk.contains("data-signed-in-by=\"mail-link\""), "{at_desk}");
}

#[tokio::test]
async fn a_shell_is_told_by_which_way_the_customer_has_signed_in() {
    let with = WithMail::start().await;
    let app = &with.app;
    let started = start(app, transmit::Channel::Sms).await;
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    let code = with.mail(1).await.code();
    let page = browser.submit(&sent, "/mail/code", &[("code", &code)]).await;
    press(&mut browser, &page, "deny").await;
    let (exit, ended) = shell(app, &["--resume", started.auth_req_id.as_str()]).await;
    assert_eq!((exit, &ended["signed_in_by"]), (Some(10), &json!("mail-code")), "{ended}");
}
