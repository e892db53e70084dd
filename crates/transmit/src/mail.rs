//! Sign-in by e-mail: a link (`/v1/auth/link/email/*`) and a one-time code (`/v1/auth/otp/*`).

use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::call::Need;
use super::errors::{ApiError, TransmitError};
use super::signed_in::{RedeemError, SignedIn, TokenObject, claims_request};
use super::{EmailAddress, Transmit};

/// A mail with a link that signs in.
#[derive(Debug, Clone)]
pub struct MailLink<'a> {
    /// To whom.
    pub email: &'a EmailAddress,
    /// Where the link leads, with `code` and `state` in its query. It has to be registered.
    pub redirect_uri: &'a Url,
    /// Comes back with the link, at most 50 characters.
    pub state: &'a str,
    /// Minutes for which the link is good.
    pub minutes: u16,
    /// The whole text of the mail: it replaces the provider's template.
    pub content: EmailContent,
}

/// A mail with a one-time code, which the provider puts into it.
#[derive(Debug, Clone)]
pub struct MailCode<'a> {
    /// To whom.
    pub email: &'a EmailAddress,
    /// Minutes for which the code is good.
    pub minutes: u16,
    /// The text around it.
    pub content: EmailContent,
}

/// The text of a mail (`email_content`). An empty member is sent as it is, and is shown as nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailContent {
    /// The subject.
    pub subject: String,
    /// The colour of the button, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<String>,
    /// A logo in base64, at most 20000 characters.
    #[serde(rename = "base64logo", skip_serializing_if = "Option::is_none")]
    pub base64_logo: Option<String>,
    /// The heading.
    pub header_text: String,
    /// The text above the button.
    pub body_text: String,
    /// The button's words.
    pub link_text: String,
    /// The text below the button.
    pub info_text: String,
    /// The last lines.
    pub footer_text: String,
    /// The sender's name.
    pub sender_name: String,
}

/// A mail could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendMailError {
    /// The provider knows nobody with this address. The asker must not learn that.
    #[error("sign-in mail not sent: nobody has this address")]
    UnknownUser,
    /// The customer may not sign in. The asker must not learn that either.
    #[error("sign-in mail not sent: the customer is not active")]
    NotActive,
    /// The redirect URI is not registered: a fault of configuration.
    #[error("sign-in mail not sent: the provider does not know our redirect URI")]
    RedirectUriRefused,
    /// The provider could not be asked, or gave no usable answer.
    #[error("sign-in mail not sent")]
    Call(#[source] TransmitError),
}

impl From<TransmitError> for SendMailError {
    fn from(error: TransmitError) -> Self {
        match error.api() {
            Some(api) if knows_nobody(api) => Self::UnknownUser,
            Some(api) if is_not_active(api) => Self::NotActive,
            Some(api) if api.status == 400 && api.says("redirect") => Self::RedirectUriRefused,
            _ => Self::Call(error),
        }
    }
}

fn knows_nobody(error: &ApiError) -> bool {
    match error.code.as_deref() {
        Some(code) => code == "user_not_found" || code == "user_email_address_missing",
        // "Public signup not allowed" is said of an unknown address, too.
        None => {
            (error.status == 404 && error.says("user"))
                || (error.status == 403 && error.says("signup"))
        }
    }
}

fn is_not_active(error: &ApiError) -> bool {
    match error.code.as_deref() {
        Some(code) => code == "user_not_active",
        None => error.status == 403 && error.says("not active"),
    }
}

#[derive(Deserialize)]
struct CodeAnswer {
    code: Option<String>,
}

impl Transmit {
    /// Makes a one-time code for a customer without sending it (`channel=direct`), to be put into
    /// our own mail. `None`: nobody active has this address.
    pub async fn create_code(
        &self,
        email: &EmailAddress,
        minutes: u16,
    ) -> Result<Option<String>, TransmitError> {
        let body = json!({
            "channel": "direct",
            "identifier_type": "email",
            "identifier": email.as_str(),
            "expires_in": minutes,
        });
        let url = self.api(&["v1", "auth", "otp", "send"]);
        let answer = self.send_as_client(|| self.inner.http.post(url.clone()).json(&body)).await;
        match answer {
            Ok(answer) => {
                let code = answer.json::<CodeAnswer>()?.code;
                code.ok_or_else(|| answer.unexpected()).map(Some)
            }
            Err(TransmitError::Api(error)) if knows_nobody(&error) || is_not_active(&error) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a mail whose link signs in.
    pub async fn send_mail_link(&self, mail: &MailLink<'_>) -> Result<(), SendMailError> {
        let body = json!({
            "email": mail.email.as_str(),
            "redirect_uri": mail.redirect_uri.as_str(),
            "state": mail.state,
            "email_expiration": mail.minutes,
            "channel": "email",
            "email_content": mail.content,
        });
        let url = self.api(&["v1", "auth", "link", "email", "send"]);
        // Once it is accepted a mail is on its way: a broken answer must not send a second one.
        let call = || self.inner.http.post(url.clone()).json(&body);
        self.send_as_client_for(Need::Status, call).await?;
        Ok(())
    }

    /// Sends a mail with a one-time code and no link.
    pub async fn send_mail_code(&self, mail: &MailCode<'_>) -> Result<(), SendMailError> {
        let body = json!({
            "channel": "email",
            "identifier_type": "email",
            "identifier": mail.email.as_str(),
            "expires_in": mail.minutes,
            "email_content": mail.content,
        });
        let url = self.api(&["v1", "auth", "otp", "send"]);
        // As with a link, a broken answer must not send a second mail.
        let call = || self.inner.http.post(url.clone()).json(&body);
        self.send_as_client_for(Need::Status, call).await?;
        Ok(())
    }

    /// Signs in with the code of a mail's link. It is good once.
    pub async fn redeem_mail_link(&self, code: &str) -> Result<SignedIn, RedeemError> {
        let body = json!({ "code": code, "claims": claims_request() });
        let url = self.api(&["v1", "auth", "link", "email", "authenticate"]);
        self.redeem(url, &body).await
    }

    /// Signs in with a one-time code that was typed.
    pub async fn redeem_code(
        &self,
        email: &EmailAddress,
        code: &str,
    ) -> Result<SignedIn, RedeemError> {
        let body = json!({
            "passcode": code,
            "identifier_type": "email",
            "identifier": email.as_str(),
            "claims": claims_request(),
        });
        let url = self.api(&["v1", "auth", "otp", "authenticate"]);
        self.redeem(url, &body).await
    }

    async fn redeem(&self, url: Url, body: &serde_json::Value) -> Result<SignedIn, RedeemError> {
        let answer = self.send_as_client(|| self.inner.http.post(url.clone()).json(body)).await?;
        let tokens: TokenObject = answer.json()?;
        // A refusal here is not one of the customer's link or code.
        self.signed_in(tokens, None).await.map_err(RedeemError::Call)
    }
}
