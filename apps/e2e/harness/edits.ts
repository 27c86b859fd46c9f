import type { Edit } from './simulator.ts';

/** Edits on many records, some of them again and again; `round` makes every value new. */
export function edits(round: number): Edit[] {
  const id = (prefix: string, n: number): string => `${prefix}5g000000000${n}AAA`;
  return Array.from({ length: 9 }, (_, n): Edit[] => [
    {
      op: 'update',
      object: 'Account',
      id: id('001', n + 1),
      fields: { Phone: `+49 30 ${round}${n}`, Site: n % 2 === 0 ? null : `site ${round}` },
    },
    {
      op: 'update',
      object: 'Product2',
      id: id('01t', n + 1),
      fields: { Description: `${round}: "text", ${n}\nline` },
    },
    { op: 'update', object: 'PricebookEntry', id: id('01u', n + 1), fields: { UnitPrice: round + n / 100 } },
  ]).flat();
}
