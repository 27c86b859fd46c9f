import { UmbraError } from '@umbra/domain';
import { HOUR, minutes, nightly, rounds, sameEpoch, type FaultLife } from './fault-life.ts';
import { TOPIC, type Telling } from './org-writer.ts';

/** Rows 1 to 14: what the bus may do. */
export const busLives: readonly FaultLife[] = [
  {
    row: 1,
    fault: 'streams that end again and again',
    async trouble(life) {
      await rounds(life, 8, () => life.world.bus.end('SF_STREAM_ENDED'));
      return sameEpoch(life);
    },
  },
  {
    row: 2,
    fault: 'streams that fall silent',
    async trouble(life) {
      await rounds(life, 4, () => life.world.bus.end('SF_STREAM_SILENT'));
      return sameEpoch(life);
    },
  },
  {
    row: 4,
    fault: 'a suffix once more, under new replay ids',
    async trouble(life) {
      await rounds(life, 6, () => life.world.bus.repeat(TOPIC, 1 + life.below(20)));
      return sameEpoch(life);
    },
  },
  {
    row: 5,
    fault: 'events out of order',
    async trouble(life) {
      const { random, world } = life;
      const between = (): void => (random() < 0.5 ? world.writer.release() : undefined);
      await rounds(life, 8, between, () => (random() < 0.4 ? 'late' : 'told'));
      world.writer.release();
      return sameEpoch(life);
    },
  },
  {
    row: 6,
    fault: 'events that are never published',
    async trouble(life) {
      for (let n = 1 + life.below(4); n > 0; n--) life.edit('untold');
      await minutes(life.world, 20);
      await nightly(life);
      return [];
    },
  },
  {
    row: 7,
    fault: 'gaps in place of changes, and texts as diffs',
    async trouble(life) {
      const { random } = life;
      const telling = (): Telling => (random() < 0.5 ? 'gap' : random() < 0.5 ? 'diff' : 'told');
      await rounds(life, 5, () => undefined, telling);
      return sameEpoch(life);
    },
  },
  {
    row: 8,
    fault: 'overflows',
    async trouble(life) {
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.4 ? 'overflow' : 'told'),
      );
      return sameEpoch(life);
    },
  },
  {
    row: 9,
    fault: 'wildcards after a conversion',
    async trouble(life) {
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.4 ? 'wildcard' : 'told'),
      );
      const stars = life.world.shadow.all().filter(({ state }) => state.recordId.includes('*'));
      return [...stars.map(({ state }) => `a record ${state.recordId}`), ...sameEpoch(life)];
    },
  },
  {
    row: 10,
    fault: 'away for longer than events are kept',
    async trouble({ below, edit, world }) {
      await world.stop();
      const length = 73 * HOUR + below(100) * HOUR;
      for (let n = 0; n < 6; n++) {
        edit();
        await world.pass(length / 6);
      }
      world.expire(below(3));
      world.start();
      await world.round();
      const latest = world.bus.starts.filter(({ kind }) => (kind as string) === 'latest');
      return latest.map(() => 'a stream that began with the latest event');
    },
  },
  {
    row: 10,
    fault: 'away for too long, and half of the reads that make up for it fail',
    async trouble(life) {
      const { edit, random, world } = life;
      await world.stop();
      for (let n = 0; n < 6; n++) {
        edit();
        await world.pass(13 * HOUR);
      }
      world.expire(0);
      world.start();
      world.org.onStep = () => {
        if (random() < 0.5) throw new UmbraError('SF_UNAVAILABLE', 'an HTML page');
      };
      await minutes(world, 5);
      for (let n = 0; n < 6; n++) {
        await world.repair();
        await minutes(world, 5);
      }
      world.org.onStep = () => undefined;
      return [];
    },
  },
  {
    row: 11,
    fault: 'replay ids that two events share',
    async trouble(life) {
      const { bus } = life.world;
      bus.sharedReplayIds = () => life.random() < 0.5;
      await rounds(life, 6, () => (life.random() < 0.3 ? bus.end('SF_STREAM_ENDED') : undefined));
      bus.sharedReplayIds = () => false;
      return [];
    },
  },
  {
    row: 12,
    fault: 'an org that moves: all numbers begin anew',
    async trouble(life) {
      life.world.migrate();
      await rounds(life, 4, () => undefined);
      const { raises } = life.world.log;
      return raises.length === 1 ? [] : [`${String(raises.length)} new epochs`];
    },
  },
  {
    row: 13,
    fault: 'events that nobody can read, for a while or ever',
    async trouble(life) {
      const { bus } = life.world;
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.3 ? 'undecodable' : 'told'),
      );
      if (life.random() < 0.5) bus.schemas.set('s-hidden', bus.schemas.get('s1') ?? '');
      return sameEpoch(life);
    },
  },
  {
    row: 14,
    fault: 'events of a new shape in mid-stream',
    async trouble(life) {
      const { bus, writer } = life.world;
      await rounds(life, 2, () => undefined);
      const known = JSON.parse(bus.schemas.get('s1') ?? '') as { entityName: string; leaves: string[] };
      bus.schemas.set('s2', JSON.stringify({ ...known, leaves: [...known.leaves, 'Added__c'] }));
      await rounds(life, 4, () => (writer.shape = life.random() < 0.7 ? 's2' : 's1'));
      return sameEpoch(life);
    },
  },
];
