/** What a run stands on, without anything of jest: for programs that torture the product outside of it. */
export { testServices, type TestServices } from './services.ts';
export { withMigratedDatabase, type TestDatabase } from './database/test-database.ts';
export { openTestRedis, type TestRedis } from './redis/test-redis.ts';
export { startOwnRedis, type OwnRedis } from './redis/own-redis.ts';
export { startOwnPostgres, type OwnPostgres, type Stop } from './postgres/own-postgres.ts';
export { compileCache } from './process/compile-cache.ts';
export { freePort } from './process/free-port.ts';
export { endedWithUs } from './process/ended-with-us.ts';
export { FaultProxy, type Fault } from './proxy/fault-proxy.ts';
export {
  plantDrift,
  plantedKinds,
  type PlantedDrift,
  type PlantedKind,
  type PlantingGround,
} from './salesforce/plant-drift.ts';
