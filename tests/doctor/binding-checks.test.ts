import { credentialConfig } from '../../shared/core/credential-config.ts';
import { desiredOf } from '../../shared/core/desired.ts';
import { type Binding, untilCondition, workloadIdentityUser } from '../../shared/core/iam-policy.ts';
import { memberOf } from '../../shared/core/member.ts';
import type { PresentRole } from '../../shared/core/model.ts';
import type { ObservedFolder, ObservedPolicy } from '../../shared/core/observed.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import {
  checkBinding,
  checkElsewhere,
  checkParameters,
  checkTags,
  type RoleCase,
} from '../../shared/doctor/binding-checks.ts';
import { now, reader, reports, settings, writer } from '../support/settings.ts';

const key = 'google-access';
const caseOf = (tags: Readonly<Record<string, string>>, using: Settings = settings): RoleCase => {
  const role: PresentRole = {
    kind: 'present',
    ref: reports,
    roleId: 'AROAREPORTS',
    arn: 'arn:aws:iam::111122223333:role/reports',
    tags: Object.entries(tags).map(([name, value]) => ({ key: name, value })),
  };
  return { settings: using, stage: 'prod', role, desired: desiredOf(role, using, now), now };
};
const member = memberOf(settings, reports);
const bound = (condition?: Binding['condition']): Binding => ({
  role: workloadIdentityUser,
  members: [member],
  ...(condition === undefined ? {} : { condition }),
});
const read = (...bindings: readonly Binding[]): ObservedPolicy => ({ kind: 'read', policy: { bindings } });
const policies = (byEmail: Readonly<Record<string, ObservedPolicy>>) => ({
  policies: new Map(Object.entries(byEmail).map(([email, one]) => [serviceAccountResource(email), one])),
});
const sweep = 'Let rolebridge repair it: rolebridge sweep';
const one = caseOf({ [key]: reader });
const dryRun = { ...settings, mode: 'dry-run' } as const;

describe('tags', () => {
  it('granted', () => {
    expect(checkTags(caseOf({ [key]: `${reader} until 2027-01-31`, [`${key}/w`]: writer }), true)).toEqual({
      status: 'ok',
      message: `It may have ${reader} until 2027-02-01T00:00:00Z and ${writer}.`,
    });
  });
  it('none', () => {
    expect(checkTags(caseOf({}), false)).toEqual({
      status: 'failed',
      message: 'Role reports has no tag google-access, so it asks for nothing.',
      fix: 'Tag it: aws iam tag-role --role-name reports --tags Key=google-access,Value=<service account e-mail>',
    });
  });
  it.each([
    [true, 'failed'],
    [false, 'warning'],
  ] as const)('refused, of a role that was named: %s', (isNamed, status) => {
    expect(checkTags(caseOf({ [key]: reader, [`${key}/x`]: 'nonsense' }), isNamed)).toEqual({
      status,
      message: expect.stringMatching(
        /^Refused: google-access\/x = nonsense: "nonsense" is not a service account/,
      ),
      fix: 'Correct the tag: aws iam tag-role --role-name reports --tags Key=google-access/x,Value=<service account e-mail>',
    });
  });
});

describe('the binding', () => {
  it('is there', () => {
    expect(checkBinding(one, policies({ [reader]: read(bound()) }))).toEqual({
      status: 'ok',
      message: `It is bound on ${reader}.`,
    });
  });
  it('is not asked for', () => {
    expect(checkBinding(caseOf({ [key]: 'nonsense' }), policies({}))).toEqual({
      status: 'ok',
      message: 'It has no grant, so no binding is missing.',
    });
  });
  it('is not there', () => {
    expect(checkBinding(one, policies({ [reader]: read() }))).toEqual({
      status: 'failed',
      message: `Role reports is not bound on ${reader}.`,
      fix: sweep,
    });
  });
  it('is there under a condition that ended, or another one', () => {
    const ended = untilCondition('2020-01-01T00:00:00Z');
    const later = untilCondition('2030-01-01T00:00:00Z');
    expect(checkBinding(one, policies({ [reader]: read(bound(ended)) })).message).toBe(
      `Role reports is bound, but under a condition that has ended on ${reader}.`,
    );
    expect(checkBinding(one, policies({ [reader]: read(bound(ended), bound(later)) })).message).toBe(
      `Role reports is bound, but under another condition on ${reader}.`,
    );
  });
  it('is there until the date of its tag', () => {
    const until = caseOf({ [key]: `${reader} until 2027-01-31` });
    expect(
      checkBinding(until, policies({ [reader]: read(bound(untilCondition('2027-02-01T00:00:00Z'))) })).status,
    ).toBe('ok');
    expect(checkBinding(until, policies({ [reader]: read(bound()) })).status).toBe('failed');
  });
  it('cannot be seen; what can be seen is told first', () => {
    const two = caseOf({ [key]: reader, [`${key}/w`]: writer });
    expect(
      checkBinding(two, policies({ [reader]: read(bound()), [writer]: { kind: 'unreadable' } })),
    ).toEqual({
      status: 'unknown',
      message: `Not checked: the allow policy of ${writer} cannot be seen.`,
    });
    expect(checkBinding(two, policies({ [reader]: read(), [writer]: { kind: 'absent' } })).status).toBe(
      'failed',
    );
  });
  it('is not there in mode dry-run, in which nothing is written', () => {
    expect(checkBinding(caseOf({ [key]: reader }, dryRun), policies({ [reader]: read() }))).toEqual({
      status: 'warning',
      message: `Role reports is not bound on ${reader}.\nThe mode is dry-run: nothing is written.`,
      fix: 'Set mode: sync in rolebridge.yml and deploy, when you have seen enough.',
    });
  });
});

