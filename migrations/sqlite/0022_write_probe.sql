-- One row that readiness writes: a database on a full disk still answers questions.
CREATE TABLE write_probe (
    slot BIGINT PRIMARY KEY CHECK (slot = 1),
    written_at BIGINT NOT NULL
);
