//! The company's look and words, and what goes with sending no links.

use std::collections::BTreeMap;

use messages::phone;
use messages::texts::Texts;

use crate::config::refusal::{Refusal, refused, shown};
use crate::config::{Config, Logo};

pub(super) fn check_brand(config: &Config) -> Result<(), Refusal> {
    if let Some(phone) = &config.brand.support_phone {
        phone::tel_uri(phone).map_err(|error| {
            refused(
                "brand.support_phone",
                format!("{phone:?}: {error}"),
                "Write it as +44 20 7946 0018 or +1 800 555 0199 ext. 12",
            )
        })?;
    }
    for (key, url) in [
        ("brand.help_url", &config.brand.help_url),
        ("brand.privacy_url", &config.brand.privacy_url),
    ] {
        if let Some(url) = url.as_ref().filter(|url| !matches!(url.scheme(), "https" | "http")) {
            return Err(refused(
                key,
                format!("{} is no web address", shown(url)),
                "Write https://…",
            ));
        }
    }
    if config.brand.logo_dark.is_some() && config.brand.logo.is_none() {
        return Err(refused(
            "brand.logo_dark",
            "there is no logo for the light theme".to_owned(),
            "Set brand.logo, too",
        ));
    }
    for (key, logo) in
        [("brand.logo", &config.brand.logo), ("brand.logo_dark", &config.brand.logo_dark)]
    {
        let Some(logo) = logo else { continue };
        Logo::load(logo).map_err(|error| {
            let why = std::error::Error::source(&error);
            let problem = why.map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
            refused(key, problem, "Use an SVG or PNG of at most 20 kB")
        })?;
    }
    Texts::load(&config.brand).map_err(|error| {
        refused(
            "brand.texts",
            error.to_string(),
            "Write texts as [brand.texts.<language>] and scopes as [brand.scopes.<language>]",
        )
    })?;
    Ok(())
}

/// What cannot go together with sending no links.
pub(super) fn check_without_links(config: &Config) -> Result<(), Refusal> {
    if config.brand.sends_links {
        return Ok(());
    }
    if config.sign_in.mail && !config.sign_in.mail_code {
        return Err(refused(
            "sign_in.mail_code",
            "it is off and so is brand.sends_links: sign-in mails would hold neither code nor link"
                .into(),
            "Switch it on, or sign_in.mail off",
        ));
    }
    let texts = config.brand.texts.values().flat_map(BTreeMap::iter);
    let holds_link = |text: &str| ["://", "www."].iter().any(|sign| text.contains(sign));
    if let Some((id, _)) = texts.into_iter().find(|(_, text)| holds_link(text)) {
        return Err(refused(
            "brand.texts",
            format!("{id} holds a link, and brand.sends_links is off"),
            "Take the link out of it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::check::remarks;
    use crate::config::check::tests::{production, refusal};
    use url::Url;

    #[test]
    fn a_company_without_links_has_codes_in_its_mails_and_no_link_in_its_texts() {
        let mut config = production();
        config.brand.sends_links = false;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        assert!(!remarks(&config).iter().any(|remark| remark.starts_with("brand.sends_links")));
        config.sign_in.mail_code = false;
        assert_eq!(refusal(&config, &["brand.company"]), Some("sign_in.mail_code"));
        config.sign_in.mail = false;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        let own = BTreeMap::from([("code-label".to_owned(), "See https://a.example".to_owned())]);
        config.brand.texts.insert("en".into(), own);
        assert_eq!(refusal(&config, &["brand.company"]), Some("brand.texts"));
        config.brand.sends_links = true;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.brand.sends_links = false;
        config.provider.url = Some(Url::parse("https://api.transmitsecurity.io").unwrap());
        assert!(remarks(&config).iter().any(|remark| remark.starts_with("brand.sends_links")));
    }
}
