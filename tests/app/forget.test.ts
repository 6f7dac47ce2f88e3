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
  setRole,
  unavailable,
} from '../support/memory.ts';
import { failing } from '../support/reconciling.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { alice, repair, requestOf, settleAll, tag, world } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries, setKnown, setUsed, usedNames } from '../support/table.ts';

const old = 'acme-old';
const oldAccount = `a@${old}.iam.gserviceaccount.com`;
const project: Forgettable = { kind: 'project', name: old };

/** A project that was deleted: it cannot be listed, its accounts cannot be read, and the ledger lists a binding in it. */
const withDeletedProject = (): MemoryWorld => {
  const made = world();
  setKnown(made);
  setEntries(made, [entryFor(oldAccount)]);
  setUsed(made, 'project', old, '2026-11-20T10:00:00Z');
  made.denied.add(serviceAccountResource(oldAccount));
  failing(made, new RegExp(`^listServiceAccounts ${old}`), unavailable('Google'));
  return made;
};

const listedNow = async (made: MemoryWorld, thing: Forgettable): Promise<string> => {
  const { view } = await loadScope(settings, memorySweepPorts(made));
  if (view === undefined) throw new Error('no table');
  return listedOf(view, thing).hash;
};
const forget = async (
  made: MemoryWorld,
  thing = project,
  listed?: string,
  using = settings,
): Promise<SweepReport> =>
  sweep(using, memorySweepPorts(made), {
    answer: { kind: 'forget', thing, listed: listed ?? (await listedNow(made, thing)) },
    answeredBy: alice,
  });
const outcomesOf = (made: MemoryWorld) => made.outcomes.map(({ type, detail }) => [type, detail] as const);

