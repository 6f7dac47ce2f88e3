import type { PresentProvider, ProviderState } from '../../shared/core/google-side.ts';
import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import { failed, ok } from '../../shared/doctor/finding.ts';
import { checkMemberProvider } from '../../shared/doctor/member-provider-check.ts';

const member = '444455556666';
const notAws: PresentProvider = {
  kind: 'there',
  isDeleted: false,
  isDisabled: false,
  attributeMapping: wantedMapping,
  attributeCondition: wantedCondition(member),
};
const provider: PresentProvider = { ...notAws, awsAccountId: member };
const judge = (state: ProviderState, isShared = false) =>
  checkMemberProvider('test', member, state, { isShared });

describe('the provider of another AWS account', () => {
  it('is as setup writes it', () => {
    expect(judge(provider)).toEqual(ok("The account's provider admits its roles."));
  });

  it.each([
    ['is missing', { kind: 'absent' }, 'no provider', 'rolebridge setup --only-providers --stage test'],
    [
      'trusts another account',
      { ...provider, awsAccountId: '999999999999' },
      'trusts AWS account 999999999999.',
      'Name another provider in accounts[].provider',
    ],
    ['is of another kind', notAws, 'not an AWS provider', 'Name another'],
    ['is deleted', { ...provider, isDeleted: true }, 'is deleted', 'Restore it'],
    [
      'is disabled',
      { ...provider, isDisabled: true },
      'is disabled',
      'Enable it: rolebridge setup --stage test',
    ],
    [
      "has another account's condition",
      { ...provider, attributeCondition: wantedCondition('999999999999') },
      'the attribute condition is "',
      'rolebridge setup --only-providers --stage test',
    ],
    [
      "has Google's default mapping",
      { ...provider, attributeMapping: {} },
      'differs from what setup writes: google.subject',
      'rolebridge setup --only-providers --stage test',
    ],
  ] as const)('fails if it %s', (_, state, message, fix) => {
    expect(judge(state)).toEqual(failed(expect.stringContaining(message), expect.stringContaining(fix)));
  });

  it('may have its own condition in a pool that others use, but no mapping that matches no binding', () => {
    expect(judge({ ...provider, attributeCondition: '' }, true).status).toBe('ok');
    const attributeMapping = { ...wantedMapping, 'attribute.aws_role': 'assertion.arn' };
    expect(judge({ ...provider, attributeMapping }, true)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('attribute.aws_role is "'),
      fix: expect.stringContaining('rolebridge setup --adopt --stage test'),
    });
  });
});
