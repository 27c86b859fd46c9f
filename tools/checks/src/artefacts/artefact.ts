import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** A committed file that is made from the code and must not be edited. */
export interface Artefact {
  /** Below the root. */
  readonly path: string;
  readonly make: () => string | Promise<string>;
}

export interface Finding {
  readonly path: string;
  readonly state: 'current' | 'stale' | 'missing' | 'written';
}

/** Formatted like the rest of the tree where the formatter knows the type, so that its check passes too. */
async function made(root: string, artefact: Artefact): Promise<string> {
  const text = await artefact.make();
  if (!/\.(?:md|ts)$/.test(artefact.path)) return text;
  const path = join(root, artefact.path);
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** Compares each file with what the code makes of it now. @param write also brings it up to date */
export async function compareArtefacts(
  root: string,
  artefacts: readonly Artefact[],
  write: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const artefact of artefacts) {
    const path = join(root, artefact.path);
    const wanted = await made(root, artefact);
    const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const state = found === wanted ? 'current' : found === undefined ? 'missing' : 'stale';
    if (write && state !== 'current') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, wanted);
    }
    findings.push({ path: artefact.path, state: write && state !== 'current' ? 'written' : state });
  }
  return findings;
}
