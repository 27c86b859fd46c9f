import {
  mirroredObjectNames,
  UmbraError,
  type DecoderFactory,
  type EventRevision,
  type EventSchemas,
  type ShadowStore,
} from '@umbra/domain';
import type { KnownSchema } from '../ingest/schema-book.ts';

export type ReadySchema = KnownSchema & { readonly revision: EventRevision };

/**
 * Schemas of events as they were kept, each with the leaf set that its events were merged under: all that is needed to
 * read logged bytes again, without asking Salesforce.
 */
export class KeptSchemaBook {
  readonly #schemas: Pick<EventSchemas, 'find'>;
  readonly #store: Pick<ShadowStore, 'leavesOf'>;
  readonly #createDecoder: DecoderFactory;
  /** null: its events were never applied, or are about an object that is not mirrored. */
  readonly #known = new Map<string, ReadySchema | null>();

  constructor(
    schemas: Pick<EventSchemas, 'find'>,
    store: Pick<ShadowStore, 'leavesOf'>,
    createDecoder: DecoderFactory,
  ) {
    this.#schemas = schemas;
    this.#store = store;
    this.#createDecoder = createDecoder;
  }

  /** @throws UmbraError STORE_* */
  async prepare(schemaIds: Iterable<string>): Promise<void> {
    for (const schemaId of new Set(schemaIds))
      if (!this.#known.has(schemaId)) this.#known.set(schemaId, await this.#load(schemaId));
  }

  /** @returns undefined when there is nothing to merge in its events. Call after `prepare`. */
  ready(schemaId: string): ReadySchema | undefined {
    return this.#known.get(schemaId) ?? undefined;
  }

  async #load(schemaId: string): Promise<ReadySchema | null> {
    const kept = await this.#schemas.find(schemaId);
    if (kept === undefined) {
      throw new UmbraError('SYNC_NOTHING_KEPT', 'the schema of a logged event was not kept', {
        details: { schemaId },
      });
    }
    const decoder = this.#createDecoder(kept.body);
    const object = mirroredObjectNames.find((name) => name === decoder.entityName);
    if (object === undefined || kept.revision === null) return null;
    const leaves = await this.#store.leavesOf(object, kept.revision);
    return { decoder, object, revision: { revision: kept.revision, leaves } };
  }
}
