//! The content of a mail: the caller's `email_content`, exactly as given, or a plain one of our own
//! (docs/transmit-api.md, 8.1).
//!
//! Everything that the caller writes is escaped as text, so that it cannot add links to the mail.

mod members;

use leptos::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use members::{InvalidEmailContent, MailColour, MailContentMembers, Picture};
use messages::brand::BrandConfig;
use messages::delivery::{InlineLogo, Message};

/// What a mail says around its link or code. A member that is absent does not appear in the mail:
/// `email_content` replaces the whole template.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "MailContentMembers")]
pub struct MailContent {
    subject: String,
    colour: MailColour,
    logo: Option<Picture>,
    header_text: Option<String>,
    body_text: Option<String>,
    link_text: Option<String>,
    info_text: Option<String>,
    footer_text: Option<String>,
    sender_name: Option<String>,
}

impl JsonSchema for MailContent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EmailContent".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        MailContentMembers::json_schema(generator)
    }
}

impl TryFrom<MailContentMembers> for MailContent {
    type Error = InvalidEmailContent;

    fn try_from(members: MailContentMembers) -> Result<Self, Self::Error> {
        members.check_texts()?;
        let colour = match members.primary_color {
            Some(text) => MailColour::parse(text)?,
            None => MailColour::of(BrandConfig::default().accent),
        };
        let logo = members.base64logo.filter(|text| !text.is_empty());
        let logo = logo.map(|text| Picture::parse(&text)).transpose()?;
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Ok(Self {
            subject: members.subject,
            colour,
            logo,
            header_text: some(members.header_text),
            body_text: some(members.body_text),
            link_text: some(members.link_text),
            info_text: some(members.info_text),
            footer_text: some(members.footer_text),
            sender_name: some(members.sender_name),
        })
    }
}

/// What the mail is sent for.
#[derive(Clone, Copy)]
pub enum MailCredential<'a> {
    /// A link that signs in.
    Link(&'a str),
    /// A code that signs in.
    Code(&'a str),
}

impl MailContent {
    /// What a link's mail says where the caller leaves it to us.
    pub fn of_link(brand: &BrandConfig, minutes: u32) -> Self {
        let company = &brand.company;
        Self {
            link_text: Some("Sign in".into()),
            ..Self::of(
                brand,
                format!("Sign in to {company}"),
                format!("Open this link to sign in. It works once, within {}.", in_words(minutes)),
                "Nobody from the company will ever ask you for this link. If you did not ask for \
                 it, ignore this mail.",
            )
        }
    }

    /// What a code's mail says where the caller leaves it to us.
    pub fn of_code(brand: &BrandConfig, minutes: u32) -> Self {
        let company = &brand.company;
        Self::of(
            brand,
            format!("Your code for {company}"),
            format!("Type this code to sign in. It works once, within {}.", in_words(minutes)),
            "Nobody from the company will ever ask you for this code. If you did not ask for it, \
             ignore this mail.",
        )
    }

    fn of(brand: &BrandConfig, subject: String, body: String, info: &str) -> Self {
        Self {
            header_text: Some(subject.clone()),
            subject,
            colour: MailColour::of(brand.accent),
            logo: None,
            body_text: Some(body),
            link_text: None,
            info_text: Some(info.into()),
            footer_text: Some(brand.company.clone()),
            sender_name: None,
        }
    }

    /// What a mail says that signs nobody in.
    pub fn notice(
        brand: &BrandConfig,
        subject: String,
        header: String,
        body: String,
        footer: String,
    ) -> Self {
        Self {
            header_text: Some(header),
            info_text: None,
            footer_text: Some(footer),
            sender_name: Some(brand.company.clone()),
            ..Self::of(brand, subject, body, "")
        }
    }

    /// The mail without link or code.
    pub fn notify(&self, to: &str) -> Message {
        self.message(to, None)
    }

    /// The mail that signs somebody in.
    pub fn compose(&self, to: &str, credential: MailCredential<'_>) -> Message {
        let message = self.message(to, Some(credential));
        match credential {
            MailCredential::Link(link) => message.with_link(link),
            MailCredential::Code(code) => message.with_code(code),
        }
    }

    fn message(&self, to: &str, credential: Option<MailCredential<'_>>) -> Message {
        let mut message = Message::email(to, self.subject.clone(), self.text(credential));
        message.html = Some(self.html(credential));
        message.logo = self.logo.clone().map(|picture| InlineLogo {
            media_type: picture.media_type.to_owned(),
            bytes: picture.bytes,
        });
        message.sender_name.clone_from(&self.sender_name);
        message
    }

    fn text(&self, credential: Option<MailCredential<'_>>) -> String {
        let credential = credential.map(|credential| match (credential, &self.link_text) {
            (MailCredential::Link(link), Some(text)) => format!("{text}:\n{link}"),
            (MailCredential::Link(link), None) => link.to_owned(),
            (MailCredential::Code(code), _) => code.to_owned(),
        });
        let parts = [
            self.header_text.as_deref(),
            self.body_text.as_deref(),
            credential.as_deref(),
            self.info_text.as_deref(),
            self.footer_text.as_deref(),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        parts.join("\n\n") + "\n"
    }

    /// The HTML part. Mail programs know no style sheets and little else, so styles stand on the
    /// elements; `dir="auto"` lets each paragraph run as its own language does.
    fn html(&self, credential: Option<MailCredential<'_>>) -> String {
        let logo = self.logo.as_ref().map(|_| {
            view! { <img src="cid:logo" alt="" style="max-height:48px;margin:0 0 16px" /> }
        });
        let header = self.header_text.as_deref().map(|text| {
            view! {
                <h1 dir="auto" style="font-size:22px;line-height:1.3;margin:0 0 16px">
                    {lines(text)}
                </h1>
            }
        });
        let paragraph = |text: &str, style: &'static str| {
            view! { <p dir="auto" style=style>{lines(text)}</p> }
        };
        let body = self.body_text.as_deref().map(|text| paragraph(text, "margin:0 0 16px"));
        let info =
            self.info_text.as_deref().map(|text| paragraph(text, "margin:24px 0 0;font-size:14px"));
        let footer = self.footer_text.as_deref().map(|text| {
            paragraph(
                text,
                "margin:24px 0 0;padding:16px 0 0;border-top:1px solid #cccccc;font-size:13px",
            )
        });
        let credential = credential.map(|credential| match credential {
            MailCredential::Link(link) => {
                let text = self.link_text.as_deref().unwrap_or(link).to_owned();
                let style = format!(
                    "display:inline-block;padding:12px 24px;border-radius:8px;font-weight:bold;\
                     text-decoration:none;background:{};color:{}",
                    self.colour.background, self.colour.text
                );
                view! {
                    <p dir="auto" style="margin:0 0 16px">
                        <a href=link.to_owned() style=style>{text}</a>
                    </p>
                }
                .into_any()
            }
            MailCredential::Code(code) => view! {
                <p
                    dir="ltr"
                    style="margin:0 0 16px;font:bold 28px/1.4 monospace;letter-spacing:4px"
                >
                    {code.to_owned()}
                </p>
            }
            .into_any(),
        });
        let title = view! { <title>{self.subject.clone()}</title> };
        let content = view! {
            <div role="article" dir="auto" style="max-width:560px;margin:0 auto;padding:24px 16px">
                {logo}
                {header}
                {body}
                {credential}
                {info}
                {footer}
            </div>
        };
        let html = format!(
            "<!doctype html><html dir=\"auto\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\">{}</head>\
             <body style=\"margin:0;font:16px/1.5 sans-serif\">{}</body></html>",
            title.to_html(),
            content.to_html()
        );
        // Leptos marks where views meet, for a browser that wakes them. Text is escaped, so none of
        // these marks can be the caller's.
        html.replace("<!>", "")
    }
}

fn lines(text: &str) -> Vec<AnyView> {
    let mut views = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            views.push(view! { <br /> }.into_any());
        }
        views.push(line.to_owned().into_any());
    }
    views
}

