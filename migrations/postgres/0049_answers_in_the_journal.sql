-- Why a decision is what it is, in the words of `site::authority::Answer`: the page of a request that
-- ended by a wrong pick of the reference says so. Empty in rows of earlier versions.
ALTER TABLE site_decisions ADD COLUMN answer TEXT NOT NULL DEFAULT '';
