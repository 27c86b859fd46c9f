import { account } from './account.sobject.ts';
import type { MirroredObject, MirroredObjectName } from './mirrored-object.ts';
import { pricebookEntry } from './pricebook-entry.sobject.ts';
import { product2 } from './product2.sobject.ts';

/** Every mirrored object. */
export const mirroredObjects: Readonly<Record<MirroredObjectName, MirroredObject>> = {
  Product2: product2,
  PricebookEntry: pricebookEntry,
  Account: account,
};

/** Parents before their children: the order of a backfill, and of locks. */
export const mirroredObjectNames: readonly MirroredObjectName[] = ['Product2', 'PricebookEntry', 'Account'];

export function isMirroredObjectName(text: string): text is MirroredObjectName {
  return (mirroredObjectNames as readonly string[]).includes(text);
}

/** The object that has this one as its parent, and so must be moved aside before its records leave. */
export function childOf(parent: MirroredObjectName): MirroredObject | undefined {
  return mirroredObjectNames
    .map((name) => mirroredObjects[name])
    .find((object) => object.parent?.object === parent);
}
