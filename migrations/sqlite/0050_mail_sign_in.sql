-- How the customer has signed in, where it was by a mail of ours and not at the provider: "mail-link"
-- or "mail-code". It proves less, and the agent sees it.
ALTER TABLE site_requests ADD COLUMN signed_in_by TEXT NOT NULL DEFAULT '';
