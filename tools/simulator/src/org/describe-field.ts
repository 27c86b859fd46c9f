import type { DescribeField, FieldSchema, FieldType } from './schema.ts';

const soapTypes: Record<FieldType, string> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  string: 'xsd:string',
  textarea: 'xsd:string',
  phone: 'xsd:string',
  url: 'xsd:string',
  email: 'xsd:string',
  picklist: 'xsd:string',
  multipicklist: 'xsd:string',
  combobox: 'xsd:string',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  base64: 'xsd:base64Binary',
};

const lengths: Partial<Record<FieldType, number>> = { id: 18, reference: 18 };
const numeric = new Set<FieldType>(['double', 'currency', 'percent']);
/** Types that can be filtered and sorted; long text and compounds cannot. */
const unfilterable = new Set<FieldType>(['address', 'base64']);

function isLongText(field: FieldSchema): boolean {
  return field.type === 'textarea' && (field.length ?? 0) > 255;
}

function picklistValues(field: FieldSchema): unknown[] {
  return (field.picklist ?? []).map((value) => ({
    active: true,
    defaultValue: field.defaultValue === value,
    label: value,
    validFor: null,
    value,
  }));
}

/** Every key that a real org's describe gives for a field. */
export function describeField(field: FieldSchema): DescribeField {
  const length = lengths[field.type] ?? field.length ?? 0;
  const filterable = !unfilterable.has(field.type) && !isLongText(field);
  const groupable =
    filterable && !numeric.has(field.type) && field.type !== 'datetime' && field.type !== 'time';
  return {
    aggregatable: filterable && field.type !== 'boolean' && field.type !== 'multipicklist',
    aiPredictionField: false,
    autoNumber: false,
    byteLength: length * (field.type === 'id' || field.type === 'reference' ? 1 : 3),
    calculated: field.calculated ?? false,
    calculatedFormula: field.calculatedFormula ?? null,
    cascadeDelete: field.cascadeDelete ?? false,
    caseSensitive: false,
    compoundFieldName: field.compoundFieldName ?? null,
    controllerName: null,
    createable: field.createable ?? true,
    custom: field.custom,
    defaultValue: field.defaultValue ?? (field.type === 'boolean' ? false : null),
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultValue !== undefined || field.nillable === false,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? 8 : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: field.externalId ?? false,
    extraTypeInfo: field.type === 'textarea' && !field.custom ? 'plaintextarea' : null,
    filterable,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable,
    highScaleNumber: false,
    htmlFormatted: field.htmlFormatted ?? false,
    idLookup: field.type === 'id' || field.externalId === true || (field.nameField ?? false),
    inlineHelpText: field.inlineHelpText ?? null,
    label: field.label,
    length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField ?? false,
    namePointing: false,
    nillable: field.nillable ?? field.type !== 'boolean',
    permissionable: field.permissionable ?? true,
    picklistValues: picklistValues(field),
    polymorphicForeignKey: false,
    precision: field.precision ?? 0,
    queryByDistance: field.type === 'address',
    referenceTargetField: null,
    referenceTo: field.referenceTo ?? [],
    relationshipName: field.relationshipName ?? null,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restrictedPicklist ?? false,
    scale: field.scale ?? 0,
    searchPrefilterable: field.type === 'reference',
    soapType: soapTypes[field.type],
    sortable: filterable && field.type !== 'multipicklist',
    type: field.type,
    unique: field.unique ?? false,
    updateable: field.updateable ?? field.createable ?? true,
    writeRequiresMasterRead: false,
  };
}
