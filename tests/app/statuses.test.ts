import { resourceFailure } from '../../shared/adapters/google/failure.ts';
import { plan } from '../../shared/app/plan.ts';
import { PermanentError, RetryableError } from '../../shared/core/errors.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { deleteRole, type MemoryWorld, memoryPorts, memorySweepPorts } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { email, now, reader, reports, settings, tagKey, writer } from '../support/settings.ts';
import { readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { runRepair, runSweep } from '../support/sweeping.ts';
import {
  advance,
  bothPlaces,
  createWorld,
  failCalls,
  parameterPlaces,
  tagRole,
  takeWrites,
} from '../support/world.ts';

const on: Settings = { ...settings, accountOutcomes: { mirror: false, status: true } };
const foreign = 'other@elsewhere.iam.gserviceaccount.com';
const status = '/google-access/reports/default.status';
const both = bothPlaces.map((place) => `${place}.status`);

const reconcileOn = (world: MemoryWorld) => runReconcile(world, [requestFor()], on);
/** Sweeps and repairs until a sweep finds nothing; at most twice. */
const settle = async (world: MemoryWorld, using = on): Promise<void> => {
  for (let pass = 0; pass < 2; pass += 1) {
    await runSweep(world, using);
    await runRepair(world, using);
  }
  await runSweep(world, using);
  expect(world.drifts).toEqual([]);
};
type Published = readonly [place: string, status: unknown];
const inOrder = (found: readonly Published[]): readonly Published[] =>
  found.toSorted(([a], [b]) => (a < b ? -1 : 1));
const statuses = (world: MemoryWorld): readonly Published[] =>
  inOrder(
    [...world.parameters]
      .filter(([place]) => place.endsWith('.status'))
      .map(([place, { value }]) => [place, JSON.parse(value) as unknown]),
  );
const inBoth = (value: object) => both.map((place) => [place, { version: 1, ...value }]);
const granted = inBoth({ state: 'granted', since: now.toISOString() });
const plant = (world: MemoryWorld, value: string, place = `us-east-1 ${status}`): void =>
  void world.parameters.set(place, { value, description: '' });

describe('the status of a grant', () => {
  it('follows it from the tag to the untag', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    expect(statuses(world)).toEqual(granted);
    tagRole(world, {});
    await reconcileOn(world);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('of a refused request has the reason, and no config beside it', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: foreign, [`${tagKey}/No Name`]: reader });
    await reconcileOn(world);
    expect(parameterPlaces(world)).toEqual(both);
    expect(statuses(world)).toEqual(
      inBoth({ state: 'refused', reason: expect.stringContaining('is in project elsewhere') as unknown }),
    );
    await settle(world);
  });

  it('of access that cannot be granted has the failure', async () => {
    const world = createWorld();
    world.denied.add(readerPolicy);
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    expect(statuses(world)).toEqual(
      inBoth({ state: 'failed', reason: `Google does not permit rolebridge to edit ${readerPolicy}.` }),
    );
    takeWrites(world);
    await runSweep(world, on);
    await runRepair(world, on);
    expect(takeWrites(world).filter((call) => call.includes('.status'))).toEqual([]);
    world.denied.clear();
    await settle(world);
    expect(statuses(world)).toEqual(granted);
  });

  it('of access that may come later is the same after each try', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    const texts = [];
    for (const message of ['503 at 12:00', '503 at 12:01']) {
      failCalls(world, /^setIamPolicy/, new RetryableError(message));
      await reconcileOn(world);
      texts.push(statuses(world));
    }
    expect(texts[0]).toEqual(
      inBoth({ state: 'failed', reason: 'The access could not be given yet. rolebridge tries again.' }),
    );
    expect(texts[1]).toEqual(texts[0]);
  });

  it.each<[string, (id: number) => object]>([
    [
      'a perimeter',
      (id) => ({
        code: 403,
        status: 'PERMISSION_DENIED',
        message: `Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: id-${id}`,
        details: [{ reason: 'SECURITY_POLICY_VIOLATED', metadata: { uid: `id-${id}` } }],
      }),
    ],
    [
      'IAM',
      (id) => ({ code: 403, status: 'PERMISSION_DENIED', message: `Permission denied. Request id: ${id}` }),
    ],
    [
      'a rule of Google',
      (id) => ({
        code: 403,
        status: 'PERMISSION_DENIED',
        message: `${id}`,
        details: [{ reason: 'NEW_RULE' }],
      }),
    ],
  ])(
    'of access that %s refuses is the same after each try, and the outcome has the complete reason',
    async (_, error) => {
      const world = createWorld();
      tagRole(world, { [tagKey]: reader });
      const texts = [];
      for (const id of [1111, 2222]) {
        const thrown = { status: 403, response: { data: { error: error(id) } } };
        failCalls(world, /^setIamPolicy/, resourceFailure('writing the allow policy', thrown, 'Opt it in.'));
        await reconcileOn(world);
        texts.push(statuses(world));
        expect(world.outcomes.at(-1)?.detail.reason).toContain(String(id));
      }
      expect(texts[0]).toHaveLength(2);
      expect(texts[1]).toEqual(texts[0]);
      expect(JSON.stringify(texts)).toContain('writing the allow policy: Google answered 403');
    },
  );

  it('of access that Google rejects is the same after each try', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    const texts = [];
    for (const id of [1111, 2222]) {
      await runReconcile(world, [requestFor()], on, {
        policies: {
          ...memoryPorts(world).policies,
          write: () => Promise.resolve({ kind: 'rejected', reason: `Invalid. Request id: ${id}` }),
        },
      });
      texts.push(statuses(world));
      expect(world.outcomes.at(-1)?.detail.reason).toContain(String(id));
    }
    expect(texts[0]).toEqual(
      inBoth({ state: 'failed', reason: `Google rejected the allow policy of ${reader}.` }),
    );
    expect(texts[1]).toEqual(texts[0]);
  });

  it('is removed with its role, which only the sweep noticed', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader, [`${tagKey}/w`]: foreign });
    await reconcileOn(world);
    expect(statuses(world)).toHaveLength(4);
    deleteRole(world, reports);
    await settle(world);
    expect(parameterPlaces(world)).toEqual([]);
  });

  it('has the same beginning as the ledger: it is written once, and again only for a new binding', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    await settle(world);
    takeWrites(world);
    advance(world, 3_600_000);
    await reconcileOn(world);
    await settle(world);
    expect(takeWrites(world)).toEqual([]);
    // Someone removes the binding: it is made again, and that is a new fact.
    const stored = world.policies.get(readerPolicy);
    if (stored === undefined) throw new Error('no policy');
    world.policies.set(readerPolicy, { ...stored, policy: {} });
    await settle(world);
    expect(statuses(world)).toEqual(inBoth({ state: 'granted', since: world.now.toISOString() }));
  });

  it('is written after the configs, and moves with the tag', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    const writes = takeWrites(world).filter((call) => call.startsWith('PutParameter'));
    expect(writes.map((call) => call.endsWith('.status'))).toEqual([false, false, true, true]);
    advance(world, 60_000);
    tagRole(world, { [tagKey]: writer });
    await reconcileOn(world);
    expect(statuses(world)).toEqual(inBoth({ state: 'granted', since: world.now.toISOString() }));
    expect(world.policies.get(writerPolicy)?.policy.bindings).toHaveLength(1);
  });

  it('of a request that lasts too long does not change from day to day', async () => {
    const limited: Settings = { ...on, allow: on.allow.map((rule) => ({ ...rule, maxDays: 30 })) };
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await runReconcile(world, [requestFor()], limited);
    const before = statuses(world);
    expect(before).toEqual(
      inBoth({
        state: 'refused',
        reason: `Access to ${reader} is for at most 30 days, and this request names no "until".`,
      }),
    );
    advance(world, 3 * 86_400_000);
    await settle(world, limited);
    expect(statuses(world)).toEqual(before);
  });
});

