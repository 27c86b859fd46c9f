import type { SimulatedOrg } from './simulator.ts';

/** Another client of the org, which uses up what the org has. */
export interface Rival {
  /** Makes so many calls, one after the other on a few connections. @returns how many the org refused */
  readonly spend: (calls: number) => Promise<number>;
}

const AT_ONCE = 8;

export async function startRival(org: SimulatedOrg): Promise<Rival> {
  const answer = await fetch(`${org.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: org.env['SF_CLIENT_ID'] ?? '',
      client_secret: org.env['SF_CLIENT_SECRET'] ?? '',
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const call = async (): Promise<boolean> => {
    const reply = await fetch(
      `${org.url}/services/data/v62.0/query?q=${encodeURIComponent('SELECT COUNT() FROM Pricebook2')}`,
      {
        headers: { authorization: `Bearer ${token}`, 'sforce-call-options': 'client=rival' },
      },
    );
    await reply.arrayBuffer();
    return reply.ok;
  };
  return {
    spend: async (calls) => {
      let left = calls;
      let refused = 0;
      const lane = async (): Promise<void> => {
        while (left-- > 0) if (!(await call())) refused++;
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      return refused;
    },
  };
}
