-- The embedded provider: users, applications and clients, keys, tokens, authentication requests.
-- Times are seconds since 1970. Secrets are sealed, one-time values are kept as their SHA-256.

CREATE TABLE provider_tenant (
    slot BIGINT PRIMARY KEY CHECK (slot = 1),
    tenant_id TEXT NOT NULL
);

CREATE TABLE signing_keys (
    -- The highest slot signs; the others only verify. Its uniqueness decides a race of two starts.
    slot BIGINT PRIMARY KEY,
    kid TEXT NOT NULL UNIQUE,
    private_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE applications (
    app_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- The application whose client created it; that one may manage it too.
    created_by TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES applications (app_id),
    secret_sealed TEXT NOT NULL,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX clients_by_app ON clients (app_id);

CREATE TABLE users (
    user_id TEXT PRIMARY KEY,
    email TEXT UNIQUE,
    email_verified BIGINT NOT NULL,
    phone_number TEXT UNIQUE,
    phone_number_verified BIGINT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_auth BIGINT,
    CHECK (email IS NOT NULL OR phone_number IS NOT NULL)
);

CREATE TABLE authorization_codes (
    code_digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    scope TEXT NOT NULL,
    authentication TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX authorization_codes_by_end ON authorization_codes (expires_at);

CREATE TABLE refresh_tokens (
    token_digest BLOB PRIMARY KEY,
    session_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    authentication TEXT NOT NULL,
    backend BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- Ended before their time: the `jti` of an access token, or a session with all of its tokens.
CREATE TABLE revocations (
    id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revocations_by_end ON revocations (expires_at);

-- Client assertions that were used (RFC 7523, section 3, `jti`).
CREATE TABLE client_assertions (
    client_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX client_assertions_by_end ON client_assertions (expires_at);

CREATE TABLE ciba_requests (
    auth_req_digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    binding_message TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    approved BIGINT,
    decided_at BIGINT,
    authentication TEXT,
    redeemed_at BIGINT,
    poll_interval BIGINT NOT NULL,
    last_poll_at BIGINT,
    slowed BIGINT NOT NULL
);
CREATE INDEX ciba_requests_by_end ON ciba_requests (expires_at);
CREATE INDEX ciba_requests_by_user ON ciba_requests (user_id, expires_at);
