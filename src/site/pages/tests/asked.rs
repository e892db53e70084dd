//! What a customer is asked and told, and in which order.

use super::*;

#[test]
fn the_decision_page_has_two_buttons_of_the_same_kind_in_the_promised_order() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let (_, page) = pages.iter().find(|(name, _)| name == "decision").unwrap();
    let text = read(page);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing"));
    let order = [
        "Allow this agent",
        "CASE-4711",
        "you called",
        "An agent of Example Bank can then",
        "Did the agent read you this reference?",
        "Yes, allow",
        "No, stop this",
        "Not sure? Stop here",
        "within 4 minutes",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?}");
    }
    assert!(page.html.contains("name=\"decision\" value=\"approve\""));
    assert!(page.html.contains("name=\"decision\" value=\"deny\""));
}

#[test]
fn a_page_that_decides_with_one_touch_shows_what_the_decision_page_shows() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1;
    let page = read(page("request-one-touch"));
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is missing"));
    let decide = at("Yes, allow");
    for shown in ["CASE-4711", "Example Bank can then", "see your phone number"] {
        assert!(at(shown) < decide, "{shown}");
    }
    assert!(decide < at("No, stop this"));
    // What is said of signing in is not said beside buttons that decide.
    assert!(at("No, stop this") < at("Signing in allows nothing yet"));
}

#[test]
fn the_page_asks_who_called_whom_beside_the_reference_and_offers_the_way_out_before_the_ways_in() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    for (state, said, then) in [
        ("request", "Did somebody call you about this?", "Hang up, and call"),
        ("request-customer-called", "you called Example Bank.", "It is a fraud. Hang up."),
        ("request-company-called", "Example Bank called you.", "Hang up, and call"),
        ("request-branch", "you are in a branch.", "It is a fraud. Hang up."),
        ("request-one-touch", "Did somebody call you", "Hang up, and call"),
    ] {
        let (_, page) = pages.iter().find(|(name, _)| name == state).unwrap();
        let text = read(page);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{state}: {part}"));
        // Side by side with the first way on, and of its size; no further way comes before it.
        let more = at("<details");
        let order = [at("CASE-4711"), at(said), at(then), at("Not sure? Stop here"), more];
        assert!(order.is_sorted(), "{state}: {order:?}");
        let link = page.html.split("class=\"button plain refuse\"").count();
        assert_eq!(link, if state == "request-one-touch" { 1 } else { 2 }, "{state}");
    }
}

#[test]
fn a_company_that_calls_its_customers_does_not_call_itself_a_fraud() {
    let brand = BrandConfig { calls_customers: true, ..BrandConfig::default() };
    let look = gallery::look_of(&brand, Stylesheet::Linked("../pkg/ciba-login.css".into()));
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    assert!(page("request").contains("Not expecting this call?"));
    assert!(!page("request").contains("call you about this"));
    // What the agent has said stands.
    assert!(page("request-customer-called").contains("It is a fraud"));
}

#[test]
fn the_question_is_about_a_reference_only_where_there_is_one() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    assert!(page("decision").contains("Did the agent read you this reference?"));
    assert!(!page("decision-little-known").contains("Did the agent read you this reference?"));
    let (_, little) = pages.iter().find(|(name, _)| name == "decision-little-known").unwrap();
    assert!(read(little).contains("an agent of Example Bank right now?"));
}

#[test]
fn a_request_for_the_identity_alone_does_not_claim_to_open_the_account() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    for state in ["decision-identity", "request-one-touch-identity"] {
        assert!(!page(state).contains("your account"), "{state}");
        assert!(page(state).contains("that it is you"), "{state}");
    }
}

#[test]
fn nothing_claims_that_access_was_given_before_the_provider_has_said_so() {
    let look = look();
    for (name, page) in states(&context(&look, Language::En)) {
        let claims = page.html.contains("has confirmed your answer");
        let confirmed = name.starts_with("outcome-allowed") || name.starts_with("outcome-stopped");
        assert_eq!(claims, confirmed, "{name}");
    }
}
