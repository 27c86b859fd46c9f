/**
 * What may this account buy, and for how much?
 *
 *   ./umbra exec node libs/client/examples/offer-plans.ts --url http://127.0.0.1:3000 --key umbra_… \
 *     --account 0015g0000000002AAA --currency EUR
 */
import { parseArgs } from 'node:util';
import { createUmbraClient } from '../src/index.ts';

const text = { type: 'string', default: '' } as const;
const { values } = parseArgs({ options: { url: text, key: text, account: text, currency: text } });
const { account: accountId, currency } = values;
const umbra = createUmbraClient({ baseUrl: values.url, key: values.key });

const offered = await umbra.GET('/api/catalog/internet/plans', {
  params: { query: { accountId, currency } },
});
if (offered.error !== undefined) {
  // A problem document: a stable code, and every problem of the input.
  console.error(offered.error.code, offered.error.problems ?? offered.error.detail);
  process.exit(1);
}
const { data, meta } = offered.data;
console.log(`${accountId} is ${data.eligibility}: ${data.plans.length} plans`);
console.log(`as of ${meta.asOf} (${meta.ageSeconds} s old, from the ${meta.source})`);
for (const { name, prices, sku } of data.plans)
  console.log(`  ${sku.padEnd(20)} ${name.padEnd(30)} ${prices[0]?.unitPrice ?? '-'} ${currency}`);

// Money is at stake: nothing older than five minutes will do.
const [plan] = data.plans;
if (plan !== undefined) {
  const quoted = await umbra.POST('/api/orders/quote', {
    params: { header: { 'Cache-Control': 'max-age=300' } },
    body: { currency, lines: [{ sku: plan.sku, quantity: 2 }] },
  });
  const total = quoted.data?.data.total ?? quoted.error?.code;
  console.log(`two of ${plan.sku}: ${total} ${currency}`);
}
