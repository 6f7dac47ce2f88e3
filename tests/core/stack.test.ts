import { readFileSync } from 'node:fs';
import {
  functionRoleNames,
  isFunctionRoleName,
  isFunctionRoleOf,
  longestRoleNamePrefix,
  roleNameError,
  stackNames,
  stackRegion,
} from '../../shared/core/stack.ts';

// What `serverless package` made of serverless.yml, for the stage prod.
const template = readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');

it('the parts of a stage are called what serverless.yml calls them', () => {
  for (const name of [...functionRoleNames('prod', {}), ...Object.values(stackNames('prod'))])
    expect(template).toContain(`"${name}"`);
  expect(readFileSync('serverless.yml', 'utf8')).toContain(`region: ${stackRegion}\n`);
});

it('another stage has other names', () => {
  expect(stackNames('test').queue).toBe('rolebridge-test-reconcile');
});

describe("the functions' roles", () => {
  const deploy = { roleNamePrefix: 'platform-' };

  it('have the prefix before their names', () => {
    expect(functionRoleNames('prod', { deploy })).toEqual([
      'platform-rolebridge-prod-reconcile',
      'platform-rolebridge-prod-sweep',
    ]);
  });

  it('are recognized with any prefix, also after it was changed', () => {
    for (const name of [...functionRoleNames('prod', {}), ...functionRoleNames('prod', { deploy })]) {
      expect(isFunctionRoleName(name)).toBe(true);
      expect(isFunctionRoleOf('prod', name)).toBe(true);
    }
  });

  it.each([
    ['another stage', 'platform-rolebridge-test-sweep'],
    ['a stage that ends like this one', 'rolebridge-a-rolebridge-prod-sweep'],
    ['another part', 'rolebridge-prod-sweeper'],
    ['a longer name', 'rolebridge-prod-sweep-2'],
    ['nothing but the end', 'prod-sweep'],
  ])('are not those of %s', (_, name) => {
    expect(isFunctionRoleOf('prod', name)).toBe(false);
  });

  it('have at most the 64 characters that IAM allows', () => {
    const longest = { roleNamePrefix: 'x'.repeat(longestRoleNamePrefix) };
    expect(roleNameError('a', { deploy: longest })).toBeUndefined();
    expect(functionRoleNames('a', { deploy: longest })[0]).toHaveLength(64);
    expect(roleNameError('prod', { deploy: longest })).toMatch(
      /would have 67 characters, and IAM allows 64\. Shorten deploy\.roleNamePrefix or the stage by 3\.$/,
    );
  });
});
