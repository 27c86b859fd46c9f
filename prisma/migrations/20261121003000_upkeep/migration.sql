-- safe

-- Work of the night: the chain, and each comparison with Salesforce. One unfinished run per kind and subject, worked on
-- by whoever holds its lease; a finished one keeps what it found, and the hash that it can be held to.
CREATE TABLE sf_upkeep_run (
  id          uuid             PRIMARY KEY,
  kind        text             NOT NULL CHECK (kind IN ('nightly', 'delta', 'reconcile', 'reconcile-deep')),
  subject     text COLLATE "C" NOT NULL,
  started_at  timestamptz      NOT NULL DEFAULT sf_now(),
  finished_at timestamptz,
  lease_owner text,
  lease_until timestamptz,
  progress    jsonb,
  report      jsonb,
  hash        text
);

CREATE UNIQUE INDEX sf_upkeep_run_unfinished_key ON sf_upkeep_run (kind, subject) WHERE finished_at IS NULL;
CREATE INDEX sf_upkeep_run_finished_idx ON sf_upkeep_run (kind, subject, finished_at);
