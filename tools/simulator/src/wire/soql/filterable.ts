import type { FieldSchema } from '../../org/schema.ts';

/** Long text and compound fields can be neither filtered nor sorted nor grouped by. */
export const isFilterable = (field: FieldSchema): boolean =>
  !field.compound && field.type !== 'base64' && !isLongText(field);

/** A text area above 255 characters is stored apart in Salesforce: selectable only. */
export const isLongText = (field: FieldSchema): boolean =>
  field.type === 'textarea' && (field.length ?? 0) > 255;

export const isSortable = (field: FieldSchema): boolean =>
  isFilterable(field) && field.type !== 'multipicklist';

export const isGroupable = (field: FieldSchema): boolean =>
  isSortable(field) &&
  field.type !== 'double' &&
  field.type !== 'currency' &&
  field.type !== 'percent' &&
  field.type !== 'datetime' &&
  field.type !== 'time';

export const isNumeric = (field: FieldSchema): boolean =>
  field.type === 'int' || field.type === 'double' || field.type === 'currency' || field.type === 'percent';

export const isIdLike = (field: FieldSchema): boolean => field.type === 'id' || field.type === 'reference';
