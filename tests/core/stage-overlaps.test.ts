import { type StageResources, stageOverlaps } from '../../shared/core/stage-overlaps.ts';

const own: StageResources = {
  stage: 'prod',
  accountId: '111122223333',
  accountIds: ['111122223333', '444455556666', '777788889999'],
  pool: { project: 'acme-identity', id: 'aws-roles' },
  prefixes: ['/google-access'],
  tagKey: 'google-access',
};
const other: StageResources = {
  ...own,
  stage: 'dev',
  accountId: '222233334444',
  accountIds: ['222233334444', '444455556666'],
  pool: { project: 'acme-identity', id: 'aws-roles-dev' },
};
const messages = (one: StageResources, another: StageResources): readonly string[] =>
  stageOverlaps(one, another).map(({ message }) => message);

describe('two stages with different homes', () => {
  it('share prefix and tag key in an account that both serve', () => {
    expect(messages(own, other)).toEqual([
      '/google-access overlaps /google-access of stage dev in AWS account 444455556666, and each stage would remove the parameters of the other. Give this stage another one',
      'stage dev reads the tags google-access in AWS account 444455556666, too, and both would answer them. Give this stage another one',
    ]);
  });

  it('are compared once, however many accounts both serve', () => {
    expect(messages(own, { ...other, accountIds: [...(own.accountIds ?? [])] })).toEqual([
      expect.stringContaining('in AWS account 111122223333 and 2 more'),
      expect.stringContaining('in AWS account 111122223333 and 2 more'),
    ]);
  });

  it('share nothing without a common account', () => {
    expect(messages(own, { ...other, accountIds: ['222233334444'] })).toEqual([]);
  });

  it('of which one is known by its stack alone are compared by its home', () => {
    const { accountIds: _, ...deployed } = other;
    expect(messages(own, deployed)).toEqual([]);
    expect(messages(own, { ...deployed, accountId: '444455556666' })).toEqual([
      expect.stringContaining('in AWS account 444455556666'),
      expect.stringContaining('in AWS account 444455556666'),
    ]);
  });
});

it('two stages with one home are compared there, and the account goes without saying', () => {
  expect(messages(own, { ...other, accountId: '111122223333' })[0]).toContain('of stage dev, and each stage');
});

it('two stages share a pool in any account', () => {
  expect(
    messages(own, { ...other, accountIds: [], pool: { project: 'acme-identity', id: 'aws-roles' } }),
  ).toEqual([expect.stringContaining('stage dev has the pool aws-roles, too')]);
});
