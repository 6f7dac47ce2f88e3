import { checkModel } from './model.ts';

/** The same histories each time; `npm run test:soak` plays new ones. */
const seed = 20_261_130;

it('for any events in any order: one sweep after the noise, the clouds agree with the model', async () => {
  const { runs, acts } = await checkModel(150, seed);
  expect(runs).toBe(150);
  // Otherwise the adversary did nothing.
  for (const act of [
    'the table emptied',
    'an account came back as it was',
    'a role re-created in another casing',
    'a sweep while an AWS account fails',
    'an AWS account left the file, and has roles',
    'a config in an AWS account that left the file',
    'access that goes while its folders cannot be read',
    'a forged event that names another account',
    'a direct grant in the end',
    'members bound by hand stayed where a rule is used',
    'a rule that returned after its site was drained',
    'a policy rewritten from a list of its own',
  ])
    expect(acts.get(act)).toBeGreaterThan(0);
}, 300_000);
