import type { SfValue } from '../../org/record.ts';
import type { ObjectSchema } from '../../org/schema.ts';
import type { TableView } from '../../org/table-view.ts';
import type { BoundPath } from './bind-path.ts';

/** A record of a REST answer: `attributes`, leaves, compounds as objects, parents as records of their own. */
export interface RestRecord {
  readonly attributes: { readonly type: string; readonly url?: string };
  readonly [field: string]: unknown;
}

interface Node {
  readonly object: ObjectSchema;
  readonly id: (ordinal: number) => SfValue;
  readonly parts: Map<string, Part>;
}

type Part =
  | { readonly kind: 'leaf'; readonly read: (ordinal: number) => SfValue }
  | {
      readonly kind: 'compound';
      readonly parts: readonly (readonly [key: string, read: (ordinal: number) => SfValue])[];
    }
  | { readonly kind: 'parent'; readonly node: Node };

/**
 * Compiles a select list into a function from ordinal to answer record. A parent that is absent is null, as is a
 * compound of which every component is null.
 */
export function recordShape(
  object: ObjectSchema,
  columns: readonly BoundPath[],
  table: TableView,
  apiVersion: string,
): (ordinal: number) => RestRecord {
  const root: Node = { object, id: table.column('Id'), parts: new Map() };
  for (const column of columns) place(root, column, table);
  return (ordinal) => renderNode(root, ordinal, apiVersion);
}

function place(root: Node, column: BoundPath, table: TableView): void {
  let node = root;
  const walked: string[] = [];
  for (const step of column.steps) {
    walked.push(step.name);
    let part = node.parts.get(step.name);
    if (part?.kind !== 'parent') {
      part = {
        kind: 'parent',
        node: { object: step.object, id: table.column([...walked, 'Id'].join('.')), parts: new Map() },
      };
      node.parts.set(step.name, part);
    }
    node = part.node;
  }
  node.parts.set(
    column.field.name,
    column.field.compound
      ? compound(column, walked, table)
      : { kind: 'leaf', read: table.column(column.path) },
  );
}

function compound(column: BoundPath, walked: readonly string[], table: TableView): Part {
  const prefix = column.field.name.replace(/Address$|__c$/u, '');
  const parts = column.object.fields
    .filter((field) => field.compoundFieldName === column.field.name)
    .map((field) => {
      const rest = field.name.startsWith(prefix) ? field.name.slice(prefix.length) : field.name;
      const key = rest.charAt(0).toLowerCase() + rest.slice(1);
      return [key, table.column([...walked, field.name].join('.'))] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'compound', parts };
}

function renderNode(node: Node, ordinal: number, apiVersion: string): RestRecord {
  const { name } = node.object;
  const record: Record<string, unknown> & RestRecord = {
    attributes: {
      type: name,
      url: `/services/data/v${apiVersion}/sobjects/${name}/${String(node.id(ordinal))}`,
    },
  };
  for (const [key, part] of node.parts) record[key] = renderPart(part, ordinal, apiVersion);
  return record;
}

function renderPart(part: Part, ordinal: number, apiVersion: string): unknown {
  switch (part.kind) {
    case 'leaf':
      return part.read(ordinal);
    case 'compound': {
      const values = part.parts.map(([key, read]) => [key, read(ordinal)] as const);
      return values.every(([, value]) => value === null) ? null : Object.fromEntries(values);
    }
    case 'parent':
      return part.node.id(ordinal) === null ? null : renderNode(part.node, ordinal, apiVersion);
  }
}
