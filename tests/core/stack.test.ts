import { readFileSync } from 'node:fs';
import { stackNames, stackRegion } from '../../shared/core/stack.ts';

// What `serverless package` made of serverless.yml, for the stage prod.
const template = readFileSync('.serverless/cloudformation-template-update-stack.json', 'utf8');

it('the parts of a stage are called what serverless.yml calls them', () => {
  const { functionRoles, ...names } = stackNames('prod');
  for (const name of [...functionRoles, ...Object.values(names)]) expect(template).toContain(`"${name}"`);
  expect(readFileSync('serverless.yml', 'utf8')).toContain(`region: ${stackRegion}\n`);
});

it('another stage has other names', () => {
  expect(stackNames('test').queue).toBe('rolebridge-test-reconcile');
});
