export { migrate, type MigrateOptions } from './migrate.ts';
export { writeSnapshot } from './snapshot.ts';
export { createStore, openStore, type Store, type StoreOptions } from './store.ts';
export type { OldestRow } from './oldest-rows.ts';
export type { ParkedFilter, ParkedRecord, ShadowInspection } from './shadow-inspection.ts';
export type { KnownOrg, OrgMemory } from './org-memory.ts';
export { STORE, StoreModule } from './store.module.ts';
export { FolderArchive } from './archive/folder-archive.ts';
