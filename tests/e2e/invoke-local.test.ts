import { readFileSync } from 'node:fs';
import { credentialVariables, run } from '../../local/run-workload.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
});
afterAll(() => cloud.close());

/** Runs `serverless invoke local`, as someone who changes the function would. */
const invokeLocal = (sample: string) => {
  const session = cloud.aws.issueRoleCredentials('rolebridge-prod-reconcile', 'local');
  return run(
    'node_modules/.bin/serverless',
    ['invoke', 'local', '-f', 'reconcile', '-p', `events/${sample}.json`],
    {
      ...credentialVariables(session),
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: cloud.aws.url,
      ROLEBRIDGE_CONFIG: cloud.configPath,
      ROLEBRIDGE_GOOGLE_ENDPOINT: cloud.google.url,
      HOME: process.env['HOME'] ?? '',
    },
  );
};

it('a sample of events/ reconciles its role', async () => {
  cloud.aws.bus.deliveryOf = () => 'lose';
  await cloud.createRole('reports', { 'google-access': reader });
  const ran = await invokeLocal('tag-role');
  expect(ran.output).toContain('Google Access Granted');
  expect(cloud.boundTo(reader)).toEqual(['reports']);
}, 60_000);

it.each(['tag-role-access-denied', 'tag-role-no-such-entity'])(
  '%s is ignored',
  async (sample) => {
    expect(JSON.parse(readFileSync(`events/${sample}.json`, 'utf8'))).toHaveProperty('Records');
    const ran = await invokeLocal(sample);
    expect(ran.output).toContain('A message was ignored.');
  },
  60_000,
);
