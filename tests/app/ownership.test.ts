import { plan } from '../../shared/app/plan.ts';
import { poolOwnerships, rememberingOurs } from '../../shared/app/pools.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { everythingOfOurs, isProven, takeAway } from '../../shared/app/revoke-all.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { PoolState } from '../../shared/core/google-side.ts';
import { ownershipOf, type PoolOwnership } from '../../shared/core/ownership.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setPolicy } from '../support/memory.ts';
import { bound, member, types } from '../support/memory-world.ts';
import { request } from '../support/reconciling.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { both, places, readerPolicy, repair, run, tag, user, world, writes } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';

const pool = 'projects/123456789012/locations/global/workloadIdentityPools/aws-roles';
const owner = { accountId, stage: 'prod' };
const ours = 'managed by rolebridge; owner 111122223333/prod';
const theirs = 'managed by rolebridge; owner 999999999999/prod';
const there = (description: string, isDeleted = false): PoolState => ({
  kind: 'there',
  isDeleted,
  isDisabled: false,
  description,
});
const judged = (state: PoolState): PoolOwnership => ownershipOf(pool, state, owner);
const another = judged(there(theirs));
const unproven = judged(there('managed by rolebridge'));

/** As another deployment, or a person, would bind it: nothing records it. */
const bindUnrecorded = (made: MemoryWorld) =>
  setPolicy(made, readerPolicy, { bindings: [{ role: user, members: [member] }] });
const handle = (made: MemoryWorld, more: Parameters<typeof request>[1] = {}) =>
  reconcile(settings, memoryPorts(made), [request('reports', more)]);

describe('invariant 1, ownership: whose a pool is', () => {
  it.each<[PoolOwnership['kind'], string, PoolState]>([
    ['ours', 'our marker', there(ours)],
    ['ours', 'our marker, deleted', there(ours, true)],
    ['ours', 'deleted, without a marker', there('', true)],
    ['ours', 'deleted, of 0.1', there('managed by rolebridge', true)],
    ['another', 'the marker of another account', there(theirs)],
    ['another', 'the marker of another stage', there('managed by rolebridge; owner 111122223333/dev')],
    ['another', 'another’s marker, deleted', there(theirs, true)],
    ['unproven', 'a marker without an owner', there('managed by rolebridge')],
    ['unproven', 'words that are not a marker', there('NOT managed by rolebridge')],
    ['unproven', 'no description', there('')],
    ['unproven', 'no pool', { kind: 'absent' }],
  ])('%s: %s', (kind, _, state) => {
    expect(judged(state).kind).toBe(kind);
  });

  it('without an owner, the reason says what to do', () => {
    const reason = (description: string) => judged(there(description));
    expect(reason('managed by rolebridge')).toMatchObject({
      reason: expect.stringMatching(/its description is "managed by rolebridge"\. Run "rolebridge setup"\.$/),
    });
    for (const description of ['', 'for CI'])
      expect(reason(description)).toMatchObject({
        reason: expect.stringMatching(
          /If rolebridge made the pool, give it a marker: gcloud iam workload-identity-pools update aws-roles --project 123456789012 --location global --description 'managed by rolebridge'\. Then run "rolebridge setup"\.$/,
        ),
      });
  });

  it.each([
    ['a refusal', new PermanentError('403', { because: 'notPermitted' })],
    ['an outage', new RetryableError('503')],
    ['nonsense', new TypeError('null has no state')],
  ])('a pool that cannot be read is unproven: %s', async (_, thrown) => {
    const { read } = poolOwnerships(() => Promise.reject(thrown), owner);
    expect(await read(pool)).toMatchObject({
      kind: 'unproven',
      reason: expect.stringContaining(thrown.message),
    });
  });

  it('without a stage, as during a deploy, it is unproven', async () => {
    const { read } = poolOwnerships(() => Promise.resolve(there(ours)), undefined);
    expect(await read(pool)).toMatchObject({ kind: 'unproven' });
  });

  it('that it is ours is read once; anything else is read again', async () => {
    const states = [there(''), there(theirs), there(ours), there(theirs)];
    let reads = 0;
    const remembered = rememberingOurs();
    const kinds = [];
    for (let invocation = 0; invocation < 5; invocation += 1) {
      const { read } = remembered(poolOwnerships(() => Promise.resolve(states[reads++] ?? there('')), owner));
      kinds.push((await read(pool)).kind);
    }
    expect(kinds).toEqual(['unproven', 'another', 'ours', 'ours', 'ours']);
    expect(reads).toBe(3);
  });
});

