import { reconcile } from '../../shared/app/reconcile.ts';
import { type SweepReport, sweep } from '../../shared/app/sweep.ts';
import { loadScope } from '../../shared/app/sweep-scope.ts';
import type { Forgettable } from '../../shared/core/answer.ts';
import { forgetKey } from '../../shared/core/answer-item.ts';
import { listedOf } from '../../shared/core/forget.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { itemKeyText } from '../../shared/core/table-item.ts';
import {
  type MemoryWorld,
  memoryPorts,
  memorySweepPorts,
  setPolicy,
  unavailable,
} from '../support/memory.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { alice, requestOfDrift, runRepair, settleAll } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../support/table.ts';
import { createWorld, failCalls, sharedBinding, tagRole } from '../support/world.ts';

const old = 'acme-old';
const oldAccount = `a@${old}.iam.gserviceaccount.com`;
const project: Forgettable = { kind: 'project', name: old };

/**
 * A project that was deleted: it cannot be listed, its accounts cannot be read, and the ledger lists a binding in it.
 */
const withDeletedProject = (): MemoryWorld => {
  const world = createWorld({ readerBindings: [sharedBinding] });
  setKnown(world);
  setEntries(world, [entryFor(oldAccount)]);
  setUsed(world, 'project', old, '2026-11-20T10:00:00Z');
  world.denied.add(serviceAccountResource(oldAccount));
  failCalls(world, new RegExp(`^listServiceAccounts ${old}`), unavailable('Google'));
  return world;
};

const listedNow = async (world: MemoryWorld, thing: Forgettable): Promise<string> => {
  const { view } = await loadScope(settings, memorySweepPorts(world));
  if (view === undefined) throw new Error('no table');
  return listedOf(view, thing).hash;
};
const forget = async (
  world: MemoryWorld,
  thing = project,
  listed?: string,
  using = settings,
): Promise<SweepReport> =>
  sweep(using, memorySweepPorts(world), {
    answer: { kind: 'forget', thing, listed: listed ?? (await listedNow(world, thing)) },
    answeredBy: alice,
  });
const outcomesOf = (world: MemoryWorld) => world.outcomes.map(({ type, detail }) => [type, detail] as const);

