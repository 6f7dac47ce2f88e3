import { PermanentError } from '../../shared/core/errors.ts';
import { asked, bucket, bucketWorld, direct, tagFor } from '../support/bucket-world.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';
import { advance, day, tagRole } from '../support/world.ts';

it('a site whose first use broke off is a blind spot, until the next tag that asks for it', async () => {
  const world = bucketWorld();
  setKnown(world);
  tagFor(world);
  let reads = 0;
  // The second read of the policy is the one that finds who was there before.
  world.before = (call) => {
    if (call === `getIamPolicy ${bucket}` && (reads += 1) === 2)
      throw new PermanentError('Google does not permit it (403).', { because: 'notPermitted' });
  };
  await runReconcile(world, [requestFor()], direct);
  expect(reads).toBe(2);
  world.before = () => undefined;
  tagRole(world, {});
  await runReconcile(world, [requestFor()], direct);
  advance(world, day);
  const { blindSpots } = await runSweep(world, direct);
  expect(blindSpots).toEqual([
    {
      what: expect.stringMatching(/^the members that .* had before rolebridge used it$/),
      reason: expect.stringMatching(/The next tag that asks for this access completes the list\.$/),
    },
  ]);
  await runRepair(world, direct);
  tagRole(world, { 'google-access/in': asked }, 'app-1');
  await runReconcile(world, [requestFor('app-1')], direct);
  expect(await runSweep(world, direct)).toMatchObject({ blindSpots: [] });
});
