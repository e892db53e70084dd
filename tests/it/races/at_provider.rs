//! One-time things and limits of the embedded provider, and of what is pushed to the site.

use std::sync::Arc;

use ciba_login::config::Secret;
use ciba_login::site::request::pushed::{NewPushedRequest, Pushed, PushedRequest};
use platform::clock::Clock;
use reqwest::Method;
use serde_json::json;

use super::{ALEX, ROUNDS, Rooms, race};
use crate::support::scripted::SigningKey;

/// A call of the provider's API that succeeds or not.
fn call(
    rooms: &Rooms,
    path: &str,
    token: &str,
    body: serde_json::Value,
) -> impl Future<Output = bool> + Send + use<> {
    let url = format!("{}{path}", rooms.app.provider);
    let request = rooms.app.http.post(url).bearer_auth(token).json(&body);
    async move { request.send().await.unwrap().status() == 200 }
}

pub(super) async fn a_code_of_the_provider_is_good_once(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let token = rooms.app.client_token().await;
        let body = json!({"channel": "direct", "identifier_type": "email", "identifier": ALEX});
        let sent = rooms.app.api("/v1/auth/otp/send", &token, body).await;
        let code = json!({
            "passcode": sent.text("code"), "identifier_type": "email", "identifier": ALEX
        });
        let good = race(3, |_| call(&rooms, "/v1/auth/otp/authenticate", &token, code.clone()));
        assert_eq!(good.await, 1, "round {round}");
        // Wrong tries are forgotten after a quarter of an hour.
        rooms.wait(901);
    }
}

pub(super) async fn a_link_of_the_provider_is_good_once(rooms: Arc<Rooms>) {
    let redirect_uri = format!("{}/mail/callback", rooms.app.site);
    for round in 0..ROUNDS {
        let token = rooms.app.client_token().await;
        let body = json!({"email": ALEX, "redirect_uri": redirect_uri, "channel": "direct"});
        let sent = rooms.app.api("/v1/auth/link/email/send", &token, body).await;
        let code = json!({"code": sent.text("code")});
        let path = "/v1/auth/link/email/authenticate";
        let good = race(3, |_| call(&rooms, path, &token, code.clone()));
        assert_eq!(good.await, 1, "round {round}");
        rooms.wait(61);
    }
}

pub(super) async fn of_starts_for_one_customer_five_are_taken(rooms: Arc<Rooms>) {
    let app = &rooms.app;
    for round in 0..ROUNDS {
        let taken = race(7, |_| {
            let form = [
                ("client_id", app.demo.client_id.clone()),
                ("client_secret", app.demo.client_secret.clone()),
                ("scope", "openid".to_owned()),
                ("login_hint", app.demo.users[0].phone_number.clone()),
                ("request_context", r#"{"channel":"link"}"#.to_owned()),
            ];
            let request = app.http.post(format!("{}/oidc/backchannel", app.provider)).form(&form);
            async move { request.send().await.unwrap().status() == 200 }
        });
        assert_eq!(taken.await, 5, "round {round}");
        // Neither open any more, nor within the hour's limit.
        rooms.wait(3601);
    }
}

impl Rooms {
    /// Pushes a request for this customer, of which three may wait; whether it is a new one.
    async fn pushes(&self, subject: &str, origin: &str) -> bool {
        let now = self.app.clock.unix();
        let request = PushedRequest {
            subject: subject.into(),
            login_hint: ALEX.into(),
            client_id: "call-centre".into(),
            client_name: None,
            message: None,
            scopes: Vec::new(),
            consent: false,
            acr_values: Vec::new(),
            received_at: now,
            expires_at: now + 300,
            credential: Secret::new("bearer"),
        };
        let new = NewPushedRequest {
            request: &request,
            origin,
            channel: "link",
            contact: None,
            key: None,
            most_open: 3,
        };
        matches!(self.pushed.push(new).await.unwrap(), Pushed::New(_))
    }
}

pub(super) async fn of_pushed_requests_for_one_customer_three_wait(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let taken = race(6, |contender| {
            let rooms = rooms.clone();
            async move { rooms.pushes("alex", &format!("realm {round}-{contender}")).await }
        });
        assert_eq!(taken.await, 3, "round {round}");
        rooms.wait(301);
    }
}

pub(super) async fn a_push_makes_one_request(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let made = race(4, |_| {
            let rooms = rooms.clone();
            async move {
                rooms.pushes(&format!("customer {round}"), &format!("realm jti-{round}")).await
            }
        });
        assert_eq!(made.await, 1, "round {round}");
    }
}

pub(super) async fn a_clients_assertion_is_good_once(rooms: Arc<Rooms>) {
    let app = &rooms.app;
    let key = SigningKey::new("own");
    let token = app.client_token().await;
    let path = format!("/v1/clients/{}", app.demo.client_id);
    let body = json!({"jwks": {"keys": [key.jwk()]}});
    assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);
    for round in 0..ROUNDS {
        let claims = json!({
            "iss": app.demo.client_id, "sub": app.demo.client_id,
            "aud": format!("{}/oidc/token", app.provider),
            "exp": app.clock.unix() + 60, "jti": format!("jti-{round}"),
        });
        let assertion = key.sign(&claims);
        let taken = race(4, |_| {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ];
            let request = app.http.post(format!("{}/oidc/token", app.provider)).form(&form);
            async move { request.send().await.unwrap().status() == 200 }
        });
        assert_eq!(taken.await, 1, "round {round}");
    }
}