describe('a status is output', () => {
  it.each([
    ['claims a refusal', JSON.stringify({ version: 1, state: 'refused', reason: 'no' })],
    ['is not a status', 'hello'],
    ['is empty JSON', '{}'],
    ['is of a later version', JSON.stringify({ version: 2, state: 'granted' })],
  ])('a status that someone edited (it %s) is overwritten, and nothing else changes', async (_, value) => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    await settle(world);
    world.outcomes.length = 0;
    takeWrites(world);
    plant(world, value);
    await settle(world);
    expect(statuses(world)).toEqual(granted);
    expect(takeWrites(world)).toEqual([`PutParameter us-east-1 ${status}`]);
    expect(world.outcomes).toEqual([]);
  });

  it('a status that claims access grants none, and is removed', async () => {
    const world = createWorld();
    tagRole(world, {});
    plant(world, JSON.stringify({ version: 1, state: 'granted', since: now.toISOString() }));
    await settle(world);
    expect(parameterPlaces(world)).toEqual([]);
    expect(world.outcomes).toEqual([]);
    expect(world.policies.get(readerPolicy)?.policy).toEqual({});
  });

  it.each([
    ['text', 'hello'],
    ['a list', '[1]'],
    ['another key', JSON.stringify({ version: 1, state: 'granted', owner: 'x' })],
  ])('a status that no tag requests and that is not ours (%s) stays, and is reported', async (_, value) => {
    const world = createWorld();
    tagRole(world, {});
    plant(world, value);
    expect((await runSweep(world, on)).leftAlone).toEqual([{ region: 'us-east-1', name: status }]);
    expect(world.drifts).toEqual([]);
    expect(parameterPlaces(world)).toHaveLength(1);
  });

  it('a status of another type is replaced', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    world.parameters.set(`us-east-1 ${status}`, { value: 'x', description: '', type: 'SecureString' });
    await reconcileOn(world);
    expect(statuses(world)).toEqual(granted);
  });

  it('a config that someone plants under the name of a status is replaced, and grants no access', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    plant(world, world.parameters.get(bothPlaces[1] ?? '')?.value ?? '');
    await settle(world);
    expect(statuses(world)).toEqual(granted);
    expect(parameterPlaces(world)).toEqual([...bothPlaces, ...both].toSorted());
  });
});

