import { readFileSync, writeFileSync } from 'node:fs';

/** Events as they came over the wire, with the schemas that they name. */
export interface CapturedEvents {
  readonly schemas: Readonly<Record<string, string>>;
  readonly events: readonly {
    readonly id: string;
    readonly schemaId: string;
    readonly payload: Buffer;
    readonly replayId: Buffer;
  }[];
}

interface Written {
  readonly schemas: CapturedEvents['schemas'];
  /** Bytes as base64. */
  readonly events: readonly Record<'id' | 'schemaId' | 'payload' | 'replayId', string>[];
}

export function writeCaptured(file: string, { events, schemas }: CapturedEvents): void {
  const written: Written = {
    schemas,
    events: events.map(({ id, payload, replayId, schemaId }) => ({
      id,
      schemaId,
      payload: payload.toString('base64'),
      replayId: replayId.toString('base64'),
    })),
  };
  writeFileSync(file, JSON.stringify(written));
}

export function readCaptured(file: string): CapturedEvents {
  const { events, schemas } = JSON.parse(readFileSync(file, 'utf8')) as Written;
  return {
    schemas,
    events: events.map(({ id, payload, replayId, schemaId }) => ({
      id,
      schemaId,
      payload: Buffer.from(payload, 'base64'),
      replayId: Buffer.from(replayId, 'base64'),
    })),
  };
}
