//! Authorization codes (RFC 6749, section 4.1; PKCE, RFC 7636): whoever signs a user in by a
//! redirect creates one, and the token endpoint consumes it, once.

use sqlx::Row;
use subtle::ConstantTimeEq;

use super::{AuthenticatedUser, Grant, Origin, TokenAnswer, digest, mint, revocations};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::client_authentication::Caller;
use crate::clients::Pkce;
use crate::users;
use platform::ids;

/// Seconds until a code runs out: a redirect's time, as RFC 6749 (section 4.1.2) recommends at most
/// ten minutes.
const LIFETIME: i64 = 60;

/// The session of a code that was used before.
const USED: &str = "SELECT session_id FROM authorization_codes \
    WHERE code_digest = $1 AND client_id = $2 AND used_at IS NOT NULL";

/// What a code stands for.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// The client that may exchange it.
    pub client_id: &'a str,
    /// The user who signed in.
    pub user_id: &'a str,
    /// Where it is sent; the exchange must name the same.
    pub redirect_uri: &'a str,
    /// The S256 challenge of the request, if it had one.
    pub code_challenge: Option<&'a str>,
    /// What was asked for.
    pub scope: &'a str,
    /// The sign-in, with the request's `nonce`.
    pub authenticated: &'a AuthenticatedUser,
}

/// Makes a code, good for a minute and one exchange.
pub async fn create(state: &ProviderState, new: NewCode<'_>) -> Result<String, EndpointError> {
    let code = state.ambient.entropy.token::<32>()?;
    sqlx::query(
        "INSERT INTO authorization_codes (code_digest, client_id, user_id, session_id, \
         redirect_uri, code_challenge, scope, authentication, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(digest(&code))
    .bind(new.client_id)
    .bind(new.user_id)
    .bind(state.ambient.entropy.token::<16>()?)
    .bind(new.redirect_uri)
    .bind(new.code_challenge)
    .bind(new.scope)
    .bind(serde_json::to_string(new.authenticated)?)
    .bind(state.ambient.clock.unix() + LIFETIME)
    .execute(state.storage.writer())
    .await?;
    Ok(code)
}

/// Exchanges a code for tokens. Of several exchanges at once one wins; a later one ends the session
/// that the first one started (RFC 6749, section 4.1.2).
///
/// A caller without a credential needs a verifier.
pub(crate) async fn exchange(
    state: &ProviderState,
    caller: &Caller,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<TokenAnswer, EndpointError> {
    let invalid = EndpointError::invalid_grant;
    let Caller { client, is_authenticated } = caller;
    let now = state.ambient.clock.unix();
    let digest = digest(code);
    let mut transaction = state.storage.writer().begin().await?;
    let row = sqlx::query(
        "UPDATE authorization_codes SET used_at = $1 \
         WHERE code_digest = $2 AND client_id = $3 AND used_at IS NULL AND expires_at > $4 \
         RETURNING user_id, session_id, redirect_uri, code_challenge, scope, authentication",
    )
    .bind(now)
    .bind(&digest[..])
    .bind(&client.client_id)
    .bind(now)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(row) = row else {
        transaction.rollback().await?;
        revocations::revoke_reused(state, client, USED, &digest).await?;
        return Err(invalid());
    };
    let user_id: String = row.try_get(0)?;
    let session_id: String = row.try_get(1)?;
    let registered: String = row.try_get(2)?;
    let challenge: Option<String> = row.try_get(3)?;
    let scope: String = row.try_get(4)?;
    let authentication: String = row.try_get(5)?;
    let proved = match (challenge.as_deref(), verifier) {
        (Some(challenge), Some(verifier)) => answers(verifier, challenge),
        (None, None) => *is_authenticated,
        _ => false,
    };
    if !proved || registered != redirect_uri || !allows(caller, challenge.is_some()) {
        // Committed: whoever tries a code with the wrong verifier has used it up.
        transaction.commit().await?;
        return Err(invalid());
    }
    let user =
        users::find_with(&mut *transaction, users::BY_ID, &user_id).await?.ok_or_else(invalid)?;
    let grant = Grant {
        user: &user,
        client,
        scope: &scope,
        granted: &scope,
        origin: Origin::SignIn,
        authenticated: &serde_json::from_str(&authentication)?,
        session_id,
        backend: false,
        auth_req_id: None,
    };
    let answer = mint(state, &mut transaction, grant).await?.ok_or_else(invalid)?;
    transaction.commit().await?;
    Ok(answer)
}

fn allows(caller: &Caller, with_challenge: bool) -> bool {
    match caller.client.settings.pkce {
        Pkce::EnforcePkceInsteadOfClientCredentials => with_challenge,
        Pkce::EnforcePkceAlongsideClientCredentials => with_challenge && caller.is_authenticated,
        Pkce::AllowPkceAlongsideClientCredentials => caller.is_authenticated,
    }
}

/// RFC 7636, section 4.6, for S256; the length is section 4.1's.
fn answers(verifier: &str, challenge: &str) -> bool {
    let computed = ids::digest(verifier);
    (43..=128).contains(&verifier.len()) && computed.as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_answers_its_own_challenge_only() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(answers(verifier, challenge));
        assert!(!answers(&verifier.replace('d', "e"), challenge));
        assert!(!answers(challenge, challenge));
        assert!(!answers("", ""));
    }
}
