import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { encodeCommit } from '../org/history-log.ts';
import type { Commit } from '../org/commit.ts';
import type { Org } from '../org/org.ts';
import { historyQuery, transactionInput, truthQuery } from './control-input.ts';
import { truthLines } from './truth-lines.ts';

const NDJSON = 'application/x-ndjson; charset=utf-8';

/** Edits, and the oracle: truth and history. */
export function dataRoutes(server: FastifyInstance, org: Org): void {
  server.post('/transactions', (request) => {
    const { edits, ...options } = transactionInput.parse(request.body);
    const { results, commit } = org.transact(edits, options);
    return { results, commit: commit === undefined ? null : summary(commit) };
  });

  server.get('/truth', () => {
    const snapshot = org.truth();
    try {
      return Object.fromEntries(
        org.schema.objects.map(({ name }) => {
          const live = snapshot.table(name).count();
          return [name, { live, binned: snapshot.table(name).count(true) - live }];
        }),
      );
    } finally {
      snapshot.release();
    }
  });

  server.get<{ Params: { object: string } }>('/truth/:object', (request, reply) => {
    const { all, fields } = truthQuery.parse(request.query);
    const snapshot = org.truth();
    const body = Readable.from(truthPieces(org, request.params.object, fields, all, snapshot));
    // Also when the reader goes away half-way: an open snapshot keeps old states in memory.
    body.once('close', () => snapshot.release());
    return reply.type(NDJSON).send(body);
  });

  server.get('/history', (request, reply) => {
    const { from, object } = historyQuery.parse(request.query);
    return reply.type(NDJSON).send(Readable.from(historyLines(org, from, object)));
  });
}

function truthPieces(
  org: Org,
  object: string,
  fields: readonly string[] | undefined,
  all: boolean,
  snapshot: ReturnType<Org['truth']>,
): Generator<string, void> {
  try {
    const table = snapshot.table(object);
    const schema = org.schema.object(table.object);
    const names =
      fields ?? (schema?.fields ?? []).filter((field) => !field.compound).map((field) => field.name);
    for (const name of names) table.column(name);
    return truthLines(snapshot, object, names, all);
  } catch (error) {
    snapshot.release();
    throw error;
  }
}

function* historyLines(org: Org, from: number, object: string | undefined): Generator<string, void> {
  const last = org.history.length;
  for (const commit of org.history.commits(from)) {
    if (commit.seq > last) return;
    const changes =
      object === undefined ? commit.changes : commit.changes.filter((change) => change.object === object);
    if (changes.length > 0) yield `${encodeCommit({ ...commit, changes })}\n`;
  }
}

function summary(commit: Commit): Record<string, unknown> {
  const { seq, commitNumber, commitTimestamp, transactionKey, changes } = commit;
  return {
    seq,
    commitNumber: commitNumber.toString(),
    commitTimestamp,
    transactionKey,
    changes: changes.length,
  };
}
