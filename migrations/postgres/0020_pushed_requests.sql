-- Requests that a provider has pushed. "auth_req_hash" is the digest of our link's key, under which
-- the request is on record in site_requests as well; "origin_hash" that of the provider's own name.
CREATE TABLE site_pushed_requests (
    auth_req_hash TEXT NOT NULL PRIMARY KEY,
    origin_hash TEXT NOT NULL UNIQUE,
    subject_hash TEXT NOT NULL, -- keyed
    sealed TEXT NOT NULL, -- what was pushed
    credential TEXT NOT NULL, -- sealed; empty once nothing is to be answered any more
    received_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX site_pushed_requests_by_subject ON site_pushed_requests (subject_hash, expires_at);
CREATE INDEX site_pushed_requests_by_expiry ON site_pushed_requests (expires_at);
