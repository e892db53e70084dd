//! The edge of the site: hostile links, robots, headers, cookies, forms from elsewhere.

use std::collections::BTreeSet;

use crate::support::walk::{at_decision, press, sign_in};
use crate::support::{ALEX, Browser, REFERENCE, TestApp};

#[tokio::test]
async fn a_hostile_link_gets_a_calm_page_and_nothing_of_it_is_echoed() {
    let app = TestApp::start().await;
    let long = "x".repeat(513);
    for query in [
        String::new(),
        "?".into(),
        "?binding_message=CASE-4711".into(),
        "?auth_req_id=".into(),
        "?auth_req_id=%3Cscript%3Ealert(1)%3C/script%3E".into(),
        format!("?auth_req_id={long}"),
        "?auth_req_id=abc&binding_message=%3Cb%3Ehello-world".into(),
        "?auth_req_id=abc&binding_message=call%3A0900123".into(),
        "?auth_req_id=abc&auth_req_id=abd".into(),
        "?auth_req_id=abc&binding_message=A&binding_message=B".into(),
        "?auth_req_id=%FF%FE".into(),
    ] {
        let mut browser = app.browser();
        let page = browser.get_once(&format!("/login{query}")).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.is("problem-link-malformed"), "{}", page.body);
        for echoed in ["script>alert", &long, "hello-world", "0900123"] {
            assert!(!page.body.contains(echoed), "{query}");
        }
        assert!(browser.cookies().is_empty());
    }
}

#[tokio::test]
async fn the_links_values_leave_the_address_at_once() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let answer = browser.get_once("/login?auth_req_id=secret-id&binding_message=CASE%201").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store, no-transform");
    let location = answer.location().unwrap();
    assert!(!location.contains("secret-id") && !location.contains('?'), "{location}");
    let page = browser.get(location).await;
    assert!(page.body.contains("CASE+1"), "a space is the plus sign that it was: {}", page.body);
    assert!(!page.body.contains("secret-id"));
    assert_eq!(page.header("referrer-policy"), "same-origin");
    for value in browser.cookies().values() {
        assert!(!value.contains("secret-id") && !value.contains("CASE"));
    }
}

#[tokio::test]
async fn without_the_cookie_the_request_is_unknown() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let page = browser.get("/login?auth_req_id=a&binding_message=B").await;
    browser.forget();
    for path in [page.path.as_str(), "/request/short", "/request/unknown"] {
        let unknown = browser.get(path).await;
        assert_eq!(unknown.status, 404);
        assert!(unknown.body.contains("does not keep cookies"), "{}", unknown.body);
    }
    // A cookie of one request renamed to another's opens nothing.
    let page = browser.get("/login?auth_req_id=a").await;
    let other = app.browser().get("/login?auth_req_id=b").await;
    let stolen = browser.cookies()[&format!("ciba_req_{}", page.handle())].clone();
    browser.set(&format!("ciba_req_{}", other.handle()), &stolen);
    assert_eq!(browser.get(&other.path).await.status, 404);
}

#[tokio::test]
async fn a_request_is_held_for_fifteen_minutes_and_at_most_four_at_a_time() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let mut paths = Vec::new();
    for number in 0..6 {
        paths.push(browser.get(&format!("/login?auth_req_id=id{number}")).await.path);
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    let held = browser.cookies().keys().filter(|name| name.starts_with("ciba_req_")).count();
    assert_eq!(held, 4);
    assert_eq!(browser.get(&paths[0]).await.status, 404, "the oldest went");
    assert_eq!(browser.get(&paths[5]).await.status, 200);
    app.clock.advance(std::time::Duration::from_secs(15 * 60));
    assert_eq!(browser.get(&paths[5]).await.status, 404);
}

