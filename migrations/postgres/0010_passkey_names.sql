-- What a passkey is called where it is listed, and when it was removed. A removed one signs nobody
-- in, and stays in the list.
ALTER TABLE webauthn_credentials ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE webauthn_credentials ADD COLUMN removed_at BIGINT;