describe('a status over time', () => {
  it('is removed when the option is switched off', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    await settle(world, settings);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
  });

  it('follows the prefix', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    const moved: Settings = { ...on, parameterPrefix: '/moved', formerParameterPrefixes: ['/google-access'] };
    await settle(world, moved);
    expect(parameterPlaces(world)).toEqual(
      [...bothPlaces, ...both].map((place) => place.replace('/google-access', '/moved')).toSorted(),
    );
  });

  it('is not written in mode dry-run, and is removed in mode upsert-only', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: foreign });
    await runReconcile(world, [requestFor()], { ...on, mode: 'dry-run' });
    expect(parameterPlaces(world)).toEqual([]);
    await reconcileOn(world);
    tagRole(world, {});
    await settle(world, { ...on, mode: 'upsert-only' });
    expect(parameterPlaces(world)).toEqual([]);
  });

  it.each([
    ['PutParameter', new PermanentError('denied')],
    ['PutParameter', new RetryableError('throttled')],
  ])('a failed %s changes nothing else: %s', async (call, error) => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    failCalls(world, new RegExp(`^${call} .*\\.status$`), error);
    const [report] = await reconcileOn(world);
    expect(report?.retry).toBeUndefined();
    expect(world.outcomes.map(({ type, detail }) => [type, detail.failed])).toEqual([['Granted', undefined]]);
    expect(parameterPlaces(world)).toEqual(bothPlaces);
    expect(world.log).toContain('A status could not be written; the next sweep finds it.');
    world.before = () => undefined;
    await settle(world);
    expect(statuses(world)).toEqual(granted);
  });

  it('a refusal is not reported again by each sweep that finds its status missing', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: foreign });
    failCalls(world, /^PutParameter .*\.status$/, new PermanentError('denied'));
    await reconcileOn(world);
    for (let pass = 0; pass < 3; pass += 1) {
      await runSweep(world, on);
      expect(world.drifts).toHaveLength(1);
      await runRepair(world, on);
    }
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Refused']);
  });

  it('an account that can no longer be read keeps the status that it has', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await reconcileOn(world);
    world.denied.add(readerPolicy);
    await reconcileOn(world);
    await runSweep(world, on);
    expect(statuses(world)).toEqual(granted);
  });

  it('a long reason is cut', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: email('x') });
    failCalls(world, /^getIamPolicy/, new PermanentError(`no ${'€'.repeat(3_000)}`));
    await reconcileOn(world);
    for (const [, { value }] of world.parameters) expect(Buffer.byteLength(value)).toBeLessThan(2_000);
    expect(statuses(world)).toHaveLength(2);
  });
});

describe('plan shows a status', () => {
  const statusesIn = async (world: MemoryWorld): Promise<readonly Published[]> => {
    const { roles } = await plan(on, memorySweepPorts(world));
    return inOrder(
      roles.flatMap(({ changes }) =>
        changes.flatMap(({ change }): readonly Published[] =>
          change.kind === 'writeStatus'
            ? [[`${change.region} ${change.name}`, JSON.parse(change.value) as unknown]]
            : [],
        ),
      ),
    );
  };

  it('of access that it binds', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    const shown = await statusesIn(world);
    await reconcileOn(world);
    expect(shown).toHaveLength(2);
    expect(shown).toEqual(statuses(world));
  });

  it('of access that the ledger does not list', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    await runReconcile(world, [requestFor()], settings);
    world.table.clear();
    advance(world, 3_600_000);
    const shown = await statusesIn(world);
    await settle(world);
    expect(shown).toEqual(statuses(world));
    expect(statuses(world)).toEqual(inBoth({ state: 'granted', since: world.now.toISOString() }));
  });

  it('of access that was announced, and whose function was killed', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: reader });
    failCalls(world, /^setIamPolicy/, new RetryableError('killed'));
    await runReconcile(world, [requestFor()], settings);
    world.before = () => undefined;
    advance(world, 60_000);
    const shown = await statusesIn(world);
    await reconcileOn(world);
    expect(shown).toEqual(statuses(world));
    expect(statuses(world)).toEqual(granted);
  });

  it('of an account that does not exist', async () => {
    const world = createWorld();
    tagRole(world, { [tagKey]: email('nobody') });
    const shown = await statusesIn(world);
    await runSweep(world, on);
    await runRepair(world, on);
    expect(shown).toEqual(statuses(world));
    expect(await statusesIn(world)).toEqual([]);
    expect(statuses(world)).toEqual(
      inBoth({ state: 'failed', reason: expect.stringContaining('does not exist in project') as unknown }),
    );
  });

  it('but not for an account that cannot be read', async () => {
    const world = createWorld();
    world.denied.add(readerPolicy);
    tagRole(world, { [tagKey]: reader });
    expect(await statusesIn(world)).toEqual([]);
  });
});