describe('invariant 4: a project is gone only if a person says so', () => {
  it('with everything in it: the project itself, and each Google role on it or on a resource of it', async () => {
    const world = withDeletedProject();
    const resources = [`projects/${old}/datasets/d`, `projects/${old}`];
    const bound = resources.map((resource) =>
      entryFor(oldAccount, { googleRole: 'roles/bigquery.dataViewer', resource, grants: ['in'] }),
    );
    setEntries(world, [entryFor(oldAccount), ...bound]);
    for (const resource of resources) {
      setUsed(world, 'site', `roles/bigquery.dataViewer on ${resource}`, '2026-11-20T10:00:00Z');
      world.denied.add(resource);
    }
    tagRole(world, {});
    expect((await forget(world)).forgotten).toMatchObject({
      dropped: [{}, {}, {}],
      kept: [],
      isOutOfScope: true,
    });
    await runRepair(world);
    expect(entriesOf(world)).toEqual([]);
    expect(usedNames(world).filter((name) => name.includes(old))).toEqual([]);
    expect((await sweep(settings, memorySweepPorts(world))).blindSpots).toEqual([]);
  });

  it('its entries and its scope entry are removed, each with an outcome that names who answered', async () => {
    const world = withDeletedProject();
    const { forgotten, answer } = await forget(world);
    expect(forgotten).toEqual({
      thing: project,
      dropped: [{ role: reports, email: oldAccount }],
      kept: [],
      isOutOfScope: true,
    });
    expect(answer).toEqual({ text: `forget project ${old}`, answeredBy: alice });
    expect(usedNames(world)).toEqual([]);
    expect(JSON.parse(world.table.get(itemKeyText(forgetKey(project)))?.body ?? '')).toEqual({
      version: 1,
      answer: 'forget',
      kept: [],
      ...project,
      at: world.now.toISOString(),
      answeredBy: alice,
    });
    await runRepair(world);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomesOf(world)).toEqual([
      [
        'Forgotten',
        expect.objectContaining({
          role: reports,
          grant: 'default',
          target: { kind: 'serviceAccount', email: oldAccount },
          member: entryFor(oldAccount).member,
          answeredBy: alice,
          reason: expect.stringContaining(`${alice} answered that project ${old} is gone`),
        }),
      ],
    ]);
    // Nothing is left that could be a blind spot.
    expect(await sweep(settings, memorySweepPorts(world))).toMatchObject({ blindSpots: [], dropped: [] });
  });

  it('without the answer it stays, and remains a blind spot', async () => {
    const world = withDeletedProject();
    const { blindSpots } = await sweep(settings, memorySweepPorts(world));
    expect(blindSpots).not.toEqual([]);
    await runRepair(world);
    expect(entriesOf(world)).toHaveLength(1);
    expect(usedNames(world)).toEqual([old]);
    expect(world.outcomes.map(({ type }) => type)).not.toContain('Forgotten');
  });

  it('a project that can be listed is refused: the sweep proves it', async () => {
    const world = withDeletedProject();
    world.before = () => undefined;
    await expect(forget(world)).rejects.toThrow(
      `Nothing of project ${old} is forgotten: its service accounts can be listed completely, so the sweep proves by itself`,
    );
    expect(world.drifts).toEqual([]);
    expect(world.table.has(itemKeyText(forgetKey(project)))).toBe(false);
  });

  it('a project that the file names is refused', async () => {
    const world = withDeletedProject();
    const using = {
      ...settings,
      google: { ...settings.google, projects: [...settings.google.projects, old] },
    };
    await expect(forget(world, project, undefined, using)).rejects.toThrow('rolebridge.yml names it');
  });

  it('entries that were not shown are not forgotten', async () => {
    const world = withDeletedProject();
    const shown = await listedNow(world, project);
    setEntries(world, [entryFor(oldAccount), entryFor(`b@${old}.iam.gserviceaccount.com`)]);
    await expect(forget(world, project, shown)).rejects.toThrow('the ledger has changed since it was shown');
    await expect(forget(world, { kind: 'project', name: 'acme-none' }, shown)).rejects.toThrow(
      'the ledger holds nothing of it',
    );
  });

  it('in dry-run nothing is written; if the ledger cannot be read, nothing is forgotten', async () => {
    const world = withDeletedProject();
    await expect(forget(world, project, undefined, { ...settings, mode: 'dry-run' })).rejects.toThrow(
      'dry-run',
    );
    const shown = await listedNow(world, project);
    failCalls(world, /^Scan/, unavailable('DynamoDB'));
    await expect(forget(world, project, shown)).rejects.toThrow('The ledger cannot be read now');
  });

  it('an entry whose policy can be read stays, and so does the scope entry', async () => {
    const world = withDeletedProject();
    const other = `b@${old}.iam.gserviceaccount.com`;
    setPolicy(world, serviceAccountResource(other), {});
    setEntries(world, [entryFor(oldAccount), entryFor(other)]);
    expect((await forget(world)).forgotten).toEqual({
      thing: project,
      dropped: [{ role: reports, email: oldAccount }],
      kept: [{ role: reports, email: other, reason: 'its policy can be read, so the sweep proves it' }],
      isOutOfScope: false,
    });
    await runRepair(world);
    expect(entriesOf(world)).toEqual([]);
    expect(outcomesOf(world).map(([type, { target }]) => [type, target])).toEqual([
      ['Revoked', { kind: 'serviceAccount', email: other }],
      ['Forgotten', { kind: 'serviceAccount', email: oldAccount }],
    ]);
  });

  it('an entry that was announced a moment ago stays, as its writer may still bind', async () => {
    const world = withDeletedProject();
    setEntries(world, [entryFor(oldAccount, { announcedAt: world.now.toISOString() })]);
    await expect(forget(world)).rejects.toThrow('it was announced within the last 5 minutes');
  });
});

