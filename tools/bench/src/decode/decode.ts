import { join } from 'node:path';
import { contest, ratioOf, type Contender } from '../harness/contest.ts';
import { packageVersion } from '../harness/machine.ts';
import { measured } from '../harness/measured.ts';
import { writeReport } from '../harness/report.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { publishedFrom } from '../stream/probe.ts';
import { startLoad, untilLoadEnds } from '../stream/steady.ts';
import { writeCaptured } from './captured-events.ts';
import { capture } from './capture.ts';

export interface DecodeBenchmark extends StageOptions {
  readonly rounds: number;
  readonly events: number;
  /** Of one measurement. */
  readonly seconds: number;
}

/** Decoding of the same events, each contender in a process of its own that does nothing else. */
export async function benchDecode(options: DecodeBenchmark, say: (line: string) => void): Promise<string> {
  const startedAt = new Date().toISOString();
  const stage = await openStage(options);
  try {
    say(`capturing ${options.events} events off the wire`);
    await startLoad(stage, options.events, 1);
    await untilLoadEnds(stage);
    const published = await publishedFrom(stage.simulator, 1, options.events * 2);
    const counts = Map.groupBy(published, ({ entity }) => `/data/${entity}ChangeEvent`);
    const captured = await capture(
      stage,
      Object.fromEntries([...counts].map(([topic, { length }]) => [topic, length])),
    );
    const file = join(stage.folder, 'events.json');
    writeCaptured(file, captured);
    const bytes = captured.events.reduce((sum, { payload }) => sum + payload.length, 0);
    const digests = new Set<string>();
    const contenders = [
      decoder(stage, 'salesforce-pubsub-api-client', 'npm', file, options.seconds, digests),
      decoder(stage, 'umbra', 'umbra', file, options.seconds, digests),
    ];
    const outcomes = await contest(contenders, options.rounds, (name, round, { seconds, units }) =>
      say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} events/s`),
    );
    if (digests.size > 1) throw new Error('the decoders do not read the same from the same events');
    return writeReport(options.out, {
      benchmark: 'decode',
      unit: 'events',
      startedAt,
      settings: { seed: options.seed, rounds: options.rounds, 'events captured': captured.events.length },
      versions: packageVersion('salesforce-pubsub-api-client'),
      outcomes,
      goals: [{ what: 'rate beside the npm client', value: ratioOf(outcomes, 'umbra'), atLeast: 3 }],
      notes: [
        `${captured.events.length} events of ${Math.round(bytes / captured.events.length)} bytes on average: 80 % updates, ` +
          '12 % creations, 8 % deletions. Both read the same header and the same values of them.',
      ],
    });
  } finally {
    await stage.close();
  }
}

function decoder(
  stage: Stage,
  name: string,
  which: 'npm' | 'umbra',
  file: string,
  seconds: number,
  digests: Set<string>,
): Contender {
  return {
    name,
    run: async () => {
      let result = { units: 0, seconds: 0, digest: '' };
      const sample = await measured({}, async (watch) => {
        const program = stage.program(`decode-${which}`, [
          'tools/bench/src/decode/decoder.ts',
          which,
          file,
          String(seconds),
        ]);
        watch('decoder', program.pid);
        result = JSON.parse(await program.succeeded()) as typeof result;
        return { units: result.units };
      });
      digests.add(result.digest);
      return { ...sample, seconds: result.seconds };
    },
  };
}
