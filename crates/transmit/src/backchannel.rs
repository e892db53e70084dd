//! Starting an authentication request: `POST /oidc/backchannel` (CIBA Core 1.0, section 7).

use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use super::api::TransmitParts;
use super::errors::TransmitError;
use super::{AssertionError, Device, Dialect, Transmit};
use ciba::link::unbroken;
use ciba::{AuthReqId, BindingMessage, Contact, LoginHintType, words};
use platform::ambient::Ambient;
use platform::ids::NoEntropy;
use platform::seconds;

/// An authentication request, as it is sent.
#[derive(Debug, Clone)]
pub struct BackchannelRequest {
    /// Who is asked: an e-mail address, a phone number or a `user_id`.
    pub login_hint: String,
    /// Which of them it is. Without it the provider reads a phone number.
    pub login_hint_type: LoginHintType,
    /// What both sides see.
    pub binding_message: Option<BindingMessage>,
    /// How the link reaches the customer.
    pub channel: Channel,
    /// The text that is sent with the link.
    pub custom_message: Option<String>,
    /// Seconds for which the request shall live; the provider may shorten it.
    pub requested_expiry: Option<u32>,
    /// Space separated; `openid` is among them.
    pub scope: String,
    /// How the agent speaks with the customer. It travels with the request at Keycloak only.
    pub contact: Option<Contact>,
    /// The language that they speak, as a tag. It travels with the request at Keycloak only.
    pub locale: Option<String>,
}

/// How the link reaches the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// By SMS.
    Sms,
    /// By e-mail.
    Email,
    /// Not at all: the answer holds it, and we deliver it ourselves.
    Link,
}

words!(Channel {
    Sms = "sms",
    Email = "email",
    Link = "link",
});

/// The provider has taken the request.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its identifier.
    pub auth_req_id: AuthReqId,
    /// The key of the site's own link, which we have chosen (at Keycloak): what the site knows of the
    /// request, it knows by this name.
    pub link_key: Option<AuthReqId>,
    /// For how long it lives.
    pub expires_in: Duration,
    /// How long to wait between two polls; the provider may leave it out, and then it is five
    /// seconds (CIBA Core 1.0, section 7.3).
    pub interval: Option<Duration>,
    /// The link for the customer, where the channel is [`Channel::Link`], or the agent has to pass it
    /// on for another reason.
    pub link: Option<Url>,
}

impl Started {
    /// The request's name among the site's records.
    pub fn on_record(&self) -> &AuthReqId {
        self.link_key.as_ref().unwrap_or(&self.auth_req_id)
    }

    /// When its time is over, in seconds since 1970, where it was started `now`.
    pub fn expires_at(&self, now: i64) -> i64 {
        now.saturating_add(i64::try_from(self.expires_in.as_secs()).unwrap_or(i64::MAX))
    }
}

/// What Keycloak's device is told where the agent has not said it: no word that it knows.
const UNSAID: &str = "unsaid";

/// The longest life that is believed, in seconds.
const LONGEST_LIFE: u64 = 24 * 3600;

impl Transmit {
    /// Starts an authentication request.
    ///
    /// # Errors
    ///
    /// [`TransmitError`]; [`TransmitError::Unexpected`] also where the answer lacks `auth_req_id` or
    /// `expires_in`, without which nobody can poll.
    pub async fn start(&self, request: &BackchannelRequest) -> Result<Started, TransmitError> {
        match &self.inner.settings.dialect {
            Dialect::Transmit => self.start_at_transmit(request).await,
            Dialect::Keycloak(device) => self.start_at_keycloak(device, request).await,
        }
    }

    async fn start_at_transmit(
        &self,
        request: &BackchannelRequest,
    ) -> Result<Started, TransmitError> {
        let expiry = request.requested_expiry.map(|seconds| seconds.to_string());
        let context = context(request).to_string();
        let mut fields = fields(request, expiry.as_deref());
        fields.push(("request_context", &context));
        self.send_start(&fields).await
    }

    /// Keycloak passes on to its device what it does not know itself, five fields at most: the four of
    /// ours, and the type of an assertion. They are outside of a signed request, and all of them are
    /// always sent, because its registered claims would take the places that are free, and the device
    /// refuses claims.
    async fn start_at_keycloak(
        &self,
        device: &Device,
        request: &BackchannelRequest,
    ) -> Result<Started, TransmitError> {
        let TransmitParts { settings, ambient, .. } = self.inner.as_ref();
        let expiry = request.requested_expiry.map(|seconds| seconds.to_string());
        let mut fields = fields(request, expiry.as_deref());
        let signed = if device.signs_requests {
            let (client_id, issuer) = (&settings.client_id, &settings.issuer);
            settings.client_authentication.signed_request(client_id, issuer, &fields, ambient)?
        } else {
            None
        };
        if let Some(signed) = &signed {
            fields = vec![("request", signed)];
        }
        let key = new_link_key(ambient)?;
        fields.extend([
            ("x_link_key", key.as_str()),
            ("x_channel", request.channel.as_str()),
            ("x_contact", request.contact.map_or(UNSAID, Contact::as_str)),
            ("x_locale", request.locale.as_deref().unwrap_or(UNSAID)),
        ]);
        let started = self.send_start(&fields).await?;
        let is_passed_on = request.channel == Channel::Link;
        let link = device.link(&key).filter(|_| is_passed_on);
        Ok(Started { link, link_key: Some(key), ..started })
    }

