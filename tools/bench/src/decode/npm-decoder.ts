import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What the npm client makes of an event. */
export interface ParsedEvent {
  readonly payload: {
    readonly ChangeEventHeader: {
      readonly entityName: string;
      readonly recordIds: readonly string[];
      readonly changeType: string;
      readonly commitNumber: bigint | number;
    };
    readonly [field: string]: unknown;
  };
}

interface Internals {
  readonly parseEvent: (
    schema: { readonly id: string; readonly type: unknown },
    event: {
      readonly event: { readonly id: string; readonly schemaId: string; readonly payload: Buffer };
      readonly replayId: Buffer;
    },
  ) => ParsedEvent;
  readonly CustomLongAvroType: unknown;
}

const client = pathToFileURL(
  createRequire(import.meta.url).resolve('salesforce-pubsub-api-client'),
).href.replace(/\.cjs$/, '.js');

/**
 * The decoding of `salesforce-pubsub-api-client`, as it is: the package exports its client only, so two of its
 * functions are given a name outside as the module is loaded. Not a character of them is changed.
 */
export async function npmDecoder(): Promise<Internals> {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== client) return loaded;
      const text =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString();
      const source = `${text}\nexport { parseEvent, CustomLongAvroType };`;
      return { ...loaded, source };
    },
  });
  return (await import(client)) as Internals;
}
