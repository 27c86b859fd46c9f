import { idRenderer } from '../org/ids.ts';
import { auditDates, dateColumn } from './base-time.ts';
import type { BaseTable } from './base-table.ts';
import { columnMaker, textCell, type Column, type ColumnMaker } from './column.ts';
import { eligibilityColumns } from './eligibility.ts';
import { mix } from './mix.ts';
import { userIdColumn } from './setup.tables.ts';
import {
  accountNotes,
  companyFirst,
  companyForeign,
  companyLegal,
  companySecond,
  industries,
  places,
  serviceNotes,
  streets,
  type Place,
} from './text-pools.ts';

/**
 * Account: computed throughout. In each block of 25 the first is the parent of the last five, so that children of an
 * account are known without an index. One in 500 of those that are neither parent nor child starts in the recycle bin.
 */
const BLOCK = 25;
const FIRST_CHILD = 20;
const accountId = idRenderer('001');

const placeInBlock = (ordinal: number): number => (ordinal - 1) % BLOCK;

function childrenOf(parent: number, count: number): readonly number[] {
  if (placeInBlock(parent) !== 0) return [];
  const children: number[] = [];
  for (let i = FIRST_CHILD; i < BLOCK; i++) if (parent + i <= count) children.push(parent + i);
  return children;
}

const customerNumber = (ordinal: number): string => `C-${String(ordinal).padStart(8, '0')}`;

function nameColumn(make: ColumnMaker): Column {
  const salt = make.salt('Name');
  return make.text((ordinal) => {
    const hash = mix(salt, ordinal);
    if (hash % 40 === 0) return `${companyForeign[(hash >>> 8) % companyForeign.length]} ${ordinal}`;
    const first = companyFirst[(hash >>> 3) % companyFirst.length];
    const second = companySecond[(hash >>> 11) % companySecond.length];
    return `${first} ${second} ${ordinal} ${companyLegal[(hash >>> 19) % companyLegal.length]}`;
  });
}

/** Street, city and the rest of one address; Shipping is empty for two thirds. */
function addressColumns(
  make: ColumnMaker,
  prefix: 'Billing' | 'Shipping',
  share: number,
): [string, Column][] {
  const salt = make.salt(`${prefix}Address`);
  const threshold = share * 0x100;
  const at = (ordinal: number): Place | undefined => {
    const hash = mix(salt, ordinal);
    return (hash & 0xff) < threshold ? places[(hash >>> 8) % places.length] : undefined;
  };
  const part = (key: 'city' | 'state' | 'stateCode' | 'country' | 'countryCode'): Column => {
    const cells = new Map(places.map((entry) => [entry, textCell(entry[key])]));
    return {
      value: (ordinal) => at(ordinal)?.[key] ?? null,
      cell: (ordinal) => {
        const found = at(ordinal);
        return found === undefined ? '""' : cells.get(found);
      },
    };
  };
  const coordinate = (key: 'latitude' | 'longitude', shift: number): Column => {
    const numbers = places.flatMap((entry) =>
      Array.from({ length: 256 }, (_, step) => Math.round((entry[key] + (step - 128) / 2048) * 1e6) / 1e6),
    );
    const index = new Map(places.map((entry, place) => [entry, place * 256]));
    return make.numberOf(numbers, (ordinal) => {
      const found = at(ordinal);
      return found === undefined
        ? undefined
        : (index.get(found) ?? 0) + ((mix(salt, ordinal) >>> shift) & 0xff);
    });
  };
  return [
    [
      `${prefix}Street`,
      make.text((ordinal) => {
        if (at(ordinal) === undefined) return null;
        const hash = mix(salt, ordinal);
        const street = `${streets[(hash >>> 14) % streets.length]} ${1 + ((hash >>> 20) % 180)}`;
        return hash % 9 === 0 ? `${street}\nc/o reception` : street;
      }),
    ],
    [`${prefix}City`, part('city')],
    [`${prefix}State`, part('state')],
    [
      `${prefix}PostalCode`,
      make.text((ordinal) => {
        const found = at(ordinal);
        return found === undefined ? null : `${found.postal}${10 + ((mix(salt, ordinal) >>> 16) % 90)}`;
      }),
    ],
    [`${prefix}Country`, part('country')],
    [`${prefix}StateCode`, part('stateCode')],
    [`${prefix}CountryCode`, part('countryCode')],
    [`${prefix}Latitude`, coordinate('latitude', 4)],
    [`${prefix}Longitude`, coordinate('longitude', 9)],
    [`${prefix}GeocodeAccuracy`, make.text((ordinal) => (at(ordinal) === undefined ? null : 'Address'))],
  ];
}

