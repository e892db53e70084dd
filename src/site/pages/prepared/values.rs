//! The values in which two answers of the same shape differ, and what stands for them in a page that is
//! kept.

use ciba::{BindingMessage, RequestHandle};

/// Stands for a handle: no three characters of it stand anywhere else in a page.
pub(super) const HANDLE: &str = "QZ0XJ9VKQ7WZ8XK4JQ6ZV5XW3KJ2QYZX";
/// Stands for the nonce.
pub(super) const NONCE: &str = "ZX8QJVZ2WKXQ5YJZ7QVX3W";
/// Stands for the reference.
const MESSAGE: &str = "?#!.?!+#?.!#+?#.!?+!";

/// One value that differs between answers of the same shape.
#[derive(Debug)]
pub(super) struct Place {
    /// What stands before it, each time.
    pub(super) before: &'static str,
    /// What stands in its place in the page that is kept.
    pub(super) sample: String,
    /// What stands there in this answer: text that HTML writes as it is, of the same length.
    pub(super) value: String,
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
    handle: RequestHandle,
    message: Option<BindingMessage>,
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
        let like = |message: &BindingMessage| {
            BindingMessage::parse(MESSAGE.get(..message.as_str().len())?).ok()
        };
        let sample = RequestHandle::parse(HANDLE).ok().map(|handle| Sample {
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
        self.sample.as_ref().map_or(self.handle, |sample| &sample.handle)
    }

    /// The reference to render.
    pub fn message(&self) -> Option<&BindingMessage> {
        self.sample.as_ref().map_or(self.message, |sample| sample.message.as_ref())
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
pub(super) fn places(values: &Values<'_>, sample: &Sample, nonce: Option<&str>) -> Vec<Place> {
    let place = |before, sample: Option<&str>, value: Option<&str>| {
        let (sample, value) = sample.zip(value)?;
        Some(Place { before, sample: sample.to_owned(), value: value.to_owned() })
    };
    let digits = |seconds: Option<u32>| seconds.map(|seconds| seconds.to_string());
    let message =
        |message: Option<&'_ BindingMessage>| message.map(|text| text.as_str().to_owned());
    let seconds = (digits(sample.seconds_left), digits(values.seconds_left));
    let messages = (message(sample.message.as_ref()), message(values.message));
    [
        place("", Some(HANDLE), Some(values.handle.as_str())),
        place("", Some(NONCE), nonce),
        place("translate=\"no\">", messages.0.as_deref(), messages.1.as_deref()),
        place("data-seconds-left=\"", seconds.0.as_deref(), seconds.1.as_deref()),
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
