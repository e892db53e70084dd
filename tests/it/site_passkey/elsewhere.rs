//! Going on in another browser where this one has no passkeys.

use crate::support::TestApp;

/// A request of a browser that cannot do everything, and the address at which it goes on.
pub async fn address_elsewhere(app: &TestApp) -> (String, String) {
    let (request, mut inside, page) = app.opened("CASE-8").await;
    let handle = page.handle();
    let path = format!("/request/{handle}/elsewhere");
    let page = inside.post(&path, &[("handle", &handle)]).await;
    let start = page.body.find(&format!("{}/continue/", app.site)).expect("an address to copy");
    let address = page.body[start + app.site.len()..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_/".contains(*c))
        .collect();
    (request.auth_req_id, address)
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
