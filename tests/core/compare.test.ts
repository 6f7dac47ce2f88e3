import { compare } from '../../shared/core/compare.ts';
import { roleItemKey, writeLedgerItem } from '../../shared/core/ledger.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { accessOf, workloadIdentityUser } from '../../shared/core/target.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import {
  binding,
  configOf,
  everywhere,
  lines,
  listing,
  policyOf,
  present,
  readerPolicy,
  snapshot,
  writerPolicy,
} from '../support/snapshot.ts';
import { entryFor } from '../support/table.ts';

const key = 'google-access';
const tagged = present('reports', { [key]: reader });
const published = everywhere({ 'reports/default': configOf(reader) });
const drifts = (seen: ReturnType<typeof snapshot>, using: Settings = settings) =>
  lines(compare(using, seen, now).drifted);

describe('a comparison of everything with everything', () => {
  it('finds no drift in a role that matches its tags', () => {
    const seen = snapshot(
      { roles: [tagged], parameters: published },
      { [readerPolicy]: policyOf(binding([reports])) },
    );
    expect(compare(settings, seen, now).drifted).toEqual([]);
  });

  it('invariant 3: finds drift if a parameter of another type has the right text', () => {
    const parameters = published.map((one) => ({
      ...one,
      parameters: one.parameters.map((parameter) => ({
        ...parameter,
        type: one.region === 'eu-west-1' ? 'StringList' : 'String',
      })),
    }));
    const seen = snapshot({ roles: [tagged], parameters }, { [readerPolicy]: policyOf(binding([reports])) });
    expect(drifts(seen)).toEqual([['reports', 'publish eu-west-1 /google-access/reports/default']]);
  });

  it('invariant 7: treats a config in a folder of another casing as a stray of the role, whose name is as it is bound', () => {
    const parameters = [listing('us-east-1', { 'REPORTS/default': configOf(reader) }), listing('eu-west-1')];
    const { drifted } = compare(
      settings,
      snapshot({ parameters }, { [readerPolicy]: policyOf(binding([roleRef('Reports')])) }),
      now,
    );
    expect(lines(drifted)).toEqual([
      ['Reports', `unbind ${reader}`, 'unpublish us-east-1 /google-access/REPORTS/default'],
    ]);
    expect(drifted[0]?.drift.strays).toEqual([
      { region: 'us-east-1', name: '/google-access/REPORTS/default' },
    ]);
  });

  it('includes a role with only a tag, a parameter or a binding', () => {
    const seen = snapshot(
      {
        roles: [
          present('app-tag', { 'google-access/bq': reader }),
          present('app-parameter'),
          present('app-bound'),
          present('app-none', { Name: reader }),
        ],
        parameters: [
          listing('us-east-1', { 'app-parameter/default': configOf(reader) }),
          listing('eu-west-1'),
        ],
      },
      { [readerPolicy]: policyOf(binding([roleRef('app-bound')])) },
    );
    expect(drifts(seen)).toEqual([
      ['app-bound', `unbind ${reader}`],
      ['app-parameter', 'unpublish us-east-1 /google-access/app-parameter/default'],
      [
        'app-tag',
        `bind ${reader}`,
        'publish us-east-1 /google-access/app-tag/bq',
        'publish eu-west-1 /google-access/app-tag/bq',
      ],
    ]);
  });

  it('returns drifted roles in the order of their names, no matter in which order they were seen', () => {
    const names = ['reports', 'app-c', 'app-a', 'app-b'];
    const all = binding(names.map(roleRef));
    expect(drifts(snapshot({}, { [readerPolicy]: policyOf(all) })).map(([name]) => name)).toEqual([
      'app-a',
      'app-b',
      'app-c',
      'reports',
    ]);
  });

  it('assumes that a policy we may not read contains what the ledger lists', () => {
    const table = readTable([
      {
        ...roleItemKey(roleKey(roleRef('reports'))),
        revision: 'r',
        body: writeLedgerItem({ role: roleRef('reports'), entries: [entryFor(reader)] }),
      },
    ]);
    const seen = snapshot({ table }, { [readerPolicy]: { kind: 'unreadable' } });
    expect(drifts(seen)).toEqual([['reports', `unbind ${reader}`]]);
  });

  it('corrects nothing in the ledger, or in a role’s item, if it cannot be read', () => {
    const policies = { [readerPolicy]: policyOf(binding([roleRef('reports')])) };
    const roles = [present('reports', { 'google-access': reader })];
    const unreadable = readTable([
      { ...roleItemKey(roleKey(roleRef('reports'))), revision: 'r', body: '{}' },
    ]);
    const listed = { roles, parameters: published };
    expect(drifts(snapshot({ ...listed, table: readTable([]) }, policies))).toEqual([
      ['reports', `list ${reader}`],
    ]);
    expect(drifts(snapshot({ ...listed, table: undefined }, policies))).toEqual([]);
    expect(drifts(snapshot({ ...listed, table: unreadable }, policies))).toEqual([]);
  });

  it('binds nothing on an account that is gone', () => {
    const seen = snapshot({ parameters: published }, { [readerPolicy]: { kind: 'absent' } });
    expect(drifts(seen)).toEqual([
      [
        'reports',
        'unpublish us-east-1 /google-access/reports/default',
        'unpublish eu-west-1 /google-access/reports/default',
      ],
    ]);
  });

  it('finds no drift in parameters of others and in names that no role has', () => {
    const parameters = everywhere({ 'reports/theirs': 'hello', '.zz/default': configOf(reader) });
    expect(drifts(snapshot({ roles: [present('reports')], parameters }))).toEqual([]);
  });
});

