import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import type { Scale, Services, StageOptions } from './harness/stage.ts';

/** Flags that every benchmark has. */
export interface CommonFlags {
  readonly services: string;
  readonly scale: Scale;
  readonly rounds: number;
  readonly seed: number;
  readonly out: string;
  readonly profile?: boolean;
}

export function stageOptions({ out, profile = false, scale, seed, services }: CommonFlags): StageOptions {
  return {
    services: JSON.parse(readFileSync(services, 'utf8')) as Services,
    scale,
    seed,
    out,
    profile,
    path: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
  };
}
