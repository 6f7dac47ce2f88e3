import { type AllowPolicy, type Binding, untilCondition } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { checkBinding, checkElsewhere } from '../../shared/doctor/binding-checks.ts';
import type { RoleCase } from '../../shared/doctor/role-case.ts';
import { type Policies, readTargets } from '../../shared/doctor/target-policies.ts';
import { reader, reports, settings, writer } from '../support/settings.ts';
import { decided, key, roleCaseOf, sweepFix, withGrantRule } from './role-case.ts';

const member = memberOf(settings, reports);
const bound = (condition?: Binding['condition']): Binding => ({
  role: workloadIdentityUser,
  members: [member],
  ...(condition === undefined ? {} : { condition }),
});
const read = (...bindings: readonly Binding[]): ObservedPolicy => ({ kind: 'read', policy: { bindings } });
const policies = (byEmail: Readonly<Record<string, ObservedPolicy>>): Policies =>
  new Map(Object.entries(byEmail).map(([email, policy]) => [serviceAccountResource(email), policy]));
const roleCase = roleCaseOf({ [key]: reader });
const access = 'roles/storage.objectViewer on buckets/acme-in';
const direct = { [`${key}/in`]: access };
const withRule = withGrantRule('roles/storage.objectViewer', 'buckets/acme-in');
const dryRun = { ...settings, mode: 'dry-run' } as const;

describe('the binding', () => {
  it('is searched everywhere the tags ask for it, including resources', async () => {
    const grant = 'roles/storage.objectViewer';
    const resource = 'buckets/acme-in';
    const both = decided(roleCaseOf({ [key]: reader, ...direct }, withRule));
    const readThrough = (resourcePolicy: () => Promise<AllowPolicy>) =>
      readTargets(
        {
          google: () =>
            Promise.resolve({
              accountPolicy: async () => ({ bindings: [bound()] }),
              resourcePolicy: async () => ({ kind: 'read', policy: await resourcePolicy() }),
            }),
        },
        both.desired,
      );
    const there = await readThrough(async () => ({ bindings: [{ role: grant, members: [member] }] }));
    expect(checkBinding(both, there)).toEqual({
      status: 'ok',
      message: `It is bound on ${reader} and ${grant} on ${resource}.`,
    });
    const elsewhere = await readThrough(async () => ({ bindings: [bound()] }));
    expect(checkBinding(both, elsewhere).message).toBe(
      `Role reports is not bound on ${grant} on ${resource}.`,
    );
    const unread = await readThrough(() => Promise.reject(new Error('403')));
    expect(checkBinding(both, unread).message).toBe(
      `Not checked: the allow policy of ${resource} cannot be read.`,
    );
  });
  it('is not drift if the Google role may not be granted now', () => {
    const reason = 'The permissions of roles/storage.objectViewer could not be read.';
    expect(checkBinding(roleCaseOf(direct, withRule), new Map([['buckets/acme-in', read()]]))).toEqual({
      status: 'unknown',
      message: `Not decided whether ${access} is granted: ${reason}`,
    });
  });
  it('exists', () => {
    expect(checkBinding(roleCase, policies({ [reader]: read(bound()) }))).toEqual({
      status: 'ok',
      message: `It is bound on ${reader}.`,
    });
  });
  it('is not asked for', () => {
    expect(checkBinding(roleCaseOf({ [key]: 'nonsense' }), policies({}))).toEqual({
      status: 'ok',
      message: 'It has no grant, so no binding is missing.',
    });
  });
  it('is missing', () => {
    expect(checkBinding(roleCase, policies({ [reader]: read() }))).toEqual({
      status: 'failed',
      message: `Role reports is not bound on ${reader}.`,
      fix: sweepFix,
    });
  });
  it('has a condition that has expired, or another condition', () => {
    const ended = untilCondition('2020-01-01T00:00:00Z');
    const later = untilCondition('2030-01-01T00:00:00Z');
    expect(checkBinding(roleCase, policies({ [reader]: read(bound(ended)) })).message).toBe(
      `Role reports is bound on ${reader}, but under a condition that has ended.`,
    );
    expect(checkBinding(roleCase, policies({ [reader]: read(bound(ended), bound(later)) })).message).toBe(
      `Role reports is bound on ${reader}, but under another condition.`,
    );
  });
  it('expires at the date of its tag', () => {
    const until = roleCaseOf({ [key]: `${reader} until 2027-01-31` });
    expect(
      checkBinding(until, policies({ [reader]: read(bound(untilCondition('2027-02-01T00:00:00Z'))) })).status,
    ).toBe('ok');
    expect(checkBinding(until, policies({ [reader]: read(bound()) })).status).toBe('failed');
  });
  it('cannot be read: reports problems in other policies first', () => {
    const two = roleCaseOf({ [key]: reader, [`${key}/w`]: writer });
    expect(
      checkBinding(two, policies({ [reader]: read(bound()), [writer]: { kind: 'unreadable' } })),
    ).toEqual({
      status: 'unknown',
      message: `Not checked: the allow policy of ${writer} cannot be read.`,
    });
    expect(checkBinding(two, policies({ [reader]: read(), [writer]: { kind: 'absent' } })).status).toBe(
      'failed',
    );
  });
  it('is missing in mode dry-run, in which rolebridge writes nothing', () => {
    expect(checkBinding(roleCaseOf({ [key]: reader }, dryRun), policies({ [reader]: read() }))).toEqual({
      status: 'warning',
      message: `Role reports is not bound on ${reader}.\nThe mode is dry-run: rolebridge writes nothing.`,
      fix: 'When you have seen enough, set mode: sync in rolebridge.yml and deploy.',
    });
  });
});

