-- The embedded provider: messages that no server or gateway has taken yet, sealed. Nobody else sends
-- one while its lease lasts; "attempts" tells one holder of the lease from the next.
CREATE TABLE queued_messages (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX queued_messages_by_time ON queued_messages (due_at);
