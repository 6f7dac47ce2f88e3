import { credentialConfig } from '../../shared/core/credential-config.ts';
import { changeText } from '../../shared/core/drift.ts';
import { PermanentError, RetryableError, toFailure } from '../../shared/core/errors.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import { type AllowPolicy, untilCondition } from '../../shared/core/iam-policy.ts';
import type { LedgerEntry } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import { permitted } from '../../shared/core/mode.ts';
import type { RoleState } from '../../shared/core/model.ts';
import { type ObservedFolder, type ObservedPolicy, resourcesOf } from '../../shared/core/observed.ts';
import { type Outcome, outcome, reportDigest } from '../../shared/core/outcome.ts';
import { planRole } from '../../shared/core/plan.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { providerOf } from '../../shared/core/settings.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { emailOf } from '../support/changes.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { present, readerPolicy } from '../support/snapshot.ts';
import { entryFor } from '../support/table.ts';

const path = '/google-access/reports';
const member = memberOf(settings, reports);
const config = (email?: string) => JSON.stringify(credentialConfig(settings, 'aws-111122223333', email));
const role = (...tags: readonly (readonly [string, string])[]): RoleState => ({
  kind: 'present',
  ref: reports,
  roleId: 'AROA1',
  arn: 'arn:aws:iam::111122223333:role/reports',
  tags: tags.map(([key, value]) => ({ key, value })),
});
const absent: RoleState = { kind: 'absent', ref: reports };
const bound: ObservedPolicy = {
  kind: 'read',
  policy: { bindings: [{ role: workloadIdentityUser, members: [member] }] },
};
const empty: ObservedPolicy = { kind: 'read', policy: {} };

const first = (value: string, grant = 'default'): ObservedFolder => ({
  kind: 'read',
  region: 'us-east-1',
  path,
  parameters: [{ name: `/google-access/reports/${grant}`, value, type: 'String' }],
});
const none: readonly ObservedFolder[] = ['us-east-1', 'eu-west-1'].map((region) => ({
  kind: 'read',
  region,
  path,
  parameters: [],
}));
const everywhere = (value: string): readonly ObservedFolder[] =>
  ['us-east-1', 'eu-west-1'].map((region) => ({
    kind: 'read',
    region,
    path,
    parameters: [{ name: '/google-access/reports/default', value, type: 'String' }],
  }));

const entry = (email: string, more: Partial<LedgerEntry> = {}) => entryFor(email, more);
const plan = (
  state: RoleState,
  folders: readonly ObservedFolder[],
  policies: Readonly<Record<string, ObservedPolicy>>,
  entries: readonly LedgerEntry[] = [],
) => {
  const desired = desiredOf(state, settings, now);
  const byResource = new Map(
    Object.entries(policies).map(([email, policy]) => [serviceAccountResource(email), policy]),
  );
  return planRole(settings, { role: state, folders, policies: byResource, entries }, desired, now);
};
const short = (changes: ReturnType<typeof plan>) =>
  changes.map((change) => changeText(change).replace('/google-access/reports/', '').replace(/@\S+/, ''));
/** The changes that wait for a bind. */
const waiting = (changes: ReturnType<typeof plan>) =>
  changes.flatMap((change) => (change.kind === 'publish' && change.after !== undefined ? [change] : []));

