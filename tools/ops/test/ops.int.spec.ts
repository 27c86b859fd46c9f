import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { migrate } from '@umbra/store';
import {
  buildProgram,
  insertProduct2,
  openTestRedis,
  startOwnRedis,
  startProgram,
  withEmptyDatabase,
  withTestDatabase,
} from '@umbra/testing';
import { runOps } from './run-ops.ts';

const unreachable = 'postgresql://umbra:canary@127.0.0.1:1/umbra';

describe('ops migrate', () => {
  it('names what it would apply, applies it, and has nothing to do the second time', () =>
    withEmptyDatabase(async ({ url, rows }) => {
      const env = { DATABASE_URL: url };
      const plan = (await runOps(['migrate', '--dry-run', '--json'], env)).json<{ pending: string[] }>();
      expect(plan.pending.length).toBeGreaterThan(0);
      expect(await rows("SELECT 1 FROM pg_tables WHERE tablename = 'sf_product_shadow'")).toEqual([]);
      const first = (await runOps(['migrate', '--json'], env)).json<{ applied: string[] }>();
      expect(first.applied).toEqual(plan.pending);
      const second = await runOps(['migrate'], env);
      expect([second.code, second.stdout]).toEqual([0, 'The schema is up to date.\n']);
      expect((await runOps(['migrate', '--dry-run'], env)).stdout).toBe('The schema is up to date.\n');
    }));

  it('refuses a database that is newer than this release: 76', () =>
    withTestDatabase(migrate, async ({ url, client }) => {
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         VALUES ('future', 'x', '99990101000000_future', now(), 1)`,
      );
      const run = await runOps(['migrate'], { DATABASE_URL: url });
      expect(run.code).toBe(76);
      expect(run.stderr).toContain('99990101000000_future');
    }));

  it('says that PostgreSQL does not answer, without its password: 69', async () => {
    const run = await runOps(['migrate'], { DATABASE_URL: unreachable });
    expect(run.code).toBe(69);
    expect(run.stderr).toContain('STORE_UNAVAILABLE');
    expect(run.stderr).not.toContain('canary');
  });
});

describe('ops status and parked', () => {
  it('sec-37: show where things stand, and no password', () =>
    withTestDatabase(migrate, async ({ url, client }) => {
      const redis = await openTestRedis();
      try {
        await insertProduct2(client, {});
        const env = { DATABASE_URL: url, REDIS_URL: redis.url };
        const text = await runOps(['status'], env);
        expect(text.code).toBe(0);
        expect(text.stdout).toMatch(/Product2\s+1\s+no complete backfill yet\s+none/);
        expect(text.stdout).toContain('SF_SHADOW_SYNC: 0 waiting');
        const json = await runOps(['status', '--json'], env);
        expect(json.json()).toMatchObject({ postgres: { state: 'up' }, redis: { state: 'up' } });
        for (const secret of [new URL(url).password, new URL(redis.url).password])
          expect(text.stdout + text.stderr + json.stdout + json.stderr).not.toContain(secret);
      } finally {
        await redis.close();
      }
    }));

  it('show the part that answers when the other does not: 69', async () => {
    const redis = await openTestRedis();
    try {
      const run = await runOps(['status', '--json'], { DATABASE_URL: unreachable, REDIS_URL: redis.url });
      expect(run.code).toBe(69);
      expect(run.json()).toMatchObject({
        postgres: { state: 'down', code: 'STORE_UNAVAILABLE' },
        redis: { state: 'up' },
      });
    } finally {
      await redis.close();
    }
  });

  it('list what waits aside, by object and reason', () =>
    withTestDatabase(migrate, async ({ url, client }) => {
      const env = { DATABASE_URL: url };
      expect((await runOps(['parked'], env)).stdout).toBe('Nothing waits aside.\n');
      await client.query(
        `INSERT INTO sf_shadow_aside (object, record_id, alive, reason, since, doc, v_alive, v_max)
         VALUES ('Product2', '01t000000000001AAA', true, 'sku_missing', now(), '{"Name":"canary"}', '1', '1')`,
      );
      expect((await runOps(['parked', '--object', 'Account'], env)).stdout).toBe('Nothing waits aside.\n');
      const run = await runOps(['parked', '--object', 'Product2', '--reason', 'sku_missing', '--json'], env);
      expect(run.json()).toMatchObject({
        parked: [{ object: 'Product2', recordId: '01t000000000001AAA', reason: 'sku_missing' }],
      });
      expect(run.stdout).not.toContain('canary');
      expect((await runOps(['parked', '--object', 'Contact'], env)).code).toBe(64);
      expect((await runOps(['parked', '--reason', 'bored', '--limit', '0'], env)).stderr).toMatch(
        /--reason takes .*\n.*--limit takes/,
      );
    }));
});

describe('ops cache clear', () => {
  it('drops one area or both, and nothing in a dry run', async () => {
    const redis = await openTestRedis();
    try {
      const env = { REDIS_URL: redis.url };
      const dry = await runOps(['cache', 'clear', '--dry-run', '--json'], env);
      expect(dry.json()).toEqual({ cleared: [], dryRun: true, would: ['catalog', 'eligibility'] });
      expect(await redis.redis.dbsize()).toBe(0);
      const one = await runOps(['cache', 'clear', '--eligibility', '--json'], env);
      expect([one.code, one.json()]).toEqual([0, { cleared: ['eligibility'] }]);
      expect(await redis.redis.dbsize()).toBeGreaterThan(0);
    } finally {
      await redis.close();
    }
  });

  it('refuses a Redis that evicts (78) and one that is away (69)', async () => {
    const evicting = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' });
    try {
      const refused = await runOps(['cache', 'clear'], { REDIS_URL: evicting.url });
      expect(refused.code).toBe(78);
      expect(refused.stderr).toContain('noeviction');
    } finally {
      await evicting.close();
    }
    expect((await runOps(['cache', 'clear'], { REDIS_URL: 'redis://127.0.0.1:1' })).code).toBe(69);
  });
});

describe('ops reconcile', () => {
  it.each(['--deep', '--confirm-deletions', '--dry-run'])(
    'refuses --chain together with %s (64)',
    async (flag) => {
      const { code, stderr } = await runOps(['reconcile', '--chain', flag]);
      expect(code).toBe(64);
      expect(stderr).toContain(`'--chain' cannot be used with option '${flag}'`);
    },
  );
});

describe('ops as a process', () => {
  it('ends with its exit code, and hands backfill on with its words', async () => {
    await buildProgram('ops');
    const program = 'dist/ops/main.js';
    expect((await startProgram(program, ['status'], {}).ended).code).toBe(78);
    expect((await startProgram(program, ['nonsense'], {}).ended).code).toBe(64);
    const unread = startProgram(program, ['--help'], {});
    unread.child.stdout?.destroy();
    expect(await unread.ended).toEqual({ code: 0, stdout: '', stderr: '' });
    const added = await startProgram(program, ['key', 'add', '--label', 'x', '--scope', 'read'], {}).ended;
    expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(/^umbra_/)]);
    const folder = mkdtempSync(join(tmpdir(), 'umbra-ops-'));
    try {
      const words = join(folder, 'words');
      const fake = join(folder, 'backfill.mjs');
      writeFileSync(
        fake,
        `import { writeFileSync } from 'node:fs';
         writeFileSync(${JSON.stringify(words)}, process.argv.slice(2).join(' '));
         process.exit(75);`,
      );
      expect((await runOps(['backfill', '--resume', '--help'], {}, fake)).code).toBe(75);
      expect(readFileSync(words, 'utf8')).toBe('--resume --help');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves at once after it has migrated a fresh database', () =>
    withEmptyDatabase(async ({ url }) => {
      const run = await startProgram('dist/ops/main.js', ['migrate'], { DATABASE_URL: url }).ended;
      expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('Applied:')]);
    }));
});
