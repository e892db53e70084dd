-- The names under which people keep passkeys, and the handle that an authenticator keeps with each.
CREATE TABLE webauthn_accounts (
    username TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    user_handle BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);
CREATE INDEX webauthn_accounts_by_user ON webauthn_accounts (user_id);

-- Passkeys: the public key and what the authenticator said of itself. Nothing here is secret.
CREATE TABLE webauthn_credentials (
    credential_id BYTEA PRIMARY KEY,
    username TEXT NOT NULL REFERENCES webauthn_accounts (username),
    user_id TEXT NOT NULL,
    user_handle BYTEA NOT NULL,
    passkey TEXT NOT NULL,
    sign_count BIGINT NOT NULL,
    attachment TEXT,
    aaguid TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX webauthn_credentials_by_user ON webauthn_credentials (user_id);

-- Ceremonies under way. A row is deleted by the one statement that uses it.
CREATE TABLE webauthn_ceremonies (
    session_digest BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    ceremony TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX webauthn_ceremonies_by_expiry ON webauthn_ceremonies (expires_at);
