import type { Settings } from '../../../shared/core/settings.ts';
import { type MemoryWorld, unavailable } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { reader, settings, tagKey } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { advance, bindingsOf, createWorld, hour, tagRole } from '../../support/world.ts';

const withEndpoints = (endpoints: Settings['google']['endpoints']): Settings => ({
  ...settings,
  google: { ...settings.google, endpoints },
});
const sts = 'https://sts-acme.p.googleapis.com';
const changed = withEndpoints({ sts, iamcredentials: 'https://iamcredentials-acme.p.googleapis.com' });

describe('invariant 8: configs of access that the limit holds stay, even if new ones would have other endpoints', () => {
  it.each([
    ['both', changed, true],
    ['one', withEndpoints({ sts }), true],
    ['both', changed, false],
  ])('%s changed; the policy can be read: %j', async (_, using, isRead) => {
    const world = createWorld();
    for (let index = 0; index < 30; index += 1) tagRole(world, { [tagKey]: reader }, `app-${index}`);
    await settleAll(world);
    if (!isRead)
      world.before = (call) => {
        if (call === `getIamPolicy ${readerPolicy}`) throw unavailable(call);
      };
    advance(world, hour);
    const allow = [{ to: '*@acme-data.iam.gserviceaccount.com', roles: ['reports'] }];
    await runSweep(world, { ...using, allow });
    await runRepair(world, { ...using, allow });
    expect(world.parameters.size).toBe(60);
    world.before = () => undefined;
    expect(bindingsOf(world).flatMap(({ members }) => members)).toHaveLength(30);
    expect(world.outcomes.map(({ type }) => type)).not.toContain('Revoked');
  });

  it('an event of another key removes none either', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await settleAll(world);
    tagRole(world, {});
    await runReconcile(world, [requestFor('reports', { namedKeys: [`${tagKey}/other`] })], changed);
    expect([world.parameters.size, bindingsOf(world).length]).toEqual([2, 1]);
  });
});

describe('invariant 8: nor does the only config of access that a tag asks for go while its new binding cannot be made', () => {
  const unread = (world: MemoryWorld): void => {
    world.before = (call) => {
      if (call === `getIamPolicy ${readerPolicy}`) throw unavailable(call);
    };
  };

  it('if its tag moved, with an end', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await settleAll(world);
    tagRole(world, { [`${tagKey}/night`]: `${reader} until 2026-12-31` });
    unread(world);
    await runSweep(world, changed);
    await runRepair(world, changed);
    expect([...world.parameters.keys()]).toEqual(
      settings.regions.map((region) => `${region} /google-access/reports/default`),
    );
  });

  it('if the pool and the prefix change, too', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await settleAll(world);
    unread(world);
    const next: Settings = {
      ...changed,
      parameterPrefix: '/next',
      google: { ...changed.google, pool: 'aws-next' },
    };
    await runSweep(world, next);
    await runRepair(world, next);
    expect(world.parameters.size).toBe(2);
  });
});
