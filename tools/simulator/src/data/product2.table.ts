import type { SfRecord } from '../org/record.ts';
import { auditDates, dateColumn } from './base-time.ts';
import { listTable, listThenComputed, type BaseTable } from './base-table.ts';
import {
  catalogue,
  codeOf,
  OFFERINGS,
  REGIONS,
  TIERS,
  type CatalogueProduct,
  type ItemClass,
} from './catalogue.ts';
import { columnMaker, type Column } from './column.ts';
import { mix } from './mix.ts';
import { productCopy } from './text-pools.ts';
import { userIdColumn } from './setup.tables.ts';

/**
 * Product2: the catalogue, then computed variants of it. Awkward ones among the computed, by chance per product:
 * 1 in 1,000 has no SKU, 1 in 1,000 repeats the SKU of the product before it, 1 in 20 is inactive, 1 in 100 archived,
 * 1 in 400 starts in the recycle bin.
 */
const computedClasses: readonly { itemClass: ItemClass; weight: number; sku: string; family: string }[] = [
  { itemClass: 'Internet Plan', weight: 30, sku: 'INT', family: 'Internet' },
  { itemClass: 'Internet Add-on', weight: 15, sku: 'INT-ADD', family: 'Internet' },
  { itemClass: 'SIM Plan', weight: 20, sku: 'SIM', family: 'Mobile' },
  { itemClass: 'SIM Add-on', weight: 12, sku: 'SIM-ADD', family: 'Mobile' },
  { itemClass: 'VPN Plan', weight: 8, sku: 'VPN', family: 'VPN' },
  { itemClass: 'VPN Add-on', weight: 5, sku: 'VPN-ADD', family: 'VPN' },
  { itemClass: 'Hardware', weight: 7, sku: 'HW', family: 'Hardware' },
  { itemClass: 'Service', weight: 3, sku: 'SVC', family: 'Service' },
];
const classWheel = computedClasses.flatMap((entry) => Array.from({ length: entry.weight }, () => entry));
const speeds = [50, 100, 250, 300, 500, 1000, 2500] as const;

export const familyOf = (itemClass: ItemClass): string =>
  computedClasses.find((entry) => entry.itemClass === itemClass)?.family ?? 'Service';

function catalogueRecord(product: CatalogueProduct, ordinal: number): SfRecord {
  const record: SfRecord = {
    Name: product.name,
    ProductCode: product.sku,
    StockKeepingUnit: product.sku,
    Description: product.description,
    IsActive: product.active ?? true,
    IsArchived: product.archived ?? false,
    Family: familyOf(product.itemClass),
    CurrencyIsoCode: 'EUR',
    QuantityUnitOfMeasure: 'Each',
    Item_Class__c: product.itemClass,
    Internet_Offering_Type__c: product.offering ?? null,
    Internet_Plan_Tier__c: product.tier ?? null,
    VPN_Region__c: product.region ?? null,
    Contract_Months__c: product.contractMonths ?? null,
    Download_Mbps__c: product.downloadMbps ?? null,
    Legacy_Code__c: `L${String(ordinal).padStart(6, '0')}`,
  };
  return record;
}

/** One of a pool by product; `shift` tells independent choices apart. */
const variantPicker =
  (salt: number) =>
  <T>(pool: readonly T[], ordinal: number, shift: number): T =>
    pool[(mix(salt, ordinal) >>> shift) % pool.length] as T;

/** One flag that holds for 1 in `rarity` of the computed products. */
const rare =
  (salt: number, rarity: number) =>
  (ordinal: number): boolean =>
    mix(salt, ordinal) % rarity === 0;

