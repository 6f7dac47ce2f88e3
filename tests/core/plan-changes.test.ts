import { withoutDependents } from '../../shared/core/change.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { type Desired, desiredOf } from '../../shared/core/guardrail.ts';
import { type Condition, untilCondition } from '../../shared/core/iam-policy.ts';
import { bindingKey, type LedgerEntry } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleState } from '../../shared/core/model.ts';
import type { ObservedFolder, ObservedPolicy } from '../../shared/core/observed.ts';
import { planRole } from '../../shared/core/plan.ts';
import { poolPath, type Settings } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { emailOf } from '../support/changes.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, configOf, policyOf, present, readerPolicy, writerPolicy } from '../support/snapshot.ts';
import { entryFor } from '../support/table.ts';

const key = 'google-access';
const member = memberOf(settings, reports);
const absent: RoleState = { kind: 'absent', ref: reports };
const path = '/google-access/reports';
const folder = (
  region: string,
  values: Readonly<Record<string, string>> = {},
  type = 'String',
): ObservedFolder => ({
  kind: 'read',
  region,
  path,
  parameters: Object.entries(values).map(([name, value]) => ({ name: `${path}/${name}`, value, type })),
});
const folders = (values: Readonly<Record<string, string>> = {}) =>
  settings.regions.map((region) => folder(region, values));
const plan = (
  role: RoleState,
  seen: readonly ObservedFolder[],
  policies: Readonly<Record<string, ObservedPolicy>>,
  using: Settings = settings,
  desired: Desired = desiredOf(role, using, now),
  entries: readonly LedgerEntry[] = [],
) =>
  planRole(
    using,
    { role, folders: seen, policies: new Map(Object.entries(policies)), entries },
    desired,
    now,
  );
const keyOf = (condition?: Condition) =>
  bindingKey({
    googleRole: workloadIdentityUser,
    resource: readerPolicy,
    member,
    ...(condition === undefined ? {} : { condition }),
  });
const value = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader), null, 2);
const description =
  'Google credential config of arn:aws:iam::111122223333:role/reports (AROAREPORTS), by rolebridge. Holds no secret.';
const until = untilCondition('2026-12-02T00:00:00Z');

