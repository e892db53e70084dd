//! Moments and the time that is left, in universal time until the page's script writes its own.

use leptos::prelude::*;
use time::OffsetDateTime;

use messages::texts::Words;

/// A moment, in universal time.
fn universal(unix: i64) -> (String, String) {
    let moment = OffsetDateTime::from_unix_timestamp(unix).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, _) = moment.to_hms();
    let machine = format!("{}T{hour:02}:{minute:02}Z", moment.date());
    (format!("{hour:02}:{minute:02} UTC"), machine)
}

/// A moment. The script writes it in the agent's own time.
pub(super) fn clock(unix: i64) -> impl IntoView + use<> {
    let (text, machine) = universal(unix);
    view! { <time datetime=machine data-at=unix.to_string()>{text}</time> }
}

/// The time that is left. The script counts it down.
pub(super) fn until(unix: i64, words: &Words) -> impl IntoView + use<> {
    let (text, _) = universal(unix);
    let text = words.isolated("desk-until", &[("time", text.into())]);
    view! { <span data-until=unix.to_string()>{text}</span> }
}
