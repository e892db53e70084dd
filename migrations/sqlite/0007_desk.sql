-- What agents have asked for at the desk, for the length of a shift. `form_key` makes a form count
-- once. The request's auth_req_id and its link are sealed.
CREATE TABLE desk_requests (
    id TEXT PRIMARY KEY,
    form_key TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL,
    login_hint TEXT NOT NULL,
    login_hint_type TEXT NOT NULL,
    type_guessed BIGINT NOT NULL,
    channel TEXT NOT NULL,
    binding_message TEXT NOT NULL,
    custom_message TEXT,
    requested_expiry BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed_auth_req_id TEXT,
    sealed_link TEXT,
    -- Polling: the pause in seconds, faults in a row, when the next poll may be, and until when one
    -- instance has it.
    pause BIGINT NOT NULL,
    faults BIGINT NOT NULL,
    next_poll_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    -- How it ended: allowed, denied, expired, failed, left.
    ending TEXT,
    ended_at BIGINT,
    subject TEXT,
    replaced_by TEXT
);
CREATE INDEX desk_requests_by_agent ON desk_requests (agent, created_at);
CREATE INDEX desk_requests_open ON desk_requests (next_poll_at) WHERE ending IS NULL;
