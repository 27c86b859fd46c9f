import type { Leaves, LeafValue, MirroredObjectName, ReceivedEvent } from '@umbra/domain';
import { buildProduct2, type MemoryOrg } from '@umbra/testing';
import type { MemoryBus, PublishedChange } from './memory-bus.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const TOPIC = '/data/Product2ChangeEvent';
const OBJECT: MirroredObjectName = 'Product2';

/** Leaves that events carry: describe's, without those that only reads tell. */
export const streamed = [
  'CreatedDate',
  'LastModifiedDate',
  'Name',
  'StockKeepingUnit',
  'Description',
  'IsActive',
  'IsArchived',
  'Item_Class__c',
  'Internet_Offering_Type__c',
  'Internet_Plan_Tier__c',
  'VPN_Region__c',
];

export type Telling = 'told' | 'gap' | 'diff' | 'undecodable' | 'late' | 'overflow' | 'untold';

/** What a record was after one of its commits. */
export interface Moment {
  readonly at: number;
  readonly alive: boolean;
  readonly leaves: Leaves;
}

/** An event that the bus keeps back for longer than anybody may assume. */
interface LateEvent {
  readonly change: PublishedChange;
  /** On the bus at last. */
  event?: ReceivedEvent;
  /** Epoch of the mirror in which it was lost for good. */
  lostIn?: number;
}

/** Edits products of the org and tells the bus of them, rightly or not. It keeps the truth. */
export class OrgWriter {
  readonly history = new Map<string, Moment[]>();
  readonly #org: MemoryOrg;
  readonly #bus: MemoryBus;
  readonly #clock: VirtualClock;
  #commit = 1_778_192_987_716_501_500n;
  #held: LateEvent[] = [];
  /** Late ones that the mirror has not come past. */
  #unheard: LateEvent[] = [];

  constructor(org: MemoryOrg, bus: MemoryBus, clock: VirtualClock) {
    this.#org = org;
    this.#bus = bus;
    this.#clock = clock;
    bus.schemas.set('s1', JSON.stringify({ entityName: OBJECT, leaves: streamed }));
  }

  /** Numbers begin anew, in another instance. */
  migrate(): void {
    this.#commit = 1000n;
    // What the old instance never published, nobody publishes any more.
    this.#held = [];
    this.#org.facts = { ...this.#org.facts, instance: `${this.#org.facts.instance}x` };
  }

  /** A create of an unknown record, an undelete of a deleted one, else a change of these leaves. */
  save(id: string, changes: Readonly<Record<string, LeafValue>>, telling: Telling): void {
    const row = this.#org.tableOf(OBJECT).get(id);
    const at = this.#second();
    const stamps = { LastModifiedDate: at, SystemModstamp: at };
    if (row === undefined) {
      const leaves = buildProduct2({ Id: id, CreatedDate: at, ...stamps, ...changes });
      this.#commitRow(id, leaves, 'CREATE', leaves, Object.keys(leaves), telling);
    } else if (row['IsDeleted'] === true) {
      const leaves = { ...row, ...stamps, IsDeleted: false };
      this.#commitRow(id, leaves, 'UNDELETE', leaves, Object.keys(leaves), telling);
    } else {
      const leaves = { ...row, ...stamps, ...changes };
      const changed = [...Object.keys(changes), 'LastModifiedDate'];
      this.#commitRow(id, leaves, 'UPDATE', leaves, changed, telling);
    }
  }

  remove(id: string, telling: Telling): void {
    const row = this.#org.tableOf(OBJECT).get(id);
    if (row === undefined || row['IsDeleted'] === true) return;
    const at = this.#second();
    this.#commitRow(id, { ...row, IsDeleted: true, SystemModstamp: at }, 'DELETE', {}, [], telling);
  }

  /**
   * Whether something happened that nobody could know of: the bus keeps it back although it has sent what is newer, has
   * sent it to nobody yet, or has lost it and the mirror has not begun the epoch whose reads make up for that.
   * @param position behind everything that the mirror has stored; null: in this epoch it has stored nothing
   */
  isUnknowable(position: Uint8Array | null, epoch: number): boolean {
    this.#unheard = this.#unheard.filter(({ event, lostIn }) => {
      if (lostIn !== undefined) return lostIn === epoch;
      return event === undefined || position === null || isBehind(event.replayId, position);
    });
    return this.#unheard.length > 0;
  }

  /** Notes which late events nobody will hear of any more, after the bus has forgotten some. */
  noteLosses(epoch: number): void {
    const left = this.#bus.topic(TOPIC);
    for (const late of this.#unheard) {
      const comes = late.event === undefined ? this.#held.includes(late) : left.includes(late.event);
      if (!comes) late.lostIn ??= epoch;
    }
  }

  /**
   * The records as a replica shows them that has seen every commit up to an instant, whole seconds of commit time at
   * once: what was committed within one second cannot be told apart by its times.
   */
  asOf(instant: number): ReadonlyMap<string, Leaves> {
    const before = Math.floor(instant / 1000) * 1000;
    const seen = new Map<string, Leaves>();
    for (const [id, moments] of this.history) {
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
      late.event = this.#bus.eventOf('s1', late.change);
      this.#bus.publish(TOPIC, late.event);
    }
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
    this.#org.tableOf(OBJECT).set(id, row);
    this.#remember(id, row);
    const header = {
      recordIds: [id],
      changeType,
      sequenceNumber: 1,
      commitTimestamp: this.#second(),
      commitNumber: (this.#commit += 3n),
    };
    const stated = changed.filter((leaf) => streamed.includes(leaf));
    const nulled = stated.filter((leaf) => row[leaf] === null);
    const leaves = Object.fromEntries(
      Object.entries(told).filter(([leaf, value]) => streamed.includes(leaf) && value !== null),
    );
    this.#tell({ header, leaves, changed: stated, nulled }, telling);
  }

  #tell(change: PublishedChange, telling: Telling): void {
    const { header } = change;
    const none = { leaves: {}, changed: [], nulled: [] };
    switch (telling) {
      case 'untold':
        return;
      case 'late': {
        const late = { change };
        this.#held.push(late);
        this.#unheard.push(late);
        return;
      }
      case 'gap':
        return this.#publish({ ...none, header: { ...header, changeType: `GAP_${header.changeType}` } });
      case 'overflow':
        return this.#publish({
          ...none,
          header: { ...header, changeType: 'GAP_OVERFLOW', recordIds: ['000000000000000AAA'] },
        });
      case 'diff': {
        const { Description: _, ...leaves } = change.leaves;
        const isUpdate = header.changeType === 'UPDATE' && change.changed?.includes('Description') === true;
        return this.#publish(isUpdate ? { ...change, leaves, diffed: ['Description'] } : change);
      }
      case 'undecodable':
        return this.#publish(change, 's-hidden');
      case 'told':
        return this.#publish(change);
    }
  }

  #publish(change: PublishedChange, schemaId = 's1'): void {
    this.#bus.publish(TOPIC, this.#bus.eventOf(schemaId, change));
  }

  #remember(id: string, row: Leaves): void {
    const moment = { at: this.#clock.now().getTime(), alive: row['IsDeleted'] !== true, leaves: row };
    this.history.set(id, [...(this.history.get(id) ?? []), moment]);
  }

  /** Times of the source have whole seconds. */
  #second(): string {
    return new Date(Math.floor(this.#clock.now().getTime() / 1000) * 1000).toISOString();
  }
}

/** Replay ids of this bus have one length and rise. */
function isBehind(replayId: Uint8Array, position: Uint8Array): boolean {
  return Buffer.compare(replayId, position) > 0;
}
