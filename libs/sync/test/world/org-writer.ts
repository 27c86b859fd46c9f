import { mirroredObjectNames, type Leaves, type MirroredObjectName, type ReceivedEvent } from '@umbra/domain';
import type { MemoryOrg } from '@umbra/testing';
import type { MemoryBus, PublishedChange } from './memory-bus.ts';
import { built, diffedLeaf, objectOf, streamed, topicOf } from './streamed-objects.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Topic of the products. */
export const TOPIC = topicOf('Product2');

export type Telling = 'told' | 'gap' | 'diff' | 'undecodable' | 'late' | 'overflow' | 'wildcard' | 'untold';

/** What a record was after one of its commits. */
export interface Moment {
  readonly at: number;
  readonly alive: boolean;
  readonly leaves: Leaves;
}

/** An event that the bus keeps back for longer than anybody may assume. */
interface LateEvent {
  readonly object: MirroredObjectName;
  readonly change: PublishedChange;
  /** On the bus at last. */
  event?: ReceivedEvent;
  /** Epoch of the mirror in which it was lost for good. */
  lostIn?: number;
}

/** Edits records of the org and tells the bus of them, rightly or not. It keeps the truth. */
export class OrgWriter {
  readonly history = new Map<string, Moment[]>();
  /** Id of the schema that events of products have now. */
  shape = 's1';
  /** How long before they can be seen commits are stamped, in milliseconds. */
  backdated = 0;
  readonly #org: MemoryOrg;
  readonly #bus: MemoryBus;
  readonly #clock: VirtualClock;
  #commit = 1_778_192_987_716_501_500n;
  #sequence = 0;
  #held: LateEvent[] = [];
  /** Late ones that the mirror has not come past. */
  #unheard: LateEvent[] = [];
  /** Prices that went with their product, by product. */
  readonly #fallen = new Map<string, readonly string[]>();

