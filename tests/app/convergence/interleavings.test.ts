import { everyEnding, type Line, moves } from './interleavings.ts';

/** docs/adr/0013: a binding that only the sweep finds takes a kill, and more than a doubled event. */
const leftToTheSweep: readonly (readonly [Line, boolean])[] = [
  ['event', false],
  ['event and second look', true],
  ['sweep and drift', true],
];

describe('a reconcile that read an older tag, and whoever notices that the tag is gone', () => {
  it.each(leftToTheSweep)(
    'B is the %s: in whatever order they call, no binding stays that nobody looks at',
    async (line, isLeft) => {
      const endings = await everyEnding(moves.untag, line);
      const unattended = endings.filter((ending) => ending.unattended.length > 0);
      console.info(
        `${line}: ${endings.length} schedules, ${unattended.length} of them are left to the sweep`,
      );
      expect(endings.length).toBeGreaterThan(200);
      expect(endings.filter(({ afterSweep }) => afterSweep.length > 0)).toEqual([]);
      // Who was not killed sees for himself.
      expect(unattended.filter(({ killedAfter }) => killedAfter === undefined)).toEqual([]);
      expect(unattended.length > 0).toBe(isLeft);
    },
    300_000,
  );
});
