-- Until when the use of a mail by "consumed_by" is under way: 0 where it has come to its end, and 1 where
-- it has not and can be begun again.
ALTER TABLE site_mails ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
