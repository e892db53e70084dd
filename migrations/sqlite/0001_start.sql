-- The first migration is empty: each room adds its own tables in a file of its own.
SELECT 1;
