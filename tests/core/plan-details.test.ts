import { onlyKnownDependencies, withoutDependents } from '../../shared/core/change.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { type Desired, desiredOf } from '../../shared/core/desired.ts';
import { untilCondition, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { RoleState } from '../../shared/core/model.ts';
import type { ObservedFolder, ObservedPolicy } from '../../shared/core/observed.ts';
import { planRole } from '../../shared/core/plan.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';
import { binding, configOf, policyOf, present, readerPolicy, writerPolicy } from '../support/snapshot.ts';

const key = 'google-access';
const member = memberOf(settings, reports);
const absent: RoleState = { kind: 'absent', ref: reports };
const path = '/google-access/reports';
const folder = (region: string, values: Readonly<Record<string, string>> = {}): ObservedFolder => ({
  kind: 'read',
  region,
  path,
  parameters: Object.entries(values).map(([name, value]) => ({ name: `${path}/${name}`, value })),
});
const folders = (values: Readonly<Record<string, string>> = {}) =>
  settings.regions.map((region) => folder(region, values));
const plan = (
  role: RoleState,
  seen: readonly ObservedFolder[],
  policies: Readonly<Record<string, ObservedPolicy>>,
  using: Settings = settings,
  desired: Desired = desiredOf(role, using, now),
) => planRole(using, { role, folders: seen, policies: new Map(Object.entries(policies)) }, desired);
const waits = (changes: ReturnType<typeof plan>) =>
  Object.fromEntries(changes.map(({ id, after }) => [id, after]));

const value = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader), null, 2);
const description =
  'Google credential config of arn:aws:iam::111122223333:role/reports (AROAREPORTS), by rolebridge. Holds no secret.';
const until = untilCondition('2026-12-02T00:00:00Z');
const untilId = `bind ${readerPolicy} ${JSON.stringify(until)}`;