describe('bindings elsewhere', () => {
  const judge = (
    two: RoleCase,
    byEmail: Readonly<Record<string, ObservedPolicy>>,
    unseen: readonly string[] = [],
  ) => checkElsewhere(two, policies(byEmail), unseen);

  it('none', () => {
    expect(judge(roleCase, { [reader]: read(bound()), [writer]: read() })).toEqual({
      status: 'ok',
      message: 'It is bound nowhere else (2 accounts checked).',
    });
    expect(
      judge(roleCaseOf({ [key]: reader }, { ...settings, mode: 'upsert-only' }), { [writer]: read(bound()) }),
    ).toEqual({ status: 'ok', message: 'In mode upsert-only, rolebridge revokes nothing.' });
  });
  it('one that no tag asks for', () => {
    expect(judge(roleCase, { [reader]: read(bound()), [writer]: read(bound()) })).toEqual({
      status: 'failed',
      message: `Role reports is bound on ${writer}, but none of its tags asks for that.`,
      fix: sweepFix,
    });
  });
  it('ignores one that has expired', () => {
    expect(judge(roleCase, { [writer]: read(bound(untilCondition('2020-01-01T00:00:00Z'))) }).status).toBe(
      'ok',
    );
  });
  it('a second one on the same account', () => {
    const later = untilCondition('2030-01-01T00:00:00Z');
    expect(judge(roleCase, { [reader]: read(bound(), bound(later)) }).message).toBe(
      `Role reports is bound a second time on ${reader}, under another condition.`,
    );
    const same = roleCaseOf({ [key]: `${reader} until 2029-12-31T00:00:00Z` });
    expect(
      judge(same, { [reader]: read(bound(), bound(untilCondition('2029-12-31T00:00:00Z'))) }).message,
    ).toBe(`Role reports is bound a second time on ${reader}, under no condition.`);
  });
  it('leaves a wrong one to the binding check if the correct one is missing', () => {
    expect(judge(roleCase, { [reader]: read(bound(untilCondition('2030-01-01T00:00:00Z'))) }).status).toBe(
      'ok',
    );
  });
  it('some accounts could not be read', () => {
    expect(judge(roleCase, { [reader]: read(bound()) }, ['project acme-data'])).toEqual({
      status: 'unknown',
      message: 'No other binding found, but project acme-data could not be read.',
    });
    expect(judge(roleCase, { [writer]: read(bound()) }, ['x']).status).toBe('failed');
  });
});
