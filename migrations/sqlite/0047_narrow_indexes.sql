-- Rows are kept for a day after their end; whoever looks for what is still to be done must not read
-- them. Each of these indexes holds, or finds at once, only the rows that its question asks for.

-- The index by state also drew in every look-up of one request: it holds all decisions of a day under
-- 'confirmed', and SQLite prefers it to the key.
DROP INDEX site_decisions_by_attempt;
-- Decisions that can still be sent: what is sealed is forgotten with their end.
CREATE INDEX site_decisions_to_send ON site_decisions (next_attempt_at, expires_at) WHERE sealed <> '';
CREATE INDEX site_decisions_open ON site_decisions (expires_at)
    WHERE state IN ('claimed', 'sent', 'unknown', 'sign_in');
CREATE INDEX site_decisions_by_expiry ON site_decisions (expires_at);

-- Withdrawals of which a provider that has pushed its request may still have to be told.
CREATE INDEX site_requests_withdrawn ON site_requests (expires_at) WHERE withdrawn_at IS NOT NULL;
-- Pushed requests whose credential is still to be forgotten.
CREATE INDEX site_pushed_requests_open ON site_pushed_requests (expires_at) WHERE credential <> '';

CREATE INDEX site_mails_to_send ON site_mails (lease_until, queued_at, expires_at)
    WHERE sent_at IS NULL;
CREATE INDEX site_mails_by_network ON site_mails (network, queued_at) WHERE network <> '';
CREATE INDEX site_mails_by_expiry ON site_mails (expires_at);

CREATE INDEX site_continuations_by_expiry ON site_continuations (expires_at);
CREATE INDEX keycloak_deliveries_by_expiry ON keycloak_deliveries (expires_at);
CREATE INDEX desk_requests_by_time ON desk_requests (created_at);

-- The embedded provider.
CREATE INDEX queued_messages_by_expiry ON queued_messages (expires_at);
CREATE INDEX code_attempts_by_time ON code_attempts (last_at);
CREATE INDEX account_links_by_user ON account_links (user_id);
