import { join } from 'node:path';
import { exitCode, StackFailure } from './failure.ts';
import { readJsonFile, writePrivateFile } from './private-file.ts';

export const scales = ['demo', '100k', '1m'] as const;
export type Scale = (typeof scales)[number];

export function parseScale(text: string): Scale {
  const scale = scales.find((known) => known === text);
  if (scale !== undefined) return scale;
  throw new StackFailure(
    `--scale is ${JSON.stringify(text)}; it can be ${scales.join(', ')}.`,
    exitCode.usage,
  );
}

/**
 * The size of the simulated org that the database was filled from. Another size is another org with the same ids:
 * mixing the two in one database would make a shadow of neither.
 * @throws StackFailure 64 when another size is asked for than the data has
 */
export function agreedScale(dataFolder: string, asked: Scale | undefined): Scale {
  const kept = readJsonFile(fileIn(dataFolder)) as { scale: Scale } | undefined;
  if (kept !== undefined && asked !== undefined && kept.scale !== asked) {
    throw new StackFailure(
      `The local database mirrors the simulated org of scale ${kept.scale}, not ${asked}. ` +
        `To change it, delete the local data: ./umbra down && rm -r ${dataFolder}`,
      exitCode.usage,
    );
  }
  return kept?.scale ?? asked ?? 'demo';
}

export function keepScale(dataFolder: string, scale: Scale): void {
  writePrivateFile(fileIn(dataFolder), JSON.stringify({ scale }));
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'simulated-org.json');
}
