import {
  isUmbraError,
  leafSchemaOf,
  mirroredObjectNames,
  mirroredObjects,
  UmbraError,
  type ChangeDecoder,
  type ChangeSource,
  type Clock,
  type DecoderFactory,
  type EventRevision,
  type EventSchemas,
  type MirroredObjectName,
  type RecordSource,
  type ShadowStore,
} from '@umbra/domain';

/** What the events of one schema mean for the mirror. */
export interface KnownSchema {
  readonly decoder: ChangeDecoder;
  /** Undefined when the events are about an object that is not mirrored. */
  readonly object: MirroredObjectName | undefined;
}

export interface SchemaBookOptions {
  readonly source: Pick<ChangeSource, 'schema'>;
  readonly createDecoder: DecoderFactory;
  readonly records: Pick<RecordSource, 'describe'>;
  readonly store: Pick<ShadowStore, 'schemaRevision'>;
  /** Where schemas are kept, so that each is fetched once in the life of the mirror. Left out: once per process. */
  readonly kept?: EventSchemas;
  readonly clock: Clock;
  /** For so long a schema that could not be had is not asked for again, in milliseconds: one call, not one per event. */
  readonly retryAfterMs?: number;
}

const RETRY_AFTER_MS = 2_000;

/**
 * Schemas of change events by their id, each fetched once: a schema never changes under its id, and an event is read
 * with the schema that it names and no other.
 *
 * The revision (which leaves the mirror keeps a version of) needs describe as well, since a schema does not tell a
 * formula from a field. It is asked for when events are applied; storing them never waits for it.
 */
export class SchemaBook {
  readonly #options: SchemaBookOptions;
  readonly #schemas = new Map<string, KnownSchema>();
  readonly #revisions = new Map<string, EventRevision>();
  /** Texts of schemas whose revision is not known yet. */
  readonly #bodies = new Map<string, string>();
  readonly #failures = new Map<string, { readonly error: UmbraError; readonly until: number }>();

  constructor(options: SchemaBookOptions) {
    this.#options = options;
  }

  /** @throws UmbraError SF_SCHEMA_UNKNOWN, SF_EVENT_UNDECODABLE, SF_UNAVAILABLE */
  async schema(schemaId: string): Promise<KnownSchema> {
    const known = this.#schemas.get(schemaId);
    if (known !== undefined) return known;
    const { clock, createDecoder, retryAfterMs = RETRY_AFTER_MS } = this.#options;
    const failed = this.#failures.get(schemaId);
    if (failed !== undefined && failed.until > clock.monotonic()) throw failed.error;
    try {
      const decoder = createDecoder(await this.#body(schemaId));
      const object = mirroredObjectNames.find((name) => name === decoder.entityName);
      const schema = { decoder, object };
      this.#schemas.set(schemaId, schema);
      this.#failures.delete(schemaId);
      return schema;
    } catch (error) {
      if (!isUmbraError(error)) throw error;
      this.#failures.set(schemaId, { error, until: clock.monotonic() + retryAfterMs });
      throw error;
    }
  }

  /** The schema and revision, if both are at hand. */
  ready(schemaId: string): (KnownSchema & { readonly revision: EventRevision }) | undefined {
    const schema = this.#schemas.get(schemaId);
    const revision = this.#revisions.get(schemaId);
    return schema === undefined || revision === undefined ? undefined : { ...schema, revision };
  }

  /**
   * Makes a schema ready. Leaves that describe does not list are hidden from the integration user and not mirrored.
   * @throws UmbraError as `schema`, and what describe and the store throw
   */
  async prepare(schemaId: string): Promise<EventRevision> {
    const known = this.#revisions.get(schemaId);
    if (known !== undefined) return known;
    const { decoder, object } = await this.schema(schemaId);
    if (object === undefined) {
      throw new UmbraError('SF_EVENT_UNDECODABLE', 'the schema is of an object that is not mirrored');
    }
    const { stored } = leafSchemaOf(mirroredObjects[object], await this.#options.records.describe(object));
    const carried = new Set(decoder.leaves);
    const leaves = stored.filter((leaf) => carried.has(leaf));
    const number = await this.#options.store.schemaRevision(object, leaves);
    const body = this.#bodies.get(schemaId);
    if (body !== undefined) await this.#options.kept?.remember(schemaId, { body, object, revision: number });
    this.#bodies.delete(schemaId);
    const revision = { revision: number, leaves: new Set(leaves) };
    this.#revisions.set(schemaId, revision);
    return revision;
  }

  /** A database that is away for a moment must not make an event unreadable: then the schema is fetched as ever. */
  async #body(schemaId: string): Promise<string> {
    const { kept, source } = this.#options;
    const known = await kept?.find(schemaId).catch(ignoreWeather);
    const body = known?.body ?? (await source.schema(schemaId));
    this.#bodies.set(schemaId, body);
    if (known === undefined)
      await kept?.remember(schemaId, { body, object: null, revision: null }).catch(ignoreWeather);
    return body;
  }
}

/** @throws whatever is no fault of the store */
function ignoreWeather(error: unknown): undefined {
  if (!isUmbraError(error) || !error.code.startsWith('STORE_')) throw error;
  return undefined;
}
