-- From which network a mail was asked for, as a keyed hash; empty where that is not known.
ALTER TABLE site_mails ADD COLUMN network TEXT NOT NULL DEFAULT '';
