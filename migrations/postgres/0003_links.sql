-- What the demo's customers were sent, instead of a phone and a mailbox. The newest 500 are kept.
CREATE TABLE demo_outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT,
    body TEXT NOT NULL,
    links TEXT NOT NULL,
    code TEXT,
    sent_at BIGINT NOT NULL
);

-- How much was sent within the present minute, for each person and each client.
CREATE TABLE sending_counts (
    scope TEXT PRIMARY KEY,
    minute BIGINT NOT NULL,
    sent BIGINT NOT NULL
);

-- Links by mail. Only a digest of the link's code is kept; it is spent by one UPDATE.
CREATE TABLE login_links (
    code_digest BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    request_digest BYTEA,
    -- The address whose mailbox it proves; nothing where it went elsewhere.
    email TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX login_links_by_expiry ON login_links (expires_at);

-- One-time codes. Six digits are soon tried through, so they are kept under a keyed hash.
CREATE TABLE one_time_codes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    code_hash BYTEA NOT NULL,
    channel TEXT NOT NULL,
    request_digest BYTEA,
    approval_data TEXT,
    -- The address whose mailbox it proves; nothing where it went elsewhere.
    email TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_codes_by_user ON one_time_codes (user_id, client_id);
CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);

-- How often somebody has typed a code for a person. The row goes when a code was right.
CREATE TABLE code_attempts (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