describe('the plan of one role', () => {
  it('is empty when everything matches', () => {
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), { [reader]: bound }, [
      entry(reader),
    ]);
    expect(changes).toEqual([]);
  });

  it('is the same bytes for the same input', () => {
    const make = () => JSON.stringify(plan(role(['google-access', reader]), none, { [reader]: empty }));
    expect(make()).toBe(make());
  });

  it('grants: binds, and publishes in every region once it is bound', () => {
    const changes = plan(role(['google-access', reader]), none, { [reader]: empty });
    expect(short(changes)).toEqual(['bind reader', 'publish us-east-1 default', 'publish eu-west-1 default']);
    expect(waiting(changes).map(({ after }) => after)).toEqual([changes[0]?.id, changes[0]?.id]);
  });

  it('binds without waiting for parameters, correct or not', () => {
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), { [reader]: empty });
    expect(short(changes)).toEqual(['bind reader']);
  });

  it('retargets: unbinds the old account, binds the new one, and overwrites the config once it is bound', () => {
    const changes = plan(
      role(['google-access', writer]),
      everywhere(config(reader)),
      { [reader]: bound, [writer]: empty },
      [entry(reader)],
    );
    expect(short(changes)).toEqual([
      'unbind reader',
      'bind writer',
      'publish us-east-1 default',
      'publish eu-west-1 default',
    ]);
    expect(waiting(changes)).toMatchObject([
      { replaces: [serviceAccountResource(reader)] },
      { replaces: [serviceAccountResource(reader)] },
    ]);
  });

  it('makes one bind of two grants on one account', () => {
    const changes = plan(role(['google-access', reader], ['google-access/x', reader]), none, {
      [reader]: empty,
    });
    expect(changes.filter(({ kind }) => kind === 'bind')).toMatchObject([{ grants: ['default', 'x'] }]);
    expect(waiting(changes)).toHaveLength(4);
  });

  it('revokes: unbinds and unpublishes, and neither waits for the other', () => {
    expect(short(plan(absent, everywhere(config(reader)), { [reader]: bound }, [entry(reader)]))).toEqual([
      'unbind reader',
      'unpublish us-east-1 default',
      'unpublish eu-west-1 default',
    ]);
  });

  it('removes a binding that nothing lists, and one under a condition that no tag gave', () => {
    const hand: AllowPolicy = {
      bindings: [
        { role: workloadIdentityUser, members: [member], condition: untilCondition('2030-01-01T00:00:00Z') },
      ],
    };
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), {
      [reader]: { kind: 'read', policy: hand },
      [writer]: bound,
    });
    expect(changes.map((change) => [change.kind, emailOf(change), change.grants])).toEqual([
      ['unbind', reader, []],
      ['unbind', writer, []],
      ['bind', reader, ['default']],
    ]);
  });

  it('invariant 7: removes the role’s members in every other casing, and binds IAM’s own', () => {
    const members = ['REPORTS', 'Reports', 'reports', 'reports2'].map((name) =>
      memberOf(settings, roleRef(name)),
    );
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), {
      [reader]: { kind: 'read', policy: { bindings: [{ role: workloadIdentityUser, members }] } },
    });
    expect(changes).toMatchObject([
      { kind: 'unbind', edit: { member: members[0] } },
      { kind: 'unbind', edit: { member: members[1] } },
      { kind: 'list' },
    ]);
  });

  it('a region that cannot be read gets its copy written', () => {
    const folders: readonly ObservedFolder[] = [
      { kind: 'unreadable', region: 'us-east-1', path },
      ...none.slice(1),
    ];
    const changes = plan(role(['google-access', reader]), folders, { [reader]: empty });
    expect(changes[1]).toMatchObject({ kind: 'publish', region: 'us-east-1', isNew: false });
  });

  it('a grant overwrites any text at its name', () => {
    const changes = plan(
      role(['google-access', reader]),
      everywhere('somebody else wrote this'),
      { [reader]: bound },
      [entry(reader)],
    );
    expect(short(changes)).toEqual(['publish us-east-1 default', 'publish eu-west-1 default']);
    expect(waiting(changes)).toEqual([]);
  });

  it('an expiring grant is bound under its condition', () => {
    const bind = plan(role(['google-access', `${reader} until 2026-12-31`]), none, { [reader]: empty }).find(
      ({ kind }) => kind === 'bind',
    );
    expect(bind).toMatchObject({ edit: { condition: untilCondition('2027-01-01T00:00:00Z') } });
  });

  it('reads every resource that a grant or the ledger names, and never rolebridge’s own account', () => {
    const desired = desiredOf(role(['google-access', reader]), settings, now);
    expect(resourcesOf(settings, desired, [entry(writer), entry(settings.google.serviceAccount)])).toEqual([
      serviceAccountResource(reader),
      serviceAccountResource(writer),
    ]);
  });

  it('an account without a provider desires nothing, even if grants were made for it', () => {
    const foreign: RoleState = {
      ...role(['google-access', reader]),
      ref: { ...reports, accountId: '999999999999' },
    };
    const grants = desiredOf(role(['google-access', reader]), settings, now);
    expect(
      planRole(settings, { role: foreign, folders: none, policies: new Map(), entries: [] }, grants, now).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['bind']);
    expect(providerOf(settings, foreign.ref)).toBeUndefined();
  });
});