function computedColumns(seed: number): {
  columns: Map<string, Column>;
  isDeleted: (ordinal: number) => boolean;
} {
  const make = columnMaker(seed, 'Product2');
  const kind = make.salt('kind');
  const classAt = (ordinal: number): (typeof classWheel)[number] =>
    classWheel[mix(kind, ordinal) % classWheel.length] as (typeof classWheel)[number];
  const pickAt = variantPicker(make.salt('variant'));

  const offering = (ordinal: number): string | null =>
    classAt(ordinal).itemClass === 'Internet Plan' ? pickAt(OFFERINGS, ordinal, 3) : null;
  const tier = (ordinal: number): string | null =>
    classAt(ordinal).itemClass === 'Internet Plan' ? pickAt(TIERS, ordinal, 7) : null;
  const region = (ordinal: number): string | null =>
    classAt(ordinal).itemClass.startsWith('VPN') ? pickAt(REGIONS, ordinal, 11) : null;
  const speed = (ordinal: number): number | null =>
    classAt(ordinal).itemClass === 'Internet Plan' ? pickAt(speeds, ordinal, 15) : null;

  const withoutSku = rare(make.salt('withoutSku'), 1000);
  const repeatsSku = rare(make.salt('repeatsSku'), 1000);
  const inactive = rare(make.salt('inactive'), 20);
  const archived = rare(make.salt('archived'), 100);
  const deleted = rare(make.salt('deleted'), 400);
  const ownSku = (ordinal: number): string => {
    const middle = [offering(ordinal), tier(ordinal), region(ordinal)]
      .filter((part) => part !== null)
      .map((part) => `-${codeOf(part).toUpperCase()}`)
      .join('');
    return `${classAt(ordinal).sku}${middle}-${ordinal}`;
  };
  const sku = (ordinal: number): string | null => {
    if (withoutSku(ordinal)) return null;
    return ownSku(repeatsSku(ordinal) ? ordinal - 1 : ordinal);
  };
  const name = (ordinal: number): string => {
    const parts = [
      offering(ordinal) ?? region(ordinal) ?? '',
      classAt(ordinal).itemClass,
      tier(ordinal) ?? '',
    ];
    const speedText = speed(ordinal) === null ? '' : `${speed(ordinal)} Mbit/s`;
    return [...parts, speedText, `no. ${ordinal}`].filter((part) => part !== '').join(' ');
  };

  const users = userIdColumn(make.salt('users'));
  const columns = new Map<string, Column>(
    Object.entries({
      Name: make.text(name),
      ProductCode: make.text(sku),
      StockKeepingUnit: make.text(sku),
      Description: make.pick('Description', productCopy, 0.8),
      IsActive: { value: (ordinal: number) => !inactive(ordinal) && !archived(ordinal) },
      IsArchived: { value: archived },
      Family: make.text((ordinal) => classAt(ordinal).family),
      CurrencyIsoCode: make.constant('EUR'),
      QuantityUnitOfMeasure: make.constant('Each'),
      Item_Class__c: make.text((ordinal) => classAt(ordinal).itemClass),
      Internet_Offering_Type__c: make.text(offering),
      Internet_Plan_Tier__c: make.text(tier),
      VPN_Region__c: make.text(region),
      Contract_Months__c: { value: (ordinal: number) => pickAt([1, 12, 24], ordinal, 19) },
      Download_Mbps__c: { value: speed },
      Launch_Date__c: dateColumn(make.salt('Launch_Date__c'), 0.7),
      Legacy_Code__c: make.text((ordinal) => `L${String(ordinal).padStart(6, '0')}`),
      CreatedById: users,
      LastModifiedById: users,
      ...auditDates(make.salt('audit')),
    }),
  );
  return { columns, isDeleted: deleted };
}

export function product2Table(seed: number, count: number): BaseTable {
  const { columns, isDeleted } = computedColumns(seed);
  const deleted = new Set<number>();
  const records = catalogue.map((product, index) => {
    if (product.deleted === true) deleted.add(index + 1);
    const ordinal = index + 1;
    const record = catalogueRecord(product, ordinal);
    for (const field of [
      'CreatedById',
      'LastModifiedById',
      'CreatedDate',
      'LastModifiedDate',
      'SystemModstamp',
    ]) {
      record[field] = columns.get(field)?.value(ordinal) ?? null;
    }
    record['Launch_Date__c'] = columns.get('Launch_Date__c')?.value(ordinal) ?? null;
    return record;
  });
  return listThenComputed(listTable(records, deleted), count, columns, isDeleted);
}
