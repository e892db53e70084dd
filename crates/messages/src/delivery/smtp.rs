//! Mail by SMTP (RFC 5321), over TLS except to a server on this machine.

use std::fmt;
use std::time::{Duration, SystemTime};

use lettre::address::AddressError;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Code;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::error::{AttemptFault, DeliverySetUpError, SendError};
use super::message::Message;
use crate::settings::MailConfig;
use platform::ambient::Ambient;
use platform::network::is_loopback;

/// The longest that one dialogue may take. RFC 5321, section 4.5.3.2, wants minutes of patience, and
/// busy servers greet after half of one; nobody waits for it.
const LONGEST: Duration = Duration::from_secs(90);

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(30);

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
    pub(super) fn new(
        config: &MailConfig,
        ambient: &Ambient,
    ) -> Result<Option<Self>, DeliverySetUpError> {
        let Some(address) = &config.smtp_url else {
            return Ok(None);
        };
        let from = config.from.as_deref().ok_or(DeliverySetUpError::SenderMissing)?;
        let from: Mailbox =
            from.parse().map_err(|error: AddressError| DeliverySetUpError::Sender(error))?;
        let from = Mailbox::new(from.name, as_in_dns(from.email));
        let helo = config.helo.as_deref().unwrap_or_else(|| from.email.domain());
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(address.expose())
            .map_err(DeliverySetUpError::Server)?
            .timeout(Some(CONNECT))
            .hello_name(client_id(helo).ok_or(DeliverySetUpError::Helo)?)
            .build();
        if !is_safe(address.expose()) {
            return Err(DeliverySetUpError::Unencrypted);
        }
        Ok(Some(Self { transport, from, ambient: ambient.clone() }))
    }

    /// Hands a mail to the server.
    pub(super) async fn send(&self, message: &Message, id: &str) -> Result<(), AttemptFault> {
        let mail = self.write(message, id)?;
        let passing = |why: String| AttemptFault::Passing { why, retry_after: None };
        match tokio::time::timeout(LONGEST, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Err(_) => Err(passing("the mail server took too long".into())),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) if is_about_us(code) => SendError::SmtpClosed(code).into(),
                Some(code) if error.is_permanent() => SendError::SmtpRefused(code).into(),
                // What it says besides the code may quote the address.
                Some(code) => passing(format!("the mail server answered {code}")),
                // A name that is no ASCII, to a server that does not know SMTPUTF8 (RFC 6531).
                None if error.is_client() && !message.to.is_ascii() => {
                    SendError::Mail(error.into()).into()
                }
                None if error.is_client() => SendError::Smtp(error).into(),
                None => passing(error.to_string()),
            }),
        }
    }

    fn write(&self, message: &Message, id: &str) -> Result<lettre::Message, SendError> {
        let to: Address =
            message.to.parse().map_err(|error: AddressError| SendError::Mail(error.into()))?;
        let name = message.sender_name.clone().or_else(|| self.from.name.clone());
        let domain = self.from.email.domain();
        let identifier = format!("<{id}@{domain}>");
        let builder = lettre::Message::builder()
            .from(Mailbox::new(name, self.from.email.clone()))
            .to(Mailbox::new(None, as_in_dns(to)))
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
                        let media_type = ContentType::parse(&logo.media_type)
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

/// Whether an answer is about us and not about the mail: the host takes none (521, RFC 7504), or it lets
/// nobody in by what is configured (530, 534, 535 and 538, RFC 4954, section 6).
fn is_about_us(code: Code) -> bool {
    matches!(u16::from(code), 521 | 530 | 534 | 535 | 538)
}

/// The address with an international domain as the DNS has it: so every server takes it, and as people
/// write it only one that knows SMTPUTF8 (RFC 6531).
fn as_in_dns(address: Address) -> Address {
    let ascii = match Host::parse(address.domain()) {
        Ok(Host::Domain(name)) if !address.domain().is_ascii() => {
            Address::new(address.user(), name).ok()
        }
        _ => None,
    };
    ascii.unwrap_or(address)
}

/// A header is one line, whatever it was made from.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The name for `EHLO`: a full host name, or an address in brackets (RFC 5321, section 4.1.3).
fn client_id(text: &str) -> Option<ClientId> {
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let address = address.strip_prefix("IPv6:").unwrap_or(address);
        return Some(match address.parse().ok()? {
            std::net::IpAddr::V4(address) => ClientId::Ipv4(address),
            std::net::IpAddr::V6(address) => ClientId::Ipv6(address),
        });
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => Some(ClientId::Domain(name)),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Whether the mail is unreadable in transit: TLS required, or loopback.
fn is_safe(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        let required = url.query_pairs().any(|(key, value)| key == "tls" && value == "required");
        url.scheme() == "smtps" || required || is_loopback(&url)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use platform::Secret;

    fn new(address: &str, from: Option<&str>) -> Result<Option<Smtp>, DeliverySetUpError> {
        let config = MailConfig {
            smtp_url: Some(Secret::new(address)),
            smtp_url_file: None,
            from: from.map(str::to_owned),
            helo: None,
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
            assert!(
                matches!(new(address, from), Err(DeliverySetUpError::Unencrypted)),
                "{address}"
            );
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
        assert!(matches!(new(address, None), Err(DeliverySetUpError::SenderMissing)));
        assert!(matches!(new(address, Some("nobody")), Err(DeliverySetUpError::Sender(_))));
    }

    #[test]
    fn the_server_is_told_a_full_name_or_an_address() {
        for (text, told) in [
            ("mail.example.com", Some("mail.example.com")),
            ("münchen.example", Some("xn--mnchen-3ya.example")),
            ("[192.0.2.1]", Some("[192.0.2.1]")),
            ("[IPv6:2001:db8::1]", Some("[IPv6:2001:db8::1]")),
            ("[2001:db8::1]", Some("[IPv6:2001:db8::1]")),
            ("192.0.2.1", None),
            ("two words", None),
            ("x\r\nMAIL FROM:<a@b.example>", None),
            ("[vm]", None),
            ("", None),
        ] {
            let name = client_id(text).map(|name| name.to_string());
            assert_eq!(name.as_deref(), told, "{text:?}");
        }
    }
}
