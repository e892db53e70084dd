-- Codes that agents read out instead of sending a link. "code_hash" is a keyed hash of the code,
-- "sealed" is the code and the request that it stands for, "used_by" a keyed hash of the browser that
-- has used it; empty before.
CREATE TABLE site_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    auth_req_hash TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    used_by TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);
CREATE INDEX site_codes_by_expiry ON site_codes (expires_at);

-- Codes that were typed and lead nowhere, so that guesses can be counted: from which network, and from
-- which provider's range, as keyed hashes; empty where that is not known.
CREATE TABLE site_code_tries (
    id TEXT NOT NULL PRIMARY KEY,
    network TEXT NOT NULL,
    provider_range TEXT NOT NULL,
    tried_at BIGINT NOT NULL
);
CREATE INDEX site_code_tries_by_time ON site_code_tries (tried_at);
CREATE INDEX site_code_tries_by_network ON site_code_tries (network, tried_at);
