import { it } from '@jest/globals';
import { runSchedule } from './world/schedule.ts';
it('diag', async () => {
  const out: string[] = [];
  let bad = 0; let n = 0;
  for (const [base, count] of [[5883, 1], [1384, 1], [2296, 1], [20000, 900]] as const) for (let seed = base; seed < base + count; seed++) {
    const p = await runSchedule(seed); n++;
    if (p.length > 0) { bad++; out.push(`${seed}: ${p.slice(0, 3).join('; ')}`); }
  }
  process.stderr.write(`BAD ${bad} of ${n}\n${out.join('\n')}\n`);
}, 300000);
