//! The codes that agents read out to customers, for companies that may not send links.
//!
//! A code stands for one request, for as long as that request lives, and belongs to the first browser
//! that uses it. The operator's side gives it, the site's first page takes it (`site::request::code`).
//!
//! # Security
//!
//! Storage has a keyed hash of the code, and its request sealed: whoever reads the database has
//! neither. Guesses are counted before they are compared; `docs/security.md` has the arithmetic.

mod agent_code;
mod request_channel;

use serde::{Deserialize, Serialize};
use sqlx::Row;

use crate::records::digest;
use ciba::{AuthReqId, BindingMessage};
use platform::ambient::Ambient;
use platform::client_network::ClientNetwork;
use platform::ids::NoEntropy;
use platform::rate_limit::{CountedRows, RateLimit};
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

pub use agent_code::{AgentCode, InvalidAgentCode};
pub use request_channel::{RequestChannel, UnknownRequestChannel};

const PURPOSE: &str = "codes";
const BROWSER_PURPOSE: &str = "codes.browser";
const NETWORK_PURPOSE: &str = "codes.network";
const RANGE_PURPOSE: &str = "codes.range";

/// How many wrong codes are compared, in how many seconds: of everybody together.
const IN_ALL: RateLimit = RateLimit::new(30, 60);
/// Of those, how many may come from one network provider's range: a stranger in one of them leaves the
/// other half.
const PER_RANGE: RateLimit = RateLimit::new(15, 60);
/// Of one network. Phones share addresses, so it is more than one person needs.
const PER_NETWORK: RateLimit = RateLimit::new(10, 10 * 60);

/// How often a code is drawn anew that another request has.
const DRAWS: usize = 5;

/// The codes of one storage.
#[derive(Debug, Clone)]
pub struct Codes {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
}

/// The request that a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodedRequest {
    /// The provider's name for it; of a pushed one, the key of our link.
    pub auth_req_id: AuthReqId,
    /// Its message.
    pub message: Option<BindingMessage>,
}

#[derive(Serialize, Deserialize)]
struct SealedCode {
    code: AgentCode,
    request: CodedRequest,
}

/// What became of a code that somebody has typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It leads to this request.
    Found(CodedRequest),
    /// Nobody has been given it, another browser has used it, or its request's time is over: a
    /// stranger cannot tell which.
    NotFound,
    /// Too many wrong ones were typed; it was not compared.
    TooMany {
        /// The seconds until another is.
        wait: u32,
    },
}