describe('invariant 2: the ledger', () => {
  const unreadable: ObservedPolicy = { kind: 'unreadable' };
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();

  it('counts as the content of a policy that cannot be read', () => {
    expect(short(plan(absent, none, { [reader]: unreadable }, [entry(reader)]))).toEqual(['unbind reader']);
    expect(
      plan(absent, everywhere(config(reader)), { [reader]: unreadable }).map(({ kind }) => kind),
    ).toEqual(['unpublish', 'unpublish']);
  });

  it('lists a wanted binding that it lacks, or lists under other grants', () => {
    const tagged = role(['google-access', reader]);
    const configs = everywhere(config(reader));
    expect(plan(tagged, configs, { [reader]: bound })).toMatchObject([
      {
        kind: 'list',
        access: readerPolicy,
        grants: ['default'],
        binding: { member, googleRole: workloadIdentityUser },
      },
    ]);
    expect(short(plan(tagged, configs, { [reader]: bound }, [entry(reader, { grants: ['old'] })]))).toEqual([
      'list reader',
    ]);
  });

  it('no longer lists a binding that is gone', () => {
    const changes = plan(absent, none, { [reader]: empty, [writer]: { kind: 'absent' } }, [
      entry(reader),
      entry(writer),
    ]);
    expect(short(changes)).toEqual(['unlist reader', 'unlist writer']);
  });

  it('lists a missing binding for as long as its writer may still bind', () => {
    const announced = (seconds: number) =>
      short(plan(absent, none, { [reader]: empty }, [entry(reader, { announcedAt: ago(seconds) })]));
    expect(announced(299)).toEqual([]);
    expect(announced(300)).toEqual(['unlist reader']);
  });

  it('lists everything that a grant requests, bound or not: the bind is made again', () => {
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), { [reader]: empty }, [
      entry(reader),
    ]);
    expect(short(changes)).toEqual(['bind reader']);
  });

  it('lists nothing for an account that is gone, and there is nothing to unbind', () => {
    const tagged = role(['google-access', reader]);
    expect(
      short(plan(tagged, everywhere(config(reader)), { [reader]: { kind: 'absent' } }, [entry(reader)])),
    ).toEqual(['bind reader', 'unpublish us-east-1 default', 'unpublish eu-west-1 default', 'unlist reader']);
  });
});

describe('invariant 3: parameters are output', () => {
  const unreadable: ObservedPolicy = { kind: 'unreadable' };
  const planted = 'planted@acme-data.iam.gserviceaccount.com';

  it('a planted config does not make us read any account', () => {
    expect(resourcesOf(settings, { grants: [], refusals: [] }, [])).toEqual([]);
    expect(short(plan(absent, everywhere(config(planted)), {}))).toEqual([
      'unpublish us-east-1 default',
      'unpublish eu-west-1 default',
    ]);
  });

  it('a planted config is removed as no one’s access: without grants, and without an account', () => {
    const folders = [first(config(planted), 'x')];
    expect(
      plan(role(['google-access', reader]), folders, { [reader]: bound }, [entry(reader)]),
    ).toMatchObject([{ kind: 'publish' }, { kind: 'unpublish', behind: [], grants: [] }]);
  });

  it.each([
    ['of an account that does not exist', planted],
    ['of rolebridge itself', settings.google.serviceAccount],
    ['that names no account', undefined],
  ])('a config %s at a requested name is overwritten', (_, named) => {
    const changes = plan(role(['google-access', reader]), everywhere(config(named)), { [reader]: bound }, [
      entry(reader),
    ]);
    expect(short(changes)).toEqual(['publish us-east-1 default', 'publish eu-west-1 default']);
  });

  it('parameters of others stay, regardless of their text', () => {
    expect(plan(absent, everywhere('{"type":"service_account"}'), {})).toEqual([]);
  });

  it('nothing is published for an account that we cannot see and never bound', () => {
    expect(short(plan(role(['google-access', reader]), none, { [reader]: unreadable }))).toEqual([
      'bind reader',
    ]);
  });

  it('and at its name, the right config stays, and a planted one is removed', () => {
    const tagged = role(['google-access', reader]);
    const at = (email: string) => short(plan(tagged, everywhere(config(email)), { [reader]: unreadable }));
    expect(at(reader)).toEqual(['bind reader']);
    expect(at(planted)).toEqual([
      'bind reader',
      'unpublish us-east-1 default',
      'unpublish eu-west-1 default',
    ]);
  });

  it('a planted config over one of an account that we cannot see but bound is repaired', () => {
    const changes = plan(
      role(['google-access', reader]),
      everywhere(config(planted)),
      { [reader]: unreadable },
      [entry(reader)],
    );
    expect(short(changes)).toEqual(['bind reader', 'publish us-east-1 default', 'publish eu-west-1 default']);
    expect(waiting(changes)).toEqual([]);
  });
});

