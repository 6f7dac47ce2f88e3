import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import {
  checkCondition,
  checkMapping,
  checkSubject,
  exampleRoleId,
  type MappedRole,
  sessionsOf,
} from '../../shared/doctor/mapping-checks.ts';
import { accountId, reports, roleRef, settings } from '../support/settings.ts';

const roles: readonly MappedRole[] = [
  { ref: reports, roleId: exampleRoleId, sessions: sessionsOf(['EC2', 'ECS']) },
  {
    ref: roleRef('app-nightly-export-of-everything'),
    roleId: exampleRoleId,
    sessions: sessionsOf(['Lambda']),
  },
];
const wanted = { attributeMapping: wantedMapping, attributeCondition: wantedCondition(accountId) };
const withMapping = (attributeMapping: Readonly<Record<string, string>>) => ({ ...wanted, attributeMapping });

it('uses sessions of the services that may assume the role', () => {
  expect(sessionsOf([])).toEqual([]);
  expect(sessionsOf(['EKS', 'EC2']).map(({ service }) => service)).toEqual(['EC2', 'EKS']);
});

describe('the mapping', () => {
  const judge = (expression: string) =>
    checkMapping(settings, 'prod', withMapping({ 'attribute.aws_role': expression }), roles);

  it("yields our members, both as setup writes it and by Google's default", () => {
    const well = {
      status: 'ok',
      message:
        "attribute.aws_role is the role's ARN without its session (reports and app-nightly-export-of-everything).",
    };
    expect(checkMapping(settings, 'prod', wanted, roles)).toEqual(well);
    expect(checkMapping(settings, 'prod', withMapping({}), roles)).toEqual(well);
  });

  it('maps no aws_role', () => {
    expect(checkMapping(settings, 'prod', withMapping({ 'google.subject': 'assertion.arn' }), roles)).toEqual(
      {
        status: 'failed',
        message: 'The provider maps no attribute.aws_role, so no binding of rolebridge can match.',
        fix: 'Fix it: rolebridge setup\nIt first lists the roles that a corrected mapping would break.',
      },
    );
  });

  it.each([
    ["assertion.arn.extract('assumed-role/{role}/')", 'the bare role name, "reports"'],
    [
      "'arn:aws:iam::111122223333:role/' + assertion.arn.extract('assumed-role/{role}/')",
      'the role\'s IAM ARN, "arn:aws:iam::111122223333:role/reports"',
    ],
    [
      'assertion.arn',
      'another spelling, "arn:aws:sts::111122223333:assumed-role/reports/i-0123456789abcdef0"',
    ],
    ["assertion.arn.extract('user/{name}/')", 'nothing'],
    ['assertion.nothing', 'a value that Google cannot use'],
  ])('%s: reports the result once', (expression, yields) => {
    expect(judge(expression)).toEqual({
      status: 'failed',
      message: `The provider maps attribute.aws_role of role reports to ${yields}; rolebridge's bindings name arn:aws:sts::111122223333:assumed-role/reports. No binding matches.`,
      fix: 'Fix it: rolebridge setup\nIt first lists the roles that a corrected mapping would break.',
    });
  });
});

describe('the condition', () => {
  it('admits the roles; so does an empty one', () => {
    const well = {
      status: 'ok',
      message: "The provider's condition admits reports and app-nightly-export-of-everything.",
    };
    expect(checkCondition('prod', wanted, roles)).toEqual(well);
    expect(checkCondition('prod', { ...wanted, attributeCondition: '' }, roles)).toEqual(well);
  });
  it('rejects one of them', () => {
    const attributeCondition = "attribute.aws_role.endsWith('/reports')";
    expect(checkCondition('prod', { ...wanted, attributeCondition }, roles)).toEqual({
      status: 'failed',
      message: `The provider's condition rejects app-nightly-export-of-everything: ${attributeCondition}`,
      fix: 'Fix it: rolebridge setup',
    });
  });
  it('is unknown if the mapping fails', () => {
    expect(
      checkCondition('prod', withMapping({ 'google.subject': "assertion.arn.extract('x{y}x')" }), roles),
    ).toEqual({
      status: 'unknown',
      message: expect.stringMatching(/^Not checked: google\.subject of role reports cannot be mapped: .*\.$/),
    });
  });
});

describe('the subject', () => {
  it('is short enough as setup writes it', () => {
    expect(checkSubject('prod', wanted, roles)).toEqual({
      status: 'ok',
      message:
        'google.subject stays within 127 bytes for sessions of reports and app-nightly-export-of-everything.',
    });
  });
  it("is too long by Google's default, for Lambda's long names", () => {
    expect(checkSubject('prod', withMapping({}), roles)).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /^Sessions of role app-nightly-export-of-everything from Lambda get no token: google\.subject "assertion\.arn" yields 136 bytes .*; Google takes 127\.$/,
      ),
    });
  });
  it('is not mapped at all: reports three sessions at most', () => {
    const all = { ...reports, roleName: 'a' };
    const everywhere = [{ ref: all, roleId: 'R', sessions: sessionsOf(['EC2', 'ECS', 'EKS', 'Lambda']) }];
    const finding = checkSubject('prod', withMapping({ 'attribute.aws_role': 'assertion.arn' }), everywhere);
    expect(finding.status).toBe('failed');
    expect(finding.message.split('\n')).toHaveLength(3);
  });
});
