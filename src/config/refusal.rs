//! A refusal: key, problem and cure.

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
