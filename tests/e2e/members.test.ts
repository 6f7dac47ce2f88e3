import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';
import { isAllowed } from '../../local/testing/is-allowed.ts';
import { until } from '../../local/testing/puppets.ts';
import { parseSettings } from '../../shared/config/config.ts';
import { memberDefinition } from '../../shared/member/definition.ts';
import { printedMember } from '../../shared/member/print.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { packageWith } from '../support/package-with.ts';
import { reader } from '../support/settings.ts';

const homeId = '111122223333';
const memberIds = ['444455556666', '777788889999'];
const organization = 'o-a1b2c3d4e5';
const file = parse(readFileSync('rolebridge.yml', 'utf8')) as object;
const accounts = [homeId, ...memberIds].map((id) => ({ id, provider: `aws-${id}` }));
const text = stringify(
  { ...file, home: homeId, organization, accounts },
  { defaultStringType: 'QUOTE_DOUBLE' },
);

let packageFolder: string;
let cloud: Cloud;
beforeAll(async () => {
  packageFolder = await packageWith(text);
});
afterAll(() => rmSync(dirname(packageFolder), { recursive: true }));
beforeEach(async () => {
  cloud = await startCloud({ memberIds, packageFolder, isAllowed });
  cloud.addServiceAccount(reader);
});
afterEach(() => cloud.close());

const template = printedMember(memberDefinition(parseSettings(text), 'prod'), 'cloudformation');
const OperatorArns = `arn:aws:iam::${homeId}:role/on-call`;

it('the printed template deploys in other accounts, and its rule feeds the queue of the home account', async () => {
  for (const { deploy } of cloud.members) await deploy(template);
  for (const { iam } of cloud.members)
    expect(iam.roles().map(({ roleName }) => roleName)).toEqual([
      'rolebridge-prod-forward',
      'rolebridge-prod-member',
      'rolebridge-prod-member-read',
    ]);
  const arrived: string[] = [];
  cloud.aws.bus.onEvent(({ source, account }) => {
    if (source === 'aws.iam') arrived.push(account);
  });
  for (const { iam } of cloud.members) {
    iam.perform('CreateRole', { RoleName: 'app-x', AssumeRolePolicyDocument: '' });
    iam.perform('TagRole', { RoleName: 'app-x', Tags: [{ Key: 'google-access', Value: reader }] });
  }
  await until(() => memberIds.every((id) => arrived.includes(id)));
  await until(() => cloud.stack.invocations('reconcile') > 0);
  await cloud.settled();
  expect(cloud.stack.failedDeliveries).toEqual([]);
});

it('the viewer role exists only for named operators, and an update removes it again', async () => {
  const [first] = cloud.members;
  const names = () => first?.iam.roles().map(({ roleName }) => roleName);
  await first?.deploy(template, { OperatorArns });
  expect(names()).toContain('rolebridge-prod-viewer');
  await first?.deploy(template);
  expect(names()).not.toContain('rolebridge-prod-viewer');
});

it('the template does not deploy before the home account admits the account', async () => {
  const [first] = cloud.members;
  cloud.aws.bus.buses.get('rolebridge-prod').policy = undefined;
  await expect(first?.deploy(template)).rejects.toThrow('does not admit this account');
  expect(first?.iam.roles()).toEqual([]);
});
