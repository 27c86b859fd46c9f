import { runNumbered, type NarrowRun } from './narrow-run.ts';
import type { Protection } from './protection.ts';
import type { TreeCopy } from './tree-copy.ts';

export interface Verdict {
  readonly protection: Protection;
  readonly outcome: 'seen failing' | 'STILL PASSES' | 'FAILS ANYWAY' | 'BROKEN';
  /** The test that noticed, or what went wrong. */
  readonly says: string;
}

/** Tries protections in one copy of the tree, each beside a run in which nothing is missing. */
export class Trials {
  readonly #copy: TreeCopy;
  readonly #whole = new Map<string, NarrowRun>();

  constructor(copy: TreeCopy) {
    this.#copy = copy;
  }

  try(protection: Protection): Verdict {
    const verdict = (outcome: Verdict['outcome'], says: string): Verdict => ({ protection, outcome, says });
    const whole = this.#runWhole(protection);
    if (whole.broken !== undefined) return verdict('BROKEN', whole.broken);
    const [failing] = whole.failed;
    if (failing !== undefined) return verdict('FAILS ANYWAY', `${failing.name}\n${failing.message}`);
    let run: NarrowRun;
    try {
      using _ = this.#copy.without(protection);
      run = this.#run(protection);
    } catch (error) {
      return verdict('BROKEN', error instanceof Error ? error.message : String(error));
    }
    if (run.broken !== undefined) return verdict('BROKEN', run.broken);
    // What merely throws has not seen anything: a misspelt edit would do that too.
    const noticed = run.failed.find(({ message }) => message.includes(protection.says ?? 'expect('));
    if (noticed !== undefined) return verdict('seen failing', noticed.name);
    const [thrown] = run.failed;
    return thrown === undefined
      ? verdict('STILL PASSES', `${run.passed} tests`)
      : verdict('BROKEN', `${thrown.name}\n${thrown.message}`);
  }

  #runWhole(protection: Protection): NarrowRun {
    const key = `${protection.run ?? protection.test} ${protection.requirement}`;
    const known = this.#whole.get(key) ?? this.#run(protection);
    this.#whole.set(key, known);
    return known;
  }

  #run({ run, test, requirement }: Protection): NarrowRun {
    return runNumbered(this.#copy.root, run ?? test, requirement);
  }
}
