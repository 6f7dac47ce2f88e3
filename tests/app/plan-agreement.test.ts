import fc from 'fast-check';
import { type Forecast, plan } from '../../shared/app/plan.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import type { Change } from '../../shared/core/change.ts';
import { editPolicy } from '../../shared/core/iam-policy.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import type { Mode, Settings } from '../../shared/core/settings.ts';
import { copyOf, memoryPorts, memorySweepPorts } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { accountId, roleRef } from '../support/settings.ts';
import { act } from './convergence/arbitraries.ts';
import { collectMessages } from './convergence/cloud.ts';
import { settingsOf } from './convergence/intent.ts';
import { reconcileBatch, runSweep } from './convergence/invoke.ts';
import { type Act, perform } from './convergence/noise.ts';
import { type NoisyCloud, noisyCloud } from './convergence/noisy-cloud.ts';

/** Both clouds as text: every row of every policy, every parameter. */
const stateOf = ({ world }: NoisyCloud): readonly string[] =>
  [
    ...[...world.policies].flatMap(([resource, { policy }]) =>
      (policy.bindings ?? []).flatMap(({ role, members, condition }) =>
        members.map((member) => `${resource} ${role} ${member} ${JSON.stringify(condition)}`),
      ),
    ),
    ...[...world.parameters].map(([place, { value }]) => `${place} ${value}`),
  ].toSorted();

/** What the plan says, done by hand. */
const make = ({ world }: NoisyCloud, change: Change): void => {
  switch (change.kind) {
    case 'bind':
    case 'unbind': {
      const stored = world.policies.get(change.resource);
      if (stored === undefined) throw new Error(`${change.resource} is not there`);
      // Cloned as what was read: in Jest, clones are of another realm, and equal only each other.
      const policy = editPolicy(copyOf(stored.policy), [change.edit]);
      world.policies.set(change.resource, { ...stored, policy });
      break;
    }
    case 'publish':
      world.parameters.set(`${change.region} ${change.name}`, { value: change.value, description: '' });
      break;
    case 'unpublish':
      world.parameters.delete(`${change.region} ${change.name}`);
      break;
    case 'list':
    case 'unlist':
      // The ledger is not access: what it comes to is seen in the policies.
      break;
  }
};

/** Some acts of others; those that `isSeen` are reconciled by their events. */
type History = readonly { readonly act: Act; readonly isSeen: boolean }[];

const play = async (history: History, maxRevocations: number): Promise<NoisyCloud> => {
  const cloud = noisyCloud(maxRevocations);
  for (const { act: one, isSeen } of history) {
    perform(cloud, one);
    collectMessages(cloud);
    const batch = cloud.queue.splice(0);
    if (isSeen) await reconcileBatch(cloud, settingsOf(cloud.intent), memoryPorts(cloud.world), batch);
    // Nobody takes second looks here: the plan is of this moment.
    cloud.world.secondLooks.length = 0;
  }
  return cloud;
};

const changesOf = ({ roles }: Forecast): readonly Change[] =>
  roles.flatMap(({ changes }) => changes.filter(({ isHeld }) => !isHeld).map(({ change }) => change));

const of = (ref: RoleRef, change: Change): boolean =>
  'name' in change
    ? change.name.toLowerCase().includes(`/${ref.roleName.replaceAll('.', '..').toLowerCase()}/`)
    : ('edit' in change ? change.edit : change.binding).member
        .toLowerCase()
        .endsWith(`:assumed-role/${ref.roleName}`.toLowerCase());

const history = fc.array(fc.record({ act, isSeen: fc.boolean() }), { minLength: 1, maxLength: 12 });

it('what plan shows is what the sweep and reconcile then do, change for change', async () => {
  let runs = 0;
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.constantFrom(100, 100, 1, 0),
      fc.constantFrom<Mode>('sync', 'sync', 'sync', 'upsert-only', 'dry-run'),
      async (acts, maxRevocations, mode) => {
        const [told, done] = await Promise.all([play(acts, maxRevocations), play(acts, maxRevocations)]);
        const settings: Settings = { ...settingsOf(told.intent), mode };
        const before = stateOf(told);
        const shown = changesOf(await plan(settings, memorySweepPorts(told.world)));
        // Looking writes nothing but what the sweep remembers, which a person's ports do not write.
        expect(stateOf(told)).toEqual(before);
        if (mode !== 'dry-run') for (const change of shown) make(told, change);

        await runSweep(done, settings, done.world);
        collectMessages(done);
        await reconcileBatch(done, settings, memoryPorts(done.world), done.queue.splice(0));
        expect(stateOf(done)).toEqual(stateOf(told));
        runs += 1;
        changes += shown.length;
      },
    ),
    { numRuns: 300 },
  );
  // Else nothing was compared. `npm run test:unit` compares fewer.
  expect(changes).toBeGreaterThan(runs < 300 ? 0 : 100);
});

it('what plan shows for a tag before it is set is what its event then does', async () => {
  let runs = 0;
  let count = 0;
  const asked = fc.record({
    roleName: fc.constantFrom('reports', 'app.a', 'nobody-may'),
    value: fc.constantFrom(
      'reader@acme-data.iam.gserviceaccount.com',
      'etl@acme-apps.iam.gserviceaccount.com until 2026-12-24',
      'nonsense',
    ),
  });
  await fc.assert(
    fc.asyncProperty(history, asked, async (acts, { roleName, value }) => {
      const [told, done] = await Promise.all([play(acts, 0), play(acts, 0)]);
      const settings = settingsOf(told.intent);
      const tags = [{ key: 'google-access', value }];
      const whatIf = { roleName, tags, untagged: ['google-access/night'] };
      const shown = await plan(settings, memorySweepPorts(told.world), {
        roles: [{ roleName }],
        whatIf,
      });
      const key = `${accountId}/${roleName.toLowerCase()}`;
      const role = done.world.roles.get(key);
      const ref = role?.ref ?? roleRef(roleName);
      const changes = changesOf(shown).filter((change) => of(ref, change));
      for (const change of changes) make(told, change);
      const kept = (role?.tags ?? []).filter((tag) => !/^google-access(\/night)?$/.test(tag.key));
      done.world.roles.set(key, {
        kind: 'present',
        ref,
        roleId: role?.roleId ?? 'none yet',
        arn: role?.arn ?? `arn:aws:iam::${accountId}:role/${roleName}`,
        tags: [...kept, ...tags],
      });
      // With all that a sweep would point at.
      const orphans = [...done.world.parameters.keys()].map((place) => {
        const [region = '', name = ''] = place.split(' ');
        return { region, name };
      });
      const resources = [...done.world.policies.keys()];
      const namedKeys = ['google-access', 'google-access/night'];
      await reconcile(settings, memoryPorts(done.world), [
        requestFor(ref.roleName, { resources, orphans, namedKeys }),
      ]);
      expect(stateOf(done)).toEqual(stateOf(told));
      runs += 1;
      count += changes.length;
    }),
    { numRuns: 200 },
  );
  expect(count).toBeGreaterThan(runs < 200 ? 0 : 150);
});
