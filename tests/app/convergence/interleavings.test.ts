import { everyEnding, type Line, type MoveName, moves } from './interleavings.ts';

const every = Number.POSITIVE_INFINITY;
const cases: readonly (readonly [MoveName, Line, number])[] = [
  ['untag', 'event and second look', every],
  ['delete role', 'event', every],
  // There are too many orders: a choice of them, with a kill at each call of A.
  ['untag', 'sweep and drift', 30],
  ['untag, direct', 'event', 30],
  ['untag, direct', 'sweep and drift', 12],
  ['retarget', 'event', 20],
];

describe('a reconcile that read an older tag, and another function that notices the change', () => {
  it.each(cases)(
    '%s, B is the %s: in any order of their calls, and wherever A is killed, no binding is left that no function checks',
    async (move, line, atMost) => {
      const endings = await everyEnding(moves[move], line, atMost);
      console.info(`${move}, ${line}: ${endings.length} schedules`);
      expect(endings.length).toBeGreaterThan(200);
      expect(endings.filter(({ unattended }) => unattended.length > 0)).toEqual([]);
      expect(endings.filter(({ afterSweep }) => afterSweep.length > 0)).toEqual([]);
    },
    300_000,
  );
});