    async fn send_start(&self, fields: &[(&'static str, &str)]) -> Result<Started, TransmitError> {
        let endpoint = self.endpoints().await?.backchannel.clone();
        let answer = self.send(self.client_form(endpoint, fields)?).await?;
        started(&answer.json()?).ok_or_else(|| answer.unexpected())
    }
}

/// What every provider reads of a request (CIBA Core 1.0, section 7.1).
fn fields<'a>(
    request: &'a BackchannelRequest,
    expiry: Option<&'a str>,
) -> Vec<(&'static str, &'a str)> {
    let mut fields =
        vec![("scope", request.scope.as_str()), ("login_hint", request.login_hint.as_str())];
    fields.extend(request.binding_message.iter().map(|text| ("binding_message", text.as_str())));
    fields.extend(expiry.map(|seconds| ("requested_expiry", seconds)));
    fields
}

/// 256 random bits, which name a request to whoever has its link.
fn new_link_key(ambient: &Ambient) -> Result<AuthReqId, AssertionError> {
    let key = ambient.entropy.token::<32>()?;
    Ok(AuthReqId::parse(&key).map_err(|_| NoEntropy)?)
}

impl Device {
    /// The link of the request whose key this is.
    fn link(&self, key: &AuthReqId) -> Option<Url> {
        let mut link = self.site.clone();
        link.path_segments_mut().ok()?.pop_if_empty().extend(["r", key.as_str()]);
        Some(link)
    }
}

fn context(request: &BackchannelRequest) -> Value {
    let mut context = json!({
        "channel": request.channel.as_str(),
        "login_hint_type": request.login_hint_type.as_str(),
    });
    if let Some(message) = &request.custom_message {
        context["custom_message"] = json!(message);
    }
    context
}

fn started(answer: &Map<String, Value>) -> Option<Started> {
    let auth_req_id = AuthReqId::parse(answer.get("auth_req_id")?.as_str()?).ok()?;
    let expires_in = seconds::read(answer.get("expires_in")?)?;
    let link = link(answer, &auth_req_id);
    Some(Started {
        auth_req_id,
        link_key: None,
        expires_in: Duration::from_secs(expires_in.min(LONGEST_LIFE)),
        interval: answer.get("interval").and_then(seconds::read).map(Duration::from_secs),
        link,
    })
}

/// The link. The documentation does not name its field, so the address that holds this request is
/// taken (the client's bare `login_uri` may stand beside it), else one under a likely name, and else
/// the one member that is an address (docs/transmit-api.md, "Item 1").
fn link(answer: &Map<String, Value>, auth_req_id: &AuthReqId) -> Option<Url> {
    let address = |value: &Value| {
        let url = Url::parse(value.as_str()?).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    };
    let holds_it = |url: &Url| url.query_pairs().any(|(_, value)| value == auth_req_id.as_str());
    let named = || {
        let names = ["link", "login_uri", "auth_link", "url"];
        names.iter().find_map(|name| answer.get(*name).and_then(address))
    };
    let only = || {
        let mut addresses = answer.values().filter_map(address);
        let only = addresses.next()?;
        addresses.next().is_none().then_some(only)
    };
    let link = answer.values().filter_map(address).find(holds_it).or_else(named).or_else(only)?;
    // We deliver it, in messages of our own.
    Url::parse(&unbroken(link.as_str())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: Value) -> Option<Started> {
        started(answer.as_object().unwrap())
    }

    #[test]
    fn reads_an_answer_with_and_without_what_is_optional() {
        let bare = read(json!({ "auth_req_id": "a", "expires_in": 600 })).unwrap();
        assert_eq!((bare.interval, bare.link), (None, None));
        let full = json!({ "auth_req_id": "a", "expires_in": "60", "interval": 7, "x": "y" });
        let full = read(full).unwrap();
        assert_eq!(full.expires_in, Duration::from_secs(60));
        assert_eq!(full.interval, Some(Duration::from_secs(7)));
    }

    #[test]
    fn refuses_an_answer_that_nobody_can_poll_with() {
        for answer in [
            json!({}),
            json!({ "auth_req_id": "a" }),
            json!({ "expires_in": 600 }),
            json!({ "auth_req_id": "a", "expires_in": -1 }),
            json!({ "auth_req_id": "a", "expires_in": null }),
            json!({ "auth_req_id": "a b", "expires_in": 600 }),
            json!({ "auth_req_id": 5, "expires_in": 600 }),
        ] {
            assert!(read(answer.clone()).is_none(), "{answer}");
        }
    }

    #[test]
    fn finds_the_link_under_whatever_name() {
        let of = |extra: Value| {
            let mut answer = json!({ "auth_req_id": "a", "expires_in": 600 });
            answer.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            read(answer).unwrap().link.map(String::from)
        };
        for name in ["link", "login_uri", "auth_link", "url", "something_else"] {
            let link = of(json!({ name: "https://login.example/login?auth_req_id=a" }));
            assert_eq!(link.as_deref(), Some("https://login.example/login?auth_req_id=a"));
        }
        assert_eq!(of(json!({ "link": "javascript:alert(1)" })), None);
        assert_eq!(of(json!({ "a": "https://a.example", "b": "https://b.example" })), None);
        let beside = of(json!({
            "login_uri": "https://login.example/login",
            "x": "https://login.example/login?binding_message=b&auth_req_id=a",
        }));
        let expected = "https://login.example/login?binding_message=b&auth_req_id=a";
        assert_eq!(beside.as_deref(), Some(expected));
    }
}
