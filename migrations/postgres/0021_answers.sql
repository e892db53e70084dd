-- What forms were answered with just now, so that a form which is sent twice is answered once.
-- "key_hash" is a keyed hash over browser, session, address and form; "sealed" is the answer, and
-- empty while it is being made.
CREATE TABLE site_answers (
    key_hash TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX site_answers_by_expiry ON site_answers (expires_at);
