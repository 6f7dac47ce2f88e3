import fc from 'fast-check';
import { type Forecast, plan } from '../../shared/app/plan.ts';
import { reconcile } from '../../shared/app/reconcile.ts';
import { type Change, isStatusChange } from '../../shared/core/change.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { editPolicy } from '../../shared/core/iam-policy.ts';
import type { RoleRef } from '../../shared/core/model.ts';
import type { Mode, Settings } from '../../shared/core/settings.ts';
import { copyOf, memoryPorts, memorySweepPorts, unavailable } from '../support/memory.ts';
import { requestFor } from '../support/reconciling.ts';
import { settings as baseSettings, reader, writer } from '../support/settings.ts';
import { actIn, hasStatuses } from './convergence/arbitraries.ts';
import { accountOfCall } from './convergence/aws-weather.ts';
import { type AwsAccounts, oneAccount, threeAccounts } from './convergence/by-hand.ts';
import { collectMessages } from './convergence/cloud.ts';
import { accountsOf, settingsOf } from './convergence/intent.ts';
import { reconcileBatch, runSweep } from './convergence/invoke.ts';
import { type Act, perform } from './convergence/noise.ts';
import { type NoisyCloud, noisyCloud } from './convergence/noisy-cloud.ts';
import { inAccount, placeOf, readPlace, roleId, roleIn } from './convergence/roles.ts';
import { directTargets, googleRoles, isDirect } from './convergence/targets.ts';

/**
 * Both clouds as text: every row of every policy, every parameter. The plan cannot know when the ledger will announce a binding,
 * so all statuses that begin at or after `start` count as the same.
 */
const stateOf = ({ world }: NoisyCloud, start: string): readonly string[] =>
  [
    ...[...world.policies].flatMap(([resource, { policy }]) =>
      (policy.bindings ?? []).flatMap(({ role, members, condition }) =>
        members.map((member) => `${resource} ${role} ${member} ${JSON.stringify(condition)}`),
      ),
    ),
    ...[...world.parameters].map(
      ([place, { value }]) =>
        `${place} ${value.replace(/"since":"([^"]*)"/, (same, since: string) => (since < start ? same : '"since":"now"'))}`,
    ),
  ].toSorted();

interface RoleChange {
  readonly ref: RoleRef;
  readonly change: Change;
}

/** The plan's changes, made by hand. */
const make = ({ world }: NoisyCloud, { ref: { accountId }, change }: RoleChange): void => {
  switch (change.kind) {
    case 'bind':
    case 'unbind': {
      const stored = world.policies.get(change.resource);
      if (stored === undefined) throw new Error(`${change.resource} is not there`);
      // Cloned like the originals: in Jest, clones are of another realm, and equal only each other.
      const policy = editPolicy(copyOf(stored.policy), [change.edit]);
      world.policies.set(change.resource, { ...stored, policy });
      break;
    }
    case 'publish':
      world.parameters.set(placeOf({ accountId, region: change.region }, change.name), {
        value: change.value,
        description: '',
      });
      break;
    case 'unpublish':
      world.parameters.delete(placeOf({ accountId, region: change.region }, change.name));
      break;
    case 'writeStatus':
      world.parameters.set(placeOf({ accountId, region: change.region }, change.name), {
        value: change.value,
        description: '',
      });
      break;
    case 'removeStatus':
      world.parameters.delete(placeOf({ accountId, region: change.region }, change.name));
      break;
    case 'list':
    case 'unlist':
      // The ledger is not access: its effect is visible in the policies.
      break;
  }
};

/** Some acts of others; those with `isSeen` are reconciled by their events. */
type History = readonly { readonly act: Act; readonly isSeen: boolean }[];

const play = async (
  history: History,
  maxRevocations: number,
  { members }: AwsAccounts,
  withStatuses: boolean,
): Promise<NoisyCloud> => {
  const cloud = noisyCloud(maxRevocations, 'sync', members[0], withStatuses);
  for (const { act: one, isSeen } of history) {
    perform(cloud, one);
    collectMessages(cloud);
    const batch = cloud.queue.splice(0);
    if (isSeen) await reconcileBatch(cloud, settingsOf(cloud.intent), memoryPorts(cloud.world), batch);
    // No one receives second looks here: the plan is for this moment.
    cloud.world.secondLooks.length = 0;
  }
  return cloud;
};

const changesOf = ({ roles }: Forecast): readonly RoleChange[] =>
  roles.flatMap(({ ref, changes }) =>
    changes.filter(({ isHeld }) => !isHeld).map(({ change }) => ({ ref, change })),
  );

