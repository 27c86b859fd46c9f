-- safe

-- Calls to Salesforce by the hour in which they were charged. Charged before they are made: after a crash it counts too
-- much, never too little.
CREATE TABLE sf_api_budget (
  hour          bigint NOT NULL,
  request_class text   NOT NULL,
  calls         bigint NOT NULL CHECK (calls >= 0),
  PRIMARY KEY (hour, request_class)
) WITH (fillfactor = 50);

-- One row: the org's allocation as Salesforce last told it to any process, and when one may ask again after a refusal.
CREATE TABLE sf_api_told (
  singleton    boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (singleton),
  used         bigint,
  daily_limit  bigint,
  told_at      timestamptz,
  refused_at   timestamptz,
  probed_at    timestamptz
);

INSERT INTO sf_api_told DEFAULT VALUES;

-- Who shares the budget. A process that has not been seen for a minute no longer counts.
CREATE TABLE sf_api_process (
  process text        NOT NULL PRIMARY KEY,
  seen_at timestamptz NOT NULL DEFAULT sf_now()
);
