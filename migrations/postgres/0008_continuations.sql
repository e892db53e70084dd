-- Requests on their way into another browser. "key_hash" is the hash of the address's key; "sealed"
-- is the request, never a sign-in.
CREATE TABLE site_continuations (
    key_hash TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
