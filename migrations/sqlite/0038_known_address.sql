-- The verified e-mail address of the customer, sealed, where the operator's side knows it beside the
-- login hint: one press sends a sign-in mail there, and nobody types it.
ALTER TABLE site_requests ADD COLUMN known_email TEXT NOT NULL DEFAULT '';
