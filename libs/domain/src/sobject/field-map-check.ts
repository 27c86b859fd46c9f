import type { ObjectDescribe } from './describe.ts';
import { leafSchemaOf } from './leaf-schema.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { bindColumns, type ProjectionRules } from './projection-columns.ts';

export interface FieldMapFindings {
  /** One sentence each; any of them stops the start. */
  readonly problems: readonly string[];
  /** Worth a line in the log at start. */
  readonly warnings: readonly string[];
}

/** Single-character edits that make one name of the other, ignoring case. */
function distance(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to three of the names, most alike first. */
export function nearestNames(wanted: string, names: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, far: distance(wanted, name) }))
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/**
 * Compares what the shadow columns need with what the org shows. A field that is missing here would not fail the
 * backfill: every record would quietly wait aside, which is worse.
 */
export function checkFieldMap(
  object: MirroredObject,
  rules: ProjectionRules,
  describe: ObjectDescribe,
): FieldMapFindings {
  const problems: string[] = [];
  const warnings: string[] = [];
  const schema = leafSchemaOf(object, describe);
  const leaves = new Map(schema.leaves.map((leaf) => [leaf.name, leaf]));
  for (const column of bindColumns(object, rules)) {
    const leaf = leaves.get(column.leaf);
    const where =
      column.mapped === true ? `${object.name}.${column.column} in the field map` : `Column ${column.column}`;
    if (leaf !== undefined) {
      const formula = describe.fields.some((field) => field.name === column.leaf && field.calculated);
      if (formula) {
        warnings.push(
          `${where} comes from the formula ${object.name}.${column.leaf}: it changes without a change event, so it is as fresh as the last read.`,
        );
      }
      continue;
    }
    if (column.fallback !== null) continue;
    const present = describe.fields.some((field) => field.name === column.leaf);
    problems.push(
      present
        ? `${where} names ${object.name}.${column.leaf}, which is a compound or binary field; name one of its parts.`
        : `${where} needs ${object.name}.${column.leaf}, which the org lacks or hides from the integration user. Nearest names: ${nearestNames(
            column.leaf,
            schema.leaves.map(({ name }) => name),
          ).join(', ')}.`,
    );
  }
  return { problems, warnings };
}
