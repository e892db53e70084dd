//! A refusal: key, problem and cure.

use url::Url;

/// A value that is well-formed and cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The key, for example `site.public_url`.
    pub key: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: &'static str,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}. {}", self.key, self.problem, self.cure)
    }
}

/// What the configuration is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve with it: nothing may be missing.
    Serve,
    /// To call the provider from a shell: keys of the site are not needed, and what is missing may
    /// still be asked for.
    Operate,
}

pub(super) fn refused(key: &'static str, problem: String, cure: &'static str) -> Refusal {
    Refusal { key, problem, cure }
}

/// An address for a person to read, without what may be a secret in it.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails for addresses that can have neither, such as `mailto:`.
    let _has_none = shown.set_username("").and_then(|()| shown.set_password(None));
    if shown.query().is_some() {
        shown.set_query(Some("hidden"));
    }
    shown.into()
}
