-- Links of pushed requests that are still to be sent.
CREATE TABLE keycloak_deliveries (
    auth_req_hash TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL, -- the link's key
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX keycloak_deliveries_by_due ON keycloak_deliveries (due_at);
