import { Connection } from 'jsforce/lib/connection.js';
import type { Stage } from '../harness/stage.ts';
import { latencyOf } from './latency.ts';
import type { Shots } from './shots.ts';

/** What a query of a real org takes, in milliseconds, before the time that it is worked on. */
export const ORG_LATENCY_MS = 120;

/** Prices of some SKUs asked straight of the org, as it is written without a mirror: products, then their prices. */
export async function askDirectly(
  stage: Stage,
  { readers, seconds, skus }: { readers: number; seconds: number; skus: readonly string[] },
): Promise<Shots> {
  const connection = await signIn(stage);
  const rule = { match: { route: 'query' }, latencyMs: ORG_LATENCY_MS, every: 1 };
  await stage.simulator.control('POST', '/faults', rule);
  const times: number[] = [];
  const until = performance.now() + seconds * 1_000;
  const read = async (): Promise<void> => {
    while (performance.now() < until) {
      const from = performance.now();
      const products = await connection
        .sobject('Product2')
        .find({ StockKeepingUnit: { $in: [...skus] }, IsActive: true }, ['Id', 'StockKeepingUnit']);
      const ids = products.map(({ Id }) => String(Id));
      await connection
        .sobject('PricebookEntry')
        .find({ Product2Id: { $in: ids }, IsActive: true }, [
          'Id',
          'UnitPrice',
          'CurrencyIsoCode',
          'Product2Id',
        ]);
      times.push(performance.now() - from);
    }
  };
  const from = performance.now();
  try {
    await Promise.all(Array.from({ length: readers }, read));
  } finally {
    await stage.simulator.control('DELETE', '/faults');
  }
  const none = latencyOf([]);
  const latency = latencyOf(times);
  return {
    seconds: (performance.now() - from) / 1_000,
    answered: times.length,
    refused: 0,
    lost: 0,
    latency,
    refusal: none,
  };
}

async function signIn({ env, simulator }: Stage): Promise<Connection> {
  const answer = await fetch(`${simulator.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env['SF_CLIENT_ID'] ?? '',
      client_secret: env['SF_CLIENT_SECRET'] ?? '',
    }),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  const { access_token: accessToken } = (await answer.json()) as { access_token: string };
  return new Connection({ instanceUrl: simulator.url, accessToken, version: '62.0', maxRequest: 50 });
}
