import { poolOwnerships, rememberingOurs } from '../../shared/adapters/google/pool.ts';
import { plan } from '../../shared/app/plan.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { everythingOfOurs, isProven, takeAway } from '../../shared/app/revoke-all.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { PoolState } from '../../shared/core/google-side.ts';
import { ownershipOf, type PoolOwnership } from '../../shared/core/ownership.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type MemoryWorld, memoryPorts, memorySweepPorts, setPolicy } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { accountId, reader, settings } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';
import {
  bothPlaces,
  createWorld,
  isBound,
  member,
  outcomeTypes,
  parameterPlaces,
  sharedBinding,
  tagRole,
  takeWrites,
} from '../support/world.ts';

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

/** The way another deployment, or a person, would bind it: the ledger does not list it. */
const bindUnrecorded = (world: MemoryWorld) =>
  setPolicy(world, readerPolicy, { bindings: [{ role: workloadIdentityUser, members: [member] }] });
const handle = (world: MemoryWorld, more: Parameters<typeof requestFor>[1] = {}) =>
  reconcile(settings, memoryPorts(world), [requestFor('reports', more)]);

describe('invariant 1, ownership: who owns a pool', () => {
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

  it('ours is read once; any other answer is read again', async () => {
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
  const ofAnother = (value = reader) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': value });
    world.ownership = another;
    return world;
  };

  it('reconcile binds and publishes nothing; the request gets Failed with the owner, and is not retried', async () => {
    const world = ofAnother();
    const [report] = await handle(world);
    expect(takeWrites(world)).toEqual([]);
    expect(report?.retry).toBeUndefined();
    expect(world.outcomes).toMatchObject([
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
    ['untagged', (world: MemoryWorld) => tagRole(world, {})],
    ['deleted', (world: MemoryWorld) => world.roles.clear()],
    [
      'tagged for another account',
      (world: MemoryWorld) => tagRole(world, { 'google-access': 'writer@acme-data.iam.gserviceaccount.com' }),
    ],
  ])('reconcile removes nothing of a role that is %s, and reports no revocation', async (_, change) => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': reader });
    await handle(world);
    expect(isBound(world)).toBe(true);
    world.roles.clear();
    change(world);
    world.ownership = another;
    world.calls.length = 0;
    world.outcomes.length = 0;
    await handle(world);
    expect(takeWrites(world)).toEqual([]);
    expect(outcomeTypes(world)).not.toContain('Revoked');
    expect(isBound(world)).toBe(true);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
  });

  it('the second look neither confirms a grant nor reports the failure again', async () => {
    const world = ofAnother();
    await handle(world);
    const reported = world.secondLooks[0]?.reported;
    await handle(world, {
      pass: 'second',
      delivery: 'again',
      ...(reported === undefined ? {} : { reported }),
    });
    expect(outcomeTypes(world)).toEqual(['Failed']);
  });

  it('the sweep finds no drift, and reports the owner as a blind spot', async () => {
    const world = ofAnother();
    bindUnrecorded(world);
    const report = await runSweep(world);
    expect(report).toMatchObject({
      pool: 'another',
      drifts: [],
      limits: [],
      blindSpots: [
        { what: 'the owner of pool aws-roles', reason: expect.stringContaining('999999999999/prod') },
      ],
    });
    expect(isBound(world)).toBe(true);
  });

  it('plan shows the owner, and no change', async () => {
    const world = ofAnother();
    const { roles, blindSpots } = await plan(settings, memorySweepPorts(world), {
      roles: [{ roleName: 'reports' }],
    });
    expect(roles).toMatchObject([{ changes: [] }]);
    expect(blindSpots).toMatchObject([{ reason: expect.stringContaining('999999999999/prod') }]);
  });

  it('revoke --all removes nothing, and proves nothing', async () => {
    const world = ofAnother();
    bindUnrecorded(world);
    const before = await everythingOfOurs(settings, memorySweepPorts(world));
    await takeAway(settings, memoryPorts(world), before.drifted);
    expect(isBound(world)).toBe(true);
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(world)))).toBe(false);
  });
});

describe('invariant 1, ownership: a pool without an owner, or one that cannot be read', () => {
  const ofNoOne = () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    world.ownership = unproven;
    return world;
  };

  it('binding continues', async () => {
    const world = ofNoOne();
    tagRole(world, { 'google-access': reader });
    await handle(world);
    expect(outcomeTypes(world)).toEqual(['Granted']);
    expect(isBound(world)).toBe(true);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
  });

  it('a binding that the ledger lists is removed', async () => {
    const world = ofNoOne();
    tagRole(world, { 'google-access': reader });
    await handle(world);
    world.roles.clear();
    await handle(world);
    expect(outcomeTypes(world)).toEqual(['Granted', 'Revoked']);
    expect(isBound(world)).toBe(false);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it.each(['sweep', 'event'])('a binding that the ledger does not list stays: %s', async (by) => {
    const world = ofNoOne();
    bindUnrecorded(world);
    if (by === 'sweep') {
      expect(await runSweep(world)).toMatchObject({ pool: 'unproven', drifts: [], blindSpots: [{}] });
      await runRepair(world);
    } else await handle(world, { resources: [readerPolicy] });
    expect(isBound(world)).toBe(true);
    expect(outcomeTypes(world)).not.toContain('Revoked');
  });

  it('once the marker is there, the sweep removes it', async () => {
    const world = ofNoOne();
    bindUnrecorded(world);
    await runSweep(world);
    world.ownership = { kind: 'ours' };
    setKnown(world);
    expect(await runSweep(world)).toMatchObject({ pool: 'ours', blindSpots: [] });
    await runRepair(world);
    expect(isBound(world)).toBe(false);
  });

  it('revoke --all is not proven', async () => {
    expect(isProven(await everythingOfOurs(settings, memorySweepPorts(ofNoOne())))).toBe(false);
  });

  it('the log gives the reason', async () => {
    const world = ofNoOne();
    tagRole(world, { 'google-access': reader }, 'other');
    await handle(world);
    expect(world.log).toContain('The pool is not proven to be ours.');
  });
});
