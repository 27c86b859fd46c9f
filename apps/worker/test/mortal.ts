import { Mirror, type BackfillDeps } from '@umbra/sync';
import type { MirrorUnderTest } from './with-mirror.ts';

/** How many more steps a process lives; each call of a port is one. */
export class Lifetime {
  left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  step(): void {
    if (this.left <= 0) throw new Killed();
    this.left--;
  }
}

/** From then on nothing the process does has any effect: as after kill -9, but for its connections. */
export class Killed extends Error {}

/** The same object whose every method is a step of the lifetime; transactions and pages likewise. */
function mortal<T extends object>(target: T, life: Lifetime): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        life.step();
        if (name === 'transaction') {
          const [work] = args as [(tx: object) => Promise<unknown>];
          return Reflect.apply(value, target, [
            async (tx: object) => {
              const result = await work(mortal(tx, life));
              life.step();
              return result;
            },
          ]);
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

/** Everything that a process needs for a backfill, on borrowed time. */
export function mortalDeps(under: MirrorUnderTest, life: Lifetime, owner: string): BackfillDeps {
  const deps = under.deps(owner);
  const { mirror } = deps;
  return {
    ...deps,
    mirror: new Mirror({
      store: mortal(mirror.store, life),
      cache: mirror.cache,
      rules: mirror.rules,
      log: mirror.log,
    }),
    runs: mortal(deps.runs, life),
    bulk: mortal(deps.bulk, life),
    records: mortal(deps.records, life),
  };
}
