//! How mails are sent.

use std::borrow::Cow;

use messages::delivery::is_sender;
use url::Url;

use crate::config::Config;
use crate::config::refusal::{Refusal, refused};

/// An address with a password in it, of which nothing is quoted: what was not percent-encoded spills
/// into the parts behind it.
pub(super) fn check_mail(config: &Config) -> Result<(), Refusal> {
    if let Some(address) = &config.mail.smtp_url {
        let is_good = Url::parse(address.expose()).is_ok_and(|url| {
            let is_known = |(key, value): (Cow<'_, str>, Cow<'_, str>)| {
                key == "tls" && ["required", "opportunistic"].contains(&value.as_ref())
            };
            matches!(url.scheme(), "smtp" | "smtps")
                && url.host_str().is_some_and(|host| !host.is_empty())
                && url.fragment().is_none()
                && !url.path().trim_start_matches('/').contains(['/', '@'])
                && url.query_pairs().all(is_known)
        });
        if !is_good {
            return Err(refused(
                "mail.smtp_url",
                "it is not the address of a mail server, or has an unknown parameter; in a password \
                 ? # / @ and % are written %3F %23 %2F %40 and %25"
                    .into(),
                "Write smtps://user:password@host, or smtp://user:password@host?tls=required",
            ));
        }
    }
    if config.mail.from.as_ref().is_some_and(|from| !is_sender(from)) {
        return Err(refused(
            "mail.from",
            "it is not a sender's address; a name with a comma or another sign has to stand in quotes"
                .into(),
            "Write address@host, Name <address@host>, or \"Name, Inc.\" <address@host>",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::config::check::check;
    use crate::config::check::tests::production;
    use crate::config::refusal::Purpose;

    #[test]
    fn a_senders_name_with_a_comma_is_told_how_to_be_written() {
        for (from, is_good) in [
            ("a@b.example", true),
            ("Example Bank <a@b.example>", true),
            ("\"Example, Inc.\" <a@b.example>", true),
            ("Example, Inc. <a@b.example>", false),
            ("Example Bank", false),
        ] {
            let mut config = production();
            config.mail.from = Some(from.into());
            let is_written = |key: &str| key == "brand.company";
            let refused = check(&config, Purpose::Serve, &is_written).err();
            assert_eq!(refused.is_none(), is_good, "{from}: {refused:?}");
            if let Some(refused) = refused {
                assert!(refused.key == "mail.from" && refused.problem.contains("in quotes"));
            }
        }
    }
}
