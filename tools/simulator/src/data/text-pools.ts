/** Words that computed records are made of. Changing any of them changes every org: the digests of the tests will say so. */
export const companyFirst = [
  'Aurora',
  'Baltic',
  'Castell',
  'Delphi',
  'Eastgate',
  'Ferro',
  'Granit',
  'Harbour',
  'Iberia',
  'Jovian',
  'Kestrel',
  'Lumen',
  'Meridian',
  'Nordwind',
  'Oakfield',
  'Pallas',
  'Quantum',
  'Rhein',
  'Solaris',
  'Tessera',
  'Umber',
  'Vesper',
  'Weser',
  'Xylon',
  'Yarrow',
  'Zenith',
  'Ålesund',
  'Čapek',
  'Müller',
  "O'Hara",
  'Peña',
  'Łódź',
] as const;

export const companySecond = [
  'Bakeries',
  'Logistics',
  'Dental',
  'Motors',
  'Studios',
  'Textiles',
  'Consulting',
  'Hotels',
  'Farms',
  'Pharma',
  'Steel',
  'Books',
  'Software',
  'Trading',
  'Interiors',
  'Optics',
  'Shipping',
  'Foods',
  'Energy',
  'Architects',
  'Media',
  'Clinics',
  'Tools',
  'Records',
] as const;

export const companyLegal = [
  'GmbH',
  'Ltd',
  'S.A.',
  'AG',
  'B.V.',
  'Inc.',
  'SARL',
  'Oy',
  '& Sons',
  'Cooperative',
] as const;

/** Whole names in other scripts, for one account in forty. */
export const companyForeign = [
  'Καφενείο η Ωραία Θέα',
  'Αφοί Παπαδόπουλοι Ο.Ε.',
  'شركة النور للاتصالات',
  'مؤسسة الخليج التجارية',
  '株式会社さくら通信',
  '有限会社 田中商店',
  '한강무역 주식회사',
  '北京云海科技有限公司',
  'ООО «Ромашка»',
  'בית הקפה של דנה',
  'บริษัท สยามเน็ต จำกัด',
  '🍋 Lemon & Søn ApS',
] as const;

export interface Place {
  readonly city: string;
  readonly state: string;
  readonly stateCode: string;
  readonly country: string;
  readonly countryCode: string;
  readonly postal: string;
  readonly latitude: number;
  readonly longitude: number;
}

const place = (
  city: string,
  state: string,
  stateCode: string,
  country: string,
  countryCode: string,
  postal: string,
  latitude: number,
  longitude: number,
): Place => ({ city, state, stateCode, country, countryCode, postal, latitude, longitude });

export const places: readonly Place[] = [
  place('Berlin', 'Berlin', 'BE', 'Germany', 'DE', '101', 52.52, 13.405),
  place('Hamburg', 'Hamburg', 'HH', 'Germany', 'DE', '203', 53.5511, 9.9937),
  place('München', 'Bayern', 'BY', 'Germany', 'DE', '803', 48.1351, 11.582),
  place('Köln', 'Nordrhein-Westfalen', 'NW', 'Germany', 'DE', '506', 50.9375, 6.9603),
  place('Athína', 'Attica', 'I', 'Greece', 'GR', '105', 37.9838, 23.7275),
  place('Lyon', 'Rhône', '69', 'France', 'FR', '690', 45.764, 4.8357),
  place('Marseille', 'Bouches-du-Rhône', '13', 'France', 'FR', '130', 43.2965, 5.3698),
  place('London', 'Greater London', 'LND', 'United Kingdom', 'GB', 'SW1', 51.5072, -0.1276),
  place('Leeds', 'West Yorkshire', 'LDS', 'United Kingdom', 'GB', 'LS1', 53.8008, -1.5491),
  place('Austin', 'Texas', 'TX', 'United States', 'US', '787', 30.2672, -97.7431),
  place('Portland', 'Oregon', 'OR', 'United States', 'US', '972', 45.5152, -122.6784),
  place('Madrid', 'Madrid', 'MD', 'Spain', 'ES', '280', 40.4168, -3.7038),
  place('Zürich', 'Zürich', 'ZH', 'Switzerland', 'CH', '800', 47.3769, 8.5417),
  place('Rotterdam', 'Zuid-Holland', 'ZH', 'Netherlands', 'NL', '301', 51.9244, 4.4777),
  place('東京', '東京都', '13', 'Japan', 'JP', '100', 35.6762, 139.6503),
  place('São Paulo', 'São Paulo', 'SP', 'Brazil', 'BR', '010', -23.5505, -46.6333),
];

export const streets = [
  'Hauptstraße',
  'Station Road',
  'Rue de la Paix',
  'Calle Mayor',
  'Ermou',
  'Bahnhofstrasse',
  'Mill Lane',
  'Via Roma',
  'Lindenallee',
  'Quay "B", Warehouse',
  'Avenida Paulista',
  'King Street, 2nd floor',
] as const;

export const industries = [
  'Agriculture',
  'Banking',
  'Construction',
  'Education',
  'Energy',
  'Entertainment',
  'Food & Beverage',
  'Healthcare',
  'Hospitality',
  'Manufacturing',
  'Media',
  'Retail',
  'Technology',
  'Transportation',
  'Utilities',
] as const;

export const accountNotes = [
  'Long-standing customer.',
  'Prefers e-mail; "never call before ten".',
  'Two sites, one contract, three opinions.',
  'Ring twice,\nthen wait.\nThe dog is friendly.',
  'Moved in spring, old address in the attachment.',
  'Πελάτης από το 2009. Ζητά τιμολόγιο σε χαρτί.',
  'العميل يفضل التواصل باللغة العربية',
  '請求書は毎月末に送付。担当：佐藤様',
  'VIP ⭐ – see "Handling of key accounts", section 4, paragraph b.',
  '=SUM(A1:A9) was pasted here by somebody',
  'Semi;colons, commas, and a tab\tin the middle.',
  '👩‍👩‍👧‍👦 family office, emoji in every mail',
] as const;

export const productCopy = [
  'Reliable, fair, cancellable.',
  'Includes the "always on" promise.',
  'Up to the stated speed, depending on the line.',
  'Line one.\nLine two, with a comma.\nLine "three".',
  'Χωρίς πάγιο για τρεις μήνες',
  'بدون رسوم تركيب',
  '初期費用無料キャンペーン中',
  'New 🎉 now with support at night',
  'Was 39.90, is cheaper; ask.',
  "The customer's favourite",
] as const;

/** One paragraph of long text; repeated and joined it fills Service_Notes__c. */
export const serviceNotes = [
  'Technician on site, line measured at 41 dB, splice box opened and closed.',
  'Customer reports drops "every evening at eight"; could not be reproduced.',
  'Αλλαγή δρομολογητή, νέα δοκιμή σε μία εβδομάδα.',
  'Router replaced. Old serial number noted on paper, paper lost, number found.',
  '回線速度を測定、下り 812 Mbps、上り 401 Mbps。異常なし。',
  'Appointment moved twice; access through the yard, key at the kiosk.',
] as const;
