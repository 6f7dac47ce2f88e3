import { memberOf } from '../../../shared/core/member.ts';
import type { PoolOwnership } from '../../../shared/core/ownership.ts';
import { poolPath, type Settings } from '../../../shared/core/settings.ts';
import { reader, roleRef, settings, tagKey } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { runRepair, runSweep, settleAll } from '../../support/sweeping.ts';
import { bindingsOf, createWorld, sharedBinding, tagRole } from '../../support/world.ts';

/** More roles with access than one sweep may revoke; then rolebridge.yml names a pool that someone else owns. */
const names = Array.from({ length: 30 }, (_, n) => `app-${n}`);
const moved: Settings = { ...settings, google: { ...settings.google, pool: 'their-roles' } };
const members = new Set(names.map((name) => memberOf(settings, roleRef(name))));

const movedTo = async (ownership: PoolOwnership, isRejected: boolean) => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  for (const name of names) tagRole(world, { [tagKey]: reader }, name);
  await settleAll(world);
  const bound = () =>
    bindingsOf(world, readerPolicy)
      .flatMap((one) => one.members)
      .filter((member) => members.has(member));
  expect(bound()).toHaveLength(30);
  world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
  world.ownerships.set(poolPath(settings), { kind: 'ours' });
  world.ownerships.set(poolPath(moved), ownership);
  if (isRejected) for (const name of names) world.rejected.add(memberOf(moved, roleRef(name)));
  const { limits } = await runSweep(world, moved);
  expect(limits.filter(({ released }) => released > 0)).toEqual([]);
  await runRepair(world, moved);
  return { world, bound };
};

describe('invariant 8: access that the new pool cannot have is not removed from the old one without being counted', () => {
  it('google.pool names a pool of another owner', async () => {
    const { bound } = await movedTo({ kind: 'another', owner: '999999999999/prod', reason: 'theirs' }, false);
    expect(bound()).toHaveLength(30);
  });

  it('google.pool names a pool that does not exist, so Google rejects its members', async () => {
    const { bound } = await movedTo({ kind: 'unproven', reason: 'no such pool', isNotFound: true }, true);
    expect(bound()).toHaveLength(30);
  });
});

describe('invariant 5: Failed does not hide what did happen', () => {
  it('the access in the old pool was removed, so an outcome reports it', async () => {
    const { world, bound } = await movedTo(
      { kind: 'another', owner: '999999999999/prod', reason: 'theirs' },
      false,
    );
    const said = world.outcomes.filter(
      ({ type, detail }) => type === 'Revoked' || /gone|removed/.test(detail.reason ?? ''),
    );
    expect(bound().length + said.length).toBe(30);
  });
});
