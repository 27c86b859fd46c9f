#!/bin/sh
# Run once by the PostgreSQL image, when its volume is empty: the apps get a role of their own and never see the
# administrator's password.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\getenv password DATABASE_PASSWORD
CREATE ROLE umbra LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE umbra OWNER umbra;
SQL
