import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askForToken, credentialVariables } from '../../local/run-workload.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader, writer } from '../support/settings.ts';

const key = 'google-access';
const both = (grant = 'default', role = 'reports') => [
  `eu-west-1 /google-access/${role}/${grant}`,
  `us-east-1 /google-access/${role}/${grant}`,
];

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
  cloud.addServiceAccount(writer);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

/** A workload of the role: Google's unmodified library in a process of its own, with a published config. */
const askWith = async (roleName: string, config: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-workload-'));
  const path = join(folder, 'config.json');
  writeFileSync(path, config);
  const session = cloud.aws.issueRoleCredentials(roleName, 'i-0123456789abcdef0');
  const ran = await askForToken(path, { AWS_REGION: 'eu-west-1', ...credentialVariables(session) });
  rmSync(folder, { recursive: true });
  return ran;
};
const published = (roleName: string, grant = 'default') =>
  cloud.aws.ssm.parameters('eu-west-1').get(`/google-access/${roleName}/${grant}`)?.value ?? '';
const token = { ok: true, output: expect.stringMatching(/^ya29\.local-google-access-token/) };
const denied = {
  ok: false,
  output: expect.stringContaining("Permission 'iam.serviceAccounts.getAccessToken' denied"),
};

it('TagRole grants access, UntagRole revokes it', async () => {
  await cloud.createRole('reports');
  await cloud.tag('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  expect(cloud.parameterPlaces()).toEqual(both());
  const config = published('reports');
  expect(await askWith('reports', config)).toMatchObject(token);
  expect(await askWith('app-other', config)).toMatchObject(denied);

  await cloud.untag('reports', key);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(cloud.parameterPlaces()).toEqual([]);
  expect(cloud.outcomeTypes()).toEqual(['Granted', 'Revoked']);
  expect(await askWith('reports', config)).toMatchObject(denied);
});

it('an outcome names who asked, by which tag and rule, for what, and where it was written', async () => {
  await cloud.createRole('reports');
  await cloud.tag('reports', { [key]: `${reader} until 2030-01-31` });
  await cloud.settled();
  expect(cloud.outcomes()[0]?.detail).toMatchObject({
    version: 1,
    role: { accountId: '111122223333', roleName: 'reports', roleId: expect.stringMatching(/^AROA/) },
    grant: 'default',
    tag: { key, value: `${reader} until 2030-01-31` },
    rule: 'allow[0] to *@acme-data.iam.gserviceaccount.com',
    target: { kind: 'serviceAccount', email: reader },
    expiresAt: '2030-02-01T00:00:00Z',
    parameters: [
      { region: 'us-east-1', name: '/google-access/reports/default' },
      { region: 'eu-west-1', name: '/google-access/reports/default' },
    ],
    requestedBy: 'arn:aws:sts::111122223333:assumed-role/Administrator/alice',
    cause: { eventName: 'TagRole' },
  });
});

it('CreateRole with tags grants access, DeleteRole revokes it', async () => {
  await cloud.createRole('app-new', { [key]: reader, Team: 'x' });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['app-new']);
  await cloud.deleteRole('app-new');
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(cloud.parameterPlaces()).toEqual([]);
  expect(cloud.outcomes().map(({ type, detail }) => [type, detail.cause.eventName])).toEqual([
    ['Granted', 'CreateRole'],
    ['Revoked', 'DeleteRole'],
  ]);
});

it('a changed tag: the old account loses the member, the new one gains it', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  await cloud.tag('reports', { [key]: writer });
  await cloud.settled();
  expect([cloud.boundTo(reader), cloud.boundTo(writer)]).toEqual([[], ['reports']]);
  expect(cloud.outcomeTypes()).toEqual(['Granted', 'Revoked', 'Granted']);
  expect(cloud.aws.ssm.parameters('us-east-1').get('/google-access/reports/default')?.value).toContain(
    writer,
  );
});

it('several grants on one role are several parameters', async () => {
  await cloud.createRole('reports', { [key]: reader, [`${key}/w`]: writer });
  await cloud.settled();
  expect([cloud.boundTo(reader), cloud.boundTo(writer)]).toEqual([['reports'], ['reports']]);
  expect(cloud.parameterPlaces()).toEqual([...both(), ...both('w')].toSorted());
  expect(await askWith('reports', published('reports', 'w'))).toMatchObject(token);
  expect(cloud.outcomes().map(({ type, detail }) => `${type} ${detail.grant ?? ''}`)).toEqual([
    'Granted default',
    'Granted w',
  ]);
});

it('a grant with an expiry has a condition that ends access by itself', async () => {
  await cloud.createRole('reports', { [key]: `${reader} until 2030-01-31` });
  await cloud.settled();
  expect(cloud.bindingsOf(reader)[0]?.condition).toEqual({
    title: 'rolebridge-until',
    expression: 'request.time < timestamp("2030-02-01T00:00:00Z")',
  });
});

