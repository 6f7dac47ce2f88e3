import { credentialConfig } from '../../shared/core/credential-config.ts';
import { desiredOf } from '../../shared/core/desired.ts';
import { PermanentError, RetryableError, toFailure } from '../../shared/core/errors.ts';
import { type AllowPolicy, untilCondition, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import { permitted } from '../../shared/core/mode.ts';
import type { RoleState } from '../../shared/core/model.ts';
import { type ObservedFolder, type ObservedPolicy, resourcesOf } from '../../shared/core/observed.ts';
import { type Outcome, outcome, toldDigest } from '../../shared/core/outcome.ts';
import { planRole } from '../../shared/core/plan.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { providerOf } from '../../shared/core/settings.ts';
import { now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';

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
  parameters: [{ name: `/google-access/reports/${grant}`, value }],
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
    parameters: [{ name: '/google-access/reports/default', value }],
  }));

const plan = (
  state: RoleState,
  folders: readonly ObservedFolder[],
  policies: Readonly<Record<string, ObservedPolicy>>,
) => {
  const desired = desiredOf(state, settings, now);
  const byResource = new Map(
    Object.entries(policies).map(([email, policy]) => [serviceAccountResource(email), policy]),
  );
  return planRole(settings, { role: state, folders, policies: byResource }, desired);
};
const short = (changes: ReturnType<typeof plan>) =>
  changes.map(({ id, after }) => [
    id
      .replace(/projects\/acme-data\/serviceAccounts\/(\w+)@\S+/, '$1')
      .replace('/google-access/reports/', ''),
    after.length,
  ]);

describe('the plan of one role', () => {
  it('is empty when everything is as it should be', () => {
    expect(plan(role(['google-access', reader]), everywhere(config(reader)), { [reader]: bound })).toEqual(
      [],
    );
  });

  it('is the same bytes for the same input', () => {
    const make = () => JSON.stringify(plan(role(['google-access', reader]), none, { [reader]: empty }));
    expect(make()).toBe(make());
  });

  it('grants: record, bind, copies', () => {
    expect(short(plan(role(['google-access', reader]), none, { [reader]: empty }))).toEqual([
      ['publish us-east-1 default', 0],
      ['publish eu-west-1 default', 1],
      ['bind reader', 1],
    ]);
  });

  it('a bind whose record is there waits for nothing', () => {
    expect(
      short(plan(role(['google-access', reader]), everywhere(config(reader)), { [reader]: empty })),
    ).toEqual([['bind reader', 0]]);
  });

  it('retargets: the old account first, then the record, then the new one', () => {
    expect(
      short(
        plan(role(['google-access', writer]), everywhere(config(reader)), {
          [reader]: bound,
          [writer]: empty,
        }),
      ),
    ).toEqual([
      ['unbind reader', 0],
      ['publish us-east-1 default', 1],
      ['publish eu-west-1 default', 2],
      ['bind writer', 1],
    ]);
  });

  it('a bind of two grants waits for the record that can be made soonest', () => {
    const folders = [first(config(writer), 'default'), none[1]].filter((region) => region !== undefined);
    const changes = plan(role(['google-access', reader], ['google-access/x', reader]), folders, {
      [reader]: empty,
      [writer]: bound,
    });
    expect(changes.find(({ id }) => id.startsWith('bind'))?.after).toEqual([
      'publish us-east-1 /google-access/reports/x',
    ]);
    expect(changes.find(({ id }) => id.startsWith('bind'))?.grants).toEqual(['default', 'x']);
  });

  it('a bind whose only record must be overwritten waits for that', () => {
    const folders = [first(config(writer)), none[1]].filter((region) => region !== undefined);
    const bind = plan(role(['google-access', reader]), folders, { [reader]: empty, [writer]: bound }).find(
      ({ id }) => id.startsWith('bind'),
    );
    expect(bind?.after).toEqual(['publish us-east-1 /google-access/reports/default']);
  });

  it('revokes: unbind, copies, record last', () => {
    expect(short(plan(absent, everywhere(config(reader)), { [reader]: bound }))).toEqual([
      ['unbind reader', 0],
      ['unpublish us-east-1 default', 2],
      ['unpublish eu-west-1 default', 1],
    ]);
  });

  it('takes away a binding that nothing recorded, and one under a condition that no tag gave', () => {
    const hand: AllowPolicy = {
      bindings: [
        { role: workloadIdentityUser, members: [member], condition: untilCondition('2030-01-01T00:00:00Z') },
      ],
    };
    const changes = plan(role(['google-access', reader]), everywhere(config(reader)), {
      [reader]: { kind: 'read', policy: hand },
      [writer]: bound,
    });
    expect(changes.map(({ kind, email, grants }) => [kind, email, grants])).toEqual([
      ['unbind', reader, ['default']],
      ['unbind', writer, []],
      ['bind', reader, ['default']],
    ]);
  });

  it('a policy that cannot be read is taken to hold what a parameter records', () => {
    expect(short(plan(absent, everywhere(config(reader)), { [reader]: { kind: 'unreadable' } }))[0]).toEqual([
      'unbind reader',
      0,
    ]);
    expect(plan(absent, none, { [reader]: { kind: 'unreadable' } })).toEqual([]);
    expect(
      short(
        plan(role(['google-access', reader]), everywhere(config(reader)), {
          [reader]: { kind: 'unreadable' },
        }),
      ),
    ).toEqual([['bind reader', 0]]);
  });

  it('with the account gone there is nothing to unbind', () => {
    expect(short(plan(absent, everywhere(config(reader)), { [reader]: { kind: 'missing' } }))).toEqual([
      ['unpublish us-east-1 default', 1],
      ['unpublish eu-west-1 default', 0],
    ]);
  });

  it('a region that cannot be read wants its copy written, and is no record', () => {
    const folders: readonly ObservedFolder[] = [
      { kind: 'unreadable', region: 'us-east-1', path },
      ...none.slice(1),
    ];
    const changes = plan(role(['google-access', reader]), folders, { [reader]: empty });
    expect(changes[0]).toMatchObject({ kind: 'publish', region: 'us-east-1', isNewRecord: false });
  });

  it('parameters of others stay, whatever they say; those of rolebridge itself lead nowhere', () => {
    expect(plan(absent, everywhere('{"type":"service_account"}'), {})).toEqual([]);
    expect(
      resourcesOf(settings, { grants: [], refusals: [] }, everywhere(config(settings.google.serviceAccount))),
    ).toEqual([]);
    expect(short(plan(absent, everywhere(config()), {}))).toHaveLength(2);
  });

  it('a grant overwrites whatever is at its name', () => {
    const changes = plan(role(['google-access', reader]), everywhere('somebody else wrote this'), {
      [reader]: bound,
    });
    expect(short(changes)).toEqual([
      ['publish us-east-1 default', 0],
      ['publish eu-west-1 default', 0],
    ]);
  });

  it('an expiring grant is bound under its condition', () => {
    const bind = plan(role(['google-access', `${reader} until 2026-12-31`]), none, { [reader]: empty }).find(
      ({ kind }) => kind === 'bind',
    );
    expect(bind).toMatchObject({ edit: { condition: untilCondition('2027-01-01T00:00:00Z') } });
  });

  it('reads every resource that a grant or a parameter names', () => {
    const desired = desiredOf(role(['google-access', reader]), settings, now);
    const folders: readonly ObservedFolder[] = [
      ...everywhere(config(writer)),
      { kind: 'unreadable', region: 'ap-south-1', path },
    ];
    expect(resourcesOf(settings, desired, folders)).toEqual([
      serviceAccountResource(reader),
      serviceAccountResource(writer),
    ]);
  });

  it('an account without a provider desires nothing, though grants were made for it', () => {
    const foreign: RoleState = {
      ...role(['google-access', reader]),
      ref: { ...reports, accountId: '999999999999' },
    };
    const grants = desiredOf(role(['google-access', reader]), settings, now);
    expect(
      planRole(settings, { role: foreign, folders: none, policies: new Map() }, grants).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['bind']);
    expect(providerOf(settings, foreign.ref)).toBeUndefined();
  });
});