  constructor(org: MemoryOrg, bus: MemoryBus, clock: VirtualClock) {
    this.#org = org;
    this.#bus = bus;
    this.#clock = clock;
    for (const object of mirroredObjectNames) bus.schemas.set(this.#shapeOf(object), schemaOf(object));
  }

  /** From now on what nobody could read can be read. */
  reveal(): void {
    for (const object of mirroredObjectNames) this.#bus.schemas.set(hiddenShape(object), schemaOf(object));
  }

  /** Numbers begin anew, in another instance. */
  migrate(): void {
    this.#commit = 1000n;
    // What the old instance never published, nobody publishes any more.
    this.#held = [];
    this.#org.facts = { ...this.#org.facts, instance: `${this.#org.facts.instance}x` };
  }

  /**
   * A create of an unknown record, an undelete of a deleted one, else a change of these leaves. A product that comes
   * back brings the prices that went with it. A price cannot be saved while its product is not there.
   */
  save(id: string, changes: Leaves, telling: Telling): void {
    const object = objectOf(id);
    const row = this.#org.tableOf(object).get(id);
    const parent = (row ?? changes)['Product2Id'];
    if (object === 'PricebookEntry' && !this.#isThere(String(parent))) return;
    this.#begin();
    const at = this.#second();
    const stamps = { LastModifiedDate: at, SystemModstamp: at };
    if (row === undefined) {
      const leaves = built(object, { Id: id, CreatedDate: at, ...stamps, ...changes });
      this.#commitRow(id, leaves, 'CREATE', leaves, Object.keys(leaves), telling);
    } else if (row['IsDeleted'] === true) {
      for (const one of [id, ...(this.#fallen.get(id) ?? [])]) this.#restore(one, stamps, telling);
      this.#fallen.delete(id);
    } else {
      const leaves = { ...row, ...stamps, ...changes };
      const changed = [...Object.keys(changes), 'LastModifiedDate'];
      this.#commitRow(id, leaves, 'UPDATE', leaves, changed, telling);
    }
  }

  /** The prices of a product go with it, in the same commit. */
  remove(id: string, telling: Telling): void {
    if (!this.#isThere(id)) return;
    const prices = [...this.#org.tableOf('PricebookEntry')].flatMap(([priceId, price]) =>
      price['Product2Id'] === id && price['IsDeleted'] !== true ? [priceId] : [],
    );
    this.#begin();
    this.#fallen.set(id, prices);
    const at = this.#second();
    for (const one of [id, ...prices]) {
      const row = { ...this.#org.tableOf(objectOf(one)).get(one), IsDeleted: true, SystemModstamp: at };
      this.#commitRow(one, row, 'DELETE', {}, [], telling);
    }
  }

  /** Gone for good, past the bin; no event tells of it. */
  erase(id: string): void {
    const table = this.#org.tableOf(objectOf(id));
    const row = table.get(id);
    if (row === undefined) return;
    table.delete(id);
    this.#remember(id, { ...row, IsDeleted: true });
  }

  /**
   * Whether something happened that nobody could know of: the bus keeps it back although it has sent what is newer, has
   * sent it to nobody yet, or has lost it and the mirror has not begun the epoch whose reads make up for that.
   * @param position behind everything that the mirror has stored; null: in this epoch it has stored nothing
   */
  isUnknowable(object: MirroredObjectName, position: Uint8Array | null, epoch: number): boolean {
    this.#unheard = this.#unheard.filter((late) => {
      if (late.object !== object) return true;
      const { event, lostIn } = late;
      if (lostIn !== undefined) return lostIn === epoch;
      return event === undefined || position === null || isBehind(event.replayId, position);
    });
    return this.#unheard.some((late) => late.object === object);
  }

  /** Notes which late events nobody will hear of any more, after the bus has forgotten some. */
  noteLosses(epochOf: (object: MirroredObjectName) => number): void {
    for (const late of this.#unheard) {
      const left = this.#bus.topic(topicOf(late.object));
      const comes = late.event === undefined ? this.#held.includes(late) : left.includes(late.event);
      if (!comes) late.lostIn ??= epochOf(late.object);
    }
  }

  /**
   * The records as a replica shows them that has seen every commit up to an instant, whole seconds of commit time at
   * once: what was committed within one second cannot be told apart by its times.
   */
  asOf(object: string, instant: number): ReadonlyMap<string, Leaves> {
    const before = Math.floor(instant / 1000) * 1000;
    const seen = new Map<string, Leaves>();
    for (const [id, moments] of this.history) {
      if (objectOf(id) !== object) continue;
      const last = moments.findLast(({ at }) => at < before);
      if (last !== undefined) seen.set(id, last.leaves);
    }
    return seen;
  }

  /** Publishes what was held back. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const late of held) {
      late.event = this.#bus.eventOf(this.#shapeOf(late.object), late.change);
      this.#bus.publish(topicOf(late.object), late.event);
    }
  }

  #isThere(id: string): boolean {
    const row = this.#org.tableOf(objectOf(id)).get(id);
    return row !== undefined && row['IsDeleted'] !== true;
  }

  #restore(id: string, stamps: Leaves, telling: Telling): void {
    const leaves = { ...this.#org.tableOf(objectOf(id)).get(id), ...stamps, IsDeleted: false };
    this.#commitRow(id, leaves, 'UNDELETE', leaves, Object.keys(leaves), telling);
  }

  /** The next changes are of one new commit. */
  #begin(): void {
    this.#commit += 3n;
    this.#sequence = 0;
  }

  #commitRow(
    id: string,
    row: Leaves,
    changeType: string,
    told: Leaves,
    changed: readonly string[],
    telling: Telling,
  ): void {
    this.#org.now = this.#clock.now();
    const object = objectOf(id);
    this.#org.tableOf(object).set(id, row);
    this.#remember(id, row);
    const header = {
      recordIds: [id],
      changeType,
      sequenceNumber: ++this.#sequence,
      commitTimestamp: this.#second(),
      commitNumber: this.#commit,
    };
    const stated = changed.filter((leaf) => streamed[object].includes(leaf));
    const nulled = stated.filter((leaf) => row[leaf] === null);
    const leaves = Object.fromEntries(
      Object.entries(told).filter(([leaf, value]) => streamed[object].includes(leaf) && value !== null),
    );
    this.#tell(object, { header, leaves, changed: stated, nulled }, telling);
  }

  #tell(object: MirroredObjectName, change: PublishedChange, telling: Telling): void {
    const { header } = change;
    const none = { leaves: {}, changed: [], nulled: [] };
    switch (telling) {
      case 'untold':
        return;
      case 'late': {
        const late = { object, change };
        this.#held.push(late);
        this.#unheard.push(late);
        return;
      }
      case 'gap':
        return this.#publish(object, {
          ...none,
          header: { ...header, changeType: `GAP_${header.changeType}` },
        });
      case 'overflow':
        return this.#publish(object, {
          ...none,
          header: { ...header, changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] },
        });
      case 'wildcard':
        return this.#publish(object, {
          ...none,
          header: { ...header, recordIds: [`${header.recordIds[0]?.slice(0, 3) ?? ''}*`] },
        });
      case 'diff': {
        const long = diffedLeaf[object] ?? '';
        const isUpdate = header.changeType === 'UPDATE' && change.changed?.includes(long) === true;
        const leaves = Object.fromEntries(Object.entries(change.leaves).filter(([leaf]) => leaf !== long));
        return this.#publish(object, isUpdate ? { ...change, leaves, diffed: [long] } : change);
      }
      case 'undecodable':
        return this.#publish(object, change, hiddenShape(object));
      case 'told':
        return this.#publish(object, change);
    }
  }

  #publish(object: MirroredObjectName, change: PublishedChange, schemaId = this.#shapeOf(object)): void {
    this.#bus.publish(topicOf(object), this.#bus.eventOf(schemaId, change));
  }

  #shapeOf(object: MirroredObjectName): string {
    return object === 'Product2' ? this.shape : `s1-${object}`;
  }

  #remember(id: string, row: Leaves): void {
    const moment = { at: this.#clock.now().getTime(), alive: row['IsDeleted'] !== true, leaves: row };
    this.history.set(id, [...(this.history.get(id) ?? []), moment]);
  }

  /** Times of the source have whole seconds. */
  #second(): string {
    return new Date(Math.floor((this.#clock.now().getTime() - this.backdated) / 1000) * 1000).toISOString();
  }
}

const schemaOf = (object: MirroredObjectName): string =>
  JSON.stringify({ entityName: object, leaves: streamed[object] });

/** Nobody knows the schema, until it is revealed. */
const hiddenShape = (object: MirroredObjectName): string =>
  object === 'Product2' ? 's-hidden' : `s-hidden-${object}`;

/** Replay ids of this bus have one length and rise. */
function isBehind(replayId: Uint8Array, position: Uint8Array): boolean {
  return Buffer.compare(replayId, position) > 0;
}