describe('modes', () => {
  const changes = plan(role(['google-access', writer]), everywhere(config(reader)), {
    [reader]: bound,
    [writer]: empty,
  });
  it('sync does all of a plan, upsert-only only what adds, dry-run nothing', () => {
    expect(permitted('sync', changes)).toBe(changes);
    expect(permitted('upsert-only', changes).map(({ kind }) => kind)).toEqual(['bind', 'publish', 'publish']);
    expect(permitted('dry-run', changes)).toEqual([]);
  });
});

describe('outcomes', () => {
  const make = (more: object = {}, at = now): Outcome =>
    outcome('Refused', { eventId: 'e' }, at, {
      role: roleRef('a'),
      parameters: [],
      reason: 'r',
      ...more,
    });

  it('keep their id over retries, and differ by event and news', () => {
    expect(make({ reason: 'other words' }, new Date(0)).detail.id).toBe(make().detail.id);
    const target = { kind: 'serviceAccount', email: reader };
    expect(
      new Set(
        [
          make(),
          make({ grant: 'x' }),
          make({ target }),
          make({ expiresAt: 'x' }),
          outcome('Failed', {}, now, { role: roleRef('a'), parameters: [] }),
        ].map(({ detail }) => detail.id),
      ).size,
    ).toBe(5);
  });

  it('name the caller and the request, if known', () => {
    const cause = { eventId: 'e', eventName: 'TagRole', requestedBy: 'alice', eventTime: 'not told' };
    expect(outcome('Granted', cause, now, { role: reports, parameters: [] }).detail).toMatchObject({
      requestedBy: 'alice',
      cause: { eventId: 'e', eventName: 'TagRole' },
    });
  });

  it('have a digest that shows whether a second look has news', () => {
    expect(reportDigest([make(), outcome('Granted', {}, now, { role: roleRef('a'), parameters: [] })])).toBe(
      reportDigest([make()]),
    );
    expect(reportDigest([make({ grant: 'x' })])).not.toBe(reportDigest([make()]));
  });
});

describe('errors', () => {
  it('keep their kind; unknown ones may pass', () => {
    const permanent = new PermanentError('p');
    expect(toFailure(permanent)).toBe(permanent);
    expect(toFailure(new RetryableError('r')).name).toBe('RetryableError');
    const error = new TypeError('t');
    expect(toFailure(error)).toMatchObject({ name: 'RetryableError', message: 't', cause: error });
    expect(toFailure('text').message).toBe('text');
    expect(permanent.name).toBe('PermanentError');
  });
});

it('the config of a role of an account that is not configured is not a requested one, even if its policy cannot be read', () => {
  const tagged = present('reports', { 'google-access': reader });
  const value = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader));
  const parameters = [{ name: '/google-access/reports/default', value, type: 'String' }];
  const folders = [
    { kind: 'read', region: 'us-east-1', path: '/google-access/reports', parameters } as const,
  ];
  const policies = new Map([[readerPolicy, { kind: 'unreadable' } as const]]);
  const changes = planRole(
    { ...settings, accounts: [] },
    { role: { ...tagged, ref: reports }, folders, policies, entries: [] },
    desiredOf(tagged, settings, now),
    now,
  );
  expect(changes.map(({ kind }) => kind)).toContain('unpublish');
});
