import fc from 'fast-check';
import { memberOf } from '../../shared/core/member.ts';
import {
  assertionOf,
  defaultMapping,
  mapSession,
  maxSubjectBytes,
  typicalSessions,
  wantedCondition,
  wantedMapping,
} from '../../shared/core/provider-mapping.ts';
import { accountId, reports, roleRef, settings } from '../support/settings.ts';

const session = assertionOf(reports, 'AROAREPORTS', 'i-0123456789abcdef0');
const condition = wantedCondition(accountId);
const awsRole = (mapping: Readonly<Record<string, string>>) => {
  const mapped = mapSession(mapping, '', session);
  return mapped.kind === 'unmappable' ? mapped.reason : mapped.attributes['attribute.aws_role'];
};

describe('the mapping that rolebridge needs', () => {
  it('yields the exact attribute that our members name', () => {
    const mapped = mapSession(wantedMapping, condition, session);
    expect(mapped).toEqual({
      kind: 'admitted',
      attributes: {
        'google.subject': 'AROAREPORTS',
        'attribute.aws_role': 'arn:aws:sts::111122223333:assumed-role/reports',
      },
    });
    expect(memberOf(settings, reports)).toMatch(
      /\/attribute\.aws_role\/arn:aws:sts::111122223333:assumed-role\/reports$/,
    );
  });

  it('serves every role name in every kind of session: the subject is never too long', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w+=,.@-]{1,64}$/),
        fc.constantFrom(...typicalSessions),
        (roleName, { sessionName }) => {
          const role = roleRef(roleName);
          const mapped = mapSession(
            wantedMapping,
            condition,
            assertionOf(role, 'AROA'.padEnd(21, 'X'), sessionName),
          );
          expect(mapped).toMatchObject({ kind: 'admitted' });
          expect(memberOf(settings, role)).toContain(
            `/attribute.aws_role/${mapped.kind === 'admitted' ? mapped.attributes['attribute.aws_role'] : ''}`,
          );
        },
      ),
    );
  });

  it('admits the assumed roles of its account, and neither users nor another account', () => {
    const user = { ...session, arn: 'arn:aws:iam::111122223333:user/alice', userid: 'AIDAALICE:' };
    expect(mapSession(wantedMapping, condition, user).kind).toBe('rejected');
    const other = { partition: 'aws', accountId: '999999999999', roleName: 'reports' };
    expect(mapSession(wantedMapping, condition, assertionOf(other, 'AROAX', 's')).kind).toBe('rejected');
  });
});

describe('mappings that are found in practice', () => {
  it('Google’s own default is the right attribute, with a subject that long sessions overflow', () => {
    expect(awsRole({})).toBe('arn:aws:sts::111122223333:assumed-role/reports');
    const long = assertionOf(roleRef('r'.repeat(30)), 'AROAX', 'f'.repeat(64));
    expect(mapSession(defaultMapping, '', long)).toEqual({
      kind: 'unmappable',
      attribute: 'google.subject',
      reason: `"assertion.arn" yields 134 bytes ("${long.arn}"); Google takes ${maxSubjectBytes}`,
    });
  });

  it('Google’s documentation maps the bare name, which no member of ours matches', () => {
    expect(awsRole({ 'attribute.aws_role': "assertion.arn.extract('assumed-role/{role}/')" })).toBe(
      'reports',
    );
  });

  it('gcloud’s example maps no aws_role at all', () => {
    expect(awsRole({ 'google.subject': 'assertion.arn' })).toBeUndefined();
  });
});

describe('an unusable mapping', () => {
  it.each([
    ['assertion.nope', '"assertion.nope" cannot be evaluated: No such key: nope'],
    ['nonsense(', /^"nonsense\(" cannot be evaluated: /],
    ['1 + 1', /^"1 \+ 1" yields no text$/],
    ["assertion.arn.extract('{a}{b}')", /needs exactly one \{name\}, and "\{a\}\{b\}" has not/],
  ])('%s', (expression, reason) => {
    expect(mapSession({ 'attribute.x': expression }, '', session)).toEqual({
      kind: 'unmappable',
      attribute: 'attribute.x',
      reason: expect.stringMatching(reason),
    });
  });

  it('a subject that is empty', () => {
    expect(
      mapSession({ 'google.subject': "assertion.arn.extract('nowhere{x}')" }, '', session),
    ).toMatchObject({
      kind: 'unmappable',
      reason: expect.stringContaining('yields nothing'),
    });
  });

  it('a condition that names a missing attribute does not hold', () => {
    expect(mapSession({}, "attribute.team == 'a'", session).kind).toBe('rejected');
    expect(mapSession({}, "attribute.aws_role.endsWith('/reports')", session).kind).toBe('admitted');
    expect(mapSession({}, "google.subject.endsWith('/other')", session).kind).toBe('rejected');
  });

  it('a condition may name google.subject', () => {
    expect(mapSession({}, "google.subject.endsWith('/i-0123456789abcdef0')", session).kind).toBe('admitted');
    expect(mapSession({}, "google.subject == 'google.subject'", session).kind).toBe('rejected');
    expect(mapSession({ 'google.subject': "'google'" }, "google.subject == 'google'", session).kind).toBe(
      'admitted',
    );
  });
});

it('extracts to the end of the text where no suffix follows, and nothing where the suffix is missing', () => {
  const subject = (template: string) =>
    mapSession({ 'attribute.x': `assertion.arn.extract('${template}')` }, '', session);
  expect(subject('reports/{s}')).toMatchObject({ attributes: { 'attribute.x': 'i-0123456789abcdef0' } });
  expect(subject('reports/{s}?')).toMatchObject({ attributes: { 'attribute.x': '' } });
});
