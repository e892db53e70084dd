-- Who answers a pushed request: empty, `customer`, or `operator` (withdrawn, or nobody is reached).
-- Only one of them ever does: at Keycloak the second answer undoes the first.
ALTER TABLE site_pushed_requests ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';
-- When the provider is next told of a withdrawal.
ALTER TABLE site_pushed_requests ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
-- The digest of the provider's name for a pushed request, which its operator's side alone is told.
ALTER TABLE site_requests ADD COLUMN provider_hash TEXT;
CREATE INDEX site_requests_by_provider_hash ON site_requests (provider_hash);
-- When it turned out that its link reaches nobody.
ALTER TABLE site_requests ADD COLUMN unreachable_at BIGINT;
