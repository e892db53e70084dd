-- The site: what the operator's side has recorded, what customers decided, and sign-in mails.

-- One row for each request that was started with our own operator's side on the same storage.
-- "handle" is the hash over auth_req_id and binding message: another message is another handle.
CREATE TABLE site_requests (
    auth_req_hash TEXT NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL,
    login_hint TEXT NOT NULL, -- sealed
    channel TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    opened_at BIGINT,
    signed_in_at BIGINT,
    reported_at BIGINT,
    decided_at BIGINT,
    outcome TEXT
);
CREATE INDEX site_requests_by_expiry ON site_requests (expires_at);

-- The decision journal: written before the provider is told, and after it has answered.
-- "unanswered" counts the calls whose answer never came.
CREATE TABLE site_decisions (
    auth_req_hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    decision TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    presumed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    unanswered BIGINT NOT NULL,
    sealed TEXT NOT NULL, -- auth_req_id and the customer's token; empty once they are not needed
    lease TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (auth_req_hash, subject)
);
CREATE INDEX site_decisions_by_attempt ON site_decisions (state, next_attempt_at);

-- Sign-in mails, asked for and sent. "key_hash" is the hash of the link's state.
CREATE TABLE site_mails (
    key_hash TEXT NOT NULL PRIMARY KEY,
    handle TEXT NOT NULL,
    address TEXT NOT NULL, -- fingerprint
    sealed TEXT NOT NULL, -- the state, the address, the request and the references to choose from
    queued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent_at BIGINT,
    wrong_picks BIGINT NOT NULL,
    code_tries BIGINT NOT NULL,
    consumed_by TEXT
);
CREATE INDEX site_mails_by_address ON site_mails (address, queued_at);
CREATE INDEX site_mails_by_handle ON site_mails (handle, queued_at);
CREATE INDEX site_mails_by_time ON site_mails (queued_at);