describe('the changes that grant access', () => {
  it('are complete: the text, the place, the grant, and the change that each waits for', () => {
    const publish = {
      kind: 'publish',
      grants: ['default'],
      access: readerPolicy,
      value,
      description,
      replaces: [],
    } as const;
    const name = `${path}/default`;
    const after = `bind ${keyOf()}`;
    expect(
      plan(present('reports', { [key]: reader }), folders(), { [readerPolicy]: policyOf() }),
    ).toStrictEqual([
      {
        kind: 'bind',
        id: after,
        grants: ['default'],
        access: readerPolicy,
        resource: readerPolicy,
        edit: { kind: 'add', role: workloadIdentityUser, member },
      },
      { ...publish, id: `publish us-east-1 ${name}`, after, region: 'us-east-1', name, isNew: true },
      { ...publish, id: `publish eu-west-1 ${name}`, after, region: 'eu-west-1', name, isNew: true },
    ]);
  });

  it('name their condition, so that two dates on one account are two bindings', () => {
    const role = present('reports', { [key]: reader, 'google-access/x': `${reader} until 2026-12-01` });
    const changes = plan(role, folders(), { [readerPolicy]: policyOf() });
    expect(changes.filter(({ kind }) => kind === 'bind')).toMatchObject([
      { id: `bind ${keyOf()}`, grants: ['default'] },
      { id: `bind ${keyOf(until)}`, grants: ['x'], edit: { condition: until } },
    ]);
    expect(changes.find(({ id }) => id === `publish eu-west-1 ${path}/x`)).toMatchObject({
      after: `bind ${keyOf(until)}`,
    });
  });

  it('overwrite a value of the same account', () => {
    const stale = configOf(reader).replace('/v1/token', '/v0/token');
    const changes = plan(present('reports', { [key]: reader }), folders({ default: stale }), {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes.slice(0, 2)).toMatchObject([
      { region: 'us-east-1', isNew: false },
      { region: 'eu-west-1', isNew: false },
    ]);
    for (const change of changes) if (change.kind === 'publish') expect(change.replaces).toEqual([]);
  });

  it.each(['StringList', 'SecureString', 'String of aws:ec2:image'])(
    'invariant 3: overwrite the right text in a parameter that is a %s',
    (type) => {
      const [first, second] = settings.regions;
      const seen = [
        folder(first, { default: configOf(reader) }, type),
        folder(second ?? '', { default: value }),
      ];
      const changes = plan(present('reports', { [key]: reader }), seen, {
        [readerPolicy]: policyOf(binding([reports])),
      });
      const publishes = changes.filter(({ kind }) => kind === 'publish');
      expect(publishes).toMatchObject([{ region: first, isNew: false, otherType: type, value }]);
    },
  );

  it('invariant 3: do not name the type of a String, or of a missing parameter', () => {
    for (const seen of [folders(), folders({ default: 'x' })])
      for (const change of plan(present('reports', { [key]: reader }), seen, { [readerPolicy]: policyOf() }))
        expect(change).not.toHaveProperty('otherType');
  });

  it('are for the account’s own policy: access to another account does not count as access to this one', () => {
    const changes = plan(
      present('reports', { [key]: reader, 'google-access/w': writer }),
      folders({ default: configOf(reader), w: configOf(writer) }),
      { [readerPolicy]: policyOf(binding([reports])), [writerPolicy]: policyOf() },
    );
    expect(changes.map((change) => [change.kind, emailOf(change), change.grants])).toEqual([
      ['bind', writer, ['w']],
      ['list', reader, ['default']],
    ]);
  });

  it('leave alone a region that was not read', () => {
    const changes = plan(present('reports', { [key]: reader }), [folder('us-east-1')], {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes[0]?.id).toBe(`publish us-east-1 ${path}/default`);
    expect(changes.map(({ kind }) => kind)).toEqual(['publish', 'list']);
  });

  it('do not mistake another folder in the same region for the role’s own', () => {
    const former: ObservedFolder = {
      kind: 'read',
      region: 'us-east-1',
      path: '/former/reports',
      parameters: [],
    };
    const seen = [former, ...folders({ default: configOf(reader) })];
    const changes = plan(present('reports', { [key]: reader }), seen, {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes.map(({ kind }) => kind)).toEqual(['list']);
  });

  it('publish nothing for a role that is gone, no matter what was granted before', () => {
    const desired = desiredOf(present('reports', { [key]: reader }), settings, now);
    const policies = { [readerPolicy]: policyOf(binding([reports])) };
    expect(plan(absent, folders(), policies, settings, desired).map(({ kind }) => kind)).toEqual(['list']);
  });
});

describe('the changes that remove access', () => {
  it('are complete', () => {
    const name = `${path}/default`;
    const changes = plan(
      absent,
      folders({ default: configOf(reader) }),
      { [readerPolicy]: policyOf(binding([reports])) },
      settings,
      undefined,
      [entryFor(reader)],
    );
    const unpublish = {
      kind: 'unpublish',
      grants: ['default'],
      name,
      pool: poolPath(settings),
      behind: [readerPolicy],
    } as const;
    expect(changes).toStrictEqual([
      {
        kind: 'unbind',
        id: `unbind ${keyOf()}`,
        grants: ['default'],
        access: readerPolicy,
        resource: readerPolicy,
        edit: { kind: 'remove', role: workloadIdentityUser, member },
      },
      { ...unpublish, id: `unpublish us-east-1 ${name}`, region: 'us-east-1' },
      { ...unpublish, id: `unpublish eu-west-1 ${name}`, region: 'eu-west-1' },
    ]);
  });

  it('name the condition of the binding, and every grant that the ledger lists for it', () => {
    const policies = { [readerPolicy]: policyOf(binding([reports], { condition: until })) };
    const entry = entryFor(reader, { condition: until, grants: ['default', 'x'] });
    const [unbind] = plan(absent, folders(), policies, settings, undefined, [entry]);
    expect(unbind).toMatchObject({
      id: `unbind ${keyOf(until)}`,
      grants: ['default', 'x'],
      edit: { kind: 'remove', condition: until },
    });
  });

  it('for a grant that was renamed: the old config is removed, the access stays', () => {
    const role = present('reports', { 'google-access/new': reader });
    const bound = { [readerPolicy]: policyOf(binding([reports])) };
    const changes = plan(role, folders({ old: configOf(reader) }), bound, settings, undefined, [
      entryFor(reader, { grants: ['old'] }),
    ]);
    expect(changes.map((change) => [change.kind, change.grants, emailOf(change)])).toEqual([
      ['publish', ['new'], reader],
      ['publish', ['new'], reader],
      ['unpublish', [], undefined],
      ['unpublish', [], undefined],
      ['list', ['new'], reader],
    ]);
  });

  it('for one account of two: an overwritten config names its former account, if there was access', () => {
    const role = present('reports', { [key]: writer });
    const seen = folders({ default: configOf(reader) });
    const policies = { [writerPolicy]: policyOf(binding([reports])) };
    const replaced = (entries: readonly LedgerEntry[]) =>
      plan(role, seen, policies, settings, undefined, entries).flatMap((change) =>
        change.kind === 'publish' ? [change.replaces] : [],
      );
    expect(replaced([entryFor(writer)])).toEqual([[], []]);
    expect(replaced([entryFor(writer), entryFor(reader)])).toEqual([[readerPolicy], [readerPolicy]]);
  });
});

describe('leaving changes out', () => {
  const changes = plan(present('reports', { [key]: reader }), folders(), { [readerPolicy]: policyOf() });
  const [bind, first, second] = changes.map(({ id }) => id);

  it('also leaves out the publishing that waits for a bind', () => {
    const ids = (leftOut: string | undefined) =>
      withoutDependents(changes, new Set([leftOut ?? ''])).map(({ id }) => id);
    expect(ids(bind)).toEqual([]);
    expect(ids(first)).toEqual([bind, second]);
    expect(withoutDependents(changes, new Set())).toEqual(changes);
  });
});

it.each<[string, Condition | undefined]>([
  ['with an end', untilCondition('2026-12-01T00:00:00Z')],
  ['without an end', undefined],
])('an entry %s leaves the ledger as it is listed, under an id of its own', (_, condition) => {
  const entry = entryFor(reader, condition === undefined ? {} : { condition });
  const gone = plan(absent, folders(), { [readerPolicy]: policyOf() }, settings, undefined, [entry]);
  const { googleRole, resource, member: listed } = entry;
  const leaving = { googleRole, resource, member: listed, ...(condition === undefined ? {} : { condition }) };
  expect(gone).toStrictEqual([
    {
      kind: 'unlist',
      id: `unlist ${bindingKey(entry)}`,
      grants: ['default'],
      access: readerPolicy,
      resource: readerPolicy,
      binding: leaving,
    },
  ]);
});
