import { isNothing, roleAccess } from '../../../shared/app/revoke-role.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { memoryPorts, setPolicy, setRole } from '../../support/memory.ts';
import { run, tag, world } from '../../support/reconciling.ts';
import { email, reports, settings } from '../../support/settings.ts';
import { repair } from '../../support/sweeping.ts';

import { hour, isBound, later, sweepOnce } from './support.ts';

const next = email('next');
const nextPolicy = serviceAccountResource(next);
const renamed: Settings = { ...settings, google: { ...settings.google, serviceAccount: next } };

/** `reports` may act as `next`; then rolebridge.yml names `next` as rolebridge's own account. */
const bound = async () => {
  const made = world();
  setPolicy(made, nextPolicy, {});
  tag(made, { 'google-access': next });
  await run(made);
  await sweepOnce(made);
  expect(isBound(made, nextPolicy)).toBe(true);
  setRole(made, reports, []); // untagged: its access is to end
  for (let n = 0; n < 3; n += 1) {
    await sweepOnce(made, renamed);
    await repair(made, renamed);
    later(made, hour);
  }
  return made;
};

describe('invariants 2, 4: rolebridge.yml names a granted account as rolebridge’s own', () => {
  it('the sweep removes what a role has there, or says that it cannot see it', async () => {
    const made = await bound();
    const { blindSpots } = await sweepOnce(made, renamed);
    expect(isBound(made, nextPolicy) && blindSpots.length === 0).toBe(false);
  });

  it('"revoke --role" does not call it gone', async () => {
    const made = await bound();
    const { held } = await roleAccess(renamed, memoryPorts(made), reports);
    expect(isBound(made, nextPolicy) && isNothing(held)).toBe(false);
  });
});
