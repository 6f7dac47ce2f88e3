import { checkModel } from './model.ts';

it('whatever happens, in whatever order: one sweep after the noise, the clouds agree with the model', async () => {
  const { runs } = await checkModel(300);
  expect(runs).toBe(300);
}, 300_000);
