import { everyEnding, type Line, type MoveName, moves } from './interleavings.ts';

const cases: readonly (readonly [MoveName, Line, boolean])[] = [
  ['untag', 'event', true],
  ['untag', 'event and second look', true],
  ['untag', 'sweep and drift', true],
  ['delete role', 'event', true],
  // With kills: npm run test:soak.
  ['retarget', 'event', false],
];

describe('a reconcile that read an older tag, and whoever notices what became of it', () => {
  it.each(cases)(
    '%s, B is the %s: in whatever order they call, and wherever A is killed, no binding stays that nobody looks at',
    async (move, line, isKilled) => {
      const endings = await everyEnding(moves[move], line, { isKilled });
      console.info(`${move}, ${line}: ${endings.length} schedules`);
      expect(endings.length).toBeGreaterThan(isKilled ? 200 : 50);
      expect(endings.filter(({ unattended }) => unattended.length > 0)).toEqual([]);
      expect(endings.filter(({ afterSweep }) => afterSweep.length > 0)).toEqual([]);
    },
    300_000,
  );
});
