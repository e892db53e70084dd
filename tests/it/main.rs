//! The integration tests: one binary, the real application on port 0, a clock moved by hand.