const of = (ref: RoleRef, { ref: { accountId }, change }: RoleChange): boolean =>
  'name' in change
    ? accountId === ref.accountId &&
      change.name.toLowerCase().includes(`/${ref.roleName.replaceAll('.', '..').toLowerCase()}/`)
    : roleIn(('edit' in change ? change.edit : change.binding).member) === roleId(ref);

const estate = fc.constantFrom(oneAccount, threeAccounts).chain((within) =>
  fc.record({
    within: fc.constant(within),
    withStatuses: hasStatuses,
    history: fc.array(fc.record({ act: actIn(within), isSeen: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    }),
    /** An AWS account that does not answer. */
    silent: fc.constantFrom(undefined, undefined, ...within.ids.slice(1)),
    /** A Google role whose permissions cannot be read. */
    unread: fc.constantFrom(undefined, undefined, undefined, ...googleRoles),
  }),
);

/** Statuses are off then: reconcile publishes that it cannot read the role now, which no plan can predict. */
const hide = (cloud: NoisyCloud, unread: string | undefined): void => {
  if (unread === undefined) return;
  cloud.world.googleRoles.set(unread, { kind: 'unreadable', reason: '503.' });
  cloud.intent = { ...cloud.intent, hasStatuses: false };
};

const silence = ({ world }: NoisyCloud, silent: string | undefined): void => {
  if (silent === undefined) return;
  world.before = (call) => {
    if (accountOfCall(call) === silent) throw unavailable(call);
  };
};

/**
 * A tag moves to another account unseen. The limit holds its old config, which the new one would overwrite, and so someone's config in a
 * folder of another casing is the only one that could go.
 */
const plantedBesideHeldConfig = (): FirstOf<typeof estate> => {
  const [within, [accountId = '']] = [oneAccount, oneAccount.ids];
  const role = { partition: 'aws', accountId, roleName: 'reports' };
  const tags = (target: string, isSeen: boolean) => ({
    act: { kind: 'tags' as const, role, asks: [{ grant: 'default', target }], deliveries: 1 },
    isSeen,
  });
  const value = JSON.stringify(credentialConfig(baseSettings, `aws-${accountId}`, writer));
  return {
    within,
    withStatuses: false,
    history: [
      tags(reader, true),
      tags('roles/storage.objectViewer on buckets/acme-in', false),
      {
        act: {
          kind: 'parameter',
          accountId,
          region: 'us-east-1',
          name: 'REPORTS/default',
          type: 'String',
          value,
        },
        isSeen: false,
      },
    ],
    silent: undefined,
    unread: undefined,
  };
};

it('the plan shows exactly what the sweep and reconcile then do, change for change', async () => {
  let changes = 0;
  let statuses = 0;
  let direct = 0;
  await fc.assert(
    fc.asyncProperty(
      estate,
      fc.constantFrom(100, 100, 1, 0),
      fc.constantFrom<Mode>('sync', 'sync', 'sync', 'upsert-only', 'dry-run'),
      async ({ within, withStatuses, history, silent, unread }, maxRevocations, mode) => {
        const [planned, done] = await Promise.all([
          play(history, maxRevocations, within, withStatuses),
          play(history, maxRevocations, within, withStatuses),
        ]);
        const start = planned.world.now.toISOString();
        for (const cloud of [planned, done]) {
          silence(cloud, silent);
          hide(cloud, unread);
        }
        const settings: Settings = { ...settingsOf(planned.intent), mode };
        const before = stateOf(planned, start);
        const shown = changesOf(await plan(settings, memorySweepPorts(planned.world)));
        // Planning writes only what the sweep remembers, which a person's ports do not write.
        expect(stateOf(planned, start)).toEqual(before);
        if (mode !== 'dry-run') for (const change of shown) make(planned, change);

        await runSweep(done, settings, done.world);
        collectMessages(done);
        await reconcileBatch(done, settings, memoryPorts(done.world), done.queue.splice(0));
        expect(stateOf(done, start)).toEqual(stateOf(planned, start));
        changes += shown.length;
        direct += shown.filter(({ change }) => 'access' in change && isDirect(change.access)).length;
        statuses += shown.filter(({ change }) => isStatusChange(change)).length;
      },
    ),
    { numRuns: 300, examples: [[plantedBesideHeldConfig(), 0, 'sync']] },
  );
  // Otherwise nothing was compared. How many there are depends on the seed.
  expect(changes).toBeGreaterThan(10);
  expect(statuses).toBeGreaterThan(10);
  expect(direct).toBeGreaterThan(10);
});

/**
 * A region leaves the file, and then a tag requests a Google role that cannot be read: the former region has the last
 * config.
 */
const lastConfigInFormerRegion = (): FirstOf<typeof estate> => {
  const [within, [accountId = '']] = [oneAccount, oneAccount.ids];
  const role = { partition: 'aws', accountId, roleName: 'app.a' };
  const asks = [{ grant: 'default', target: 'reader@acme-data.iam.gserviceaccount.com' }];
  const { intent } = noisyCloud(0, 'sync', within.members[0], false);
  return {
    within,
    withStatuses: false,
    history: [
      { act: { kind: 'tags', role, asks, deliveries: 1 }, isSeen: true },
      {
        act: { kind: 'configure', intent: { ...intent, regions: ['ap-south-1', 'us-east-1'] } },
        isSeen: false,
      },
    ],
    silent: undefined,
    unread: 'roles/storage.objectCreator',
  };
};

/** Another tag asks for the access of an untagged grant while its Google role cannot be read: the binding stays, the configs go. */
const untaggedWhileUnread = (): FirstOf<typeof estate> => {
  const [within, [accountId = '']] = [oneAccount, oneAccount.ids];
  const role = { partition: 'aws', accountId, roleName: 'app.a' };
  const target = 'roles/storage.objectCreator on buckets/acme-in';
  const asks = [{ grant: 'night', target, until: '2026-12-25T00:00:00Z' }];
  return {
    within,
    withStatuses: false,
    history: [{ act: { kind: 'tags', role, asks, deliveries: 1 }, isSeen: true }],
    silent: undefined,
    unread: 'roles/storage.objectCreator',
  };
};
type FirstOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never;

it('the plan for a tag that is not set yet shows exactly what its event then does', async () => {
  let count = 0;
  const asked = fc.record({
    roleName: fc.constantFrom('reports', 'app.a', 'nobody-may'),
    pick: fc.nat(2),
    value: fc.constantFrom(
      'reader@acme-data.iam.gserviceaccount.com',
      'etl@acme-apps.iam.gserviceaccount.com until 2026-12-24',
      ...directTargets.slice(0, 2),
      `${directTargets.at(-1)} until 2026-12-24`,
      'nonsense',
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      estate,
      asked,
      async ({ within, withStatuses, history, unread }, { roleName, pick, value }) => {
        const [planned, done] = await Promise.all([
          play(history, 0, within, withStatuses),
          play(history, 0, within, withStatuses),
        ]);
        for (const cloud of [planned, done]) hide(cloud, unread);
        const start = planned.world.now.toISOString();
        const named = accountsOf(planned.intent);
        const asking = inAccount(named[pick % named.length] ?? '', roleName);
        const settings = settingsOf(planned.intent);
        const tags = [{ key: 'google-access', value }];
        const whatIf = { roleName, accountId: asking.accountId, tags, untagged: ['google-access/night'] };
        const shown = await plan(settings, memorySweepPorts(planned.world), {
          roles: [asking],
          whatIf,
        });
        const key = roleId(asking);
        const role = done.world.roles.get(key);
        const ref = role?.ref ?? asking;
        const changes = changesOf(shown).filter((change) => of(ref, change));
        for (const change of changes) make(planned, change);
        const kept = (role?.tags ?? []).filter((tag) => !/^google-access(\/night)?$/.test(tag.key));
        done.world.roles.set(key, {
          kind: 'present',
          ref,
          roleId: role?.roleId ?? 'none yet',
          arn: role?.arn ?? `arn:aws:iam::${asking.accountId}:role/${roleName}`,
          tags: [...kept, ...tags],
        });
        // With everything that a sweep would point out.
        const strays = [...done.world.parameters.keys()]
          .map(readPlace)
          .flatMap(({ accountId, region, name }) => (accountId === ref.accountId ? [{ region, name }] : []));
        const resources = [...done.world.policies.keys()];
        const namedKeys = ['google-access', 'google-access/night'];
        await reconcile(settings, memoryPorts(done.world), [
          requestFor(ref.roleName, { ref, resources, strays, namedKeys }),
        ]);
        expect(stateOf(done, start)).toEqual(stateOf(planned, start));
        count += changes.length;
      },
    ),
    {
      numRuns: 200,
      examples: [
        [
          lastConfigInFormerRegion(),
          { roleName: 'app.a', pick: 0, value: 'roles/storage.objectCreator on buckets/acme-in' },
        ],
        [
          untaggedWhileUnread(),
          { roleName: 'app.a', pick: 0, value: 'roles/storage.objectCreator on buckets/acme-in' },
        ],
      ],
    },
  );
  expect(count).toBeGreaterThan(10);
});
