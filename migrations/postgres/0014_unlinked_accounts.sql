-- Accounts that were taken away from a user at an issuer: an address never brings them back, only
-- the client that links them again does.
CREATE TABLE unlinked_accounts (
    iss TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    unlinked_at BIGINT NOT NULL,
    PRIMARY KEY (iss, user_id)
);
