import { everyEnding, lines, moves } from './interleavings.ts';

describe('a reconcile that read an older tag, and whoever notices that the tag is gone', () => {
  it.each(lines)(
    'B is the %s: in whatever order they call, and wherever A is killed, no binding stays that nobody looks at',
    async (line) => {
      const endings = await everyEnding(moves.untag, line);
      console.info(`${line}: ${endings.length} schedules`);
      expect(endings.length).toBeGreaterThan(200);
      expect(endings.filter(({ unattended }) => unattended.length > 0)).toEqual([]);
      expect(endings.filter(({ afterSweep }) => afterSweep.length > 0)).toEqual([]);
    },
    300_000,
  );
});
