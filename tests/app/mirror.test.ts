import { PermanentError } from '../../shared/core/errors.ts';
import type { Outcome } from '../../shared/core/outcome.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { type MemoryWorld, setRole } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { accountId as home, reader, roleRef, settings, tagKey } from '../support/settings.ts';
import { createWorld, failCalls } from '../support/world.ts';

const [near, far, unlisted] = ['444455556666', '777788889999', '888899990000'] as const;
const three: Settings = {
  ...settings,
  home,
  accounts: [home, near, far].map((id) => ({ id, provider: `aws-${id}` })),
};

const requestIn = (world: MemoryWorld, accountId: string) => {
  const ref = { ...roleRef('reports'), accountId };
  setRole(world, ref, [{ key: tagKey, value: reader }]);
  return requestFor('reports', { ref });
};

/** Reconciles one role of each account; returns each `ACCOUNT TYPE` that was mirrored. */
const mirroring = async (
  world: MemoryWorld,
  accountIds: readonly string[],
  fails: (accountId: string) => boolean = () => false,
) => {
  const mirrored: (readonly [string, Outcome])[] = [];
  const reports = await runReconcile(
    world,
    accountIds.map((id) => requestIn(world, id)),
    three,
    {
      mirror: {
        send: (accountId, outcomes) => {
          world.calls.push(`mirror ${accountId}`);
          if (fails(accountId)) return Promise.reject(new PermanentError('not permitted'));
          mirrored.push(...outcomes.map((one) => [accountId, one] as const));
          return Promise.resolve();
        },
      },
    },
  );
  return { mirrored, reports };
};

it('copies each outcome to its own account, after home has it and the recheck is scheduled', async () => {
  const world = createWorld();
  const { mirrored } = await mirroring(world, [home, near, far]);
  expect(mirrored.map(([id, { type }]) => [id, type])).toEqual([
    [near, 'Granted'],
    [far, 'Granted'],
  ]);
  for (const [id, one] of mirrored)
    expect(world.outcomes.filter(({ detail }) => detail.role.accountId === id)).toEqual([one]);
  expect(world.calls.slice(-4)).toEqual(['PutEvents', 'SendMessageBatch', `mirror ${near}`, `mirror ${far}`]);
});

it('an account that accepts no copy affects no role: the ids that it lacks are logged', async () => {
  const world = createWorld();
  const { mirrored, reports } = await mirroring(world, [near, far], (id) => id === near);
  expect(reports.map(({ retry }) => retry)).toEqual([undefined, undefined]);
  expect(mirrored.map(([id]) => id)).toEqual([far]);
  expect(world.log).toEqual(['Outcomes were not mirrored.']);
});

it('nothing is copied that home did not get: it is sent again when its message is retried', async () => {
  const world = createWorld();
  failCalls(world, /^PutEvents/, new PermanentError('not permitted'));
  const { mirrored, reports } = await mirroring(world, [near]);
  expect(mirrored).toEqual([]);
  expect(reports[0]?.retry?.message).toContain('could not be published');
});

it('waits for an account once, even if home accepts the outcomes only role by role', async () => {
  const world = createWorld();
  let isFirst = true;
  world.before = (call) => {
    if (!isFirst || !call.startsWith('PutEvents')) return;
    isFirst = false;
    throw new PermanentError('too many at once');
  };
  const { mirrored } = await mirroring(world, [near, far, home]);
  expect(world.outcomes).toHaveLength(3);
  expect(mirrored.map(([id]) => id)).toEqual([near, far]);
  expect(world.calls.slice(-2)).toEqual([`mirror ${near}`, `mirror ${far}`]);
});

it('an account that left rolebridge.yml gets no copies', async () => {
  const world = createWorld();
  const granted: Settings = { ...three, accounts: [...three.accounts, { id: unlisted, provider: 'aws-x' }] };
  await runReconcile(world, [requestIn(world, unlisted)], granted);
  expect(world.outcomes.map(({ type }) => type)).toEqual(['Granted']);
  const { mirrored } = await mirroring(world, [unlisted]);
  expect(world.outcomes.map(({ type }) => type)).toEqual(['Granted', 'Revoked']);
  expect(mirrored).toEqual([]);
});
