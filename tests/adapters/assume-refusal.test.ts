import { assumeRefusal } from '../../shared/adapters/aws/assume-refusal.ts';
import { type MemberRoleKind, memberRole } from '../../shared/core/stack.ts';

const accountId = '444455556666';

const refused = (kind: MemberRoleKind, reason: string, stage = 'prod') => {
  const role = memberRole(stage, {}, accountId, kind);
  const message = `User: arn:aws:sts::111122223333:assumed-role/session-policy/x is not authorized to perform: sts:AssumeRole on resource: ${role.arn}${reason}`;
  return assumeRefusal(role, Object.assign(new Error(message), { name: 'AccessDenied' }));
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const reasons = {
  trust: ' because no role trust policy allows the sts:AssumeRole action',
  deniedByTrust: ' with an explicit deny in the role trust policy',
  caller: ' because no identity-based policy allows the sts:AssumeRole action',
  control: ' with an explicit deny in a service control policy',
  boundary: ' because no permissions boundary allows the sts:AssumeRole action',
  session: ' with an explicit deny in a sessions policy',
  endpoint: ' with an explicit deny in a VPC endpoint policy transitively through a service control policy',
  none: '',
} as const;

it.each([
  [
    'trust',
    'its trust policy does not admit the function. Deploy the member template in account 444455556666',
  ],
  ['deniedByTrust', 'its trust policy does not admit the function.'],
  ['caller', "The policy of the function's own role does not allow it. Deploy the home account again"],
  ['control', 'A control policy of the organization denies it.'],
  ['boundary', `Add what "rolebridge permissions --print boundary" prints.`],
  ['session', 'The policy of the session does not allow it.'],
  ['endpoint', 'The policy of the VPC endpoint of STS does not allow it.'],
  ['none', '"rolebridge doctor --account 444455556666" reads the role and reports which it is.'],
] as const)('a function: %s is a separate error, with its fix', (reason, text) => {
  expect(refused('member-read', reasons[reason])?.message).toContain(text);
});

it.each([
  ['trust', 'Let the administrators of account 444455556666 name your role in the parameter OperatorArns'],
  ['caller', 'Your own policy does not allow it. Add what "rolebridge permissions --print plan" prints.'],
  ['control', 'A control policy of the organization denies it.'],
  ['boundary', 'The permissions boundary of your own role does not allow it.'],
  ['session', 'Sign in without a session policy'],
  ['endpoint', 'Let it allow sts:AssumeRole on this role.'],
  ['none', '"rolebridge doctor" compares the accounts and reports which causes it can rule out.'],
] as const)('a person: %s is a separate error, with its fix', (reason, text) => {
  expect(refused('viewer', reasons[reason])?.message).toContain(text);
});

it('every error names the account and the role, and only an error without a reason is unexplained', () => {
  for (const kind of ['member', 'viewer'] as const) {
    const errors = Object.values(reasons).map((reason) => refused(kind, reason));
    for (const error of errors)
      expect(error?.message).toMatch(
        /^AWS account 444455556666 cannot be read: AWS does not let (you|rolebridge) assume arn:aws:iam::444455556666:role\/rolebridge-prod-/,
      );
    expect(errors.map((error) => error?.because)).toEqual([
      ...Array<undefined>(errors.length - 1).fill(undefined),
      'assumeUnexplained',
    ]);
  }
});

it('names the stage in its commands, and leaves other errors alone', () => {
  expect(refused('viewer', '', 'test')?.message).toContain('"rolebridge doctor --stage test"');
  expect(assumeRefusal(memberRole('prod', {}, accountId, 'member'), new Error('later'))).toBeUndefined();
});
