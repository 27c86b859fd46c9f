import type { RowWrite } from './traces.ts';

/** Version of a leaf: its own where it has one above the newest full image. Encoded versions are ordered as text. */
function versionOf({ v_base, v_fields }: RowWrite, leaf: string): string {
  const own = v_fields[leaf] ?? '';
  return own > v_base ? own : v_base;
}

/**
 * Did any stored version ever fall? Per record and leaf, for existence, and for the newest version ever merged.
 * @param writes by record, in the order of commit
 * @returns what speaks against it
 */
export function fallingVersions(writes: readonly RowWrite[]): string[] {
  const found: string[] = [];
  let before: RowWrite | undefined;
  for (const now of writes) {
    const isSame = before?.object === now.object && before.record_id === now.record_id;
    if (before !== undefined && isSame) {
      const leaves = new Set([...Object.keys(before.v_fields), ...Object.keys(now.v_fields), '']);
      const fallen = [...leaves].filter((leaf) => versionOf(now, leaf) < versionOf(before as RowWrite, leaf));
      if (now.v_alive < before.v_alive) fallen.push('its existence');
      if (now.v_max < before.v_max) fallen.push('its newest version');
      for (const what of fallen)
        found.push(`${now.object} ${now.record_id}: ${what || 'its full image'} fell in write ${now.n}`);
    }
    before = now;
  }
  return found;
}