describe('invariant 4: a project is gone only if a person says so', () => {
  it('its entries and its scope entry go, each as an outcome that names who answered', async () => {
    const made = withDeletedProject();
    const { forgotten, answer } = await forget(made);
    expect(forgotten).toEqual({ thing: project, dropped: 1, kept: [], isOutOfScope: true });
    expect(answer).toEqual({ text: `forget project ${old}`, answeredBy: alice });
    expect(usedNames(made)).toEqual([]);
    expect(JSON.parse(made.table.get(itemKeyText(forgetKey(project)))?.body ?? '')).toEqual({
      version: 1,
      answer: 'forget',
      kept: [],
      ...project,
      at: made.now.toISOString(),
      answeredBy: alice,
    });
    await repair(made);
    expect(entriesOf(made)).toEqual([]);
    expect(outcomesOf(made)).toEqual([
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
    // Nothing is left to be a blind spot.
    expect(await sweep(settings, memorySweepPorts(made))).toMatchObject({ blindSpots: [], dropped: [] });
  });

  it('without the answer it stays, and stays a blind spot', async () => {
    const made = withDeletedProject();
    const { blindSpots } = await sweep(settings, memorySweepPorts(made));
    expect(blindSpots).not.toEqual([]);
    await repair(made);
    expect(entriesOf(made)).toHaveLength(1);
    expect(usedNames(made)).toEqual([old]);
    expect(made.outcomes.map(({ type }) => type)).not.toContain('Forgotten');
  });

  it('a project that can be listed is refused: the sweep proves it', async () => {
    const made = withDeletedProject();
    made.before = () => undefined;
    await expect(forget(made)).rejects.toThrow(
      `Nothing of project ${old} is forgotten: its service accounts can be listed completely, so the sweep proves by itself`,
    );
    expect(made.drifts).toEqual([]);
    expect(made.table.has(itemKeyText(forgetKey(project)))).toBe(false);
  });

  it('one that the file names is refused', async () => {
    const made = withDeletedProject();
    const using = {
      ...settings,
      google: { ...settings.google, projects: [...settings.google.projects, old] },
    };
    await expect(forget(made, project, undefined, using)).rejects.toThrow('rolebridge.yml names it');
  });

  it('what was not shown is not forgotten', async () => {
    const made = withDeletedProject();
    const shown = await listedNow(made, project);
    setEntries(made, [entryFor(oldAccount), entryFor(`b@${old}.iam.gserviceaccount.com`)]);
    await expect(forget(made, project, shown)).rejects.toThrow('the ledger has changed since it was shown');
    await expect(forget(made, { kind: 'project', name: 'acme-none' }, shown)).rejects.toThrow(
      'the ledger holds nothing of it',
    );
  });

  it('in dry-run nothing is written; where the ledger cannot be read, nothing is forgotten', async () => {
    const made = withDeletedProject();
    await expect(forget(made, project, undefined, { ...settings, mode: 'dry-run' })).rejects.toThrow(
      'dry-run',
    );
    const shown = await listedNow(made, project);
    failing(made, /^Scan/, unavailable('DynamoDB'));
    await expect(forget(made, project, shown)).rejects.toThrow('The ledger cannot be read now');
  });

  it('an entry whose policy can be read stays, and so does the scope entry', async () => {
    const made = withDeletedProject();
    const other = `b@${old}.iam.gserviceaccount.com`;
    setPolicy(made, serviceAccountResource(other), {});
    setEntries(made, [entryFor(oldAccount), entryFor(other)]);
    expect((await forget(made)).forgotten).toEqual({
      thing: project,
      dropped: 1,
      kept: [{ role: reports, email: other, reason: 'its policy can be read, so the sweep proves it' }],
      isOutOfScope: false,
    });
    await repair(made);
    expect(entriesOf(made)).toEqual([]);
    expect(outcomesOf(made).map(([type, { target }]) => [type, target])).toEqual([
      ['Revoked', { kind: 'serviceAccount', email: other }],
      ['Forgotten', { kind: 'serviceAccount', email: oldAccount }],
    ]);
  });

  it('an entry that was announced a moment ago stays: its writer may still bind', async () => {
    const made = withDeletedProject();
    setEntries(made, [entryFor(oldAccount, { announcedAt: made.now.toISOString() })]);
    await expect(forget(made)).rejects.toThrow('it was announced within the last 5 minutes');
  });
});

describe('an answer is good once', () => {
  const answered = async () => {
    const made = withDeletedProject();
    await forget(made);
    const requests = made.drifts.splice(0).map(requestOf);
    return { made, requests };
  };

  it('not for an entry that was announced after it', async () => {
    const { made, requests } = await answered();
    made.now = new Date(made.now.getTime() + 10 * 60 * 1000);
    const later = new Date(made.now.getTime() - 6 * 60 * 1000).toISOString();
    setEntries(made, [entryFor(oldAccount, { announcedAt: later })]);
    await reconcile(settings, memoryPorts(made), requests);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('not after an hour, and not if the policy can be read again by then', async () => {
    for (const change of [
      (made: MemoryWorld) => {
        made.now = new Date(made.now.getTime() + 60 * 60 * 1000);
      },
      (made: MemoryWorld) => {
        made.denied.clear();
        const { member } = entryFor(oldAccount);
        setPolicy(made, serviceAccountResource(oldAccount), {
          bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }],
        });
      },
    ]) {
      const { made, requests } = await answered();
      change(made);
      await reconcile(settings, memoryPorts(made), requests);
      expect(made.outcomes.map(({ type }) => type)).not.toContain('Forgotten');
    }
  });

  it('a message alone drops nothing: the item of the answer decides', async () => {
    const { made, requests } = await answered();
    made.table.delete(itemKeyText(forgetKey(project)));
    await reconcile(settings, memoryPorts(made), requests);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('where the ledger does not take the write, nothing is reported, and the message comes back', async () => {
    const { made, requests } = await answered();
    failing(made, /^DeleteItem role/, unavailable('DynamoDB'));
    const [report] = await reconcile(settings, memoryPorts(made), requests);
    expect(report?.retry).toBeDefined();
    expect(made.outcomes).toEqual([]);
    made.before = () => undefined;
    await reconcile(settings, memoryPorts(made), requests);
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Forgotten']);
  });
});

describe('a resource', () => {
  const resource: Forgettable = { kind: 'resource', name: serviceAccountResource(writer) };

  it('that a tag still asks for is not forgotten; once it is untagged, it is', async () => {
    const made = world();
    tag(made, writer);
    await settleAll(made);
    made.denied.add(resource.name);
    made.now = new Date(made.now.getTime() + 10 * 60 * 1000);
    await expect(forget(made, resource)).rejects.toThrow('a tag of the role asks for it');
    setRole(made, reports, []);
    expect((await forget(made, resource)).forgotten).toMatchObject({ dropped: 1, isOutOfScope: false });
    await repair(made);
    expect(entriesOf(made)).toEqual([]);
  });

  it('whose policy can be read, or that a listing lacks, is refused', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(writer)]);
    await expect(forget(made, resource)).rejects.toThrow('its allow policy can be read');
    made.policies.delete(resource.name);
    await expect(forget(made, resource)).rejects.toThrow('a listing of its project lacks it');
  });

  it('of a role that could not be listed stays', async () => {
    const made = world();
    setKnown(made);
    setEntries(made, [entryFor(writer)], roleRef('app-1'));
    made.denied.add(resource.name);
    failing(made, /^GetAccountAuthorizationDetails/, unavailable('IAM'));
    await expect(forget(made, resource)).rejects.toThrow('its role could not be read');
  });
});

describe('an AWS account', () => {
  const gone = '444455556666';
  const account: Forgettable = { kind: 'account', name: gone };
  const ref = { ...reports, accountId: gone };
  const dropped = (): MemoryWorld => {
    const made = world();
    setKnown(made);
    setUsed(made, 'account', gone, '2026-01-01T00:00:00Z');
    return made;
  };

  it('never leaves the scope by itself, and is reported as dropped', async () => {
    const made = dropped();
    expect(await sweep(settings, memorySweepPorts(made))).toMatchObject({
      dropped: [{ kind: 'account', name: gone }],
    });
    expect(usedNames(made)).toEqual([gone]);
    expect((await forget(made, account)).forgotten).toMatchObject({ dropped: 0, isOutOfScope: true });
    expect(usedNames(made)).toEqual([]);
  });

  it('that the file names is refused', async () => {
    const made = world();
    setKnown(made);
    setUsed(made, 'account', reports.accountId);
    await expect(forget(made, { kind: 'account', name: reports.accountId })).rejects.toThrow(
      'rolebridge.yml names it',
    );
  });

  it('stays while the sweep can remove a binding of it itself', async () => {
    const made = dropped();
    setEntries(made, [entryFor(reader)], ref);
    await expect(forget(made, account)).rejects.toThrow('its policy can be read, so the sweep proves it');
    made.policies.delete(serviceAccountResource(reader));
    await expect(forget(made, account)).rejects.toThrow(
      'the sweep has confirmed that the service account is gone',
    );
  });
});