/// The codes could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// The machine gave no randomness.
    #[error("code not drawn: no randomness")]
    Entropy(#[from] NoEntropy),
    /// Its request could not be sealed.
    #[error("code not written: sealing failed")]
    Seal(#[from] SealError),
    /// Every code that was drawn is another request's.
    #[error("code not drawn: all that were drawn are taken")]
    Taken,
    /// The database.
    #[error("codes could not be read or written: database query failed")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for CodesError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Codes {
    /// The codes of `storage`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient) -> Self {
        Self { storage, sealer, ambient }
    }

    /// Gives a request its code, good until `expires_at`. A request that has one keeps it.
    ///
    /// # Errors
    ///
    /// [`CodesError`]; then the request has none.
    pub async fn give(
        &self,
        request: &CodedRequest,
        expires_at: i64,
    ) -> Result<AgentCode, CodesError> {
        let hash = digest(&request.auth_req_id);
        for _ in 0..DRAWS {
            let code = AgentCode::draw(self.ambient.entropy.as_ref())?;
            let sealed = SealedCode { code: code.clone(), request: request.clone() };
            let done = sqlx::query(
                "INSERT INTO site_codes (code_hash, auth_req_hash, sealed, expires_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(self.hash(&code))
            .bind(hash.clone())
            .bind(self.sealer.seal(PURPOSE, &sealed)?)
            .bind(expires_at)
            .execute(self.storage.writer())
            .await?;
            if done.rows_affected() == 1 {
                return Ok(code);
            }
            if let Some(code) = self.of_request(&hash).await? {
                return Ok(code);
            }
        }
        Err(CodesError::Taken)
    }

    /// The code of a request, named by its [`digest`], for whoever reads it out. One that was sealed
    /// with a key that is gone is gone with it.
    pub async fn of_request(&self, auth_req_hash: &str) -> Result<Option<AgentCode>, CodesError> {
        let row = sqlx::query(
            "SELECT sealed FROM site_codes WHERE auth_req_hash = $1 AND expires_at > $2",
        )
        .bind(auth_req_hash.to_owned())
        .bind(self.ambient.clock.unix())
        .fetch_optional(self.storage.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = self.sealer.open::<SealedCode>(PURPOSE, row.try_get("sealed")?);
        Ok(sealed.ok().map(|sealed| sealed.code))
    }

    /// Compares a code that was typed in `browser`, which is then the only one that it leads on. The
    /// try is counted first and taken back where it leads to a request, so that no number of tries at
    /// the same time is more than the limits.
    pub async fn attempt(
        &self,
        code: &AgentCode,
        browser: &str,
        network: Option<ClientNetwork>,
    ) -> Result<Attempt, CodesError> {
        let now = self.ambient.clock.unix();
        let keyed = |purpose, octets: Vec<u8>| self.sealer.keyed_digest(purpose, &[&octets]);
        let range = network.map(|network| keyed(RANGE_PURPOSE, network.provider_range()));
        let network = network.map(|network| keyed(NETWORK_PURPOSE, network.octets()));
        let (network, range) = (network.unwrap_or_default(), range.unwrap_or_default());
        let Some(counted) = self.count(&network, &range, now).await? else {
            return Ok(Attempt::TooMany { wait: self.wait(&network, &range, now).await? });
        };
        let browser = self.sealer.keyed_digest(BROWSER_PURPOSE, &[browser.as_bytes()]);
        let statement = sqlx::query(
            "UPDATE site_codes SET used_by = $1 WHERE code_hash = $2 AND expires_at > $3 \
             AND (used_by = '' OR used_by = $1) RETURNING sealed",
        )
        .bind(browser)
        .bind(self.hash(code))
        .bind(now);
        let Some(row) = self.storage.change(statement).await? else {
            return Ok(Attempt::NotFound);
        };
        sqlx::query("DELETE FROM site_code_tries WHERE id = $1")
            .bind(counted)
            .execute(self.storage.writer())
            .await?;
        let Ok(sealed) = self.sealer.open::<SealedCode>(PURPOSE, row.try_get("sealed")?) else {
            tracing::error!("the request of a code was sealed with a key that is gone");
            return Ok(Attempt::NotFound);
        };
        Ok(Attempt::Found(sealed.request))
    }

    /// Counts a try, where there is room for one.
    async fn count(
        &self,
        network: &str,
        range: &str,
        now: i64,
    ) -> Result<Option<String>, CodesError> {
        let id = self.ambient.entropy.token::<16>()?;
        let statement = sqlx::query(
            "INSERT INTO site_code_tries (id, network, provider_range, tried_at) \
             SELECT $1, $2, $3, CAST($4 AS BIGINT) WHERE \
             (SELECT COUNT(*) FROM site_code_tries WHERE tried_at > $5) < $6 AND \
             ($3 = '' OR (SELECT COUNT(*) FROM site_code_tries WHERE provider_range = $3 \
               AND tried_at > $7) < $8) AND \
             ($2 = '' OR (SELECT COUNT(*) FROM site_code_tries WHERE network = $2 \
               AND tried_at > $9) < $10)",
        )
        .bind(id.clone())
        .bind(network.to_owned())
        .bind(range.to_owned())
        .bind(now)
        .bind(IN_ALL.since(now))
        .bind(IN_ALL.most)
        .bind(PER_RANGE.since(now))
        .bind(PER_RANGE.most)
        .bind(PER_NETWORK.since(now))
        .bind(PER_NETWORK.most);
        Ok(self.storage.write_if_room("code tries", statement).await?.then_some(id))
    }

    /// The seconds until each limit that is reached takes another try.
    async fn wait(&self, network: &str, range: &str, now: i64) -> Result<u32, CodesError> {
        let limits: [(&[_], RateLimit); 3] = [
            (&[], IN_ALL),
            (&[("provider_range", range)], PER_RANGE),
            (&[("network", network)], PER_NETWORK),
        ];
        let mut longest = 1;
        for (matching, limit) in limits {
            // Where the network is not known, none is counted.
            if matching.iter().any(|(_, value)| value.is_empty()) {
                continue;
            }
            let tries = CountedRows { table: "site_code_tries", time: "tried_at", matching };
            longest = longest.max(limit.room_in(tries, &self.storage, now).await?);
        }
        Ok(u32::try_from(longest).unwrap_or_default())
    }

    /// Deletes the codes whose time is over, and tries that no limit counts any more.
    pub async fn clear(&self) -> Result<(), CodesError> {
        let now = self.ambient.clock.unix();
        for (statement, before) in [
            ("DELETE FROM site_codes WHERE expires_at <= $1", now),
            ("DELETE FROM site_code_tries WHERE tried_at <= $1", PER_NETWORK.since(now)),
        ] {
            sqlx::query(statement).bind(before).execute(self.storage.writer()).await?;
        }
        Ok(())
    }

    fn hash(&self, code: &AgentCode) -> String {
        self.sealer.keyed_digest(PURPOSE, &[code.bare().as_bytes()])
    }
}
