//! Why an ID token is not to be trusted.

/// An ID token is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no signed JWT, or demands what we do not know.
    #[error("it is not a signed JWT")]
    Malformed,
    /// Its algorithm is not an asymmetric signature.
    #[error("its algorithm is not that of an asymmetric signature")]
    Algorithm,
    /// The provider has no such key.
    #[error("its key is not among the provider's")]
    Key,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// It was made by another issuer (or the issuer is configured wrong).
    #[error("its issuer is not the configured one")]
    Issuer,
    /// It was made for another client.
    #[error("it was made for another client")]
    Audience,
    /// It was asked for by another client.
    #[error("it was asked for by another client")]
    AuthorizedParty,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It comes from the future.
    #[error("it comes from the future")]
    FromTheFuture,
    /// It belongs to another sign-in.
    #[error("it belongs to another sign-in (nonce)")]
    Nonce,
    /// It belongs to another access token.
    #[error("it belongs to another access token (at_hash)")]
    AccessToken,
    /// It belongs to another CIBA request.
    #[error("it belongs to another request (auth_req_id)")]
    AuthReqId,
    /// A claim that must be there is not.
    #[error("it lacks one of iss, sub, aud, exp and iat")]
    Claims,
}
