-- Who said that they are not speaking with an agent, as far as it was proved: `customer`,
-- `link_holder`; empty in rows of earlier versions, which did not tell.
ALTER TABLE site_requests ADD COLUMN reported_by TEXT NOT NULL DEFAULT '';
