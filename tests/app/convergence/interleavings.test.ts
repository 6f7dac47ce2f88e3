import { everyEnding, type Line, type MoveName, moves } from './interleavings.ts';

const every = Number.POSITIVE_INFINITY;
const cases: readonly (readonly [MoveName, Line, number])[] = [
  ['untag', 'event and second look', every],
  ['delete role', 'event', every],
  // There are too many: a choice of them, with a kill at each call of A.
  ['untag', 'sweep and drift', 30],
  ['untag, direct', 'event', 30],
  ['untag, direct', 'sweep and drift', 12],
  ['retarget', 'event', 20],
];

describe('a reconcile that read an older tag, and whoever notices what became of it', () => {
  it.each(cases)(
    '%s, B is the %s: in whatever order they call, and wherever A is killed, no binding stays that nobody looks at',
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
