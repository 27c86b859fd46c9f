import type { MirroredObjectName } from '../sobject/mirrored-object.ts';

/** A schema of change events as it was met. */
export interface KeptSchema {
  readonly body: string;
  /** null before one of its events was applied. */
  readonly revision: number | null;
}

/**
 * Schemas of change events. A schema never changes under its id, so one that was met is never asked for again, and
 * logged bytes stay readable when Salesforce has forgotten the schema or is away.
 */
export interface EventSchemas {
  find(schemaId: string): Promise<KeptSchema | undefined>;
  remember(schemaId: string, body: string): Promise<void>;
  /** The leaf set that events of the schema are merged under. */
  rememberRevision(schemaId: string, object: MirroredObjectName, revision: number): Promise<void>;
}
