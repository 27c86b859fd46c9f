import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Contender } from '../harness/contest.ts';
import { measured } from '../harness/measured.ts';
import type { Stage } from '../harness/stage.ts';

/** Parents before children, as the foreign key demands. */
const tables = ['sf_product_shadow', 'sf_pricebook_shadow', 'sf_account_eligibility_shadow'] as const;

/** Everything that a backfill writes, emptied so that each round starts from nothing. */
async function empty(stage: Stage): Promise<void> {
  await stage.client.query(
    'truncate sf_product_shadow, sf_pricebook_shadow, sf_account_eligibility_shadow, sf_shadow_aside, sf_backfill_run, sf_coverage cascade',
  );
}

async function rowsStored(stage: Stage): Promise<number> {
  const { rows } = await stage.client.query<{ n: string }>(
    'select (select count(*) from sf_product_shadow) + (select count(*) from sf_pricebook_shadow) + (select count(*) from sf_account_eligibility_shadow) as n',
  );
  return Number(rows[0]?.n ?? 0);
}

/** The backfill command as a user runs it, from an empty shadow to the last row. */
export function umbraBackfill(stage: Stage): Contender {
  return {
    name: 'umbra backfill',
    async run() {
      await empty(stage);
      return measured({ simulator: stage.simulator.pid, postgres: stage.postmaster }, async (watch) => {
        const backfill = stage.program('backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']);
        watch('backfill', backfill.pid);
        const output = await backfill.succeeded();
        const { calls } = JSON.parse(output) as { calls: number };
        return { units: await rowsStored(stage), figures: { 'Salesforce calls': calls } };
      });
    },
  };
}

/**
 * jsforce's `bulk2.query` over all fields, and Prisma's `createMany` for a thousand records at a time.
 * @param rows how many to read at most, of each object its share: at a million it would take a quarter of an hour
 */
export function plainBackfill(stage: Stage, rows: number): Contender {
  return {
    name: 'jsforce bulk2.query, Prisma createMany',
    async run() {
      await stage.client.query('truncate plain.product, plain.price, plain.account');
      return measured({ simulator: stage.simulator.pid, postgres: stage.postmaster }, async (watch) => {
        const share = Math.min(1, rows / (await rowsStored(stage)));
        const copy = stage.program('plain-backfill', ['tools/bench/src/plain/bulk-copy.ts', String(share)]);
        watch('backfill', copy.pid);
        const { written } = JSON.parse(await copy.succeeded()) as { written: number };
        return { units: written };
      });
    },
  };
}

/** Writes the finished rows of each table to a file, in COPY's text format: the rival's input. */
export async function prepareFiles(stage: Stage): Promise<void> {
  for (const table of tables) {
    await pipeline(
      stage.client.query(copyTo(`copy ${stage.client.escapeIdentifier(table)} to stdout`)),
      createWriteStream(join(stage.folder, `${table}.copy`)),
    );
  }
}

async function copyFile(stage: Stage, source: string, target: string): Promise<void> {
  await pipeline(
    createReadStream(join(stage.folder, `${source}.copy`), { highWaterMark: 1 << 20 }),
    stage.client.query(copyFrom(`copy ${stage.client.escapeIdentifier(target)} from stdin`)),
  );
}

/** Finished rows from a file straight into the logged tables with all their indexes and constraints. */
export function plainCopy(stage: Stage): Contender {
  return {
    name: 'COPY of finished rows',
    async run() {
      await empty(stage);
      return measured({ postgres: stage.postmaster }, async () => {
        for (const table of tables) await copyFile(stage, table, table);
        return { units: await rowsStored(stage) };
      });
    },
  };
}

/** Finished rows from a file into a staging table, and from there into the logged one: the floor of any staged load. */
export function stagedCopy(stage: Stage): Contender {
  return {
    name: 'COPY into staging, INSERT … SELECT',
    async run() {
      await empty(stage);
      return measured({ postgres: stage.postmaster }, async () => {
        for (const table of tables) {
          const [from, to] = [
            stage.client.escapeIdentifier(`stage_${table}`),
            stage.client.escapeIdentifier(table),
          ];
          const statements = {
            create: `create temp table ${from} (like ${to})`,
            insert: `insert into ${to} select * from ${from}`,
            drop: `drop table ${from}`,
          };
          await stage.client.query(statements.create);
          await copyFile(stage, table, `stage_${table}`);
          await stage.client.query(statements.insert);
          await stage.client.query(statements.drop);
        }
        return { units: await rowsStored(stage) };
      });
    },
  };
}
