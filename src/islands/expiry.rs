//! The time that a request has left, said twice: a minute before its end, and at its end.
//!
//! The server has rendered both sentences, hidden; a screen reader announces them when they appear,
//! because they stand in an element with `role="status"`. Nothing counts down and nothing reloads:
//! whoever types goes on typing.

use leptos::prelude::*;
use web_sys::Element;

use super::dom;

/// Longer than any request lives; `setTimeout` takes at most 2^31 ms.
const LONGEST_SECONDS: i32 = 24 * 60 * 60;

/// Wakes the time of the page. Renders nothing.
#[island]
pub fn Expiry() -> impl IntoView {
    Effect::new(|| {
        for clock in dom::find_all::<Element>("[data-seconds-left]") {
            let left = clock.get_attribute("data-seconds-left").and_then(|text| text.parse().ok());
            let Some(left) = left.filter(|left: &i32| (0..LONGEST_SECONDS).contains(left)) else {
                continue;
            };
            for sentence in dom::find_all::<Element>("[data-seconds-left] [data-at]") {
                let at = sentence.get_attribute("data-at").and_then(|text| text.parse().ok());
                let wait = (left - at.unwrap_or(0)).max(0);
                dom::after(wait * 1000, move || {
                    // The sentences before it no longer hold.
                    for other in dom::find_all::<Element>("[data-seconds-left] > span") {
                        let _always = other.set_attribute("hidden", "");
                    }
                    let _always = sentence.remove_attribute("hidden");
                });
            }
        }
    });
}
