-- One-time values that came back from a browser's journey, kept until they would have run out
-- anyway: the same answer never counts twice.
CREATE TABLE spent_values (
    value_digest BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_values_by_expiry ON spent_values (expires_at);

-- The embedded provider: whose account at another identity provider belongs to which user. The
-- account's key is its issuer and subject; a user has at most one account at an issuer.
CREATE TABLE account_links (
    iss TEXT NOT NULL,
    sub TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (iss, sub),
    UNIQUE (iss, user_id)
);
