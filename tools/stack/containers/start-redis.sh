#!/bin/sh
# The configuration goes in through standard input: arguments would show the password to every process.
set -eu
exec redis-server - <<CONFIGURATION
requirepass $REDISCLI_AUTH
maxmemory-policy noeviction
appendonly yes
dir /data
CONFIGURATION
