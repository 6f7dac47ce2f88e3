import { reconcile } from '../../../shared/app/reconcile.ts';
import { isNothing, roleAccess } from '../../../shared/app/revoke-role.ts';
import { sweep } from '../../../shared/app/sweep.ts';
import { loadScope } from '../../../shared/app/sweep-scope.ts';
import { listedOf } from '../../../shared/core/forget.ts';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { memoryPorts, memorySweepPorts, setPolicy } from '../../support/memory.ts';
import { requestFor, runReconcile } from '../../support/reconciling.ts';
import { grantedWorld } from '../../support/role-calls.ts';
import { email, reader, reports, settings } from '../../support/settings.ts';
import { binding, configOf, readerPolicy } from '../../support/snapshot.ts';
import { alice, requestOfDrift, runRepair, runSweep } from '../../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed } from '../../support/table.ts';
import {
  advance,
  bothPlaces,
  createWorld,
  hour,
  isBound,
  outcomeTypes,
  parameterPlaces,
  tagRole,
} from '../../support/world.ts';

const key = settings.tagKey;

describe('invariant 5: everything that is reported is true', () => {
  it('"removed within minutes", for a config in a region that rolebridge.yml dropped', async () => {
    const world = createWorld();
    setKnown(world);
    setUsed(world, 'region', 'eu-west-3');
    tagRole(world, {});
    setEntries(world, [entryFor(reader)]);
    setPolicy(world, readerPolicy, { bindings: [binding([reports])] });
    const place = 'eu-west-3 /google-access/reports/default';
    world.parameters.set(place, { value: configOf(reader), description: '' });
    await runSweep(world);
    // The second in which configs are written is over.
    world.before = (name) => {
      if (name.startsWith('GetParametersByPath')) advance(world, 2000);
    };
    await runRepair(world);
    world.before = () => undefined;
    const isPromised = world.outcomes.some(({ detail }) =>
      /removed within minutes/.test(detail.reason ?? ''),
    );
    for (let looks = world.secondLooks.splice(0); looks.length > 0; looks = world.secondLooks.splice(0)) {
      advance(world, 120_000);
      await runReconcile(
        world,
        looks.map(({ reported, released = [], deferrals, cause }) =>
          requestFor('reports', {
            pass: 'second',
            reported,
            released,
            deferrals,
            cause,
            drift: cause,
            namedKeys: [],
            needsRecheck: false,
          }),
        ),
      );
    }
    expect(isPromised && parameterPlaces(world).includes(place)).toBe(false);
  });

  it('an answer that ended access is not named where access is granted: a drift of revoke --all after resume', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [key]: reader });
    const drift = { role: reports, resources: [], strays: [], released: [readerPolicy], absent: [] };
    await reconcile(settings, memoryPorts(world), [requestOfDrift({ ...drift, answeredBy: alice })]);
    expect(world.outcomes.map(({ type, detail }) => [type, detail.answeredBy])).toEqual([
      ['Granted', undefined],
    ]);
  });

  it.each([
    ['Granted', { [key]: reader }, {}],
    ['Revoked', {}, { [key]: reader }],
  ] as const)(
    'dry-run does not plan %s on an account that Google does not show',
    async (type, tags, before) => {
      const world = await grantedWorld(before);
      tagRole(world, tags);
      world.denied.add(readerPolicy);
      const planned = { ...settings, mode: 'dry-run' } as const;
      await runReconcile(world, [requestFor()], planned);
      expect(outcomeTypes(world)).not.toContain(type);
    },
  );

  describe('where rolebridge.yml names a granted account as rolebridge’s own', () => {
    const next = email('next');
    const renamed: Settings = { ...settings, google: { ...settings.google, serviceAccount: next } };

    it.each(['Confirmed', 'Refused'] as const)('%s lists the access that the ledger lists', async (type) => {
      const world = createWorld();
      setKnown(world);
      setPolicy(world, serviceAccountResource(next), {});
      tagRole(world, { [key]: next });
      await runReconcile(world);
      expect(isBound(world, serviceAccountResource(next))).toBe(true);
      world.outcomes.length = 0;
      await runReconcile(world, [requestFor('reports', { delivery: 'again' })], renamed);
      const reported = world.outcomes.find((outcome) => outcome.type === type);
      expect([entriesOf(world).length, reported?.detail.left?.length]).toEqual([1, 1]);
    });
  });

  it('forget does not drop an entry whose binding the sweep sees on rolebridge’s own account', async () => {
    const next = email('next');
    const own = serviceAccountResource(next);
    const renamed: Settings = { ...settings, google: { ...settings.google, serviceAccount: next } };
    const world = createWorld();
    setKnown(world);
    setPolicy(world, own, {});
    tagRole(world, { [key]: next });
    await runReconcile(world);
    tagRole(world, {});
    advance(world, hour);
    const thing = { kind: 'resource', name: own } as const;
    const { view } = await loadScope(renamed, memorySweepPorts(world));
    const listed = view === undefined ? '' : listedOf(view, thing).hash;
    const given = { answer: { kind: 'forget', thing, listed }, answeredBy: alice } as const;
    await sweep(renamed, memorySweepPorts(world), given).catch(() => undefined);
    await runRepair(world, renamed);
    expect([isBound(world, own), entriesOf(world).length]).toEqual([true, 1]);
  });

  it('"revoke --role" does not report that nothing is left while there is a config in a region that was dropped', async () => {
    const world = createWorld();
    setKnown(world);
    setUsed(world, 'region', 'eu-west-3');
    tagRole(world, {});
    world.parameters.set('eu-west-3 /google-access/reports/default', {
      value: configOf(reader),
      description: '',
    });
    const { held } = await roleAccess(settings, memoryPorts(world), reports);
    expect(isNothing(held)).toBe(false);
  });
});

it('control: the access that the tag requests exists', async () => {
  const world = await grantedWorld();
  expect([isBound(world), parameterPlaces(world)]).toEqual([true, bothPlaces]);
});
