import type { FieldSchema, ObjectSchema, Schema } from '../../org/schema.ts';
import { apiError } from '../http/api-error.ts';
import { at } from './position.ts';

/** A dot path of the statement, resolved: names in the org's spelling. */
export interface BoundPath {
  /** `Product2.StockKeepingUnit`, as the org's columns are called. */
  readonly path: string;
  /** The relationships walked, outermost first; empty for a field of the object itself. */
  readonly steps: readonly { readonly name: string; readonly object: ObjectSchema }[];
  readonly field: FieldSchema;
  /** Owner of the field. */
  readonly object: ObjectSchema;
}

/** Salesforce follows at most five relationships upwards. */
const MAX_STEPS = 5;

export class PathBinder {
  private readonly schema: Schema;
  private readonly object: ObjectSchema;
  private readonly alias: string | undefined;
  private readonly text: string;

  constructor(schema: Schema, object: ObjectSchema, alias: string | undefined, text: string) {
    this.schema = schema;
    this.object = object;
    this.alias = alias?.toLowerCase();
    this.text = text;
  }

  /** @throws ApiError 400 `INVALID_FIELD` in Salesforce's words for a name the caller cannot see */
  bind(path: string): BoundPath {
    const names = path.split('.');
    const first = names[0]?.toLowerCase();
    if (names.length > 1 && (first === this.alias || first === this.object.name.toLowerCase())) names.shift();
    const fieldName = names.pop() ?? '';
    const steps: { name: string; object: ObjectSchema }[] = [];
    let owner = this.object;
    for (const name of names) {
      owner = this.parent(owner, name, path);
      steps.push({ name: this.relationshipName(steps.at(-1)?.object ?? this.object, name), object: owner });
    }
    if (steps.length > MAX_STEPS)
      throw this.invalidField(
        path,
        `SOQL statements cannot query parent relationships more than ${MAX_STEPS} levels away from the root entity object.`,
      );
    const field = this.field(owner, fieldName);
    if (field === undefined) throw this.noSuchColumn(path, fieldName, owner);
    return { path: [...steps.map((step) => step.name), field.name].join('.'), steps, field, object: owner };
  }

  /** The visible field, undefined when unknown or hidden by field-level security: both look alike from outside. */
  field(object: ObjectSchema, name: string): FieldSchema | undefined {
    const field = object.field(name);
    return field === undefined || this.schema.isHidden(object.name, field.name) ? undefined : field;
  }

  private reference(object: ObjectSchema, relationship: string): FieldSchema | undefined {
    const wanted = relationship.toLowerCase();
    return object.fields.find(
      (field) =>
        field.relationshipName?.toLowerCase() === wanted && !this.schema.isHidden(object.name, field.name),
    );
  }

  private relationshipName(object: ObjectSchema, name: string): string {
    return this.reference(object, name)?.relationshipName ?? name;
  }

  private parent(object: ObjectSchema, name: string, path: string): ObjectSchema {
    const target = this.reference(object, name)?.referenceTo?.find(
      (to) => this.schema.object(to) !== undefined,
    );
    const parent = target === undefined ? undefined : this.schema.object(target);
    if (parent === undefined)
      throw this.invalidField(
        path,
        `Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
      );
    return parent;
  }

  private noSuchColumn(path: string, name: string, object: ObjectSchema): Error {
    return this.invalidField(
      path,
      `No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  }

  invalidField(word: string, detail: string): Error {
    return apiError(400, 'INVALID_FIELD', at(this.text, word, detail));
  }
}
