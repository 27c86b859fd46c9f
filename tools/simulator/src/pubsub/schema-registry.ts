import type { Org } from '../org/org.ts';
import { changeEventSchema, type ChangeEventSchema } from './change-event-schema.ts';
import { EventCodec } from './event-codec.ts';
import type { SchemaShape } from './pubsub-knobs.ts';

export interface RegisteredSchema {
  readonly schema: ChangeEventSchema;
  readonly codec: EventCodec;
}

interface Current extends RegisteredSchema {
  readonly revision: number;
  readonly shape: SchemaShape;
}

/** Schemas of change events: the current one of each object, and every earlier one under its id. */
export class SchemaRegistry {
  readonly #org: Org;
  readonly #byId = new Map<string, ChangeEventSchema>();
  readonly #current = new Map<string, Current>();
  #shape: SchemaShape;

  constructor(org: Org, shape: SchemaShape) {
    this.#org = org;
    this.#shape = shape;
  }

  /** Another shape for every object from now on. */
  reshape(shape: SchemaShape): void {
    this.#shape = shape;
  }

  /** A change of the object's fields, of their visibility or of the shape gives a new schema with a new id. */
  current(object: string): RegisteredSchema | undefined {
    const described = this.#org.schema.object(object);
    if (described === undefined) return undefined;
    const known = this.#current.get(object);
    if (known?.revision === described.revision && known.shape === this.#shape) return known;
    const schema = changeEventSchema(
      described,
      (name) => this.#org.schema.isHidden(object, name),
      this.#shape,
    );
    const codec = known?.schema.id === schema.id ? known.codec : new EventCodec(schema);
    const entry = { schema, codec, revision: described.revision, shape: this.#shape };
    this.#byId.set(schema.id, schema);
    this.#current.set(object, entry);
    return entry;
  }

  byId(id: string): ChangeEventSchema | undefined {
    return this.#byId.get(id);
  }
}
