//! Scopes (RFC 6749, section 3.3): words with a space between them.

/// The words of a scope that mean something here.
pub const SCOPES: [&str; 5] = ["openid", "profile", "email", "phone", "offline_access"];

/// The scope of a back-end sign-in, which names none.
pub const BACKEND_SCOPE: &str = "openid email phone offline_access";

/// Whether a scope holds a word.
pub(crate) fn has(scope: &str, word: &str) -> bool {
    scope.split(' ').any(|part| part == word)
}
