//! The time that a request has left, said twice: a minute before its end, and at its end.
//!
//! The server has rendered both sentences, hidden; a screen reader announces them when they appear,
//! because they stand in an element with `role="status"`. Nothing counts down and nothing reloads:
//! whoever types goes on typing.

use leptos::prelude::*;
use web_sys::Element;

use crate::dom;

/// Longer than any request lives; `setTimeout` takes at most 2^31 ms.
const LONGEST_SECONDS: i32 = 24 * 60 * 60;

/// Wakes the time of the page. Renders nothing.
#[island]
pub fn Expiry() -> impl IntoView {
    dom::in_browser(|| {
        let left = dom::find("[data-seconds-left]")
            .and_then(|clock| clock.get_attribute("data-seconds-left")?.parse().ok())
            .filter(|left: &i32| (0..LONGEST_SECONDS).contains(left));
        let Some(left) = left else { return };
        // The islands may come long after the page, which says what was left when it came.
        let opened = dom::global("performance")
            .and_then(|performance| dom::member(&performance, "timeOrigin")?.as_f64());
        let opened = opened.unwrap_or_else(js_sys::Date::now);
        let end = opened + f64::from(left) * 1000.0;
        tell(end);
        // The timers of a phone in a pocket stand still; its clock does not.
        if let Some(document) = dom::document() {
            dom::listen(&document, "visibilitychange", move |_| tell(end));
        }
    });
}

/// Shows the sentence that holds by now, and comes back for the next one.
fn tell(end: f64) {
    let left = end - js_sys::Date::now();
    let mut due: Option<(f64, Element)> = None;
    let mut next: Option<f64> = None;
    for sentence in dom::find_all::<Element>("[data-seconds-left] [data-at]") {
        let at = sentence.get_attribute("data-at").and_then(|text| text.parse().ok());
        // An integer first: the code that reads a fraction weighs more than this island.
        let Some(at) = at.map(|seconds: i32| f64::from(seconds) * 1000.0) else { continue };
        if left > at {
            next = Some(next.map_or(at, |other| other.max(at)));
        } else if due.as_ref().is_none_or(|(other, _)| at < *other) {
            due = Some((at, sentence));
        }
    }
    // Shown once: what is shown anew is read out anew.
    if let Some((_, sentence)) = due.filter(|(_, sentence)| sentence.has_attribute("hidden")) {
        // The sentences before it no longer hold.
        for other in dom::find_all::<Element>("[data-seconds-left] > span") {
            let _always = other.set_attribute("hidden", "");
        }
        let _always = sentence.remove_attribute("hidden");
    }
    if let Some(at) = next {
        #[expect(clippy::cast_possible_truncation, reason = "no request lives for 2^31 ms")]
        let wait = (left - at).ceil() as i32;
        dom::after(wait, move || tell(end));
    }
}
