//! `[upstream.<name>]` and the buttons that lead there: what has to be there, and how names look.

use super::refusal::{Refusal, refused};
use super::{Config, UpstreamConfig, UpstreamKind};

/// The parameters of every request, which nothing may be put beside.
const OURS: [&str; 9] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Checks identity providers and buttons.
pub(super) fn check(config: &Config) -> Result<(), Refusal> {
    for (name, upstream) in &config.upstream {
        check_name("upstream.<name>", name)?;
        if let Some(taken) = upstream.anew.keys().find(|name| OURS.contains(&name.as_str())) {
            return Err(refused(
                "upstream.anew",
                format!("{taken:?} is set by the provider itself"),
                "Name only what asks the customer anew; docs/social-login.md has an example",
            ));
        }
        let has_secret = upstream.client_secret.is_some() || upstream.kind == UpstreamKind::Apple;
        if upstream.refuses_pkce && !has_secret {
            return Err(refused(
                "upstream.refuses_pkce",
                format!("{name:?} has no secret either"),
                "Write client_secret, or leave it out: without both anybody may exchange a code",
            ));
        }
        if let Some(key) = missing(upstream) {
            return Err(refused(
                key,
                format!("it is missing for the identity provider {name:?}"),
                "docs/configuration.md lists what each kind of identity provider needs",
            ));
        }
    }
    for button in &config.sign_in.social {
        check_name("sign_in.social", &button.name)?;
        if config.has_embedded_provider() && !config.upstream.contains_key(&button.name) {
            return Err(refused(
                "sign_in.social",
                format!("there is no [upstream.{}] behind this button", button.name),
                "The embedded provider needs to know the identity provider: configure it, or \
                 remove the button",
            ));
        }
    }
    Ok(())
}

/// The key that this kind of identity provider needs and that is not there.
fn missing(upstream: &UpstreamConfig) -> Option<&'static str> {
    let needed: &[(&'static str, bool)] = match upstream.kind {
        UpstreamKind::Openid => &[("upstream.issuer", upstream.issuer.is_some())],
        UpstreamKind::Apple => &[
            ("upstream.team_id", upstream.team_id.is_some()),
            ("upstream.key_id", upstream.key_id.is_some()),
            ("upstream.key_file", upstream.key_file.is_some()),
        ],
        UpstreamKind::Oauth2 => &[
            ("upstream.authorization_url", upstream.authorization_url.is_some()),
            ("upstream.token_url", upstream.token_url.is_some()),
            ("upstream.userinfo_url", upstream.userinfo_url.is_some()),
        ],
    };
    needed.iter().find(|(_, is_there)| !is_there).map(|(key, _)| *key)
}

/// Names are parts of addresses, of cookies and of `acr_values`.
fn check_name(key: &'static str, name: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=32).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(refused(
        key,
        format!("{name:?} cannot be a name"),
        "Use 1 to 32 of the characters a-z, 0-9 and -",
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::{Environment, load};

    fn complaint(text: &str) -> Option<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("[demo]\nenabled = true\n{text}")).unwrap();
        load(Some(file.path()), &Environment::new()).err().map(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_identity_provider_says_what_it_lacks() {
        for (text, key) in [
            ("client_id = \"a\"", "upstream.issuer"),
            ("client_id = \"a\"\nkind = \"apple\"", "upstream.team_id"),
            ("client_id = \"a\"\nkind = \"oauth2\"", "upstream.authorization_url"),
        ] {
            let complaint = complaint(&format!("[upstream.x]\n{text}")).unwrap();
            assert!(complaint.contains(key), "{complaint}");
        }
        let good = "[upstream.x]\nclient_id = \"a\"\nissuer = \"https://id.example\"";
        assert_eq!(complaint(good), None);
        let without_pkce = format!("{good}\nrefuses_pkce = true");
        assert!(complaint(&without_pkce).unwrap().contains("upstream.refuses_pkce"));
        assert_eq!(complaint(&format!("{without_pkce}\nclient_secret = \"s\"")), None);
    }

    #[test]
    fn a_button_leads_somewhere() {
        let button = "[[sign_in.social]]\nname = \"google\"\nlabel = \"Google\"";
        assert!(complaint(button).unwrap().contains("[upstream.google]"));
        assert!(complaint(&button.replace("google", "../x")).unwrap().contains("cannot be a name"));
    }
}
