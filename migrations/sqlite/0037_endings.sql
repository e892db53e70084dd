-- What an agent is told of a request that was not allowed: when another reference than theirs was
-- picked, when somebody signed in whose request it is not (and nobody else since), and how many
-- sign-ins came to nothing.
ALTER TABLE site_requests ADD COLUMN wrong_reference_at BIGINT;
ALTER TABLE site_requests ADD COLUMN wrong_account_at BIGINT;
ALTER TABLE site_requests ADD COLUMN sign_in_failures BIGINT NOT NULL DEFAULT 0;
