/**
 * Decodes captured events over and over for some seconds, and prints how many, the processor time, and a digest of what it read, by which
 * the contenders are compared: a decoder that reads less would be faster.
 * Arguments: `umbra` or `npm`, the file with the events, seconds.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createChangeDecoder } from '@umbra/salesforce';
import { readCaptured, type CapturedEvents } from './captured-events.ts';
import { npmDecoder } from './npm-decoder.ts';

interface Digested {
  readonly entity: string;
  readonly ids: readonly string[];
  readonly type: string;
  readonly commit: string;
  readonly name: unknown;
  readonly phone: unknown;
}

interface Decoder {
  /** Decodes one event and throws the result away. */
  decode(event: CapturedEvents['events'][number]): void;
  digest(event: CapturedEvents['events'][number]): Digested;
}

const WARM_UP = 0.4;

function umbra({ schemas }: CapturedEvents): Decoder {
  const decoders = new Map(Object.entries(schemas).map(([id, text]) => [id, createChangeDecoder(text)]));
  const decode: (
    event: CapturedEvents['events'][number],
  ) => ReturnType<ReturnType<typeof createChangeDecoder>['decode']> = ({ payload, schemaId }) => {
    const decoder = decoders.get(schemaId);
    if (decoder === undefined) throw new Error('an event names an unknown schema');
    return decoder.decode(payload);
  };
  return {
    decode,
    digest: (event) => {
      const { header, leaves } = decode(event);
      return {
        entity: header.entityName,
        ids: header.recordIds,
        type: header.changeType,
        commit: String(header.commitNumber),
        name: leaves['Name'] ?? null,
        phone: leaves['Phone'] ?? null,
      };
    },
  };
}

async function npm({ schemas }: CapturedEvents): Promise<Decoder> {
  const { CustomLongAvroType, parseEvent } = await npmDecoder();
  const require = createRequire(createRequire(import.meta.url).resolve('salesforce-pubsub-api-client'));
  const avro = require('avro-js') as { parse(text: string, options: object): unknown };
  const types = new Map(
    Object.entries(schemas).map(([id, text]) => [
      id,
      { id, type: avro.parse(text, { registry: { long: CustomLongAvroType } }) },
    ]),
  );
  const decode = ({ id, payload, replayId, schemaId }: CapturedEvents['events'][number]) => {
    const schema = types.get(schemaId);
    if (schema === undefined) throw new Error('an event names an unknown schema');
    return parseEvent(schema, { event: { id, schemaId, payload }, replayId });
  };
  return {
    decode,
    digest: (event) => {
      const { payload } = decode(event);
      const { changeType, commitNumber, entityName, recordIds } = payload.ChangeEventHeader;
      return {
        entity: entityName,
        ids: recordIds,
        type: changeType,
        commit: String(commitNumber),
        name: payload['Name'] ?? null,
        phone: payload['Phone'] ?? null,
      };
    },
  };
}

/** Decodes all events again and again until the time is over. @returns how many */
function decodeFor(seconds: number, decoder: Decoder, { events }: CapturedEvents): number {
  const until = performance.now() + seconds * 1_000;
  let decoded = 0;
  while (performance.now() < until) {
    for (const event of events) decoder.decode(event);
    decoded += events.length;
  }
  return decoded;
}

const [which = '', file = '', seconds = '3'] = process.argv.slice(2);
const captured = readCaptured(file);
const decoder = which === 'npm' ? await npm(captured) : umbra(captured);
const digest = createHash('sha256')
  .update(JSON.stringify(captured.events.map((event) => decoder.digest(event))))
  .digest('hex');
decodeFor(Number(seconds) * WARM_UP, decoder, captured);
const before = process.cpuUsage();
const units = decodeFor(Number(seconds), decoder, captured);
const { system, user } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ units, seconds: (user + system) / 1e6, digest })}\n`);
