//! The workers that send the queued mails.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::content;
use super::rows::{DueMail, Mail, MailError};
use crate::site::Site;
use crate::site::identity::SignInError;
use messages::texts::Language;
use platform::ambient::Worker;
use platform::causes::Causes;
use platform::retry;
use transmit::{MailCode, MailLink};

/// How often the queue is looked at without being woken: mails of another instance that died, and
/// of the time before a restart.
const EVERY: Duration = Duration::from_secs(1);

/// Mails that are sent at the same time.
const AT_ONCE: usize = 3;

/// The worker.
pub fn worker(site: Site) -> Worker {
    Box::new(move |stop| Box::pin(start(site, stop)))
}

async fn start(site: Site, stop: CancellationToken) {
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        workers.spawn(work(site.clone(), stop.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(error = %Causes(&error), "a worker that sends mails failed");
        }
    }
}

async fn work(site: Site, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match site.mails.take_due().await {
            Ok(Some(mut due)) => {
                if let Err(error) = send(&site, &mut due).await {
                    tracing::error!(error = %Causes(&error), "what became of a mail was not written down");
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %Causes(&error), "mails to be sent were not looked for");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = site.mail_asked.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn send(site: &Site, DueMail { mail, age }: &mut DueMail) -> Result<(), MailError> {
    let request = mail.request.handle();
    match try_to_send(site, mail).await {
        Ok(()) => {
            tracing::info!(%request, "a sign-in mail was sent");
            site.mails.sent(mail).await
        }
        // Nobody is told: not the asker, and not the log of an ordinary day.
        Err(SignInError::Unknown | SignInError::NotActive) => site.mails.sent(mail).await,
        Err(SignInError::Unreachable(error)) => {
            let pause = retry::pause(*age);
            tracing::warn!(%request, error = %Causes(error.as_ref()), pause, "a sign-in mail is tried again");
            site.mails.postpone(mail, pause).await
        }
        Err(error) => {
            tracing::error!(%request, error = %Causes(&error), "a sign-in mail cannot be sent");
            site.mails.sent(mail).await
        }
    }
}

async fn try_to_send(site: &Site, mail: &mut Mail) -> Result<(), SignInError> {
    let pushed = site.pushed.find(&mail.request.auth_req_id).await;
    let pushed = pushed.map_err(|error| SignInError::Unreachable(error.into()))?;
    // Asked for before mails were switched off.
    let identity = site.mail(pushed.as_ref()).ok_or(SignInError::NotActive)?;
    let minutes = site.config.sign_in.mail_minutes;
    let language: Language = mail.language.parse().unwrap_or_default();
    let words = site.look.texts().words(language);
    let sends_links = site.config.brand.sends_links;
    // A mail of the provider's own has the provider's code.
    let has_code = if sends_links { site.config.sign_in.mail_code } else { identity.is_ours() };
    // At a second try the first mail may have arrived: its code stays good.
    if has_code && mail.code.is_none() {
        mail.code = match identity.create_code(&mail.address, minutes).await {
            Ok(code) => Some(code),
            Err(error @ (SignInError::Unknown | SignInError::Unreachable(_))) => return Err(error),
            // An application that has no codes switched on still has links.
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "the provider gives no codes: mails go out with a link only");
                None
            }
        };
        if mail.code.is_some() {
            let kept = site.mails.keep_code(mail).await;
            kept.map_err(|error| SignInError::Unreachable(error.into()))?;
        }
    }
    let sent = mail.sent(pushed.as_ref());
    if !sends_links {
        let content = content::write(site, &words, None);
        let code = MailCode { email: &mail.address, minutes, content };
        return identity.send_code(&code, &sent).await;
    }
    let link = MailLink {
        email: &mail.address,
        redirect_uri: &site.address("/mail/callback"),
        state: &mail.state,
        minutes,
        content: content::write(site, &words, mail.code.as_deref()),
    };
    identity.send_link(&link, &sent).await
}