describe('the parameters', () => {
  const path = '/google-access/reports';
  const right = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader));
  const folder = (region: string, values: Readonly<Record<string, string>>): ObservedFolder => ({
    kind: 'read',
    region,
    path,
    parameters: Object.entries(values).map(([name, value]) => ({
      name: `${path}/${name}`,
      value,
      type: 'String',
    })),
  });
  const unreadable: ObservedFolder = { kind: 'unreadable', region: 'eu-west-1', path };
  const first = folder('us-east-1', { default: right });

  it('are what they should be in every region', () => {
    expect(checkParameters(one, [first, folder('eu-west-1', { default: right })])).toEqual({
      status: 'ok',
      message: 'Its configs are published in us-east-1 and eu-west-1.',
    });
  });
  it('are missing, wrong or left over', () => {
    const wrong = right.replace('reader@', 'writer@');
    expect(
      checkParameters(one, [folder('us-east-1', { default: wrong, old: right }), folder('eu-west-1', {})]),
    ).toEqual({
      status: 'failed',
      message: [
        'The parameter /google-access/reports/default in us-east-1 is not what it should be.',
        'The parameter /google-access/reports/default in eu-west-1 is missing.',
        'The parameter /google-access/reports/old in us-east-1 is left over.',
      ].join('\n'),
      fix: sweep,
    });
  });
  it('cannot be read in one region; what can be read is told first', () => {
    expect(checkParameters(one, [first, unreadable])).toEqual({
      status: 'unknown',
      message: 'Not checked: the parameters in eu-west-1 cannot be read.',
    });
    expect(checkParameters(one, [folder('us-east-1', {}), unreadable])).toMatchObject({
      status: 'failed',
      message: 'The parameter /google-access/reports/default in us-east-1 is missing.',
    });
  });
  it('are left over where access ended: the next sweep clears them', () => {
    const ended = caseOf({ [key]: `${reader} until 2020-01-01` });
    expect(checkParameters(ended, [first, folder('eu-west-1', {})])).toEqual({
      status: 'ok',
      message: 'It has no grant, and no parameter is left over.',
    });
    const refused = caseOf({ [key]: 'nonsense' });
    expect(checkParameters(refused, [first, folder('eu-west-1', {})]).status).toBe('failed');
  });
});

describe('bindings elsewhere', () => {
  const judge = (
    two: RoleCase,
    byEmail: Readonly<Record<string, ObservedPolicy>>,
    unseen: readonly string[] = [],
  ) => checkElsewhere(two, policies(byEmail), unseen);

  it('none', () => {
    expect(judge(one, { [reader]: read(bound()), [writer]: read() })).toEqual({
      status: 'ok',
      message: 'It is bound nowhere else (2 accounts looked at).',
    });
    expect(
      judge(caseOf({ [key]: reader }, { ...settings, mode: 'upsert-only' }), { [writer]: read(bound()) }),
    ).toEqual({ status: 'ok', message: 'Nothing is taken away in mode upsert-only.' });
  });
  it('one that no tag asks for', () => {
    expect(judge(one, { [reader]: read(bound()), [writer]: read(bound()) })).toEqual({
      status: 'failed',
      message: `Role reports is bound on ${writer}, and no tag of it asks for that.`,
      fix: sweep,
    });
  });
  it('one that ended gives nothing', () => {
    expect(judge(one, { [writer]: read(bound(untilCondition('2020-01-01T00:00:00Z'))) }).status).toBe('ok');
  });
  it('a second one on the same account', () => {
    const later = untilCondition('2030-01-01T00:00:00Z');
    expect(judge(one, { [reader]: read(bound(), bound(later)) }).message).toBe(
      `Role reports is bound a second time on ${reader}, under another condition.`,
    );
    const same = caseOf({ [key]: `${reader} until 2029-12-31T00:00:00Z` });
    expect(
      judge(same, { [reader]: read(bound(), bound(untilCondition('2029-12-31T00:00:00Z'))) }).message,
    ).toBe(`Role reports is bound a second time on ${reader}, under no condition.`);
  });
  it('a wrong one alone is told where the right one is missed', () => {
    expect(judge(one, { [reader]: read(bound(untilCondition('2030-01-01T00:00:00Z'))) }).status).toBe('ok');
  });
  it('some accounts could not be looked at', () => {
    expect(judge(one, { [reader]: read(bound()) }, ['project acme-data'])).toEqual({
      status: 'unknown',
      message: 'Nothing found, but project acme-data could not be looked at.',
    });
    expect(judge(one, { [writer]: read(bound()) }, ['x']).status).toBe('failed');
  });
});
