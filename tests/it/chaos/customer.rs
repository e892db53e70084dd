//! One customer after the other on the same chair: is asked, opens the link, signs in by mail, decides,
//! and looks until the page says what became of it. What fails is tried again, as people do.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Stage;
use crate::model::Seeded;
use crate::support::{Browser, Page, http};

/// How one of them ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Allowed,
    Stopped,
    /// Allowed, and the answer with the token was lost with its connection.
    AllowedAndTokenLost,
    /// What must not be.
    Bad(String),
}

impl End {
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Bad(_))
    }
}

pub struct Customer {
    number: u64,
    seeded: Seeded,
    stage: Arc<Stage>,
    agent: reqwest::Client,
    browser: reqwest::Client,
}

/// A request at the provider.
struct Asked {
    auth_req_id: String,
    link: String,
}

impl Customer {
    pub fn new(number: u64, seed: u64, stage: Arc<Stage>) -> Self {
        // Each has a network address of their own, as the site sees it.
        let own = [127, 1, 1, u8::try_from(number + 1).unwrap()];
        Self {
            number,
            seeded: Seeded::new(seed << 8 | number),
            agent: http(),
            browser: stage.nginx.http_from(own.into()),
            stage,
        }
    }

    pub async fn comes_again_and_again(self) -> (Vec<End>, Duration) {
        let mut ends = Vec::new();
        let mut slowest = Duration::ZERO;
        let mut round = 0;
        while !self.stage.is_over.load(SeqCst) {
            round += 1;
            let begun = Instant::now();
            // Mails to all together have a limit.
            let pause = self.seeded.pick(&[2, 5, 8, 11, 14]);
            sleep(Duration::from_secs(pause)).await;
            let email = format!("customer-{}-{round}@example.com", self.number);
            let end = self.decides(&email).await;
            slowest = slowest.max(begun.elapsed());
            ends.push(end.unwrap_or_else(|what| End::Bad(format!("{email}: {what}"))));
        }
        (ends, slowest)
    }

    /// Waits before the same is tried again; an error where nothing helps.
    async fn again(&self, what: &str) -> Result<(), String> {
        if self.stage.is_too_late() {
            return Err(format!("was never able to: {what}"));
        }
        sleep(Duration::from_millis(self.seeded.pick(&[300, 700, 1100]))).await;
        Ok(())
    }

    async fn decides(&self, email: &str) -> Result<End, String> {
        let email = &self.exists(email).await?;
        let asked = self.is_asked(email).await?;
        let decision = self.seeded.pick(&["approve", "deny"]);
        let mut browser = Browser::new(self.stage.site.clone(), self.browser.clone());
        let page = self.signs_in(&mut browser, &asked, email).await?;
        let said = self.presses(&mut browser, page, decision, &asked, email).await?;
        let polled = self.is_polled(&asked).await?;
        Ok(match (decision, said, polled.as_str()) {
            ("approve", "approve", "token") => End::Allowed,
            ("approve", "approve", "lost") => End::AllowedAndTokenLost,
            ("deny", "deny", "access_denied") => End::Stopped,
            _ => {
                let what = format!("pressed {decision}, page says {said}, client {polled}");
                return Err(what);
            }
        })
    }

