-- Accounts that were taken away from a user at an issuer: an address never brings them back, only
-- the client that links them again does.
CREATE TABLE unlinked_accounts (
    iss TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    unlinked_at BIGINT NOT NULL,
    PRIMARY KEY (iss, user_id)
);

-- Back-end social sign-ins under way: begun, or verified and not yet used. Each is good once.
CREATE TABLE social_transactions (
    digest BLOB PRIMARY KEY,
    carried_sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX social_transactions_by_end ON social_transactions (expires_at);
