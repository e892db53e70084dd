//! Taking a request over into another browser: for links that were opened inside an app in which
//! some ways to sign in do not work.
//!
//! The address carries the request only, never a sign-in, for five minutes, and is spent by the
//! press of a button.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use sqlx::Row;
use tower_sessions::Session;
use url::Url;

use super::failure::Failure;
use super::pages::elsewhere::{self, Offer};
use super::request::HeldRequest;
use super::sign_in::social::embedded_browser::System;
use super::visit::{HeldForm, Visit};
use super::{Site, cookie_room, paths};
use crate::records::Step;
use ciba::Problem;
use platform::client_network::ClientNetwork;
use platform::ids::{digest, is_token};
use platform::storage::StorageError;

/// Seconds for which such an address works.
const LIFETIME: i64 = 5 * 60;

/// The most addresses that wait at a time: a bound on what a stranger can make us keep.
const MOST: i64 = 10_000;
/// Of those, the most that one network has: a stranger alone must not use them up. Phones share
/// addresses, so it is more than a household needs.
const MOST_OF_NETWORK: i64 = 100;

const PURPOSE: &str = "site.elsewhere";
const NETWORK_PURPOSE: &str = "site.elsewhere.network";

/// `POST /request/{handle}/elsewhere`: makes an address and shows it.
pub async fn offer(
    State(site): State<Site>,
    visit: Visit,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    HeldForm { held, .. }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let proxies = &site.config.site.trusted_proxies;
    let network = ClientNetwork::of_client(peer.ip(), &headers, proxies)
        .map(|network| site.sealer.keyed_digest(NETWORK_PURPOSE, &[&network.octets()]))
        .unwrap_or_default();
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    let key = site.ambient.entropy.token::<16>()?;
    let now = site.now();
    sqlx::query("DELETE FROM site_continuations WHERE expires_at <= $1")
        .bind(now)
        .execute(site.storage.writer())
        .await
        .map_err(StorageError::from)?;
    let statement = sqlx::query(
        "INSERT INTO site_continuations (key_hash, sealed, expires_at, network) \
         SELECT $1, $2, CAST($3 AS BIGINT), $4 \
         WHERE (SELECT COUNT(*) FROM site_continuations) < $5 \
         AND ($4 = '' OR (SELECT COUNT(*) FROM site_continuations WHERE network = $4 \
          AND network <> '') < $6)",
    )
    .bind(digest(&key))
    .bind(site.sealer.seal(PURPOSE, &held)?)
    .bind(now + LIFETIME)
    .bind(network.clone())
    .bind(MOST)
    .bind(MOST_OF_NETWORK);
    if !site.storage.write_if_room("continuations", statement).await? {
        let wait = wait(&site, network, now).await?;
        return Err(Failure::of(Problem::TooManyTries, &handle).after(wait));
    }
    let address = site.address(&paths::continuation(&key));
    let context = visit.context(&site, None);
    let outward = outward(&address, visit.system);
    let input = Offer { handle: &handle, address: address.as_str(), outward: outward.as_deref() };
    Ok(elsewhere::offer(&context, &input).into_response())
}

/// The seconds until there is room again: until the first address runs out, of the network's own where it
/// is those that are too many.
async fn wait(site: &Site, network: String, now: i64) -> Result<u32, StorageError> {
    let row = sqlx::query(
        "SELECT MIN(expires_at), MIN(CASE WHEN network = $1 THEN expires_at END), \
         COUNT(CASE WHEN network = $1 AND network <> '' THEN 1 END) FROM site_continuations",
    )
    .bind(network)
    .fetch_one(site.storage.reader())
    .await?;
    let is_own = row.try_get::<i64, _>(2)? >= MOST_OF_NETWORK;
    let first: Option<i64> = row.try_get(usize::from(is_own))?;
    let wait = first.unwrap_or_default() - now;
    Ok(u32::try_from(wait).unwrap_or_default().max(1))
}

/// The address with which the system of this device opens its browser, out of the app. Only of
/// `https`: neither system knows the other scheme.
fn outward(address: &Url, system: System) -> Option<String> {
    let bare = address.as_str().strip_prefix("https://")?;
    match system {
        System::Android => Some(format!(
            "intent://{bare}#Intent;scheme=https;action=android.intent.action.VIEW;\
             category=android.intent.category.BROWSABLE;end"
        )),
        System::Ios => Some(format!("x-safari-https://{bare}")),
        System::Other => None,
    }
}

/// `GET /continue/{key}`: the button. The same for every key, used, run out or made up.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let path = path(&key)?;
    let page = site.ambient.entropy.token::<16>()?;
    let context = visit.context(&site, Some(path.clone()));
    Ok(elsewhere::go_on(&context, &path, &page).into_response())
}

/// `POST /continue/{key}`: spends the address, and this browser holds the request.
pub async fn go_on(
    State(site): State<Site>,
    Path(key): Path<String>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    path(&key)?;
    let row = sqlx::query(
        "SELECT sealed FROM site_continuations WHERE key_hash = $1 AND expires_at > $2",
    )
    .bind(digest(&key))
    .bind(site.now())
    .fetch_optional(site.storage.reader())
    .await
    .map_err(StorageError::from)?;
    let sealed: String =
        row.ok_or(Problem::RequestUnknown)?.try_get(0).map_err(StorageError::from)?;
    let held: HeldRequest =
        site.sealer.open(PURPOSE, &sealed).map_err(|_| Problem::RequestUnknown)?;
    // Before the address is spent: a browser without room has not used it.
    let answer = cookie_room::hold_and_show(&site, &session, &headers, &held).await?;
    let spend = sqlx::query(
        "DELETE FROM site_continuations WHERE key_hash = $1 AND expires_at > $2 RETURNING sealed",
    )
    .bind(digest(&key))
    .bind(site.now());
    site.storage.change(spend).await?.ok_or(Problem::RequestUnknown)?;
    Ok(answer)
}

/// The path of a key that could be one of ours.
fn path(key: &str) -> Result<String, Problem> {
    is_token::<16>(key).then(|| paths::continuation(key)).ok_or(Problem::PageUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_asked_in_its_own_words_to_open_its_browser() {
        let address: Url = "https://login.example/continue/AbC".parse().unwrap();
        assert_eq!(
            outward(&address, System::Android).unwrap(),
            "intent://login.example/continue/AbC#Intent;scheme=https;\
             action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end"
        );
        assert_eq!(
            outward(&address, System::Ios).unwrap(),
            "x-safari-https://login.example/continue/AbC"
        );
        assert_eq!(outward(&address, System::Other), None);
        let local: Url = "http://localhost:3000/continue/AbC".parse().unwrap();
        assert_eq!(outward(&local, System::Android), None);
    }
}
