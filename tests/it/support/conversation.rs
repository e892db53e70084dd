//! The agent's side, spoken by hand: starts requests, polls, and reads the demo's outbox.

use serde_json::Value;

use super::{ALEX, Browser, Page, TestApp, until};

/// A request that was started.
pub struct StartedRequest {
    pub auth_req_id: String,
    /// Path and query of the link, as the customer's browser opens it.
    pub link: String,
}

/// What a poll said.
#[derive(Debug)]
pub struct Polled {
    pub status: u16,
    pub body: Value,
}

impl Polled {
    /// The error's word, or nothing.
    pub fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
}

/// A mail of the outbox.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub text: String,
    pub code: Option<String>,
    /// Path and query of its first link, at the site.
    pub link: String,
}

impl TestApp {
    /// Starts a request for a customer of the demo.
    pub async fn ask(&self, email: &str, message: Option<&str>) -> StartedRequest {
        self.ask_for(email, message, 300).await
    }

    /// Starts one that lives for so many seconds.
    pub async fn ask_for(
        &self,
        email: &str,
        message: Option<&str>,
        seconds: u32,
    ) -> StartedRequest {
        let context = r#"{"channel":"link","login_hint_type":"email"}"#;
        let seconds = seconds.to_string();
        let mut form = vec![
            ("client_id", self.demo.client_id.as_str()),
            ("client_secret", self.demo.client_secret.as_str()),
            ("scope", "openid"),
            ("login_hint", email),
            ("request_context", context),
            ("requested_expiry", &seconds),
        ];
        form.extend(message.map(|message| ("binding_message", message)));
        let url = format!("{}/cis/oidc/backchannel", self.provider);
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        StartedRequest {
            auth_req_id: answer["auth_req_id"].as_str().unwrap().to_owned(),
            link: answer["link"].as_str().unwrap().replacen(&self.site, "", 1),
        }
    }

    /// Starts a request for Alex, and gives a browser that has not opened its link.
    pub async fn asked(&self, message: impl Into<Option<&str>>) -> (StartedRequest, Browser) {
        (self.ask(ALEX, message.into()).await, self.browser())
    }

    /// Starts a request for Alex, and opens its link.
    pub async fn opened(
        &self,
        message: impl Into<Option<&str>>,
    ) -> (StartedRequest, Browser, Page) {
        let (request, mut browser) = self.asked(message).await;
        let page = browser.get(&request.link).await;
        (request, browser, page)
    }

    /// Starts a request for Alex, opens its link and asks for a mail, the first: with the page that says
    /// that it was sent.
    pub async fn mailed(
        &self,
        message: impl Into<Option<&str>>,
    ) -> (StartedRequest, Browser, Page, Mail) {
        let (request, mut browser) = self.asked(message).await;
        let sent = browser.ask_for_mail(&request.link, ALEX).await;
        let mail = self.mail(1).await;
        (request, browser, sent, mail)
    }

    /// Polls for the token of a request, patiently.
    pub async fn poll_for(&self, request: &StartedRequest) -> Polled {
        self.clock.advance(std::time::Duration::from_secs(6));
        let form = [
            ("grant_type", ciba::GRANT_TYPE),
            ("auth_req_id", &request.auth_req_id),
            ("client_id", &self.demo.client_id),
            ("client_secret", &self.demo.client_secret),
        ];
        let url = format!("{}/oidc/token", self.provider);
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        let status = answer.status().as_u16();
        Polled { status, body: answer.json().await.unwrap() }
    }

    /// The mails in the outbox, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let url = format!("{}/demo/outbox", self.provider);
        let request = self.http.get(url).header("accept", "application/json");
        let items: Vec<Value> = request.send().await.unwrap().json().await.unwrap();
        let mails = items.iter().filter(|item| item["channel"] == "email");
        mails
            .map(|item| Mail {
                to: item["to"].as_str().unwrap().to_owned(),
                text: item["text"].as_str().unwrap().to_owned(),
                code: item["code"].as_str().map(str::to_owned),
                link: item["links"][0].as_str().unwrap_or_default().replacen(&self.site, "", 1),
            })
            .collect()
    }

    /// Waits until there are so many mails, and gives the newest.
    pub async fn mail(&self, count: usize) -> Mail {
        until(&format!("{count} mails"), async || self.mails().await.len() >= count).await;
        self.mails().await.pop().unwrap()
    }
}