describe('invariant 1, ownership: a pool of another owner', () => {
  const made = (value = reader) => {
    const one = world();
    tag(one, value);
    one.ownership = another;
    return one;
  };

  it('reconcile binds and publishes nothing; the request gets Failed with the owner, and does not come back', async () => {
    const one = made();
    const [report] = await handle(one);
    expect(writes(one)).toEqual([]);
    expect(report?.retry).toBeUndefined();
    expect(one.outcomes).toMatchObject([
      {
        type: 'Failed',
        detail: {
          grant: 'default',
          reason: expect.stringContaining('belongs to rolebridge of 999999999999/prod'),
        },
      },
    ]);
  });

  it.each([
    ['untagged', (one: MemoryWorld) => tag(one, '', 'other')],
    ['deleted', (one: MemoryWorld) => one.roles.clear()],
    [
      'tagged for another account',
      (one: MemoryWorld) => tag(one, 'writer@acme-data.iam.gserviceaccount.com'),
    ],
  ])('reconcile removes nothing of a role that is %s, and reports no revocation', async (_, change) => {
    const one = world();
    tag(one, reader);
    await handle(one);
    expect(bound(one)).toBe(true);
    one.roles.clear();
    change(one);
    one.ownership = another;
    one.calls.length = 0;
    one.outcomes.length = 0;
    await handle(one);
    expect(writes(one)).toEqual([]);
    expect(types(one)).not.toContain('Revoked');
    expect(bound(one)).toBe(true);
    expect(places(one)).toEqual(both);
  });

  it('the second look neither confirms a grant nor reports the failure again', async () => {
    const one = made();
    await handle(one);
    const reported = one.secondLooks[0]?.reported;
    await handle(one, { pass: 'second', delivery: 'again', ...(reported === undefined ? {} : { reported }) });
    expect(types(one)).toEqual(['Failed']);
  });

  it('the sweep finds no drift, and reports the owner as a blind spot', async () => {
    const one = made();
    bindUnrecorded(one);
    const report = await run(one);
    expect(report).toMatchObject({
      pool: 'another',
      drifts: [],
      limits: [],
      blindSpots: [
        { what: 'the owner of pool aws-roles', reason: expect.stringContaining('999999999999/prod') },
      ],
    });
    expect(bound(one)).toBe(true);
  });

  it('plan shows the owner, and no change', async () => {
    const one = made();
    const { roles, blindSpots } = await plan(settings, memorySweepPorts(one), { roleNames: ['reports'] });
    expect(roles).toMatchObject([{ changes: [] }]);
    expect(blindSpots).toMatchObject([{ reason: expect.stringContaining('999999999999/prod') }]);
  });

  it('revoke --all removes nothing, and proves nothing', async () => {
    const one = made();
    bindUnrecorded(one);
    const before = await everythingOfOurs(settings, memorySweepPorts(one));
    await takeAway(settings, memoryPorts(one), before.drifted);
    expect(bound(one)).toBe(true);
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(one)))).toBe(false);
  });
});

describe('invariant 1, ownership: a pool without an owner, or one that cannot be read', () => {
  const made = () => {
    const one = world();
    one.ownership = unproven;
    return one;
  };

  it('binding continues', async () => {
    const one = made();
    tag(one, reader);
    await handle(one);
    expect(types(one)).toEqual(['Granted']);
    expect(bound(one)).toBe(true);
    expect(places(one)).toEqual(both);
  });

  it('what a record names is removed', async () => {
    const one = made();
    tag(one, reader);
    await handle(one);
    one.roles.clear();
    await handle(one);
    expect(types(one)).toEqual(['Granted', 'Revoked']);
    expect(bound(one)).toBe(false);
    expect(places(one)).toEqual([]);
  });

  it.each(['sweep', 'event'])('what no record names stays: %s', async (by) => {
    const one = made();
    bindUnrecorded(one);
    if (by === 'sweep') {
      expect(await run(one)).toMatchObject({ pool: 'unproven', drifts: [], blindSpots: [{}] });
      await repair(one);
    } else await handle(one, { resources: [readerPolicy] });
    expect(bound(one)).toBe(true);
    expect(types(one)).not.toContain('Revoked');
  });

  it('once the marker is there, the sweep removes it', async () => {
    const one = made();
    bindUnrecorded(one);
    await run(one);
    one.ownership = { kind: 'ours' };
    setKnown(one);
    expect(await run(one)).toMatchObject({ pool: 'ours', blindSpots: [] });
    await repair(one);
    expect(bound(one)).toBe(false);
  });

  it('revoke --all is not proven', async () => {
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(made())))).toBe(false);
  });

  it('the log says why', async () => {
    const one = made();
    tag(one, reader, 'other');
    await handle(one);
    expect(one.log).toContain('The pool is not proven to be ours.');
  });
});
