/**
 * The telecom catalogue that every org begins with, whatever its scale: its SKUs and prices are stable, so that examples
 * in documents can name them. Prices are monthly unless the name says otherwise.
 */
export type ItemClass =
  | 'Internet Plan'
  | 'Internet Add-on'
  | 'SIM Plan'
  | 'SIM Add-on'
  | 'VPN Plan'
  | 'VPN Add-on'
  | 'Hardware'
  | 'Service';

export interface CatalogueProduct {
  readonly sku: string | null;
  readonly name: string;
  readonly itemClass: ItemClass;
  readonly description: string | null;
  readonly offering?: string;
  readonly tier?: string;
  readonly region?: string;
  readonly downloadMbps?: number;
  readonly contractMonths?: number;
  /** Standard price by currency. */
  readonly prices: Readonly<Record<string, number>>;
  /** Also in the partner price book, at this factor. */
  readonly partnerFactor?: number;
  readonly active?: boolean;
  readonly archived?: boolean;
  /** In the recycle bin, its prices with it. */
  readonly deleted?: boolean;
}

/** The five ways into the house, as Internet_Offering_Type__c and Internet_Eligibility__c spell them. */
export const OFFERINGS = ['FTTH', 'VDSL', 'Cable', '5G Home', 'Satellite'] as const;
export const TIERS = ['Bronze', 'Silver', 'Gold', 'Platinum'] as const;
export const REGIONS = ['EU', 'US', 'APAC', 'LATAM', 'Global'] as const;

const offeringCode: Record<string, string> = { '5G Home': '5G', Satellite: 'SAT', Cable: 'CABLE' };
/** `FTTH` → `FTTH`, `5G Home` → `5G`: the middle of an internet SKU. */
export const codeOf = (offering: string): string => offeringCode[offering] ?? offering;

const round = (value: number): number => Math.round(value * 100) / 100;
/** One list price in euro, told in the other currencies the way a price list would: rounded to .90. */
function priced(eur: number): Record<string, number> {
  return { EUR: eur, USD: round(Math.ceil(eur * 1.08) - 0.1), GBP: round(Math.ceil(eur * 0.86) - 0.1) };
}

function internet(
  offering: string,
  tier: string,
  downloadMbps: number,
  eur: number,
  description: string,
): CatalogueProduct {
  return {
    sku: `INT-${codeOf(offering)}-${tier.toUpperCase()}`,
    name: `${offering} ${tier} ${downloadMbps >= 1000 ? `${downloadMbps / 1000} Gbit/s` : `${downloadMbps} Mbit/s`}`,
    itemClass: 'Internet Plan',
    description,
    offering,
    tier,
    downloadMbps,
    contractMonths: 24,
    prices: priced(eur),
    partnerFactor: 0.85,
  };
}

const internetPlans: readonly CatalogueProduct[] = [
  internet(
    'FTTH',
    'Bronze',
    100,
    24.9,
    'Fibre to your living room. Includes "Fair Use" hotline, router rented separately.',
  ),
  internet(
    'FTTH',
    'Silver',
    300,
    34.9,
    'Fibre for families, flats and film nights.\nUpload 150 Mbit/s.\n"Best value", says TeleTest.',
  ),
  internet(
    'FTTH',
    'Gold',
    1000,
    49.9,
    'Gigabit, no data cap, no throttling, no "up to".\nΟπτική ίνα ως το σπίτι.',
  ),
  internet(
    'FTTH',
    'Platinum',
    2500,
    79.9,
    '光ファイバー 2.5 Gbit/s – for studios, gamers and the impatient 🚀',
  ),
  internet(
    'VDSL',
    'Bronze',
    50,
    19.9,
    'Copper, but quick. Depends on the line, the weather, and the cellar.',
  ),
  internet('VDSL', 'Silver', 100, 27.9, 'Vectoring up to 100 Mbit/s; needs a "profile 17a" line.'),
  internet(
    'VDSL',
    'Gold',
    250,
    34.9,
    'Super-vectoring, within 300 m of the cabinet.\r\nCheck eligibility first.',
  ),
  internet('Cable', 'Silver', 250, 29.9, 'Shared coax, peak times may vary.'),
  internet('Cable', 'Gold', 1000, 44.9, 'DOCSIS 3.1; 50 Mbit/s up.'),
  internet('5G Home', 'Silver', 150, 32.9, 'إنترنت منزلي عبر شبكة الجيل الخامس، بدون تركيب'),
  internet('5G Home', 'Gold', 500, 47.9, 'Plug in, sit down, done 📶 (indoor antenna included)'),
  internet('Satellite', 'Bronze', 80, 54.9, 'Where no cable goes. Latency 40–60 ms, dish in price.'),
];

function item(
  sku: string | null,
  name: string,
  itemClass: ItemClass,
  prices: Readonly<Record<string, number>>,
  description: string | null,
  more: Partial<CatalogueProduct> = {},
): CatalogueProduct {
  return { sku, name, itemClass, prices, description, ...more };
}

