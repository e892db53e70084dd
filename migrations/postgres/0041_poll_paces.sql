-- How fast each pending request is polled, for all instances. A poll must not wait for the disk, so the
-- table is not logged: after a crash of the database each client has its first interval again.
CREATE UNLOGGED TABLE poll_paces (
    auth_req_digest BYTEA PRIMARY KEY,
    poll_interval BIGINT NOT NULL,
    last_poll_at BIGINT NOT NULL,
    slowed BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX poll_paces_by_end ON poll_paces (expires_at);
