//! How many mails may be asked for, and when there is room again. The statement that queues a mail
//! (`rows`) counts them.

use platform::rate_limit::{CountedRows, RateLimit};
use platform::storage::{Storage, StorageError};

/// Seconds between two mails to one address.
pub(super) const PAUSE: i64 = PER_ADDRESS[0].seconds;
/// Mails to one address: at most so many, in so many seconds, and fewer of them for one network. For
/// a request on record and open they are counted apart: what a stranger asks for with invented links
/// must not keep a customer from signing in whom an agent has asked.
pub(super) const PER_ADDRESS: [RateLimit; 2] = [RateLimit::new(1, 20), RateLimit::new(8, 15 * 60)];
pub(super) const PER_ADDRESS_AND_NETWORK: RateLimit = RateLimit::new(4, 15 * 60);
pub(super) const PER_ADDRESS_AND_RECORD: [RateLimit; 2] =
    [RateLimit::new(1, 20), RateLimit::new(4, 15 * 60)];
/// Mails in all: handles are free to mint, so this bounds what a stranger can make us send.
pub(super) const IN_ALL: RateLimit = RateLimit::new(300, 60);
/// Mails for one network, of those: a stranger alone must not use them up. Phones share addresses, so
/// it is more than a household needs.
pub(super) const PER_NETWORK: RateLimit = RateLimit::new(30, 60);
/// Mails for a request on record and open, beyond those in all.
pub(super) const FOR_A_RECORD: RateLimit = RateLimit::new(12, 15 * 60);

/// A mail is not sent: there were too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// The seconds until one may be asked for again.
    pub wait: u32,
}

/// For what, to whom and from where a mail is asked for, as rows know it.
pub(super) struct MailRequest<'a> {
    /// The request among the records.
    pub(super) digest: &'a str,
    /// The request's handle.
    pub(super) handle: &'a str,
    /// The address.
    pub(super) address: &'a str,
    /// The network; empty where it is not known.
    pub(super) network: &'a str,
}

/// The values by which mails are counted, by column, and their limits.
type Limits<'a> = (&'a [(&'static str, &'a str)], &'a [RateLimit]);

/// The seconds until each limit that is reached takes another mail; the limit for all where it is none
/// of these.
pub(super) async fn wait(
    storage: &Storage,
    asked: &MailRequest<'_>,
    now: i64,
) -> Result<u32, StorageError> {
    let MailRequest { handle, address, network, .. } = *asked;
    let of_network = if network.is_empty() { &[][..] } else { &[PER_NETWORK][..] };
    let of_record: [Limits<'_>; 2] = [
        (&[("handle", handle), ("address", address)], &PER_ADDRESS_AND_RECORD),
        (&[("handle", handle)], &[FOR_A_RECORD]),
    ];
    let of_anybody: [Limits<'_>; 3] = [
        (&[("address", address)], &PER_ADDRESS),
        (&[("address", address), ("network", network)], &[PER_ADDRESS_AND_NETWORK]),
        (&[("network", network)], of_network),
    ];
    let is_on_record = is_on_record(storage, asked, now).await?;
    let limits: &[Limits<'_>] = if is_on_record { &of_record } else { &of_anybody };
    let mut longest = 0;
    for (matching, limits) in limits {
        let mails = CountedRows { table: "site_mails", time: "queued_at", matching };
        for limit in *limits {
            longest = longest.max(limit.room_in(mails, storage, now).await?);
        }
    }
    let wait = if longest > 0 { longest } else { IN_ALL.seconds };
    Ok(u32::try_from(wait).unwrap_or_default())
}

/// Whether a request is on record and open.
async fn is_on_record(
    storage: &Storage,
    asked: &MailRequest<'_>,
    now: i64,
) -> Result<bool, StorageError> {
    let row = sqlx::query(
        "SELECT 1 FROM site_requests WHERE auth_req_hash = $1 AND handle = $2 \
         AND expires_at > $3 AND decided_at IS NULL AND withdrawn_at IS NULL",
    )
    .bind(asked.digest.to_owned())
    .bind(asked.handle.to_owned())
    .bind(now)
    .fetch_optional(storage.reader())
    .await?;
    Ok(row.is_some())
}
