import type { Org } from '../org/org.ts';
import { changeEventSchema, type ChangeEventSchema, type SchemaShape } from './change-event-schema.ts';
import { EventCodec } from './event-codec.ts';

export interface RegisteredSchema {
  readonly schema: ChangeEventSchema;
  readonly codec: EventCodec;
}

/** Schemas of change events: the current one of each object, and every earlier one under its id. */
export class SchemaRegistry {
  readonly #org: Org;
  readonly #shape: () => SchemaShape;
  readonly #byId = new Map<string, ChangeEventSchema>();
  readonly #current = new Map<string, RegisteredSchema & { readonly key: string }>();

  constructor(org: Org, shape: () => SchemaShape) {
    this.#org = org;
    this.#shape = shape;
  }

  /** A change of the object's fields, of their visibility or of the shape gives a new schema with a new id. */
  current(object: string): RegisteredSchema | undefined {
    const described = this.#org.schema.object(object);
    if (described === undefined) return undefined;
    const { snapshotChangeType, addressChildren, personNameUnion, schemaKeyOrder, formulaInEvents } =
      this.#shape();
    const shape = { snapshotChangeType, addressChildren, personNameUnion, schemaKeyOrder, formulaInEvents };
    const hidden = described.fields
      .filter(({ name }) => this.#org.schema.isHidden(object, name))
      .map(({ name }) => name);
    const key = JSON.stringify([described.revision, hidden, shape]);
    const known = this.#current.get(object);
    if (known?.key === key) return known;
    const schema = changeEventSchema(described, (name) => hidden.includes(name), shape);
    const entry = { key, schema, codec: new EventCodec(schema) };
    this.#byId.set(schema.id, schema);
    this.#current.set(object, entry);
    return entry;
  }

  byId(id: string): ChangeEventSchema | undefined {
    return this.#byId.get(id);
  }
}
