import { allCells, runMatrix } from './matrix.ts';

describe('any fault at any port call', () => {
  let cells: ReturnType<typeof allCells>;
  beforeAll(async () => {
    cells = allCells(await runMatrix());
  }, 300_000);

  it('one sweep later, the clouds agree with the model, and no foreign row was touched', () => {
    expect(cells.length).toBeGreaterThan(4000);
    expect(cells.filter(({ differences }) => differences.length > 0)).toEqual([]);
  });

  it('a change that an event reported is repaired without the sweep: by redelivery and second look', () => {
    expect(cells.filter(({ noticedBy, isEarly }) => noticedBy === 'events' && !isEarly)).toEqual([]);
  });
});
