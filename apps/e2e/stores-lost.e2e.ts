import { logWithoutRoom } from './faults/log-without-room.ts';
import { postgresLost } from './faults/postgres-lost.ts';
import { redisLost } from './faults/redis-lost.ts';
import { runFaults } from './faults/run-faults.ts';

runFaults('PostgreSQL and Redis may go and come back: nothing is lost', [
  ...postgresLost,
  ...logWithoutRoom,
  ...redisLost,
]);
