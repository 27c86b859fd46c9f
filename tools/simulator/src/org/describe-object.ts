import { describeField } from './describe-field.ts';
import type { FieldSchema, ObjectSchema } from './schema.ts';

/** The part of a describe that `/sobjects` lists too. */
function summary(object: ObjectSchema, apiVersion: string): Record<string, unknown> {
  const path = `/services/data/${apiVersion}/sobjects/${object.name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: object.name.endsWith('__c'),
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: object.layoutable,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: object.layoutable,
    mergeable: object.mergeable,
    mruEnabled: object.layoutable,
    name: object.name,
    queryable: object.queryable,
    replicateable: object.replicateable,
    retrieveable: true,
    searchable: object.searchable,
    triggerable: object.triggerable,
    undeletable: object.undeletable,
    updateable: object.updateable,
    urls: {
      sobject: path,
      describe: `${path}/describe`,
      rowTemplate: `${path}/{ID}`,
      ...(object.layoutable
        ? { layouts: `${path}/describe/layouts`, compactLayouts: `${path}/describe/compactLayouts` }
        : {}),
    },
  };
}

export function describeGlobal(
  objects: readonly ObjectSchema[],
  apiVersion: string,
): Record<string, unknown> {
  return {
    encoding: 'UTF-8',
    maxBatchSize: 200,
    sobjects: objects.map((object) => summary(object, apiVersion)),
  };
}

function childRelationships(object: ObjectSchema, objects: readonly ObjectSchema[]): unknown[] {
  return objects.flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo?.includes(object.name))
      .map((field) => ({
        cascadeDelete: field.cascadeDelete ?? false,
        childSObject: child.name,
        deprecatedAndHidden: false,
        field: field.name,
        junctionIdListNames: [],
        junctionReferenceTo: [],
        relationshipName: field.name.endsWith('ById') ? null : childRelationshipName(child, field),
        restrictedDelete: false,
      })),
  );
}

const childRelationshipName = (child: ObjectSchema, field: FieldSchema): string =>
  field.referenceTo?.[0] === child.name
    ? `Child${child.labelPlural.replaceAll(' ', '')}`
    : child.labelPlural.replaceAll(' ', '');

export function describeObject(
  object: ObjectSchema,
  objects: readonly ObjectSchema[],
  visible: readonly FieldSchema[],
  apiVersion: string,
): Record<string, unknown> {
  return {
    actionOverrides: [],
    ...summary(object, apiVersion),
    childRelationships: childRelationships(object, objects),
    compactLayoutable: object.layoutable,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: visible.map(describeField),
    implementedBy: null,
    implementsInterfaces: null,
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: [
      {
        active: true,
        available: true,
        defaultRecordTypeMapping: true,
        developerName: 'Master',
        master: true,
        name: 'Master',
        recordTypeId: '012000000000000AAA',
        urls: {},
      },
    ],
    searchLayoutable: object.searchable,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [{ label: 'All', name: 'everything' }],
  };
}