describe('the changes that give access', () => {
  it('are complete: what to write, where, for which grant, and after what', () => {
    const publish = { kind: 'publish', grants: ['default'], email: reader, value, description } as const;
    const name = `${path}/default`;
    expect(
      plan(present('reports', { [key]: reader }), folders(), { [readerPolicy]: policyOf() }),
    ).toStrictEqual([
      {
        ...publish,
        id: `publish us-east-1 ${name}`,
        after: [],
        region: 'us-east-1',
        name,
        isNewRecord: true,
      },
      {
        ...publish,
        id: `publish eu-west-1 ${name}`,
        after: [`bind ${readerPolicy}`],
        region: 'eu-west-1',
        name,
        isNewRecord: true,
      },
      {
        kind: 'bind',
        id: `bind ${readerPolicy}`,
        after: [`publish us-east-1 ${name}`],
        grants: ['default'],
        email: reader,
        resource: readerPolicy,
        edit: { kind: 'add', role: workloadIdentityUser, member },
      },
    ]);
  });

  it('name their condition, so that two dates on one account are two bindings', () => {
    const role = present('reports', { [key]: reader, 'google-access/x': `${reader} until 2026-12-01` });
    const changes = plan(role, folders(), { [readerPolicy]: policyOf() });
    expect(changes.filter(({ kind }) => kind === 'bind')).toMatchObject([
      { id: `bind ${readerPolicy}`, grants: ['default'], after: [`publish us-east-1 ${path}/default`] },
      { id: untilId, grants: ['x'], after: [`publish us-east-1 ${path}/x`], edit: { condition: until } },
    ]);
    expect(waits(changes)[`publish eu-west-1 ${path}/x`]).toEqual([untilId]);
  });

  it('overwrite a value that records the same account, and that is no new record', () => {
    const stale = configOf(reader).replace('/v1/token', '/v0/token');
    const changes = plan(present('reports', { [key]: reader }), folders({ default: stale }), {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes).toMatchObject([
      { region: 'us-east-1', isNewRecord: false, after: [] },
      { region: 'eu-west-1', isNewRecord: false, after: [] },
    ]);
  });

  it('are for the account’s own policy: access to another account is no access to this one', () => {
    const changes = plan(
      present('reports', { [key]: reader, 'google-access/w': writer }),
      folders({ default: configOf(reader), w: configOf(writer) }),
      { [readerPolicy]: policyOf(binding([reports])), [writerPolicy]: policyOf() },
    );
    expect(changes.map(({ id }) => id)).toEqual([`bind ${writerPolicy}`]);
    expect(changes[0]?.grants).toEqual(['w']);
  });

  it('where only a copy is missing, the bind waits for nothing, and the copy for the bind', () => {
    const changes = plan(
      present('reports', { [key]: reader }),
      [folder('us-east-1', { default: configOf(reader) }), folder('eu-west-1')],
      { [readerPolicy]: policyOf() },
    );
    expect(waits(changes)).toEqual({
      [`publish eu-west-1 ${path}/default`]: [`bind ${readerPolicy}`],
      [`bind ${readerPolicy}`]: [],
    });
  });

  it('know what each region records: another account in one is no record in the other', () => {
    const stale = configOf(reader).replace('/v1/token', '/v0/token');
    const changes = plan(
      present('reports', { [key]: reader }),
      [folder('us-east-1', { default: configOf(writer) }), folder('eu-west-1', { default: stale })],
      { [readerPolicy]: policyOf(binding([reports])), [writerPolicy]: policyOf(binding([reports])) },
    );
    expect(waits(changes)).toMatchObject({
      [`publish us-east-1 ${path}/default`]: [`unbind ${writerPolicy}`],
      [`publish eu-west-1 ${path}/default`]: [],
    });
  });

  it('leave alone a region that was not looked at', () => {
    const changes = plan(present('reports', { [key]: reader }), [folder('us-east-1')], {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes.map(({ id }) => id)).toEqual([`publish us-east-1 ${path}/default`]);
  });

  it('do not take another folder in the same region for the role’s own', () => {
    const former: ObservedFolder = {
      kind: 'read',
      region: 'us-east-1',
      path: '/former/reports',
      parameters: [],
    };
    const seen = [former, ...folders({ default: configOf(reader) })];
    expect(
      plan(present('reports', { [key]: reader }), seen, { [readerPolicy]: policyOf(binding([reports])) }),
    ).toEqual([]);
  });

  it('are none for a role that is gone, whatever was once granted', () => {
    const desired = desiredOf(present('reports', { [key]: reader }), settings, now);
    const policies = { [readerPolicy]: policyOf(binding([reports])) };
    expect(plan(absent, folders(), policies, settings, desired)).toEqual([]);
  });
});

describe('the changes that take access away', () => {
  it('are complete, and the record goes last', () => {
    const name = `${path}/default`;
    const changes = plan(absent, folders({ default: configOf(reader) }), {
      [readerPolicy]: policyOf(binding([reports])),
    });
    const unpublish = { kind: 'unpublish', grants: ['default'], email: reader, name } as const;
    expect(changes).toStrictEqual([
      {
        kind: 'unbind',
        id: `unbind ${readerPolicy}`,
        after: [],
        grants: ['default'],
        email: reader,
        resource: readerPolicy,
        edit: { kind: 'remove', role: workloadIdentityUser, member },
      },
      {
        ...unpublish,
        id: `unpublish us-east-1 ${name}`,
        after: [`unbind ${readerPolicy}`, `unpublish eu-west-1 ${name}`],
        region: 'us-east-1',
      },
      {
        ...unpublish,
        id: `unpublish eu-west-1 ${name}`,
        after: [`unbind ${readerPolicy}`],
        region: 'eu-west-1',
      },
    ]);
  });

  it('name the condition of the binding, and every grant that recorded it once', () => {
    const seen = folders({ default: configOf(reader), x: configOf(reader), w: configOf(writer) });
    const policies = { [readerPolicy]: policyOf(binding([reports], { condition: until })) };
    const [unbind] = plan(absent, seen, policies);
    expect(unbind).toMatchObject({
      id: `unbind ${readerPolicy} ${JSON.stringify(until)}`,
      grants: ['default', 'x'],
      edit: { kind: 'remove', condition: until },
    });
  });

  it('of a config that names no account: nothing is unbound for it', () => {
    const direct = JSON.stringify(credentialConfig(settings, 'aws-111122223333'));
    const changes = plan(absent, folders({ default: direct }), {
      [readerPolicy]: policyOf(binding([reports])),
    });
    expect(changes.map(({ kind, email, after }) => [kind, email, after.length])).toEqual([
      ['unbind', reader, 0],
      ['unpublish', '', 1],
      ['unpublish', '', 0],
    ]);
  });

  it('of one account wait for nothing that concerns another', () => {
    const seen = folders({ default: configOf(reader), w: configOf(writer) });
    const bound = policyOf(binding([reports]));
    const after = waits(plan(absent, seen, { [readerPolicy]: bound, [writerPolicy]: bound }));
    expect(after[`unpublish eu-west-1 ${path}/w`]).toEqual([`unbind ${writerPolicy}`]);
    expect(after[`unpublish us-east-1 ${path}/default`]).toEqual([
      `unbind ${readerPolicy}`,
      `unpublish eu-west-1 ${path}/default`,
    ]);
  });
});

describe('the record of access that stays', () => {
  const bound = { [readerPolicy]: policyOf(binding([reports])) };

  it('a grant that is renamed has its new parameter in the first region before the old ones go', () => {
    const role = present('reports', { 'google-access/new': reader });
    const after = waits(plan(role, folders({ old: configOf(reader) }), bound));
    expect(after[`unpublish eu-west-1 ${path}/old`]).toEqual([`publish us-east-1 ${path}/new`]);
    expect(after[`unpublish us-east-1 ${path}/old`]).toEqual([
      `publish us-east-1 ${path}/new`,
      `unpublish eu-west-1 ${path}/old`,
    ]);
  });

  it('a parameter of another account does not wait for that', () => {
    const role = present('reports', { 'google-access/new': reader });
    const after = waits(plan(role, folders({ old: configOf(writer) }), bound));
    expect(after[`unpublish eu-west-1 ${path}/old`]).toEqual([]);
  });

  it('an overwrite waits for the unbind of the account that it forgets, and of no other', () => {
    const third = 'third@acme-data.iam.gserviceaccount.com';
    const here = policyOf(binding([reports]));
    const after = waits(
      plan(present('reports', { [key]: writer }), folders({ default: configOf(reader) }), {
        ...bound,
        [serviceAccountResource(third)]: here,
        [writerPolicy]: here,
      }),
    );
    expect(after[`publish us-east-1 ${path}/default`]).toEqual([`unbind ${readerPolicy}`]);
  });

  it('and not where only the condition on the same account changes', () => {
    const stale = configOf(reader).replace('/v1/token', '/v0/token');
    const after = waits(
      plan(present('reports', { [key]: `${reader} until 2026-12-01` }), folders({ default: stale }), bound),
    );
    expect(after[`publish us-east-1 ${path}/default`]).toEqual([]);
  });
});

describe('leaving changes out', () => {
  const changes = plan(absent, folders({ default: configOf(reader) }), {
    [readerPolicy]: policyOf(binding([reports])),
  });
  const [unbind, first, copy] = changes.map(({ id }) => id);

  it('leaves out what waits for them, and what waits for that', () => {
    const ids = (leftOut: string | undefined) =>
      withoutDependents(changes, new Set([leftOut ?? ''])).map(({ id }) => id);
    expect(ids(unbind)).toEqual([]);
    expect(ids(copy)).toEqual([unbind]);
    expect(ids(first)).toEqual([unbind, copy]);
    expect(withoutDependents(changes, new Set())).toBe(changes);
  });

  it('or takes away the waiting, where they are done already', () => {
    const rest = onlyKnownDependencies(changes.slice(1));
    expect(rest.map(({ after }) => after)).toEqual([[copy], []]);
  });
});
