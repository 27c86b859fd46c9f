import type { MirroredObjectName } from '../sobject/mirrored-object.ts';

/** A schema of change events as it was met. */
export interface KeptSchema {
  readonly body: string;
  /** null before one of its events was applied, like the revision. */
  readonly object: MirroredObjectName | null;
  /** The leaf set that events of the schema are merged under. */
  readonly revision: number | null;
}

/**
 * Schemas of change events. A schema never changes under its id, so one that was met is never asked for again, and
 * logged bytes stay readable when Salesforce has forgotten the schema or is away.
 */
export interface EventSchemas {
  find(schemaId: string): Promise<KeptSchema | undefined>;
  /** What is known already stays, but for what is null there. A later revision replaces the one before. */
  remember(schemaId: string, schema: KeptSchema): Promise<void>;
}