describe('an answer is used once', () => {
  const answered = async () => {
    const world = withDeletedProject();
    await forget(world);
    const requests = world.drifts.splice(0).map(requestOfDrift);
    return { world, requests };
  };

  it('not for an entry that was announced after it', async () => {
    const { world, requests } = await answered();
    world.now = new Date(world.now.getTime() + 10 * 60 * 1000);
    const later = new Date(world.now.getTime() - 6 * 60 * 1000).toISOString();
    setEntries(world, [entryFor(oldAccount, { announcedAt: later })]);
    await reconcile(settings, memoryPorts(world), requests);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('not after an hour, and not if the policy can be read again by then', async () => {
    for (const change of [
      (world: MemoryWorld) => {
        world.now = new Date(world.now.getTime() + 60 * 60 * 1000);
      },
      (world: MemoryWorld) => {
        world.denied.clear();
        const { member } = entryFor(oldAccount);
        setPolicy(world, serviceAccountResource(oldAccount), {
          bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }],
        });
      },
    ]) {
      const { world, requests } = await answered();
      change(world);
      await reconcile(settings, memoryPorts(world), requests);
      expect(world.outcomes.map(({ type }) => type)).not.toContain('Forgotten');
    }
  });

  it('a message alone drops nothing: the item of the answer decides', async () => {
    const { world, requests } = await answered();
    world.table.delete(itemKeyText(forgetKey(project)));
    await reconcile(settings, memoryPorts(world), requests);
    expect(entriesOf(world)).toHaveLength(1);
  });

  it('if the ledger does not accept the write, nothing is reported, and the message is retried', async () => {
    const { world, requests } = await answered();
    failCalls(world, /^DeleteItem role/, unavailable('DynamoDB'));
    const [report] = await reconcile(settings, memoryPorts(world), requests);
    expect(report?.retry).toBeDefined();
    expect(world.outcomes).toEqual([]);
    world.before = () => undefined;
    await reconcile(settings, memoryPorts(world), requests);
    expect(world.outcomes.map(({ type }) => type)).toEqual(['Forgotten']);
  });
});

describe('a resource', () => {
  const resource: Forgettable = { kind: 'resource', name: serviceAccountResource(writer) };

  it('that a tag still requests is not forgotten; once it is untagged, it is', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    tagRole(world, { 'google-access': writer });
    await settleAll(world);
    world.denied.add(resource.name);
    world.now = new Date(world.now.getTime() + 10 * 60 * 1000);
    await expect(forget(world, resource)).rejects.toThrow('a tag of the role asks for it');
    tagRole(world, {});
    expect((await forget(world, resource)).forgotten).toMatchObject({ dropped: [{}], isOutOfScope: false });
    await runRepair(world);
    expect(entriesOf(world)).toEqual([]);
  });

  it('whose policy can be read, or that a listing lacks, is refused', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setEntries(world, [entryFor(writer)]);
    await expect(forget(world, resource)).rejects.toThrow('its allow policy can be read');
    world.policies.delete(resource.name);
    await expect(forget(world, resource)).rejects.toThrow('Google confirms that it is gone');
  });

  it('of a role that could not be listed stays', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setEntries(world, [entryFor(writer)], roleRef('app-1'));
    world.denied.add(resource.name);
    failCalls(world, /^GetAccountAuthorizationDetails/, unavailable('IAM'));
    await expect(forget(world, resource)).rejects.toThrow('its role could not be read');
  });
});

describe('an AWS account', () => {
  const gone = '444455556666';
  const account: Forgettable = { kind: 'account', name: gone };
  const ref = { ...reports, accountId: gone };
  const dropped = (): MemoryWorld => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setUsed(world, 'account', gone, '2026-01-01T00:00:00Z');
    return world;
  };

  it('never leaves the scope by itself, and is reported as dropped', async () => {
    const world = dropped();
    expect(await sweep(settings, memorySweepPorts(world))).toMatchObject({
      dropped: [{ kind: 'account', name: gone }],
    });
    expect(usedNames(world)).toEqual([gone]);
    expect((await forget(world, account)).forgotten).toMatchObject({ dropped: [], isOutOfScope: true });
    expect(usedNames(world)).toEqual([]);
  });

  it('that the file names is refused', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    setKnown(world);
    setUsed(world, 'account', reports.accountId);
    await expect(forget(world, { kind: 'account', name: reports.accountId })).rejects.toThrow(
      'rolebridge.yml names it',
    );
  });

  it('stays while the sweep itself can remove a binding there', async () => {
    const world = dropped();
    setEntries(world, [entryFor(reader)], ref);
    await expect(forget(world, account)).rejects.toThrow('its policy can be read, so the sweep proves it');
    world.policies.delete(serviceAccountResource(reader));
    await expect(forget(world, account)).rejects.toThrow('the sweep has confirmed that it is gone');
  });
});
