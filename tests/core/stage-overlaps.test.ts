import { resourcesOf, type StageResources, stageOverlaps } from '../../shared/core/stage-overlaps.ts';
import { settings } from '../support/settings.ts';

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

  it('are compared once, no matter how many accounts both serve', () => {
    expect(messages(own, { ...other, accountIds: own.accountIds })).toEqual([
      expect.stringContaining('in AWS account 111122223333 and 2 more'),
      expect.stringContaining('in AWS account 111122223333 and 2 more'),
    ]);
  });

  it('share nothing without a common account', () => {
    expect(messages(own, { ...other, accountIds: ['222233334444'] })).toEqual([]);
  });

  it('may share any account if one of them serves unknown accounts, and the message reports that', () => {
    const unlisted = { ...other, accountIds: 'unknown' } as const;
    const place = 'wherever both serve an AWS account (those of stage dev are not known)';
    for (const found of [messages(own, unlisted), messages(unlisted, own)])
      expect(found.filter((message) => message.includes(place))).toHaveLength(2);
    expect(messages(own, { ...unlisted, prefixes: ['/dev'], tagKey: 'dev' })).toEqual([]);
    expect(messages(own, { ...unlisted, accountId: own.accountId })[0]).not.toContain('not known');
  });
});

it('two stages with one home are compared there, and the message does not name the account', () => {
  expect(messages(own, { ...other, accountId: '111122223333' })[0]).toContain('of stage dev, and each stage');
});

it('two stages share a pool in any account', () => {
  expect(
    messages(own, { ...other, accountIds: [], pool: { project: 'acme-identity', id: 'aws-roles' } }),
  ).toEqual([expect.stringContaining('stage dev has the pool aws-roles, too')]);
});

describe('what two stages share', () => {
  const paths = (changes: Partial<StageResources>) =>
    stageOverlaps(own, { ...other, accountIds: own.accountIds, ...changes }).map(({ path }) => path);

  it('is shown at the setting that has to change', () => {
    expect(paths({ pool: { project: 'acme-identity', id: 'aws-roles' } })).toEqual([
      ['google', 'pool'],
      ['parameterPrefix'],
      ['tagKey'],
    ]);
  });

  it('is a prefix inside the other one, on either side, and not one that begins alike', () => {
    const alone = { tagKey: 'dev' };
    expect(paths({ ...alone, prefixes: ['/google-access/dev'] })).toEqual([['parameterPrefix']]);
    expect(paths({ ...alone, prefixes: ['/google-access-dev'] })).toEqual([]);
    const inner = { ...own, prefixes: ['/google-access/prod'], tagKey: 'prod' };
    expect(stageOverlaps(inner, { ...other, accountIds: own.accountIds })).toHaveLength(1);
  });

  it('is not a pool of the same name in another project', () => {
    expect(paths({ accountIds: [], pool: { project: 'acme-other', id: 'aws-roles' } })).toEqual([]);
  });

  it('is what the settings of each name', () => {
    expect(resourcesOf('prod', settings)).toMatchObject({
      stage: 'prod',
      pool: { project: 'acme-identity', id: 'aws-roles' },
      prefixes: ['/google-access'],
      tagKey: 'google-access',
    });
  });
});
