//! Going on in another browser where this one has no passkeys.

use crate::support::walk::sign_in;
use crate::support::{ALEX, Browser, Page, TestApp};

/// A request of a browser that cannot do everything, and the address at which it goes on.
pub async fn address_elsewhere(app: &TestApp) -> (String, String) {
    let (request, mut inside, page) = app.opened("CASE-8").await;
    (request.auth_req_id, address_for(app, &mut inside, &page).await)
}

/// The address at which the request of this page goes on.
async fn address_for(app: &TestApp, inside: &mut Browser, page: &Page) -> String {
    let handle = page.handle();
    let path = format!("/request/{handle}/elsewhere");
    let page = inside.post(&path, &[("handle", &handle)]).await;
    let start = page.body.find(&format!("{}/continue/", app.site)).expect("an address to copy");
    page.body[start + app.site.len()..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_/".contains(*c))
        .collect()
}

#[tokio::test]
async fn an_address_to_go_on_at_runs_out_after_five_minutes() {
    let app = TestApp::start().await;
    let (_, address) = address_elsewhere(&app).await;
    app.clock.advance(std::time::Duration::from_secs(300));
    assert_eq!(app.browser().post(&address, &[]).await.status, 404);
}

#[tokio::test]
async fn a_request_goes_on_in_another_browser_by_an_address_that_works_once() {
    let app = TestApp::start().await;
    let (auth_req_id, address) = address_elsewhere(&app).await;
    assert!(!address.contains(&auth_req_id));

    let mut outside = app.browser();
    // Looking changes nothing, however often.
    outside.get(&address).await;
    assert!(outside.cookies().is_empty());
    let page = outside.get(&address).await;
    assert_eq!(page.status, 200);
    let page = outside.post(&address, &[]).await;
    assert!(page.body.contains("CASE-8"), "{}", page.body);
    let mut late = app.browser();
    assert_eq!(late.get(&address).await.status, 200);
    assert_eq!(late.post(&address, &[]).await.status, 404);
}

#[tokio::test]
async fn an_address_pressed_in_a_browser_without_room_is_not_spent() {
    let app = TestApp::start().await;
    let link = |number: u8| {
        let id = format!("{number}{}", "x".repeat(500));
        format!("/login?auth_req_id={id}&binding_message=CASE-{number}")
    };
    let mut full = app.browser();
    for number in 0..3 {
        assert!(sign_in(&app, &mut full, &link(number), ALEX).await.is_at_decision());
        app.clock.advance(std::time::Duration::from_secs(61));
    }
    let mut inside = app.browser();
    let page = inside.get(&link(8)).await;
    let address = address_for(&app, &mut inside, &page).await;
    assert_eq!(full.post(&address, &[]).await.status, 429);
    let page = app.browser().post(&address, &[]).await;
    assert!(page.body.contains("CASE-8"), "{}", page.body);
}

/// A client whose proxy says that it calls from this address.
#[expect(clippy::disallowed_methods, reason = "no other client sends a header with every request")]
fn from(address: &str) -> reqwest::Client {
    let forwarded = [("x-forwarded-for".parse().unwrap(), address.parse().unwrap())];
    reqwest::Client::builder()
        .default_headers(forwarded.into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

#[tokio::test]
async fn one_network_cannot_use_up_the_addresses_of_all() {
    let app = TestApp::start_with(|config| {
        config.site.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let asked = async |http: &reqwest::Client, number: usize| {
        let mut browser = Browser::new(app.site.clone(), http.clone());
        let page = browser.get(&format!("/login?auth_req_id=invented-{number}")).await;
        let handle = page.handle();
        let path = format!("/request/{handle}/elsewhere");
        browser.post(&path, &[("handle", &handle)]).await
    };
    let stranger = from("203.0.113.7");
    for number in 0..100 {
        assert_eq!(asked(&stranger, number).await.status, 200, "{number}");
    }
    let page = asked(&stranger, 100).await;
    assert_eq!(page.status, 429, "{}", page.body);
    assert!(page.body.contains("Wait 5 minutes"), "{}", page.body);
    assert_eq!(asked(&from("198.51.100.9"), 101).await.status, 200);
    app.clock.advance(std::time::Duration::from_secs(301));
    assert_eq!(asked(&stranger, 102).await.status, 200);
}
