/**
 * The plain backfill: for each object jsforce's `bulk2.query` over all of its fields, and Prisma's `createMany` for a
 * thousand records at a time. It prints how many rows it has written. Its argument is the share of each object's
 * records to read, 0 to 1.
 *
 * What it does not do, and Umbra does: it starts over after an interruption, reads no deleted records, checks no count,
 * lets a record that does not fit fail the thousand that it is in, and puts old values over changes that stream in.
 */
import type { Readable } from 'node:stream';
import { databaseSection, loadEnv, salesforceSection } from '@umbra/platform';
import { Connection } from 'jsforce';
import { openPlainClient, type PlainRow } from './plain-client.ts';
import { plainObjects, rowOf, tableOf } from './plain-row.ts';

const ROWS = 1_000;
const POLL_MS = 500;
const POLL_TIMEOUT_MS = 600_000;
/** Types that a Bulk query cannot read. */
const compound = new Set(['address', 'location', 'base64']);

const { env } = loadEnv({ database: databaseSection, salesforce: salesforceSection });

async function accessToken(): Promise<string> {
  const answer = await fetch(`${env.salesforce.loginUrl}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env.salesforce.clientId,
      client_secret: env.salesforce.clientSecret?.reveal() ?? '',
    }),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** Text of CSV as what the columns take: nothing for empty text, booleans as such. */
function values(
  record: Readonly<Record<string, string>>,
  booleans: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([field, text]) => [
      field,
      text === '' ? null : booleans.has(field) ? text === 'true' : text,
    ]),
  );
}

const connection = new Connection({
  instanceUrl: env.salesforce.loginUrl,
  accessToken: await accessToken(),
  version: env.salesforce.apiVersion,
});
connection.bulk2.pollInterval = POLL_MS;
connection.bulk2.pollTimeout = POLL_TIMEOUT_MS;
const client = await openPlainClient(env.database.url.reveal(), 2);
const share = Number(process.argv[2] ?? 1);
let written = 0;
for (const object of plainObjects) {
  const { fields } = await connection.describe(object);
  const readable = fields.filter(({ type }) => !compound.has(type));
  const booleans = new Set(readable.filter(({ type }) => type === 'boolean').map(({ name }) => name));
  const all = `SELECT ${readable.map(({ name }) => name).join(', ')} FROM ${object}`;
  const query =
    share < 1 ? `${all} LIMIT ${Math.ceil(share * (await connection.sobject(object).count()))}` : all;
  const records = (await connection.bulk2.query(query)) as unknown as {
    stream(): Readable & AsyncIterable<Record<string, string>>;
  } & AsyncIterable<Record<string, string>>;
  let rows: PlainRow[] = [];
  const flush = async (): Promise<void> => {
    const now = new Date();
    const data = rows.map((row) => ({ ...row, updatedAt: now }));
    rows = [];
    await tableOf(client, object).createMany({ data, skipDuplicates: true });
    written += data.length;
  };
  for await (const record of records) {
    const fieldsOf = values(record, booleans);
    rows.push(rowOf(object, String(fieldsOf['Id']), fieldsOf));
    if (rows.length === ROWS) await flush();
  }
  if (rows.length > 0) await flush();
}
await client.$disconnect();
process.stdout.write(`${JSON.stringify({ written })}\n`);
