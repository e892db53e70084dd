-- For which network an address to go on at was made, as a keyed digest; empty where it is not known.
ALTER TABLE site_continuations ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX site_continuations_by_network ON site_continuations (network) WHERE network <> '';
