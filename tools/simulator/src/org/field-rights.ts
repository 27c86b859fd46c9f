import { idOf } from './ids.ts';
import type { Org } from './org.ts';
import type { SchemaChange } from './schema.ts';

/** Keeps the FieldPermissions rows of the integration user in step with what it can see. */
export class FieldRights {
  readonly #org: Org;

  constructor(org: Org) {
    this.#org = org;
  }

  follow(): void {
    this.#org.schema.onChange((change) => {
      if (change.kind === 'added' || change.kind === 'shown') this.#grant(change);
      else if (change.kind === 'removed' || change.kind === 'hidden') this.#withdraw(change);
    });
  }

  #grant({ object, field }: SchemaChange): void {
    if (this.#rowsOf(object, field).length > 0) return;
    this.#org.transact([
      {
        op: 'create',
        object: 'FieldPermissions',
        fields: {
          ParentId: idOf('0PS', 1),
          SobjectType: object,
          Field: `${object}.${field}`,
          PermissionsRead: true,
          PermissionsEdit: false,
        },
      },
    ]);
  }

  #withdraw({ object, field }: SchemaChange): void {
    this.#org.transact(this.#rowsOf(object, field).map((id) => ({ op: 'hardDelete', id })));
  }

  #rowsOf(object: string, field: string): string[] {
    const snapshot = this.#org.truth();
    const rights = snapshot.table('FieldPermissions');
    const rows = rights
      .find('Field', `${object}.${field}`)
      .map((ordinal) => String(rights.column('Id')(ordinal)));
    snapshot.release();
    return rows;
  }
}