#[tokio::test]
async fn opening_writes_no_row_and_calls_nobody() {
    let app = TestApp::start().await;
    let (request, mut scanner) = app.asked(REFERENCE).await;
    scanner.head(&request.link).await;
    scanner.get(&request.link).await;
    scanner.get(&request.link).await;
    assert!(!scanner.is_signed_in(), "no session without an act");
    assert!(app.mails().await.is_empty());
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

/// Follows every link and sends every form of every page that it reaches, pressing each button.
async fn press_everything(browser: &mut Browser, start: &str) {
    let mut waiting = vec![start.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !path.starts_with('/') || !seen.insert(path.clone()) || seen.len() > 60 {
            continue;
        }
        browser.head(&path).await;
        let page = browser.get(&path).await;
        waiting.push(page.path.clone());
        waiting.extend(page.links());
        for form in page.forms() {
            let buttons: Vec<_> = form.buttons.iter().map(Some).chain([None]).collect();
            for button in buttons {
                let hidden = form.hidden.iter().chain(button);
                let empty = form.fields.iter().map(|name| (name.as_str(), ""));
                let fields: Vec<_> = hidden
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .chain(empty.clone())
                    .collect();
                let answer = browser.post(&form.action, &fields).await;
                waiting.push(answer.path.clone());
                waiting.extend(answer.links());
            }
        }
    }
}

#[tokio::test]
async fn robots_that_press_everything_decide_nothing() {
    let app = TestApp::start().await;
    let (request, mut robot) = app.asked(REFERENCE).await;
    press_everything(&mut robot, &request.link).await;
    // The customer asks for a mail; another robot gets hold of its link.
    let mut phone = app.browser();
    let sent = phone.ask_for_mail(&request.link, ALEX).await;
    let mail = app.mail(1).await;
    let mut robot = app.browser();
    press_everything(&mut robot, &mail.link).await;
    assert!(!robot.is_signed_in(), "it has signed in nowhere");
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    // And the customer can still go on, by the link as well.
    let page = phone.get(&mail.link).await;
    let page = phone.submit(&page, "", &[]).await;
    assert!(page.is("decision"), "{}", page.body);
    assert_eq!(sent.status, 200);
}

#[tokio::test]
async fn whoever_calls_the_demo_by_another_name_is_told_the_cure() {
    let app = TestApp::start().await;
    let answer = app.http.get(&app.site).header("host", "demo.example").send().await.unwrap();
    assert_eq!(answer.status(), 421);
    let said = answer.text().await.unwrap();
    assert!(said.contains("sends Host: localhost"), "{said}");
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let form = page.form("/api/decide");
    let fields = [("handle", form.hidden[0].1.as_str()), ("decision", "approve")];
    let refused = browser.post_cross_site(&form.action, &fields).await;
    assert_eq!(refused.status, 403);
    assert!(refused.is("problem-cross-site"), "{}", refused.body);
    let bare = app.http.post(format!("{}{}", app.site, form.action)).form(&fields);
    assert_eq!(bare.send().await.unwrap().status(), 403, "neither header");
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a_press_that_names_no_request_of_this_browser_decides_nothing() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let handle = page.form("/api/decide").hidden[0].1.clone();
    for fields in [
        vec![("handle", "short"), ("decision", "approve")],
        vec![("handle", handle.as_str()), ("decision", "maybe")],
        vec![("handle", handle.as_str())],
        vec![("decision", "approve")],
        vec![],
    ] {
        let answer = browser.post("/api/decide", &fields).await;
        assert!(!answer.path.contains("__err"), "{}", answer.path);
        assert!(!answer.is("outcome-allowed"));
    }
    let mut stranger = app.browser();
    let fields = [("handle", handle.as_str()), ("decision", "approve")];
    assert_eq!(stranger.post("/api/decide", &fields).await.status, 404);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a_form_that_cannot_be_read_leads_to_no_address_that_came_with_it() {
    let app = TestApp::start().await;
    for referer in ["/request/../../evil", "https://evil.example/request/", "/request/x?y"] {
        let form = app.http.post(format!("{}/api/decide", app.site));
        let form = form.header("sec-fetch-site", "same-origin").header("referer", referer);
        let answer = form.form(&[("handle", "x")]).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{referer}");
        assert!(!answer.headers().contains_key("location"), "{referer}");
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_a_nonce_of_its_own() {
    let app = TestApp::start().await;
    let (_, mut browser, decision) = at_decision(&app).await;
    let outcome = press(&mut browser, &decision, "approve").await;
    let problem = browser.get("/nowhere").await;
    assert_eq!(problem.status, 404);
    assert!(problem.is("problem-page-unknown"));
    assert!(problem.body.contains(problem.header("x-request-id")));
    let mut nonces = BTreeSet::new();
    for page in [&decision, &outcome, &problem, &browser.get_once("/login?auth_req_id=a").await] {
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        nonces
            .insert(policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned());
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store, no-transform");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("publickey-credentials-get=(self)"));
        assert_eq!(page.header("strict-transport-security"), "", "not over plain http");
    }
    assert_eq!(nonces.len(), 4);
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
    let app = TestApp::start_with(|config| {
        config.site.public_url = "https://localhost".parse().unwrap();
    })
    .await;
    let answer = app.http.get(format!("http://localhost:{}/login?auth_req_id=a", app.site_port()));
    let answer = answer.send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-ciba_req_"), "{cookie}");
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=900"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn the_session_gets_a_new_id_at_each_sign_in() {
    let app = TestApp::start().await;
    let (_, mut browser, _) = at_decision(&app).await;
    let before = browser.cookies()["ciba_session"].clone();
    app.clock.advance(std::time::Duration::from_secs(30));
    let second = app.ask(ALEX, Some("CASE-4712")).await;
    sign_in(&app, &mut browser, &second.link, ALEX).await;
    assert_ne!(browser.cookies()["ciba_session"], before);
}

#[tokio::test]
async fn an_oversized_form_is_refused() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let big = "x".repeat(20_000);
    let page = browser.post("/api/decide", &[("handle", &big)]).await;
    assert_eq!(page.status, 413);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn pages_are_compressed_and_readiness_is_told() {
    let app = TestApp::start().await;
    let page = app.http.get(format!("{}/nowhere", app.site)).header("accept-encoding", "gzip");
    assert_eq!(page.send().await.unwrap().headers()["content-encoding"], "gzip");
    let ready = app.http.get(format!("{}/readyz", app.site)).send().await.unwrap();
    assert_eq!(ready.status(), 200);
}

#[tokio::test]
async fn security_txt_is_there_where_a_contact_is_configured() {
    let app = TestApp::start().await;
    assert_eq!(app.browser().get("/.well-known/security.txt").await.status, 404);

    let app = TestApp::start_with(|config| {
        config.site.security_contacts = vec!["mailto:security@example.com".parse().unwrap()];
    })
    .await;
    let file = app.browser().get("/.well-known/security.txt").await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert!(file.body.starts_with("Contact: mailto:security@example.com\nExpires: 20"));
    assert!(file.body.contains(&format!("Canonical: {}/.well-known/security.txt", app.site)));
}
