export { MemoryCache } from './cache/memory-cache.ts';
export { MemoryLoadClaims } from './cache/memory-load-claims.ts';
export { MemoryNearCache } from './cache/memory-near-cache.ts';
export { nearCacheContract, type NearCacheUnderTest } from './cache/near-cache-contract.ts';
export { sharedCacheContract, type CacheUnderTest } from './cache/shared-cache-contract.ts';
export { testServices, type TestServices } from './services.ts';
export { openTestRedis, type TestRedis } from './redis/test-redis.ts';
export { startOwnRedis, type OwnRedis } from './redis/own-redis.ts';
export { startOwnPostgres, type OwnPostgres, type Stop } from './postgres/own-postgres.ts';
export { FaultProxy, type Fault } from './proxy/fault-proxy.ts';
export { FakeClock } from './time/fake-clock.ts';
export { RecordingLog, type LogLine } from './observe/recording-log.ts';
export { RecordingMeter } from './observe/recording-meter.ts';
export { withEmptyDatabase, withTestDatabase, type TestDatabase } from './database/test-database.ts';
export type { Migrate } from './database/template.ts';
export { freshRecordId, recordId } from './builders/record-ids.ts';
export { builtVersion, type ShadowRow } from './builders/shadow-row.ts';
export { buildProduct2, insertProduct2, product2Row } from './builders/product2.ts';
export {
  buildPricebookEntry,
  builtPricebookId,
  insertPricebookEntry,
  pricebookEntryRow,
} from './builders/pricebook-entry.ts';
export { accountRow, buildAccount, insertAccount } from './builders/account.ts';
export { MemoryOrg, type Step } from './salesforce/memory-org.ts';
export { field, smallOrg } from './salesforce/org-schema.ts';
export { smallOrgFieldMap } from './salesforce/small-org-field-map.ts';
export { startSimulatedOrg, type SimulatedOrg } from './salesforce/simulated-org.ts';
export {
  batchesOf,
  misplaced,
  placementCase,
  placementLeaves,
  type PlacementCase,
} from './sync/placement-case.ts';
export { buildProgram, startProgram, type EndedProgram, type StartedProgram } from './process/program.ts';
export { newAuthority, type Authority, type Certificate } from './tls/certificates.ts';
export { tlsContract, type TlsClient } from './tls/tls-contract.ts';
export {
  plantDrift,
  plantedKinds,
  type PlantedDrift,
  type PlantedKind,
  type PlantingGround,
} from './salesforce/plant-drift.ts';
