import type { LeafValue, MergeInput, Revisions, Version } from '../../src/index.ts';

/**
 * The specification of a record's state in its plainest form: one version per leaf, no base, no sparse map. What the
 * production merge keeps must say the same.
 */
export class PlainRegisters {
  readonly leaves = new Map<string, { version: Version; value: LeafValue }>();
  alive = true;
  vAlive = '' as Version;
  vRead = '' as Version;
  formula: LeafValue = null;
  vGap = '' as Version;
  vMax = '' as Version;
  /** Newest full image of the highest revision. */
  base: { revision: number; version: Version } = { revision: 0, version: '' as Version };

  constructor(told: Iterable<MergeInput>, revisions: Revisions, formulaLeaf: string) {
    for (const input of told) {
      if (input.version > this.vMax) this.vMax = input.version;
      this.#existence(input);
      this.#values(input, revisions, formulaLeaf);
      const gap =
        input.kind === 'poison' ||
        (input.kind === 'gap' && input.change !== 'delete') ||
        (input.kind === 'update' && input.diffed.length > 0);
      if (gap && input.version > this.vGap) this.vGap = input.version;
    }
  }

  #existence(input: MergeInput): void {
    if (input.kind === 'poison' || input.version <= this.vAlive) return;
    this.vAlive = input.version;
    this.alive = !(
      input.kind === 'delete' ||
      input.kind === 'read-deleted' ||
      input.kind === 'absence' ||
      (input.kind === 'gap' && input.change === 'delete')
    );
  }

  #values(input: MergeInput, revisions: Revisions, formulaLeaf: string): void {
    const revision =
      input.kind === 'create' || input.kind === 'undelete'
        ? input.revision
        : input.kind === 'read' && 'revision' in input.image
          ? input.image.revision
          : 0;
    if (revision > 0 && 'leaves' in input) {
      for (const leaf of revisions(revision)) this.#state(leaf, input.version, input.leaves[leaf] ?? null);
      const { base } = this;
      if (revision > base.revision || (revision === base.revision && input.version > base.version)) {
        this.base = { revision, version: input.version };
      }
    }
    if (input.kind === 'update') {
      for (const leaf of input.changed) {
        if (!input.diffed.includes(leaf)) this.#state(leaf, input.version, input.leaves[leaf] ?? null);
      }
    }
    if (input.kind === 'read' && input.readOnly !== null && input.version > this.vRead) {
      this.vRead = input.version;
      this.formula = input.leaves[formulaLeaf] ?? null;
    }
  }

  #state(leaf: string, version: Version, value: LeafValue): void {
    const known = this.leaves.get(leaf);
    if (known === undefined || version > known.version) this.leaves.set(leaf, { version, value });
  }
}
