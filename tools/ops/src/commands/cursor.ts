import { UmbraError, type StreamStatus } from '@umbra/domain';
import { databaseSection, loadEnv, type EnvSource } from '@umbra/platform';
import { openStore, type Store } from '@umbra/store';
import { table, type Output } from '../output.ts';

export interface CursorMoveOptions {
  readonly topic: string;
  readonly replayId?: string;
  readonly earliest: boolean;
  readonly dryRun: boolean;
}

/**
 * Shows from where each topic would be resumed.
 * @throws UmbraError STORE_*, INPUT_CONFIGURATION
 */
export function runCursorShow(source: EnvSource, output: Output): Promise<void> {
  return withStore(source, async (store) => {
    const cursors = (await store.streamLog.streams()).map(cursorOf);
    output.answer({ cursors }, () =>
      cursors.length === 0
        ? 'No topic has been streamed yet.'
        : table(
            ['TOPIC', 'EPOCH', 'REPLAY ID', 'COMMIT NUMBER', 'STORED'],
            cursors.map((one) => [
              one.topic,
              String(one.epoch),
              one.replayId ?? 'earliest',
              one.commitNumber ?? '',
              one.stored,
            ]),
          ),
    );
  });
}

/**
 * Moves the stored position of a topic by hand. What lies between is skipped or comes twice; the objects of the topic
 * count as incomplete from here on, and the worker reads them in full to make up for it.
 * @throws UmbraError INPUT_INVALID, STORE_*, INPUT_CONFIGURATION
 */
export function runCursorMove(options: CursorMoveOptions, source: EnvSource, output: Output): Promise<void> {
  const { dryRun, topic } = options;
  const to = target(options);
  return withStore(source, async (store) => {
    const stream = (await store.streamLog.streams()).find((one) => one.topic === topic);
    if (stream === undefined)
      throw refused([`--topic: ${topic} has never been streamed; cursor show lists what has`]);
    if (!dryRun) await store.streamLog.setCursor(topic, to);
    const { objects } = stream;
    const words = to === null ? 'the earliest event' : `behind ${hex(to)}`;
    output.answer(
      {
        topic,
        from: cursorOf(stream).replayId,
        to: to === null ? null : hex(to),
        objects,
        ...(dryRun && { dryRun }),
      },
      () =>
        dryRun
          ? `Would move ${topic} to ${words}, and call ${objects.join(', ')} incomplete until read in full.`
          : `Moved ${topic} to ${words}. ${objects.join(', ')} will be read in full.`,
    );
  });
}

async function withStore(source: EnvSource, work: (store: Store) => Promise<void>): Promise<void> {
  const { env } = loadEnv({ database: databaseSection }, source);
  const store = await openStore({ databaseUrl: env.database.url.reveal(), applicationName: 'umbra-ops' });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** Bytes, or null for the earliest event. @throws UmbraError INPUT_INVALID */
function target({ earliest, replayId }: CursorMoveOptions): Uint8Array | null {
  if (earliest === (replayId !== undefined)) throw refused(['give either --earliest or --replay-id']);
  if (replayId === undefined) return null;
  if (!/^([0-9a-f]{2}){1,64}$/i.test(replayId))
    throw refused(['--replay-id takes bytes as hexadecimal digits, as cursor show prints them']);
  return Buffer.from(replayId, 'hex');
}

function cursorOf({ commitNumber, epoch, nextSeq, replayId, topic }: StreamStatus) {
  return {
    topic,
    epoch,
    replayId: replayId === null ? null : hex(replayId),
    commitNumber: commitNumber?.toString() ?? null,
    stored: nextSeq.toString(),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function refused(problems: readonly string[]): UmbraError {
  return new UmbraError('INPUT_INVALID', 'The command line is not understood', { problems });
}
