//! Why an ID token is not to be trusted.

/// An ID token is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no signed JWT, or demands what we do not know.
    #[error("read it as a signed JWT")]
    Malformed,
    /// Its algorithm is not an asymmetric signature.
    #[error("accept its algorithm: only asymmetric signatures are")]
    Algorithm,
    /// The provider has no such key.
    #[error("find its key among the provider's")]
    Key,
    /// The signature is wrong.
    #[error("check its signature")]
    Signature,
    /// It was made by another issuer (or the issuer is configured wrong).
    #[error("compare its issuer with the configured one")]
    Issuer,
    /// It was made for another client.
    #[error("find our client in its audience")]
    Audience,
    /// It was asked for by another client.
    #[error("find our client as its authorized party")]
    AuthorizedParty,
    /// Its time is over.
    #[error("accept its time: it has expired")]
    Expired,
    /// It comes from the future.
    #[error("accept its time: it was issued in the future")]
    FromTheFuture,
    /// It belongs to another sign-in.
    #[error("compare its nonce with the one that was sent")]
    Nonce,
    /// It belongs to another access token.
    #[error("compare its at_hash with the access token")]
    AccessToken,
    /// It belongs to another CIBA request.
    #[error("compare its auth_req_id with the request's")]
    AuthReqId,
    /// A claim that must be there is not.
    #[error("find its required claims iss, sub, aud, exp and iat")]
    Claims,
}
