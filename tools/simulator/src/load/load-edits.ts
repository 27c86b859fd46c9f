import { randomStream } from '../data/mix.ts';
import { currencyCodes } from '../data/setup.tables.ts';
import type { Edit } from '../org/edit.ts';
import type { Org } from '../org/org.ts';
import type { SfRecord } from '../org/record.ts';
import type { Load, LoadObject } from './load-input.ts';
import { Newest } from './newest.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const satisfies readonly LoadObject[];
/** Text that all records share: a piece of it costs no memory of its own. */
const TEXT = 'Umbra load: fibre to the home, unlimited data, no contract, cancel any time; '.repeat(500);

/** Of what a load has made, it deletes and prices the oldest of so many. */
const REMEMBERED = 10_000;

/** Thinks up one change after another: which object, which record, which values. The same seed, the same changes. */
export class LoadEdits {
  readonly #org: Org;
  readonly #load: Load;
  readonly #chance: () => number;
  readonly #known = new Map<LoadObject, string[]>();
  /** Created by this load and still there, by object. */
  readonly #created = new Map<LoadObject, Newest<string>>();
  /** Products of this load that still lack a standard price in these currencies. */
  readonly #priceable = new Newest<{ readonly product: string; readonly currency: string }>(REMEMBERED);
  readonly #currencies: readonly string[];
  #n = 0;

  constructor(org: Org, load: Load) {
    this.#org = org;
    this.#load = load;
    this.#chance = randomStream(load.seed, 'load');
    this.#currencies = org.identity.isMultiCurrency ? currencyCodes.slice(0, 4) : [''];
    const snapshot = org.truth();
    try {
      for (const object of objects) {
        const table = snapshot.table(object);
        const id = table.column('Id');
        const ids: string[] = [];
        for (const ordinal of table.ordinals()) if (ids.push(String(id(ordinal))) >= load.records) break;
        this.#known.set(object, ids);
      }
    } finally {
      snapshot.release();
    }
  }

  next(): Edit {
    const object = this.#object();
    const roll = this.#chance();
    const { shape } = this.#load;
    if (shape === 'create' || (shape === 'mixed' && roll < 0.12)) return this.#create(object);
    if (shape === 'mixed' && roll < 0.2) return this.#remove(object) ?? this.#create(object);
    return this.#update(object);
  }

  /** Tells what became of an edit, so that later ones can build on it. */
  done(edit: Edit, id: string): void {
    if (edit.op !== 'create') return;
    const object = edit.object as LoadObject;
    const created = this.#created.get(object) ?? new Newest<string>(REMEMBERED);
    created.push(id);
    this.#created.set(object, created);
    if (object === 'Product2')
      for (const currency of this.#currencies) this.#priceable.push({ product: id, currency });
  }

  #object(): LoadObject {
    const mix = this.#load.objects;
    const total = objects.reduce((sum, object) => sum + (mix[object] ?? 0), 0);
    let roll = this.#chance() * total;
    for (const object of objects) {
      roll -= mix[object] ?? 0;
      if (roll < 0 && (mix[object] ?? 0) > 0) return object;
    }
    return objects.find((object) => (mix[object] ?? 0) > 0) ?? 'Account';
  }

  #text([from, to]: readonly [number, number]): string {
    const length = from + Math.floor(this.#chance() * (to - from + 1));
    const start = Math.floor(this.#chance() * 70);
    return TEXT.slice(start, start + length).trim();
  }

  #create(object: LoadObject): Edit {
    const n = ++this.#n;
    if (object === 'PricebookEntry') {
      const next = this.#priceable.shift();
      return next === undefined
        ? this.#create('Product2')
        : { op: 'create', object, fields: priceOf(this.#org, next, n) };
    }
    const text = this.#text(this.#load.createSize);
    if (object === 'Product2') {
      const [Description, Marketing_Copy__c] = [text.slice(0, 4000), text.slice(4000)];
      const fields = { Name: `Load ${n}`, IsActive: true, Item_Class__c: 'Hardware', Contract_Months__c: 12 };
      return { op: 'create', object, fields: { ...fields, Description, Marketing_Copy__c } };
    }
    const fields = { Name: `Load ${n}`, Phone: String(n), BillingCity: 'Berlin', BillingCountry: 'Germany' };
    return { op: 'create', object, fields: { ...fields, Service_Notes__c: text } };
  }

  #update(object: LoadObject): Edit {
    const known = this.#known.get(object) ?? [];
    const isHot = this.#load.hotShare > 0 && this.#chance() < this.#load.hotShare;
    const id = isHot ? known[0] : known[Math.floor(this.#chance() * known.length)];
    if (id === undefined) return this.#create(object);
    return { op: 'update', object, id, fields: this.#changes(object, ++this.#n) };
  }

  #changes(object: LoadObject, n: number): SfRecord {
    if (object === 'PricebookEntry') return { UnitPrice: (n % 100_000) / 100 };
    const { updateSize } = this.#load;
    const text = updateSize[1] > 0 ? this.#text(updateSize).slice(0, 4000) : undefined;
    const long = text === undefined ? {} : { Description: text };
    return object === 'Product2'
      ? { Contract_Months__c: n % 100, ...long }
      : { Phone: String(n), BillingCity: n % 2 === 0 ? 'Berlin' : 'Hamburg', ...long };
  }

  #remove(object: LoadObject): Edit | undefined {
    // A deleted product takes its prices along, which would be more changes than were asked for.
    const from = object === 'Product2' ? 'Account' : object;
    const id = this.#created.get(from)?.shift();
    return id === undefined ? undefined : { op: 'delete', id };
  }
}

function priceOf(org: Org, of: { product: string; currency: string }, n: number): SfRecord {
  const currency: SfRecord = of.currency === '' ? {} : { CurrencyIsoCode: of.currency };
  return {
    Pricebook2Id: org.identity.standardPricebookId,
    Product2Id: of.product,
    UnitPrice: (n % 100_000) / 100,
    IsActive: true,
    ...currency,
  };
}
