-- What the agent's request asks for, so that the page can say it. Empty: the site was not told.
ALTER TABLE site_requests ADD COLUMN scope TEXT NOT NULL DEFAULT '';
