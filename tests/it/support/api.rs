//! Users, mail and sign-ins of the provider under test.

use platform::clock::Clock;
use platform::storage::Storage;
use provider::contact::Email;
use provider::users::{self, User, UserStatus};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, TestApp};

impl TestApp {
    /// A POST of the API.
    pub async fn api(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, &format!("/cis{path}"), token, Some(body)).await
    }

    /// The application's database, on connections of its own.
    pub async fn storage(&self) -> Storage {
        Storage::open(&self.config.storage).await.unwrap()
    }

    /// A user with an unverified address and no phone number, who has never signed in.
    pub async fn new_user(&self, user_id: &str, email: &str) {
        let now = self.clock.unix();
        let user = User {
            user_id: user_id.to_owned(),
            email: Some(Email::parse(email).unwrap()),
            email_verified: false,
            phone_number: None,
            phone_number_verified: false,
            status: UserStatus::Pending,
            created_at: now,
            updated_at: now,
            last_auth: None,
        };
        users::create(&self.storage().await, &user).await.unwrap();
    }

    /// A user as the database has them.
    pub async fn user(&self, user_id: &str) -> User {
        users::find(&self.storage().await, user_id).await.unwrap().unwrap()
    }

    /// What was sent, oldest first.
    pub async fn outbox(&self) -> Vec<Value> {
        let url = format!("{}/demo/outbox", self.provider);
        let answer = self.http.get(url).send().await.unwrap();
        let Value::Array(messages) = answer.json().await.unwrap() else { panic!("no list") };
        messages
    }

    /// Signs a customer in by a link that the caller delivers, and returns the tokens.
    pub async fn sign_in(&self, email: &str) -> Value {
        let token = self.client_token().await;
        let sent = self
            .api(
                "/v1/auth/link/email/send",
                &token,
                json!({
                    "email": email,
                    "redirect_uri": format!("{}/mail/callback", self.site),
                    "channel": "direct",
                }),
            )
            .await;
        let code = sent.text("code");
        let path = "/v1/auth/link/email/authenticate";
        let answer = self.api(path, &token, json!({ "code": code })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }
}
