import { readFileSync } from 'node:fs';
import {
  dashboardUrl,
  forwardRule,
  functionRoleArns,
  functionRoleNames,
  isFunctionRoleName,
  isFunctionRoleOf,
  longestRoleNamePrefix,
  longestStage,
  memberRole,
  memberRoleKinds,
  roleNameError,
  stackNames,
  stackRegion,
  stageOfRule,
} from '../../shared/core/stack.ts';

// The result of `serverless package` for serverless.yml, for the stage prod.
const template = readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');

const home = '111122223333';

it('the parts of a stage have the names in serverless.yml', () => {
  const { memberBus: _bus, memberEventsRule: _rule, ...always } = stackNames('prod');
  for (const name of [...functionRoleNames('prod', {}), ...Object.values(always)])
    expect(template).toContain(`"${name}"`);
  expect(readFileSync('serverless.yml', 'utf8')).toContain(`region: ${stackRegion}\n`);
});

it('a rule of role events names its stage, and no other rule does', () => {
  expect(stageOfRule('rolebridge-prod-eu-role-events')).toBe('prod-eu');
  for (const other of ['rolebridge-role-events', 'my-rolebridge-prod-role-events', 'rolebridge-prod-drift'])
    expect(stageOfRule(other)).toBeUndefined();
});

it('the dashboard has an address in the console, by the region and the name of the template', () => {
  const { host, searchParams, hash } = new URL(dashboardUrl('prod'));
  expect([host, searchParams.get('region')]).toEqual([`${stackRegion}.console.aws.amazon.com`, stackRegion]);
  expect(template).toContain(`"DashboardName": "${hash.replace('#dashboards/dashboard/', '')}"`);
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

  it('are recognized with any prefix, even after it was changed', () => {
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
    ['only the end', 'prod-sweep'],
  ])('are not those of %s', (_, name) => {
    expect(isFunctionRoleOf('prod', name)).toBe(false);
  });

  it('have at most the 64 characters that IAM allows', () => {
    const longest = { roleNamePrefix: 'x'.repeat(longestRoleNamePrefix) };
    expect(roleNameError('a', { deploy: longest })).toBeUndefined();
    const lengths = memberRoleKinds.map(
      (kind) => memberRole('a', { deploy: longest }, home, kind).name.length,
    );
    expect(Math.max(...lengths)).toBe(64);
    expect(roleNameError('prod', { deploy: longest })).toMatch(
      /would have 67 characters, and IAM allows 64\. Shorten deploy\.roleNamePrefix or the stage by 3\.$/,
    );
  });
});

describe('the names that another AWS account sees', () => {
  it('are the roles, with prefix and path, and the ARNs that they trust', () => {
    const deploy = { roleNamePrefix: 'platform-', rolePath: '/platform/' };
    expect(memberRole('prod', { deploy }, '444455556666', 'viewer').arn).toBe(
      'arn:aws:iam::444455556666:role/platform/platform-rolebridge-prod-viewer',
    );
    expect(functionRoleArns('prod', { deploy }, home)).toEqual([
      `arn:aws:iam::${home}:role/platform/platform-rolebridge-prod-reconcile`,
      `arn:aws:iam::${home}:role/platform/platform-rolebridge-prod-sweep`,
    ]);
    expect(functionRoleArns('prod', {}, home)[1]).toBe(`arn:aws:iam::${home}:role/rolebridge-prod-sweep`);
  });

  it('fit for the longest stage', () => {
    const stage = 's'.repeat(longestStage);
    expect(roleNameError(stage, {})).toBeUndefined();
    const { memberBus, memberEventsRule } = stackNames(stage);
    for (const name of [memberBus, memberEventsRule, forwardRule(stage)])
      expect(name.length).toBeLessThanOrEqual(64);
  });
});
