import type { ProjectionRules } from '@umbra/domain';
import { RecordingLog, smallOrgFieldMap } from '@umbra/testing';
import { Mirror } from '../src/index.ts';
import { MemoryShadow } from './memory-shadow.ts';

export interface MemoryMirror {
  readonly mirror: Mirror;
  readonly shadow: MemoryShadow;
  readonly log: RecordingLog;
  readonly invalidated: string[];
}

export function memoryMirror(
  rules: ProjectionRules = { fieldMap: smallOrgFieldMap, defaultCurrency: null },
  shadow = new MemoryShadow(),
): MemoryMirror {
  const log = new RecordingLog();
  const invalidated: string[] = [];
  const cache = {
    invalidate: (scopes: readonly string[]) => {
      invalidated.push(...scopes);
      return Promise.resolve();
    },
    invalidateAllCatalogs: () => Promise.resolve(),
  };
  return { mirror: new Mirror({ store: shadow, cache, rules, log }), shadow, log, invalidated };
}
