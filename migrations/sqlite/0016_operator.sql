-- How the agent speaks with the customer (empty: nobody has said), and when they withdrew a request.
ALTER TABLE site_requests ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE site_requests ADD COLUMN withdrawn_at BIGINT;
-- The request's name among the site's records, which no key is needed to read.
ALTER TABLE desk_requests ADD COLUMN auth_req_hash TEXT;
ALTER TABLE desk_requests ADD COLUMN contact TEXT NOT NULL DEFAULT '';
-- In which language the text in front of the link is; empty: the provider's own text.
ALTER TABLE desk_requests ADD COLUMN text_language TEXT NOT NULL DEFAULT '';
-- Who has a row until "leased_until": only they may put it back.
ALTER TABLE desk_requests ADD COLUMN lease TEXT NOT NULL DEFAULT '';
-- Whether the provider has ever answered a poll as one, and how many answers in a row were none.
ALTER TABLE desk_requests ADD COLUMN has_answered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE desk_requests ADD COLUMN odd_answers BIGINT NOT NULL DEFAULT 0;
