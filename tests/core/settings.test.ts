import { allRegions, homeOf, regionsOf } from '../../shared/core/settings.ts';
import { accountId, settings } from '../support/settings.ts';

const member = '444455556666';
const two = {
  ...settings,
  accounts: [
    ...settings.accounts,
    { id: member, provider: `aws-${member}`, regions: ['eu-central-1'] as const },
  ],
};

describe('the account that is deployed to', () => {
  it('is the one that the file names, or the only one', () => {
    expect(homeOf(settings)).toBe(accountId);
    expect(homeOf({ ...two, home: member })).toBe(member);
  });

  it('is undefined if none is configured', () => {
    expect(homeOf({ ...settings, accounts: [] })).toBe('');
  });
});

describe('the regions of an account', () => {
  it('are its own, or else those of the file', () => {
    expect(regionsOf(two, member)).toEqual(['eu-central-1']);
    expect(regionsOf(two, accountId)).toEqual(['us-east-1', 'eu-west-1']);
  });

  it('are none if the account is not configured', () => {
    expect(regionsOf(two, '999988887777')).toEqual([]);
  });

  it('of all accounts include every region once', () => {
    expect(allRegions({ ...two, accounts: [...two.accounts, ...two.accounts] })).toEqual([
      'us-east-1',
      'eu-west-1',
      'eu-central-1',
    ]);
  });
});
