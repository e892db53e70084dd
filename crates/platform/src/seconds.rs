//! Numbers of seconds, as other servers write them: `expires_in` and its like, and `Retry-After`.
//!
//! RFC 6749, section 4.2.2, wants a JSON number. Servers also write text, a fraction, null, or leave
//! it out, and none of that may cost a customer their sign-in or an agent their token.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// A number of seconds; a begun one is left out. `None`: the value is none.
pub fn read(value: &Value) -> Option<u64> {
    let of_fraction = |seconds: f64| Some(Duration::try_from_secs_f64(seconds).ok()?.as_secs());
    match value {
        Value::Number(number) => number.as_u64().or_else(|| of_fraction(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| of_fraction(text.parse().ok()?))
        }
        _ => None,
    }
}

/// For a member of an answer, together with `#[serde(default)]`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(read(&Value::deserialize(deserializer)?))
}

/// The form of dates that senders must use (RFC 9110, section 5.6.7).
const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// `Retry-After` in either of its forms, seconds or a date (RFC 9110, section 10.2.3). A date that is
/// over asks for no pause.
pub fn retry_after(text: &str, now: OffsetDateTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // No sender may write a fraction, and some do: nobody comes back before it is over.
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.ceil()).ok();
    }
    let moment = PrimitiveDateTime::parse(text, HTTP_DATE).ok()?.assume_utc();
    Some((moment - now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for (written, expected) in [
            (json!(3600), Some(3600)),
            (json!("3600"), Some(3600)),
            (json!(" 3600 "), Some(3600)),
            (json!(3600.9), Some(3600)),
            (json!("3599.5"), Some(3599)),
            (json!(0), Some(0)),
            (json!(u64::MAX), Some(u64::MAX)),
            (json!(-1), None),
            (json!("-1"), None),
            (json!("an hour"), None),
            (json!("NaN"), None),
            (json!(1e300), None),
            (json!(null), None),
            (json!(true), None),
            (json!([3600]), None),
        ] {
            assert_eq!(read(&written), expected, "{written}");
        }
    }

    #[test]
    fn a_member_may_be_missing() {
        #[derive(Deserialize)]
        struct WithLifetime {
            #[serde(default, deserialize_with = "deserialize")]
            expires_in: Option<u64>,
        }
        for (written, expected) in [
            (json!({}), None),
            (json!({ "expires_in": null }), None),
            (json!({ "expires_in": "5" }), Some(5)),
        ] {
            let answer: WithLifetime = serde_json::from_value(written).unwrap();
            assert_eq!(answer.expires_in, expected);
        }
    }

    #[test]
    fn reads_retry_after_in_seconds_and_as_a_date() {
        let now = time::macros::datetime!(2015-10-21 07:26:30 UTC);
        let of = |text| retry_after(text, now);
        assert_eq!(of(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(of("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(of("Wed, 21 Oct 2015 07:26:00 GMT"), Some(Duration::ZERO));
        assert_eq!(of("1.5"), Some(Duration::from_secs(2)));
        for neither in ["-1", "-1.5", "inf", "NaN", "", "soon", "Wed, 21 Oct 2015 07:28:00 CET"] {
            assert_eq!(of(neither), None, "{neither:?}");
        }
    }
}
