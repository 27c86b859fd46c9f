/** The part of a Salesforce describe result that the product reads. Source: REST `sobjects/{X}/describe`. */
export interface FieldDescribe {
  readonly name: string;
  /** Salesforce's field type: `string`, `currency`, `datetime`, `address`, `base64`, … */
  readonly type: string;
  readonly soapType: string;
  readonly calculated: boolean;
  /** Name of the compound (`BillingAddress`) that this component (`BillingStreet`) belongs to. */
  readonly compoundFieldName: string | null;
  readonly nillable: boolean;
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly custom: boolean;
}

export interface ObjectDescribe {
  readonly name: string;
  readonly keyPrefix: string | null;
  readonly queryable: boolean;
  readonly fields: readonly FieldDescribe[];
}