    /// A call of the provider until it is answered; the status and the body.
    async fn call(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<(StatusCode, Value), String> {
        loop {
            match request().send().await {
                Ok(answer) if !answer.status().is_server_error() => {
                    let status = answer.status();
                    return Ok((status, answer.json().await.unwrap_or_default()));
                }
                _ => self.again("call the provider").await?,
            }
        }
    }

    /// Makes a customer of this name, or of one like it where the answer to the first try was lost.
    async fn exists(&self, email: &str) -> Result<String, String> {
        let Stage { provider, demo, .. } = &*self.stage;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &demo.client_id),
            ("client_secret", &demo.client_secret),
        ];
        let token = || self.agent.post(format!("{provider}/oidc/token")).form(&form);
        let (status, answer) = self.call(token).await?;
        let token = answer["access_token"].as_str().ok_or(format!("no token: {status}"))?;
        let mut email = email.to_owned();
        loop {
            let create = || {
                let request = self.agent.post(format!("{provider}/v1/users")).bearer_auth(token);
                request.json(&json!({ "email": email }))
            };
            let (status, answer) = self.call(create).await?;
            if status == StatusCode::CONFLICT {
                email = format!("again-{email}");
                continue;
            }
            let Some(id) = answer["result"]["user_id"].as_str() else {
                return Err(format!("no user: {status} {answer}"));
            };
            let verify = format!("{provider}/v1/users/{id}/emails/{email}/verify");
            let (status, answer) =
                self.call(|| self.agent.post(&verify).bearer_auth(token)).await?;
            if status != StatusCode::OK {
                return Err(format!("not verified: {status} {answer}"));
            }
            return Ok(email);
        }
    }

    async fn is_asked(&self, email: &str) -> Result<Asked, String> {
        let Stage { provider, demo, site, .. } = &*self.stage;
        let form = [
            ("client_id", demo.client_id.as_str()),
            ("client_secret", &demo.client_secret),
            ("scope", "openid"),
            ("login_hint", email),
            ("binding_message", "CASE-4711"),
            ("request_context", r#"{"channel":"link","login_hint_type":"email"}"#),
        ];
        let start = || self.agent.post(format!("{provider}/oidc/backchannel")).form(&form);
        let (status, answer) = self.call(start).await?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let id = text("auth_req_id").ok_or(format!("not asked: {status} {answer}"))?;
        let link = text("link").unwrap_or_default().replacen(site, "", 1);
        Ok(Asked { auth_req_id: id, link })
    }

    /// Gets a page that is one, or one on which a decision can be sent again.
    async fn get(&self, browser: &mut Browser, path: &str) -> Result<Page, String> {
        loop {
            match browser.try_get(path).await {
                Ok(page) if !page.status.is_server_error() || has_form(&page, "/api/decide") => {
                    return Ok(page);
                }
                _ => self.again(path).await?,
            }
        }
    }

    /// Opens the link, asks for a mail, follows it, and is at the decision.
    async fn signs_in(
        &self,
        browser: &mut Browser,
        asked: &Asked,
        email: &str,
    ) -> Result<Page, String> {
        let request = self.get(browser, &asked.link).await?;
        let decision = format!("{}/decision", request.path.split('?').next().unwrap_or_default());
        let (begun, mut asks_at, mut mails) = (Instant::now(), Instant::now(), 0);
        loop {
            if Instant::now() >= asks_at {
                let page = self.get(browser, &asked.link).await?;
                if page.path.ends_with("/decision") {
                    return Ok(page);
                }
                if page.status == StatusCode::GONE {
                    let seconds = begun.elapsed().as_secs();
                    return Err(format!("not signed in after {mails} mails and {seconds} s"));
                }
                // Whether or not the answer comes: the mail may.
                let sent = browser.try_submit(&page, "/mail", &[("email", email)]).await;
                mails += u32::from(sent.as_ref().is_ok_and(|page| page.status.is_success()));
                let is_taken = sent.is_ok_and(|page| !page.status.is_server_error());
                asks_at = Instant::now() + Duration::from_secs(if is_taken { 25 } else { 2 });
            }
            let link = self.stage.mails.lock().unwrap().get(email).cloned();
            let Some(link) = link else {
                self.again("get a mail").await?;
                continue;
            };
            let page = self.get(browser, &link).await?;
            if page.path.starts_with("/mail/continue") && !page.forms().is_empty() {
                // A press whose answer was lost may have signed in.
                let _either_way = browser.try_submit(&page, "", &[]).await;
            }
            let page = self.get(browser, &decision).await?;
            if page.path.ends_with("/decision") && page.status == StatusCode::OK {
                return Ok(page);
            }
            self.again("sign in").await?;
        }
    }

    /// Presses, and looks until the page says what became of it.
    async fn presses(
        &self,
        browser: &mut Browser,
        page: Page,
        decision: &'static str,
        asked: &Asked,
        email: &str,
    ) -> Result<&'static str, String> {
        let outcome = page.path.replace("/decision", "/outcome");
        let mut page = page;
        loop {
            if has_form(&page, "/api/decide") {
                let pressed = [("decision", decision)];
                let _either_way = browser.try_submit(&page, "/api/decide", &pressed).await;
            }
            page = self.get(browser, &outcome).await?;
            for (sign, said) in [("\"sign done\"", "approve"), ("\"sign stopped\"", "deny")] {
                if page.status == StatusCode::OK && page.body.contains(sign) {
                    return Ok(said);
                }
            }
            if has_form(&page, "/mail") {
                page = self.signs_in(browser, asked, email).await?;
            } else if page.path.ends_with("/outcome") && page.status == StatusCode::OK {
                // As far as this page knows nobody has decided: back to the buttons.
                page = self.get(browser, &outcome.replace("/outcome", "/decision")).await?;
            } else if page.status.is_client_error() {
                return Err(format!("page {}: {}", page.status, page.path));
            }
            self.again("see an outcome").await?;
        }
    }

    /// What the client is told: `token`, an error's word, or `lost` where an answer was.
    async fn is_polled(&self, asked: &Asked) -> Result<String, String> {
        let Stage { provider, demo, .. } = &*self.stage;
        let form = [
            ("grant_type", ciba::GRANT_TYPE),
            ("auth_req_id", &asked.auth_req_id),
            ("client_id", &demo.client_id),
            ("client_secret", &demo.client_secret),
        ];
        let mut is_lost = false;
        loop {
            let answer = self.agent.post(format!("{provider}/oidc/token")).form(&form).send().await;
            let answer = match answer {
                Ok(answer) => answer.json::<Value>().await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) if answer["access_token"].is_string() => return Ok("token".into()),
                Ok(answer) => match answer["error"].as_str() {
                    Some("invalid_grant") if is_lost => return Ok("lost".into()),
                    Some(error @ ("slow_down" | "authorization_pending")) => {
                        if error == "authorization_pending" {
                            return Ok(error.to_owned());
                        }
                        sleep(Duration::from_secs(6)).await;
                    }
                    Some(error) => return Ok(error.to_owned()),
                    // An error of the server's own.
                    None => is_lost = true,
                },
                Err(_) => is_lost = true,
            }
            self.again("poll").await?;
        }
    }
}

fn has_form(page: &Page, action: &str) -> bool {
    page.forms().iter().any(|form| form.action.ends_with(action))
}
