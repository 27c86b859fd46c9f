import type { Redis } from 'ioredis';

/**
 * The cache as Redis holds it.
 *
 *   catalog:…, eligibility:…   hash: `count` and `epoch` of its fill, `value`. Always with a lifetime.
 *   cache:state                hash: `epoch`, a random word that is new after the server lost its data; `count`, raised
 *                              by every invalidation; `all:<prefix>`, the count at which the prefix was last dropped.
 *   cache:raised:<scope>       the count at which the scope was last dropped; kept for as long as a load may take.
 *   cache:members:<scope>      set of the keys filled under the scope; lives as long as its longest entry.
 *   cache:loading:<key>        token of the process that loads the entry on behalf of all.
 *   channel cache:invalidated@<database>   every invalidation with its epoch, count and scopes, for the near caches.
 *
 * A lookup returns the count. A fill hands it back and is dropped when one of its scopes was raised since, so the
 * order "load the old row, commit, invalidate, fill" leaves nothing behind. A counter, not a clock: two servers of a
 * failover never agree on the time. After a failover that lost writes the count may have gone back; a fill that knows
 * a higher count than the server is from before it, and dropped as well.
 *
 * Every script is one step, and writes an entry together with its memberships: no crash leaves an entry that an
 * invalidation cannot find.
 */

/** A load that takes longer fills nothing. Bounds how long `cache:raised:*` keys must be kept. */
export const LONGEST_LOAD_SECONDS = 60;
const RAISED_LIFE_SECONDS = LONGEST_LOAD_SECONDS + 30;

export const stateKey = 'cache:state';
export const raisedKey = (scope: string): string => `cache:raised:${scope}`;
export const membersKey = (scope: string): string => `cache:members:${scope}`;

/** Channels know no databases: without the number, those who share a server would hear each other. */
export const channelOf = ({ options }: Pick<Redis, 'options'>): string =>
  `cache:invalidated@${options.db ?? 0}`;

/** KEYS[1] state. ARGV[1] an epoch for a server that has none. */
const ensureEpoch = `
local function ensureEpoch(fresh)
  redis.call('HSETNX', KEYS[1], 'epoch', fresh)
  redis.call('HSETNX', KEYS[1], 'count', 0)
end
`;

/**
 * KEYS: state, entries…  ARGV: fresh epoch, prefix of each entry…
 * Returns epoch, count, server time in seconds, then the value of each entry or nil.
 */
export const lookupScript = `${ensureEpoch}
ensureEpoch(ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'epoch', 'count')
local answer = { state[1], state[2], redis.call('TIME')[1] }
for i = 2, #KEYS do
  local entry = redis.call('HMGET', KEYS[i], 'epoch', 'count', 'value')
  local dropped = redis.call('HGET', KEYS[1], 'all:' .. ARGV[i]) or '-1'
  answer[i + 2] = false
  if entry[3] and entry[1] == state[1] and tonumber(entry[2]) >= tonumber(dropped) then
    answer[i + 2] = entry[3]
  end
end
return answer
`;

/**
 * KEYS: state, then per entry: the entry, raised:<scope>…, members:<scope>…
 * ARGV: epoch, count, time of the lookup, longest load, then per entry: scopes, prefix, lifetime in seconds, value
 * Returns the number of entries stored.
 */
export const fillScript = `
local state = redis.call('HMGET', KEYS[1], 'epoch', 'count')
if state[1] ~= ARGV[1] then return 0 end
local count = tonumber(ARGV[2])
if count > tonumber(state[2]) then return 0 end
if tonumber(redis.call('TIME')[1]) - tonumber(ARGV[3]) > tonumber(ARGV[4]) then return 0 end
local stored = 0
local k, a = 2, 5
while a <= #ARGV do
  local entry, scopes, life = KEYS[k], tonumber(ARGV[a]), tonumber(ARGV[a + 2])
  local allowed = tonumber(redis.call('HGET', KEYS[1], 'all:' .. ARGV[a + 1]) or '-1') <= count
  for s = 1, scopes do
    if tonumber(redis.call('GET', KEYS[k + s]) or '-1') > count then allowed = false end
  end
  if allowed then
    redis.call('HSET', entry, 'epoch', ARGV[1], 'count', count, 'value', ARGV[a + 3])
    redis.call('EXPIRE', entry, life)
    for s = 1, scopes do
      local members = KEYS[k + scopes + s]
      redis.call('SADD', members, entry)
      if redis.call('TTL', members) < life then redis.call('EXPIRE', members, life) end
    end
    stored = stored + 1
  end
  k = k + 1 + 2 * scopes
  a = a + 4
end
return stored
`;

/** KEYS: state, then per scope: raised, members.  ARGV: fresh epoch, channel, then prefixes to drop as a whole… */
export const invalidateScript = `${ensureEpoch}
ensureEpoch(ARGV[1])
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
local scopes = {}
for i = 3, #ARGV do
  redis.call('HSET', KEYS[1], 'all:' .. ARGV[i], count)
  scopes[#scopes + 1] = ARGV[i]
end
for i = 2, #KEYS, 2 do
  redis.call('SET', KEYS[i], count, 'EX', ${RAISED_LIFE_SECONDS})
  for _, entry in ipairs(redis.call('SMEMBERS', KEYS[i + 1])) do redis.call('UNLINK', entry) end
  redis.call('UNLINK', KEYS[i + 1])
  scopes[#scopes + 1] = string.sub(KEYS[i], ${raisedKey('').length + 1})
end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
redis.call('PUBLISH', ARGV[2], cjson.encode({ epoch = epoch, count = count, scopes = scopes }))
return count
`;
