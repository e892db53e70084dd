-- Ceremonies under way are no longer kept: they are sealed into their session, and spent_values holds
-- those that were used.
DROP TABLE webauthn_ceremonies;
