//! The values in which two answers of the same shape differ, and what stands for them in a page that is
//! kept.

use std::borrow::Cow;
use std::sync::LazyLock;

use ciba::{BindingMessage, RequestHandle};

/// Stands for a handle: no three characters of it stand anywhere else in a page.
pub(super) const HANDLE: &str = "QZ0XJ9VKQ7WZ8XK4JQ6ZV5XW3KJ2QYZX";
/// Stands for the nonce.
pub(super) const NONCE: &str = "ZX8QJVZ2WKXQ5YJZ7QVX3W";
/// Stands for the reference.
const MESSAGE: &str = "?#!.?!+#?.!#+?#.!?+!";

static SAMPLE_HANDLE: LazyLock<Option<RequestHandle>> =
    LazyLock::new(|| RequestHandle::parse(HANDLE).ok());
/// A reference of each length.
static SAMPLE_MESSAGES: LazyLock<Vec<Option<BindingMessage>>> = LazyLock::new(|| {
    let of_length = |length| BindingMessage::parse(MESSAGE.get(..length)?).ok();
    (0..=MESSAGE.len()).map(of_length).collect()
});

/// One value that differs between answers of the same shape.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// What stands before it, each time.
    pub(super) before: &'static str,
    /// What stands in its place in the page that is kept.
    pub(super) sample: Cow<'a, str>,
    /// What stands there in this answer: text that HTML writes as it is, of the same length.
    pub(super) value: Cow<'a, str>,
}

/// The values of one answer, and their samples.
#[derive(Debug)]
pub struct Values<'a> {
    handle: &'a RequestHandle,
    pub(super) message: Option<&'a BindingMessage>,
    seconds_left: Option<u32>,
    account: Option<&'a str>,
    /// Nothing where the page is to be rendered by itself.
    pub(super) sample: Option<Sample>,
}

#[derive(Debug)]
pub(super) struct Sample {
    handle: &'static RequestHandle,
    message: Option<&'static BindingMessage>,
    seconds_left: Option<u32>,
    account: Option<String>,
}

impl<'a> Values<'a> {
    /// The values of an answer.
    pub fn new(
        handle: &'a RequestHandle,
        message: Option<&'a BindingMessage>,
        seconds_left: Option<u32>,
    ) -> Self {
        let like = |message: &BindingMessage| SAMPLE_MESSAGES.get(message.as_str().len())?.as_ref();
        let sample = SAMPLE_HANDLE.as_ref().map(|handle| Sample {
            handle,
            message: message.and_then(like),
            seconds_left: seconds_left.map(first_like),
            account: None,
        });
        Self { handle, message, seconds_left, account: None, sample }
    }

    /// Adds the name of the account that is signed in.
    #[must_use]
    pub fn with_account(mut self, account: Option<&'a str>) -> Self {
        let mut letters = HANDLE.chars().filter(char::is_ascii_uppercase).cycle();
        // What is no letter stays as it is: the kinds of characters decide how the name is isolated.
        let mut stand_in =
            |c: char| if c.is_ascii_alphanumeric() { letters.next().unwrap_or(c) } else { c };
        if let Some(sample) = &mut self.sample {
            sample.account = account.map(|name| name.chars().map(&mut stand_in).collect());
        }
        self.account = account;
        // What HTML cannot write as it is has other bytes in the page.
        self.alone_if(account.is_some_and(|name| name.contains(['&', '<', '>', '"', '\''])))
    }

    /// Renders the page by itself where something on it is one person's, and no value of these.
    #[must_use]
    pub fn alone_if(mut self, is_alone: bool) -> Self {
        if is_alone {
            self.sample = None;
        }
        self
    }

    /// The handle to render.
    pub fn handle(&self) -> &RequestHandle {
        self.sample.as_ref().map_or(self.handle, |sample| sample.handle)
    }

    /// The reference to render.
    pub fn message(&self) -> Option<&BindingMessage> {
        self.sample.as_ref().map_or(self.message, |sample| sample.message)
    }

    /// The seconds to render.
    pub fn seconds_left(&self) -> Option<u32> {
        self.sample.as_ref().map_or(self.seconds_left, |sample| sample.seconds_left)
    }

    /// The account to render.
    pub fn account(&self) -> Option<&str> {
        self.sample.as_ref().map_or(self.account, |sample| sample.account.as_deref())
    }
}

/// The places of an answer.
pub(super) fn places<'a>(
    values: &'a Values<'_>,
    sample: &'a Sample,
    nonce: Option<&'a str>,
) -> Vec<Place<'a>> {
    let place = |before, sample: Option<&'a str>, value: Option<&'a str>| {
        let (sample, value) = sample.zip(value)?;
        Some(Place { before, sample: sample.into(), value: value.into() })
    };
    let seconds = sample.seconds_left.zip(values.seconds_left).map(|(sample, value)| Place {
        before: "data-seconds-left=\"",
        sample: sample.to_string().into(),
        value: value.to_string().into(),
    });
    let message = |message: Option<&'a BindingMessage>| message.map(BindingMessage::as_str);
    [
        place("", Some(HANDLE), Some(values.handle.as_str())),
        place("", Some(NONCE), nonce),
        place("translate=\"no\">", message(sample.message), message(values.message)),
        seconds,
        place("", sample.account.as_deref(), values.account),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The least number of seconds that a page shows as it shows this one: with the same minutes, and in
/// as many digits.
fn first_like(seconds: u32) -> u32 {
    let digits = seconds.checked_ilog10().map_or(0, |digits| 10_u32.pow(digits));
    digits.max(seconds / 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_alike_that_are_shown_alike() {
        for (seconds, first) in [
            (0, 0),
            (7, 1),
            (10, 10),
            (59, 10),
            (60, 60),
            (99, 60),
            (100, 100),
            (119, 100),
            (120, 120),
            (599, 540),
            (999, 960),
            (1000, 1000),
        ] {
            assert_eq!(first_like(seconds), first, "{seconds}");
        }
    }
}