function standardColumns(make: ColumnMaker): [string, Column][] {
  const phone = make.salt('Phone');
  const site = make.salt('Website');
  const photo = idRenderer('001');
  return [
    ['Name', nameColumn(make)],
    [
      'Type',
      make.pick('Type', ['Customer - Direct', 'Customer - Channel', 'Prospect', 'Technology Partner'], 0.9),
    ],
    [
      'ParentId',
      make.text((ordinal) => {
        const at = placeInBlock(ordinal);
        return at < FIRST_CHILD ? null : accountId(ordinal - at);
      }),
    ],
    ...addressColumns(make, 'Billing', 0.95),
    ...addressColumns(make, 'Shipping', 0.33),
    ['Phone', make.text((ordinal) => `+49 30 ${1_000_000 + (mix(phone, ordinal) % 9_000_000)}`)],
    ['AccountNumber', make.text((ordinal) => `A${ordinal}`)],
    [
      'Website',
      make.text((ordinal) => {
        const hash = mix(site, ordinal);
        if (hash % 4 === 0) return null;
        return `https://www.${(companySecond[(hash >>> 4) % companySecond.length] ?? '').toLowerCase()}-${ordinal}.example`;
      }),
    ],
    ['PhotoUrl', make.text((ordinal) => `/services/images/photo/${photo(ordinal)}`)],
    ['Industry', make.pick('Industry', industries, 0.85)],
    ['Sic', make.pick('Sic', ['4813', '4899', '5812', '7372'], 0.3)],
    ['AnnualRevenue', { value: revenue(make.salt('AnnualRevenue')) }],
    ['NumberOfEmployees', make.int('NumberOfEmployees', 1, 2500, 0.7)],
    ['Ownership', make.pick('Ownership', ['Public', 'Private', 'Subsidiary', 'Other'], 0.5)],
    ['TickerSymbol', make.pick('TickerSymbol', ['UMB', 'TLC', 'NRD'], 0.05)],
    ['Description', make.pick('Description', accountNotes, 0.4)],
    ['Rating', make.pick('Rating', ['Hot', 'Warm', 'Cold'], 0.6)],
    ['Site', make.pick('Site', ['HQ', 'Branch', 'Warehouse "North"'], 0.2)],
    ['CurrencyIsoCode', make.pick('CurrencyIsoCode', ['EUR', 'EUR', 'EUR', 'USD', 'GBP'])],
    ['OwnerId', userIdColumn(make.salt('OwnerId'))],
    ['LastActivityDate', dateColumn(make.salt('LastActivityDate'), 0.5)],
    ['CleanStatus', make.constant('Pending')],
    ['AccountSource', make.pick('AccountSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Other'], 0.8)],
    ['YearStarted', make.pick('YearStarted', ['1987', '1999', '2004', '2011', '2019'], 0.3)],
  ];
}

const revenue =
  (salt: number) =>
  (ordinal: number): number | null => {
    const hash = mix(salt, ordinal);
    return hash % 3 === 0 ? null : (10_000 + (hash % 90_000_000)) / ((hash & 4) === 0 ? 1 : 100);
  };

function customColumns(make: ColumnMaker): [string, Column][] {
  const notes = make.salt('Service_Notes__c');
  return [
    ['Customer_Number__c', make.text(customerNumber)],
    [
      'Contact_Channels__c',
      make.pick('Contact_Channels__c', ['Email', 'Phone', 'Email;SMS', 'Email;Phone;SMS', 'Post'], 0.7),
    ],
    ['Eligibility_Checked_On__c', dateColumn(make.salt('Eligibility_Checked_On__c'), 0.8)],
    [
      'Service_Notes__c',
      make.text((ordinal) => {
        const hash = mix(notes, ordinal);
        if (hash % 12 !== 0) return null;
        const paragraphs: string[] = [];
        for (let i = 0; i < 1 + ((hash >>> 4) % 8); i++) {
          paragraphs.push(serviceNotes[(hash >>> (8 + i * 2)) % serviceNotes.length] ?? '');
        }
        return paragraphs.join('\n');
      }),
    ],
    [
      'Churn_Risk__c',
      make.numberOf(
        Array.from({ length: 1001 }, (_, tenths) => tenths / 10),
        (ordinal) => (mix(notes, ordinal) >>> 9) % 1001,
      ),
    ],
    ['Do_Not_Market__c', { value: (ordinal) => (mix(notes, ordinal) >>> 5) % 8 === 0 }],
    ['Preferred_Call_Time__c', make.pick('Preferred_Call_Time__c', ['09:30:00.000Z', '14:00:00.000Z'], 0.2)],
    ['Last_Provisioned_At__c', auditDates(make.salt('Last_Provisioned_At__c')).SystemModstamp],
  ];
}

export function accountTable(seed: number, count: number): BaseTable {
  const make = columnMaker(seed, 'Account');
  const users = userIdColumn(make.salt('users'));
  const gone = make.salt('deleted');
  const columns = new Map<string, Column>([
    ...standardColumns(make),
    ...eligibilityColumns(make),
    ...customColumns(make),
    ['CreatedById', users],
    ['LastModifiedById', users],
    ...Object.entries(auditDates(make.salt('audit'))),
  ]);
  return {
    count,
    column: (field) => columns.get(field),
    isDeleted: (ordinal) => {
      const at = placeInBlock(ordinal);
      if (at === 0 || at >= FIRST_CHILD) return false;
      // Two at every scale, so that the demo org has tombstones too.
      return ordinal === 192 || ordinal === 193 || (ordinal > 200 && mix(gone, ordinal) % 500 === 0);
    },
    children: (field, parent) => (field === 'ParentId' ? childrenOf(parent, count) : undefined),
    find: (field, value) => {
      if (field !== 'Customer_Number__c') return undefined;
      const ordinal = Number(/^C-(\d{8,})$/i.exec(value)?.[1] ?? 0);
      return ordinal >= 1 && ordinal <= count && customerNumber(ordinal) === value.toUpperCase()
        ? ordinal
        : undefined;
    },
  };
}
