"""The programs that the server runs, each in one piece: nobody sees half of what one does.

Every program begins by asking which start of the server this is (`run_id`) and which life of the
store it is told (`KEYS[1]`, see `life`). Where the caller knows another one, nothing is done, and
the answer says so. Values of accounts begin with eight bytes of a version, by which two that change
the same account at once are told apart.

`TIME` and `INFO` are allowed in programs (https://valkey.io/commands/time/,
https://valkey.io/commands/info/; read 2026-11).
"""

from typing import Final

_BEGIN: Final = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local life = redis.call('GET', KEYS[1]) or ''
if life ~= ARGV[1] or string.sub(life, 1, #run) ~= run then
  return {'forgot', run, now, life}
end
"""

BEGIN_LIFE: Final = """
local life = redis.call('GET', KEYS[1]) or ''
if life == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2])
  life = ARGV[2]
end
local memory = redis.call('INFO', 'memory')
return {life, string.match(memory, '\\nmaxmemory:(%d+)') or '0',
        string.match(memory, 'maxmemory_policy:([%w-]+)') or 'noeviction'}
"""
"""KEYS: life. ARGV: the life that was seen, the one that shall begin. Answers with the one that
there is, and what the server does when its memory is full."""

KEEP: Final = (
    _BEGIN
    + """
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. (time[1] - ARGV[5]))
if #old > 0 then
  local forgotten = {}
  for _, machine in ipairs(old) do forgotten[machine] = true end
  local holders = redis.call('HGETALL', KEYS[2])
  for i = 1, #holders, 2 do
    if forgotten[holders[i + 1]] then redis.call('HDEL', KEYS[2], holders[i]) end
  end
  redis.call('ZREM', KEYS[3], unpack(old))
end
local lapsed = redis.call('EXISTS', ARGV[3] .. ARGV[2]) == 0
local last = redis.call('ZSCORE', KEYS[3], ARGV[2])
if lapsed and last then
  local since = last - ARGV[4] / 1000
  for _, machine in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], since, '+inf')) do
    redis.call('SET', ARGV[3] .. machine, '1', 'PX', ARGV[4], 'NX')
  end
end
redis.call('ZADD', KEYS[3], time[1], ARGV[2])
redis.call('SET', ARGV[3] .. ARGV[2], '1', 'PX', ARGV[4])
for i = 6, #ARGV, 2 do redis.call('PEXPIRE', ARGV[i], ARGV[i + 1]) end
return {'ok', run, now, life, lapsed and 1 or 0}
"""
)
"""KEYS: life, holders, machines. ARGV: life, machine, prefix of machines' keys, lease in ms,
seconds after which a machine is forgotten, then keys of accounts and their milliseconds to live.
Where its lease had ended (last in the answer), it speaks for those that lived when it did: where
the server itself was away they all come back, and each has one lease's time to say so."""

EXCHANGE: Final = (
    _BEGIN
    + """
local count = tonumber(ARGV[5])
local writes = (#ARGV - 5) / 5
local fits = writes > 0
for i = 0, writes - 1 do
  if redis.call('GETRANGE', KEYS[5 + i], 0, 7) ~= ARGV[6 + i * 5] then fits = false end
end
if fits then
  if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
  for i = 0, writes - 1 do
    local old, new, ttl, waits, name = unpack(ARGV, 6 + i * 5, 10 + i * 5)
    redis.call('SET', KEYS[5 + i], new, 'PX', ttl)
    if old == '' then redis.call('SADD', KEYS[3], name) end
    if waits == '1' then redis.call('ZADD', KEYS[4], time[1], name)
    else redis.call('ZREM', KEYS[4], name) end
  end
  return {'done', run, now, life}
end
local answer = {'read', run, now, life, {}}
local alive = {}
local holders = redis.call('HGETALL', KEYS[2])
for i = 1, #holders, 2 do
  local machine = holders[i + 1]
  if alive[machine] == nil then
    alive[machine] = redis.call('EXISTS', ARGV[4] .. machine) == 1
  end
  if alive[machine] then table.insert(answer[5], holders[i]) end
end
for i = 1, count do answer[5 + i] = redis.call('GET', KEYS[4 + i]) or '' end
return answer
"""
)
"""KEYS: life, holders, index, waiting, accounts. ARGV: life, holder (empty: nobody), machine,
prefix of machines' keys, number of accounts; then for each account to write its version as it was
read (empty: none), its value, its milliseconds to live, whether anybody waits (1), its name. Writes
all or nothing; answers with what there is where it wrote nothing."""

MEMBERS: Final = (
    _BEGIN
    + """
for i = 4, #ARGV do
  if ARGV[2] == 'join' then redis.call('HSET', KEYS[2], ARGV[i], ARGV[3])
  else redis.call('HDEL', KEYS[2], ARGV[i]) end
end
return {'ok', run, now, life}
"""
)
"""KEYS: life, holders. ARGV: life, `join` or `leave`, machine, holders. Whose lives they are."""

LOOK: Final = (
    _BEGIN
    + """
local names = {}
if ARGV[2] == 'waiting' then
  names = redis.call('ZRANGEBYSCORE', KEYS[2], time[1] - ARGV[3], '+inf')
else
  names = redis.call('SMEMBERS', KEYS[2])
end
return {'names', run, now, life, names, redis.call('HGETALL', KEYS[3])}
"""
)
"""KEYS: life, index or waiting accounts, holders. ARGV: life, `waiting` or `all`, seconds. Names of
accounts, and who holds for which machine."""
