-- How fast each pending request is polled where several instances share a database: with SQLite it is
-- kept in memory, and this table stays empty.
CREATE TABLE poll_paces (
    auth_req_digest BLOB PRIMARY KEY,
    poll_interval BIGINT NOT NULL,
    last_poll_at BIGINT NOT NULL,
    slowed BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX poll_paces_by_end ON poll_paces (expires_at);
