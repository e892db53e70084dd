-- When an authenticator proved that a passkey's backup eligibility is not what it was: that passkey
-- signs nobody in, and must not keep its device from making another.
ALTER TABLE webauthn_credentials ADD COLUMN changed_at BIGINT;
