//! Server functions: thin glue between a form and a plain function, one per file.