it('a refusal has a reason, is reported once, and changes nothing', async () => {
  await cloud.createRole('intern', { [key]: reader });
  await cloud.createRole('reports', {
    'Google-Access': reader,
    [`${key}/own`]: 'rolebridge@acme-identity.iam.gserviceaccount.com',
  });
  await cloud.settled();
  expect(
    cloud
      .outcomes()
      .map(({ type, detail }) => `${type} ${detail.role.roleName} ${detail.grant ?? ''}`)
      .toSorted(),
  ).toEqual(['Refused intern default', 'Refused reports default', 'Refused reports own']);
  expect(cloud.parameterPlaces()).toEqual([]);
});

it('a policy with foreign rows stays identical except for our member', async () => {
  const foreign = {
    auditConfigs: [{ service: 'allServices' }],
    bindings: [
      {
        role: 'roles/iam.serviceAccountUser',
        members: ['user:b@example.com', 'user:a@example.com'],
        condition: {
          title: 'office',
          expression: 'request.time < timestamp("2031-01-01T00:00:00Z")',
          description: 'd',
        },
      },
      {
        role: 'roles/iam.workloadIdentityUser',
        members: [
          'deleted:serviceAccount:x@p.iam.gserviceaccount.com?uid=1',
          'serviceAccount:p.svc.id.goog[ns/sa]',
        ],
      },
    ],
  };
  cloud.google.addServiceAccount(reader, 'acme-data', foreign);
  cloud.google.optIn(reader, 'rolebridge@acme-identity.iam.gserviceaccount.com');
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
  await cloud.deleteRole('reports');
  await cloud.settled();
  expect(cloud.google.policy(reader).current()).toEqual(foreign);
});

it('failed and malformed events are ignored with a reason, and none is redelivered', async () => {
  const bodies = [
    'not json',
    '[]',
    'null',
    '{"source":"aws.iam","detail":{"eventSource":"iam.amazonaws.com","eventName":"TagRole","requestParameters":null}}',
    '{"kind":"rolebridge.second-look"}',
  ];
  for (const body of bodies) cloud.stack.queue.send(body);
  await cloud.settled();
  expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
  expect(cloud.stack.logs.filter((line) => line.includes('A message was ignored.'))).toHaveLength(
    bodies.length,
  );
});

describe('a permanent failure reports what to do and is not redelivered', () => {
  it('a missing service account', async () => {
    await cloud.createRole('reports', { [key]: 'nobody@acme-data.iam.gserviceaccount.com' });
    await cloud.settled();
    expect(cloud.outcomes()).toMatchObject([
      {
        type: 'Failed',
        detail: {
          reason: expect.stringContaining('does not exist or cannot be read'),
        },
      },
    ]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('no permission on the service account', async () => {
    cloud.optIn(reader, false);
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.outcomes()).toMatchObject([
      {
        type: 'Failed',
        detail: {
          reason: expect.stringContaining("Its owner opts it in by granting rolebridge's editor role"),
        },
      },
    ]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('an unknown pool', async () => {
    cloud.google.removePool('aws-roles');
    await cloud.createRole('reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.outcomes()).toMatchObject([
      {
        type: 'Failed',
        detail: { reason: expect.stringMatching(/could not sign in to Google.*Check that google.pool/) },
      },
    ]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });
});

it('a GetRole that is stale right after UntagRole: the second look revokes the access', async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  await cloud.untag('reports', key);
  cloud.aws.iam.serveStale('reports', 1);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(cloud.outcomes().at(-1)).toMatchObject({
    type: 'Revoked',
    detail: { cause: { eventName: 'UntagRole' } },
  });
});

it('one member that Google rejects does not delay an unbind of another role', async () => {
  await cloud.createRole('app-old', { [key]: reader });
  await cloud.settled();
  cloud.google.rules.rejectedMembers.add(
    'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/app-bad',
  );
  await Promise.all([
    cloud.deleteRole('app-old'),
    cloud.createRole('app-bad', { [key]: reader }),
    cloud.createRole('app-good', { [key]: reader }),
  ]);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['app-good']);
  expect(cloud.outcomes().find(({ type }) => type === 'Failed')?.detail.reason).toContain(
    'do not belong to a permitted customer',
  );
});

it('a policy at its byte limit does not delay an unbind', async () => {
  await cloud.createRole('app-old', { [key]: reader });
  await cloud.settled();
  cloud.google.rules.maxPolicyBytes = 432;
  await Promise.all([
    cloud.deleteRole('app-old'),
    cloud.createRole('app-1', { [key]: reader }),
    cloud.createRole('app-2', { [key]: reader }),
  ]);
  await cloud.settled();
  expect(cloud.boundTo(reader)).toHaveLength(1);
  expect(cloud.boundTo(reader)).not.toContain('app-old');
  expect(cloud.outcomes().find(({ type }) => type === 'Failed')?.detail.reason).toContain(
    'larger than the maximum allowed size',
  );
});