describe('a drift contains', () => {
  const bindings = {
    [writerPolicy]: policyOf(binding([reports])),
    [readerPolicy]: policyOf(binding([reports])),
  };

  it('the role, the changes that would repair it, and the accounts on which it is bound', () => {
    const [one] = compare(settings, snapshot({ roles: [present('reports')] }, bindings), now).drifted;
    expect(one?.drift).toMatchObject({
      ref: reports,
      roleId: 'AROAREPORTS',
      resources: [readerPolicy, writerPolicy],
      strays: [],
      released: [],
    });
  });

  it('no role id if the role is gone', () => {
    const [one] = compare(settings, snapshot({}, bindings), now).drifted;
    expect(one?.drift.ref).toEqual(reports);
    expect(one?.drift).not.toHaveProperty('roleId');
  });

  it('the parameters outside the role’s folders that are removed with it, and only these', () => {
    const stray = { 'reports/default': configOf(writer), 'reports/theirs': 'hello' };
    const parameters = [
      ...everywhere({ 'reports/old': configOf(writer), 'reports/deep/er': configOf(writer) }),
      listing('eu-west-3', stray),
      listing('us-east-1', stray, { prefix: '/former' }),
    ];
    const [one] = compare(settings, snapshot({ parameters }), now).drifted;
    expect(one?.drift.strays).toEqual([
      { region: 'us-east-1', name: '/google-access/reports/deep/er' },
      { region: 'eu-west-1', name: '/google-access/reports/deep/er' },
      { region: 'eu-west-3', name: '/google-access/reports/default' },
      { region: 'us-east-1', name: '/former/reports/default' },
    ]);
    expect(lines(compare(settings, snapshot({ parameters }), now).drifted)[0]).toHaveLength(1 + 2 + 4);
  });

  it('the one copy that a role loses in a region that is no longer named, while it keeps its access', () => {
    const one: Settings = { ...settings, regions: ['us-east-1'] };
    const seen = snapshot(
      { roles: [tagged], parameters: published },
      { [readerPolicy]: policyOf(binding([reports])) },
    );
    expect(drifts(seen, one)).toEqual([['reports', 'unpublish eu-west-1 /google-access/reports/default']]);
  });
});

describe('the role of a member', () => {
  it('a role of another partition is not its namesake here', () => {
    const foreign = { ...reports, partition: 'aws-cn' };
    const seen = snapshot(
      { roles: [tagged], parameters: published },
      { [readerPolicy]: policyOf(binding([reports])), [writerPolicy]: policyOf(binding([foreign])) },
    );
    const [one, ...others] = compare(settings, seen, now).drifted;
    expect(others).toEqual([]);
    expect(one?.drift).toMatchObject({ ref: foreign, resources: [writerPolicy] });
    expect(one?.drift).not.toHaveProperty('roleId');
  });

  it('a role of an account that is not configured is not its namesake either', () => {
    const stranger = { ...reports, accountId: '999988887777' };
    const seen = snapshot(
      { roles: [tagged], parameters: published },
      { [readerPolicy]: policyOf(binding([reports, stranger])) },
    );
    expect(compare(settings, seen, now).drifted.map(({ drift }) => drift.ref)).toEqual([stranger]);
  });
});

describe('an entry may leave the ledger', () => {
  const access = accessOf({ googleRole: workloadIdentityUser, resource: readerPolicy });
  const table = readTable([
    {
      ...roleItemKey(roleKey(reports)),
      revision: 'r',
      body: writeLedgerItem({ role: reports, entries: [entryFor(reader)] }),
    },
  ]);
  const mayLeave = (
    seen: Parameters<typeof snapshot>[0],
    policy: ReturnType<typeof policyOf> = policyOf(),
  ) => {
    const roles = [present('reports')];
    const [one] = compare(
      settings,
      snapshot({ roles, table, ...seen }, { [readerPolicy]: policy }),
      now,
    ).drifted;
    return one?.mayLeave;
  };

  it('when neither its binding nor a config of it is left', () => {
    expect(mayLeave({})).toEqual([access]);
  });

  it('not while its binding is there, even if this drift removes it', () => {
    expect(mayLeave({}, policyOf(binding([reports])))).toEqual([]);
  });

  it('not while its config is there, even if this drift removes it', () => {
    expect(mayLeave({ parameters: published })).toEqual([]);
  });

  it('not while a listing of parameters is incomplete', () => {
    const parameters = settings.regions.map((region) => listing(region, {}, { isComplete: false }));
    expect(mayLeave({ parameters })).toEqual([]);
  });
});