const others: readonly CatalogueProduct[] = [
  item(
    'INT-ADD-STATICIP',
    'Static IPv4 address',
    'Internet Add-on',
    priced(4.9),
    'One address, yours to keep.',
  ),
  item(
    'INT-ADD-WIFI7',
    'Wi-Fi 7 router (rental)',
    'Internet Add-on',
    priced(6.9),
    '4×4, 2.5 GbE, "mesh ready"',
  ),
  item(
    'INT-ADD-MESH',
    'Mesh repeater pair',
    'Internet Add-on',
    priced(3.9),
    'Two repeaters, one wall plug each.',
  ),
  item(
    'INT-ADD-PHONE',
    'Telephone flat rate',
    'Internet Add-on',
    priced(5.0),
    'Landline calls within the EU.',
  ),
  item(
    'INT-ADD-TV',
    'TV Max, 120 channels',
    'Internet Add-on',
    priced(12.9),
    'テレビ 120 チャンネル, cloud recorder 100 h',
  ),

  item('SIM-S', 'Mobile S 5 GB', 'SIM Plan', { ...priced(9.9), JPY: 1600 }, 'Calls and texts included.', {
    partnerFactor: 0.9,
  }),
  item('SIM-M', 'Mobile M 20 GB', 'SIM Plan', { ...priced(17.9), JPY: 2900 }, '5G included; EU roaming.', {
    partnerFactor: 0.9,
  }),
  item(
    'SIM-L',
    'Mobile L 60 GB',
    'SIM Plan',
    { ...priced(27.9), JPY: 4500 },
    'Σύνδεση 5G, 60 GB, δύο κάρτες',
    { partnerFactor: 0.9 },
  ),
  item(
    'SIM-XL',
    'Mobile XL unlimited',
    'SIM Plan',
    { ...priced(44.9), JPY: 7200 },
    '"Unlimited" means unlimited.',
    { partnerFactor: 0.9 },
  ),
  item('SIM-DATA', 'Data only 100 GB', 'SIM Plan', priced(24.9), 'For tablets, routers, camper vans.'),
  // Awkward on purpose: three decimals, which numeric(12,2) cannot hold exactly.
  item(
    'SIM-IOT',
    'IoT meter SIM, per MB',
    'SIM Plan',
    { EUR: 0.125, USD: 0.135 },
    'Per megabyte, billed yearly.',
  ),
  item('SIM-ADD-ROAM', 'World roaming pass', 'SIM Add-on', priced(14.9), '72 countries, 10 GB, 30 days.'),
  item('SIM-ADD-DATA10', 'Data boost 10 GB', 'SIM Add-on', priced(7.9), 'Once, valid until used.'),
  item('SIM-ADD-MULTI', 'Second SIM', 'SIM Add-on', priced(4.9), 'بطاقة ثانية بنفس الرقم'),
  // Awkward on purpose: two active products that claim one SKU.
  item('SIM-PROMO', 'Mobile Promo spring', 'SIM Plan', priced(12.9), 'Until the cherries bloom 🌸'),
  item('SIM-PROMO', 'Mobile Promo autumn', 'SIM Plan', priced(13.9), 'Copied from spring, SKU and all.'),

  item('VPN-EU', 'Office VPN Europe', 'VPN Plan', { ...priced(8.9), JPY: 1400 }, 'Gateways in 9 cities.', {
    region: 'EU',
    partnerFactor: 0.8,
  }),
  item(
    'VPN-US',
    'Office VPN United States',
    'VPN Plan',
    { ...priced(8.9), JPY: 1400 },
    'East and west coast.',
    { region: 'US', partnerFactor: 0.8 },
  ),
  item(
    'VPN-APAC',
    'Office VPN Asia Pacific',
    'VPN Plan',
    { ...priced(10.9), JPY: 1700 },
    '東京・シンガポール・シドニー',
    { region: 'APAC', partnerFactor: 0.8 },
  ),
  item(
    'VPN-GLOBAL',
    'Office VPN worldwide',
    'VPN Plan',
    { ...priced(15.9), JPY: 2500 },
    'All regions, one tunnel.',
    { region: 'Global', partnerFactor: 0.8 },
  ),
  // Awkward on purpose: above 9,999,999,999.99.
  item(
    'VPN-SOVEREIGN',
    'Sovereign VPN, nation licence',
    'VPN Plan',
    { EUR: 12_345_678_901.5 },
    'Price on application; this is the application.',
    { region: 'EU' },
  ),
  item('VPN-ADD-IP', 'Dedicated exit address', 'VPN Add-on', priced(3.9), 'Static, per region.'),
  item('VPN-ADD-SEATS10', 'Ten more seats', 'VPN Add-on', priced(19.9), 'Per region and month.'),

  item('HW-ROUTER-AX', 'Router AX 6000 (purchase)', 'Hardware', priced(149), 'One-off price.'),
  item('HW-ONT', 'Optical terminal', 'Hardware', priced(59), null),
  item(
    'SVC-INSTALL',
    'Installation by a technician',
    'Service',
    priced(69.9),
    'One-off; "Tuesday, 8 to 18 h".',
  ),
  // Awkward on purpose: a product without a SKU.
  item(null, 'Fibre 10G pilot', 'Internet Plan', priced(99), 'Lab offer, SKU to follow.', {
    offering: 'FTTH',
    tier: 'Platinum',
  }),
  item(
    'INT-ADSL-LEGACY',
    'ADSL 16 (no longer sold)',
    'Internet Plan',
    priced(17.9),
    'For existing customers.',
    { offering: 'VDSL', tier: 'Bronze', active: false },
  ),
  item('SIM-3G-CLASSIC', '3G Classic', 'SIM Plan', priced(5.9), 'Network switched off.', {
    active: false,
    archived: true,
  }),
  item(
    'INT-CABLE-PLATINUM-OLD',
    'Cable Platinum, withdrawn',
    'Internet Plan',
    priced(64.9),
    'Deleted before launch.',
    { offering: 'Cable', tier: 'Platinum', deleted: true },
  ),
];

export const catalogue: readonly CatalogueProduct[] = [...internetPlans, ...others];