describe('modes', () => {
  const changes = plan(role(['google-access', writer]), everywhere(config(reader)), {
    [reader]: bound,
    [writer]: empty,
  });
  it('sync does all of a plan, upsert-only what adds, dry-run nothing', () => {
    expect(permitted('sync', changes)).toBe(changes);
    expect(permitted('upsert-only', changes).map(({ kind, after }) => [kind, after.length])).toEqual([
      ['publish', 0],
      ['publish', 1],
      ['bind', 1],
    ]);
    expect(permitted('dry-run', changes)).toEqual([]);
  });
});

describe('outcomes', () => {
  const make = (more: object = {}, look: 'first' | 'second' = 'first', at = now): Outcome =>
    outcome('Refused', look, { eventId: 'e' }, at, {
      role: roleRef('a'),
      parameters: [],
      reason: 'r',
      ...more,
    });

  it('keep their id over retries, and differ by event, look and news', () => {
    expect(make({ reason: 'other words' }, 'first', new Date(0)).detail.id).toBe(make().detail.id);
    const target = { kind: 'serviceAccount', email: reader };
    expect(
      new Set(
        [
          make(),
          make({}, 'second'),
          make({ grant: 'x' }),
          make({ target }),
          make({ expiresAt: 'x' }),
          outcome('Failed', 'first', {}, now, { role: roleRef('a'), parameters: [] }),
        ].map(({ detail }) => detail.id),
      ).size,
    ).toBe(6);
  });

  it('say who asked and for what, where that is known', () => {
    const cause = { eventId: 'e', eventName: 'TagRole', requestedBy: 'alice', eventTime: 'not told' };
    expect(outcome('Granted', 'first', cause, now, { role: reports, parameters: [] }).detail).toMatchObject({
      requestedBy: 'alice',
      cause: { eventId: 'e', eventName: 'TagRole' },
    });
  });

  it('a digest tells whether a second look has news', () => {
    expect(
      toldDigest([make(), outcome('Granted', 'first', {}, now, { role: roleRef('a'), parameters: [] })]),
    ).toBe(toldDigest([make({}, 'second')]));
    expect(toldDigest([make({ grant: 'x' })])).not.toBe(toldDigest([make()]));
  });
});

describe('errors', () => {
  it('keep their kind; what is not known may pass', () => {
    const permanent = new PermanentError('p');
    expect(toFailure(permanent)).toBe(permanent);
    expect(toFailure(new RetryableError('r')).name).toBe('RetryableError');
    const error = new TypeError('t');
    expect(toFailure(error)).toMatchObject({ name: 'RetryableError', message: 't', cause: error });
    expect(toFailure('text').message).toBe('text');
    expect(permanent.name).toBe('PermanentError');
  });
});