fn in_words(minutes: u32) -> String {
    if minutes == 1 { "a minute".into() } else { format!("{minutes} minutes") }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;

    fn content(value: Value) -> Result<MailContent, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_caller_writes_is_all_that_the_mail_says() {
        let mail = content(json!({"subject": "S", "bodyText": "one\ntwo", "linkText": "Go"}))
            .unwrap()
            .compose("alex@example.com", MailCredential::Link("https://a.example/?c=1&s=2"));
        assert_eq!(mail.text, "one\ntwo\n\nGo:\nhttps://a.example/?c=1&s=2\n");
        assert_eq!(mail.subject.as_deref(), Some("S"));
        assert_eq!(mail.links, ["https://a.example/?c=1&s=2"]);
        let html = mail.html.unwrap();
        assert!(html.contains("href=\"https://a.example/?c=1&amp;s=2\""), "{html}");
        assert!(html.contains("one<br>two"), "{html}");
        assert!(!html.contains("<!>") && !html.contains("<h1"), "{html}");
    }

    #[test]
    fn text_cannot_become_markup() {
        let evil = "\"><script>alert(1)</script><a href='https://evil.example'>";
        let html = content(json!({
            "subject": evil, "headerText": evil, "bodyText": evil, "linkText": evil,
            "infoText": evil, "footerText": evil, "senderName": evil
        }))
        .unwrap()
        .compose("alex@example.com", MailCredential::Link("https://a.example/"))
        .html
        .unwrap();
        assert!(!html.contains("<script") && !html.contains("<a href='"), "{html}");
        assert_eq!(html.matches("<a ").count(), 1, "{html}");
    }

    #[test]
    fn refuses_what_it_cannot_show() {
        for (name, value) in [
            ("subject", json!(" ")),
            ("primaryColor", json!("red;background:url(//evil.example)")),
            ("primaryColor", json!("#+f+f+f")),
            ("base64logo", json!("PHN2Zy8+")),
            ("base64logo", json!("A".repeat(20_001))),
            ("bodyText", json!("x".repeat(4_001))),
        ] {
            let mut members = json!({"subject": "S"});
            members[name] = value;
            assert!(content(members).is_err(), "{name}");
        }
        assert!(content(json!({})).unwrap_err().contains("subject"));
    }

    #[test]
    fn text_on_the_button_can_always_be_read() {
        let html = |colour| {
            content(json!({"subject": "S", "primaryColor": colour}))
                .unwrap()
                .compose("alex@example.com", MailCredential::Link("https://a.example/"))
                .html
                .unwrap()
        };
        assert!(html("#ffcc00").contains("background:#ffcc00;color:#000000"));
        assert!(html("#0b57d0").contains("background:#0b57d0;color:#ffffff"));
    }

    #[test]
    fn a_logo_travels_with_the_mail() {
        let png = STANDARD.encode(b"\x89PNG\r\n\x1a\n");
        for text in [png.clone(), format!("data:image/svg+xml;base64,{png}")] {
            let mail = content(json!({"subject": "S", "base64logo": text}))
                .unwrap()
                .compose("alex@example.com", MailCredential::Code("123456"));
            assert_eq!(mail.logo.unwrap().media_type, "image/png");
            assert!(mail.html.unwrap().contains("src=\"cid:logo\""));
        }
    }
}
