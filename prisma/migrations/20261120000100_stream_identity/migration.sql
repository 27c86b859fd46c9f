-- safe

-- The org and instance that a topic's position belongs to: positions of another one mean nothing.
ALTER TABLE sf_stream ADD COLUMN identity text;
