import { allCells, runMatrix } from './matrix.ts';

it('after any fault at any port call, one sweep later the clouds agree with the model', async () => {
  const failed = allCells(await runMatrix()).filter(({ differences }) => differences.length > 0);
  expect(failed).toEqual([]);
}, 300_000);
