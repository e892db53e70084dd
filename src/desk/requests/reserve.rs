//! From the form to a row: reserved before the provider is called, filled once it has answered.

use super::turns::{next_poll, seconds};
use super::{AUTH_REQ_ID, DeskRequests, LINK, Order, Reserved, RowError, SHIFT, SealedLink};
use crate::operator::Pace;
use crate::records;
use ciba::Contact;
use messages::texts::Language;
use platform::ids::Entropy;
use transmit::Started;

/// Seconds after which a reserved row that was never opened is given up: its instance was killed.
const ABANDONED: i64 = 60;

/// How many requests one agent may have open at once. A person follows a few; a script that has
/// stolen an agent's session must not call the whole town.
const MOST_OPEN: i64 = 12;

impl DeskRequests {
    /// Reserves a row for an order before the customer hears of it. A reservation that came to
    /// nothing, because its instance was killed, is taken over.
    pub async fn reserve(
        &self,
        order: &Order,
        agent: &str,
        form_key: &str,
        now: i64,
        entropy: &dyn Entropy,
    ) -> Result<Reserved, RowError> {
        let id = entropy.token::<16>()?;
        let statement = sqlx::query(
            "INSERT INTO desk_requests (id, form_key, agent, login_hint, login_hint_type, \
             type_guessed, channel, binding_message, custom_message, requested_expiry, created_at, \
             expires_at, contact, text_language, pause, faults, next_poll_at, leased_until) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CAST($11 AS BIGINT), \
             CAST($11 AS BIGINT), $12, $13, 0, 0, CAST($11 AS BIGINT), CAST($11 AS BIGINT) WHERE \
             (SELECT COUNT(*) FROM desk_requests WHERE agent = $3 AND form_key <> $2 \
              AND ending IS NULL AND created_at > $15 \
              AND (sealed_auth_req_id IS NOT NULL OR created_at > $11 - $14)) < $16 \
             ON CONFLICT (form_key) DO UPDATE SET id = excluded.id, agent = excluded.agent, \
             login_hint = excluded.login_hint, login_hint_type = excluded.login_hint_type, \
             type_guessed = excluded.type_guessed, channel = excluded.channel, \
             binding_message = excluded.binding_message, \
             custom_message = excluded.custom_message, \
             requested_expiry = excluded.requested_expiry, created_at = excluded.created_at, \
             expires_at = excluded.expires_at, contact = excluded.contact, \
             text_language = excluded.text_language \
             WHERE desk_requests.sealed_auth_req_id IS NULL \
             AND desk_requests.created_at <= excluded.created_at - $14",
        )
        .bind(&id)
        .bind(form_key)
        .bind(agent)
        .bind(&order.login_hint)
        .bind(order.login_hint_type.as_str())
        .bind(i64::from(order.type_guessed))
        .bind(order.channel.as_str())
        .bind(order.binding_message.as_str())
        .bind(&order.custom_message)
        .bind(i64::from(order.requested_expiry))
        .bind(now)
        .bind(order.contact.map(Contact::as_str).unwrap_or_default())
        .bind(order.text_language.map(Language::tag).unwrap_or_default())
        .bind(ABANDONED)
        .bind(now - SHIFT)
        .bind(MOST_OPEN);
        if self.storage.write_if_room(&format!("desk of {agent}"), statement).await? {
            return Ok(Reserved::New(id));
        }
        let known = sqlx::query("SELECT 1 FROM desk_requests WHERE form_key = $1")
            .bind(form_key)
            .fetch_optional(self.storage.reader())
            .await?;
        Ok(if known.is_some() { Reserved::SentBefore } else { Reserved::TooMany })
    }

    /// Gives a reserved row up: the provider did not take the request.
    pub async fn release(&self, id: &str) -> Result<(), RowError> {
        sqlx::query("DELETE FROM desk_requests WHERE id = $1 AND sealed_auth_req_id IS NULL")
            .bind(id)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Fills a reserved row: the provider has taken the request. Returns when its time is over.
    pub async fn opened(&self, id: &str, started: &Started, now: i64) -> Result<i64, RowError> {
        let pace = Pace::new(started);
        let expires_at = started.expires_at(now);
        let auth_req_id = self.sealer.seal(AUTH_REQ_ID, &started.auth_req_id)?;
        let link = started.link.clone().map(SealedLink);
        let link = link.map(|link| self.sealer.seal(LINK, &link)).transpose()?;
        sqlx::query(
            "UPDATE desk_requests SET sealed_auth_req_id = $2, sealed_link = $3, \
             expires_at = $4, pause = $5, next_poll_at = $6, auth_req_hash = $7 WHERE id = $1",
        )
        .bind(id)
        .bind(auth_req_id)
        .bind(link)
        .bind(expires_at)
        .bind(seconds(pace.interval()))
        .bind(next_poll(pace, now, expires_at))
        .bind(records::digest(started.on_record()))
        .execute(self.storage.writer())
        .await?;
        Ok(expires_at)
    }
}
