-- The embedded provider: authorization requests that a client has left beforehand (RFC 9126), sealed,
-- and a quick way to everything that belongs to one user's sessions.
CREATE TABLE pushed_requests (
    name_digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);

CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
CREATE INDEX authorization_codes_by_user ON authorization_codes (user_id);
