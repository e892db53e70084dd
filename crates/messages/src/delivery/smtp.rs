//! Mail by SMTP (RFC 5321), over TLS except to a server on this machine.

use std::fmt;
use std::time::SystemTime;

use lettre::address::AddressError;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::Url;

use super::{LONGEST, Message, SendError, SetUpError, is_loopback};
use crate::settings::MailConfig;
use platform::ambient::Ambient;

/// A mail server.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    ambient: Ambient,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

impl Smtp {
    /// The configured server, where there is one.
    pub(super) fn new(config: &MailConfig, ambient: &Ambient) -> Result<Option<Self>, SetUpError> {
        let Some(address) = &config.smtp_url else {
            return Ok(None);
        };
        let from = config.from.as_deref().ok_or(SetUpError::SenderMissing)?;
        let from = from.parse().map_err(|error: AddressError| SetUpError::Sender(error))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(address.expose())
            .map_err(SetUpError::Server)?
            .timeout(Some(LONGEST))
            .build();
        if !is_safe(address.expose()) {
            return Err(SetUpError::Unencrypted);
        }
        Ok(Some(Self { transport, from, ambient: ambient.clone() }))
    }

    /// Hands a mail to the server.
    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let mail = self.write(message)?;
        self.transport.send(mail).await?;
        Ok(())
    }

    fn write(&self, message: &Message) -> Result<lettre::Message, SendError> {
        let to = message.to.parse().map_err(|error: AddressError| SendError::Mail(error.into()))?;
        let name = message.sender_name.clone().or_else(|| self.from.name.clone());
        let domain = self.from.email.domain();
        let identifier = format!("<{}@{domain}>", self.ambient.entropy.token::<16>()?);
        let builder = lettre::Message::builder()
            .from(Mailbox::new(name, self.from.email.clone()))
            .to(Mailbox::new(None, to))
            .date(SystemTime::from(self.ambient.clock.now()))
            .message_id(Some(identifier))
            .subject(one_line(message.subject.as_deref().unwrap_or_default()))
            // Keeps vacation notices from answering (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        let plain = SinglePart::plain(message.text.clone());
        let written = match &message.html {
            None => builder.singlepart(plain),
            Some(html) => {
                let alternatives = MultiPart::alternative().singlepart(plain);
                let html = SinglePart::html(html.clone());
                builder.multipart(match &message.logo {
                    None => alternatives.singlepart(html),
                    Some(logo) => {
                        let media_type = ContentType::parse(logo.media_type)
                            .map_err(|error| SendError::Mail(error.into()))?;
                        let picture = Attachment::new_inline("logo".into())
                            .body(logo.bytes.clone(), media_type);
                        alternatives
                            .multipart(MultiPart::related().singlepart(html).singlepart(picture))
                    }
                })
            }
        };
        written.map_err(|error| SendError::Mail(error.into()))
    }
}

/// A header is one line, whatever it was made from.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether the mail is unreadable in transit: TLS required, or loopback.
fn is_safe(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        let required = url.query_pairs().any(|(key, value)| key == "tls" && value == "required");
        url.scheme() == "smtps" || required || url.host_str().is_some_and(is_loopback)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use platform::Secret;

    fn new(address: &str, from: Option<&str>) -> Result<Option<Smtp>, SetUpError> {
        let config = MailConfig {
            smtp_url: Some(Secret::new(address)),
            smtp_url_file: None,
            from: from.map(str::to_owned),
        };
        let ambient = Ambient::new(
            Arc::new(platform::clock::SystemClock),
            Arc::new(platform::ids::SystemEntropy),
        );
        Smtp::new(&config, &ambient)
    }

    #[tokio::test]
    async fn mail_leaves_the_machine_encrypted_or_not_at_all() {
        let from = Some("Example Bank <no-reply@example.com>");
        for address in [
            "smtp://mail.example.com",
            "smtp://mail.example.com?tls=opportunistic",
            "smtp://user:password@10.0.0.1:25",
        ] {
            assert!(matches!(new(address, from), Err(SetUpError::Unencrypted)), "{address}");
        }
        for address in [
            "smtps://user:password@mail.example.com",
            "smtp://mail.example.com:587?tls=required",
            "smtp://localhost:2525",
            "smtp://127.0.0.1:2525",
        ] {
            assert!(new(address, from).is_ok(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_server_without_a_sender_is_refused() {
        let address = "smtp://localhost:2525";
        assert!(matches!(new(address, None), Err(SetUpError::SenderMissing)));
        assert!(matches!(new(address, Some("nobody")), Err(SetUpError::Sender(_))));
    }
}
