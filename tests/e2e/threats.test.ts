import { readFileSync } from 'node:fs';
import { askForToken, credentialVariables } from '../../local/run-workload.ts';
import { credentialConfig } from '../../shared/core/credential-config.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { withFile } from '../support/scratch.ts';
import { email, reader, reports, settings, writer } from '../support/settings.ts';

/** One test for each threat of docs/security.md that no other file covers. */
const key = 'google-access';
const own = settings.google.serviceAccount;

let cloud: Cloud;
beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { maxRevocations: 2, parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader);
  cloud.addServiceAccount(writer);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

const granted = async (roleName = 'reports', account = reader) => {
  await cloud.createRole(roleName, { [key]: account });
  await cloud.settled();
  expect(cloud.boundTo(account)).toContain(roleName);
};
/** Checks that nothing of Google was written since. */
const policyWrites = () => cloud.google.calls.filter(({ method }) => method.endsWith('setIamPolicy')).length;
const roleIds = (type: string) =>
  cloud.outcomes().flatMap((one) => (one.type === type ? [one.detail.role.roleId] : []));
const loseEvents = () => {
  cloud.aws.bus.deliveryOf = ({ source }) => (source === 'aws.iam' ? 'lose' : 'deliver');
};
/** Sends the same event again. */
const replay = async (eventName: string) => {
  const event = cloud.aws.bus.history.findLast(({ detail }) => Object(detail)['eventName'] === eventName);
  cloud.stack.queue.send(JSON.stringify(event));
  await cloud.settled();
};
const sampleOf = (name: string): { account: string; detail: Record<string, unknown> } => {
  const { Records } = JSON.parse(readFileSync(`events/${name}.json`, 'utf8')) as {
    Records: readonly { body: string }[];
  };
  return JSON.parse(Records[0]?.body ?? '') as never;
};

describe('a tagger who wants more', () => {
  it('gets nothing that the guardrail does not name: other projects, rolebridge itself, direct roles', async () => {
    cloud.google.addServiceAccount('admin@other-project.iam.gserviceaccount.com', 'other-project');
    const before = JSON.stringify(cloud.google.policy(own).current());
    await cloud.createRole('reports', {
      [`${key}/a`]: 'admin@other-project.iam.gserviceaccount.com',
      [`${key}/b`]: own,
      [`${key}/c`]: 'roles/iam.serviceAccountTokenCreator on projects/acme-data',
    });
    await cloud.createRole('intern', { [key]: reader });
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(['Refused', 'Refused', 'Refused', 'Refused']);
    expect(policyWrites()).toBe(0);
    expect(JSON.stringify(cloud.google.policy(own).current())).toBe(before);
  });

  it('gets nothing by a poisoned value: each is refused, and nothing is written', async () => {
    const values = [
      `${reader}/../${own}`,
      `projects/-/serviceAccounts/${reader}`,
      `serviceAccount:${reader}`,
      'allUsers',
      'principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/attribute.a/b',
      `${reader} ${writer}`,
      `${reader} until 9999-99-99`,
      `${reader} until 2030-01-01T00:00:00Z or true`,
      '-----BEGIN PRIVATE KEY-----',
      '',
    ];
    await cloud.createRole(
      'reports',
      Object.fromEntries(values.map((value, index) => [`${key}/v${index}`, value])),
    );
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(values.map(() => 'Refused'));
    expect(policyWrites()).toBe(0);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('gets nothing by a key that points elsewhere', async () => {
    const keys = ['../reports', 'a/b', 'A', '.', '', 'x'.repeat(33)].map((name) => `${key}/${name}`);
    await cloud.createRole('reports', Object.fromEntries(keys.map((one) => [one, reader])));
    await cloud.settled();
    expect(cloud.outcomeTypes()).toEqual(keys.map(() => 'Refused'));
    expect(cloud.parameterPlaces()).toEqual([]);
  });
});

describe('a role created again under an old name, without a tag', () => {
  it('has no access from the moment the DeleteRole event is handled; the outcomes name both by their unique ids', async () => {
    await granted();
    await cloud.deleteRole('reports');
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
    await cloud.createRole('reports');
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);

    // If anyone who may tag it does so, it is another role: its outcome shows that.
    await cloud.tag('reports', { [key]: reader });
    await cloud.settled();
    const [first, second] = roleIds('Granted');
    expect([first, second]).toEqual([expect.stringMatching(/^AROA/), expect.stringMatching(/^AROA/)]);
    expect(first).not.toBe(second);
  });

  it('has none if it already exists when DeleteRole is handled late', async () => {
    await granted();
    await cloud.deleteRole('reports');
    await cloud.createRole('reports');
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
    const [was] = roleIds('Granted');
    expect(roleIds('Revoked')).not.toContain(was);
  });

  it('has none after the next sweep if the event was lost; the outcome names the new role', async () => {
    await granted();
    loseEvents();
    await cloud.deleteRole('reports');
    await cloud.createRole('reports');
    await cloud.sweep();
    expect(cloud.boundTo(reader)).toEqual([]);
    const [was] = roleIds('Granted');
    const [now] = roleIds('Revoked');
    expect(now).toMatch(/^AROA/);
    expect(now).not.toBe(was);
  });
});

describe('a session that impersonates', () => {
  /** Uses a config like the one that rolebridge would publish for the reader. */
  const askAs = (roleName: string, sessionName: string) => {
    const endpoints = { sts: cloud.google.url, iamcredentials: cloud.google.url };
    const config = credentialConfig(
      { ...settings, google: { ...settings.google, endpoints } },
      settings.accounts[0]?.provider ?? '',
      reader,
    );
    return withFile(JSON.stringify(config), (path) =>
      askForToken(path, {
        AWS_REGION: 'eu-west-1',
        ...credentialVariables(cloud.aws.issueRoleCredentials(roleName, sessionName)),
      }),
    );
  };

  it('a session that is named like a role has its own role’s access', async () => {
    await granted();
    await cloud.createRole('intern');
    expect(await askAs('reports', 'any')).toMatchObject({ ok: true });
    expect(await askAs('intern', 'reports')).toMatchObject({
      ok: false,
      output: expect.stringContaining("Permission 'iam.serviceAccounts.getAccessToken' denied"),
    });
  });

  it('session tags are not tags of the role: an event of AssumeRole starts nothing, and is ignored if it arrives', async () => {
    await cloud.createRole('reports');
    await cloud.settled();
    const { detail } = sampleOf('tag-role');
    const assumed = {
      ...detail,
      eventName: 'AssumeRole',
      requestParameters: { roleName: 'reports', tags: [{ key, value: reader }] },
    };
    cloud.aws.bus.put({ source: 'aws.sts', 'detail-type': 'AWS API Call via CloudTrail', detail: assumed });
    expect(cloud.stack.queue.messages).toEqual([]);
    cloud.stack.queue.send(JSON.stringify({ ...sampleOf('tag-role'), detail: assumed }));
    await cloud.settled();
    expect(cloud.outcomes()).toEqual([]);
    expect(cloud.stack.logs.join('\n')).toContain('AssumeRole does not change who may have access');
  });
});

describe('another AWS account', () => {
  it('its role with the same name is another member, and its events are ignored', async () => {
    const elsewhere = { ...reports, accountId: '999988887777' };
    expect(memberOf(settings, elsewhere)).not.toBe(memberOf(settings, reports));
    const { detail, ...envelope } = sampleOf('tag-role');
    for (const [account, recipientAccountId] of [
      ['999988887777', '999988887777'],
      ['111122223333', '999988887777'],
      ['999988887777', '111122223333'],
    ])
      cloud.stack.queue.send(
        JSON.stringify({ ...envelope, account, detail: { ...detail, recipientAccountId } }),
      );
    await cloud.settled();
    expect(cloud.outcomes()).toEqual([]);
    expect(cloud.google.calls).toEqual([]);
    expect(cloud.stack.logs.filter((line) => line.includes('A message was ignored.'))).toHaveLength(3);
  });
});

describe('a poisoned parameter', () => {
  const write = (roleName: string, change: (value: string) => string) => {
    const name = `/google-access/${roleName}/default`;
    for (const region of ['us-east-1', 'eu-west-1']) {
      const parameters = cloud.aws.ssm.parameters(region);
      parameters.set(name, {
        name,
        value: change(parameters.get(name)?.value ?? ''),
        description: '',
        version: 9,
      });
    }
  };

  it('that names another account revokes nothing from that account’s roles, and grants nothing', async () => {
    await granted();
    await granted('app-1', writer);
    write('reports', (value) => value.replace(reader, writer));
    await cloud.sweep();
    expect([cloud.boundTo(reader), cloud.boundTo(writer)]).toEqual([['reports'], ['app-1']]);
    await cloud.untag('reports', key);
    await cloud.settled();
    expect([cloud.boundTo(reader), cloud.boundTo(writer)]).toEqual([[], ['app-1']]);
  });

  it('that names rolebridge’s own account leaves that account alone', async () => {
    await granted();
    const before = JSON.stringify(cloud.google.policy(own).current());
    write('reports', (value) => value.replace(reader, own));
    await cloud.sweep();
    expect(JSON.stringify(cloud.google.policy(own).current())).toBe(before);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });

  it('that sends signed requests elsewhere is corrected by the next sweep', async () => {
    await granted();
    write('reports', (value) => value.replaceAll(cloud.google.url, 'https://evil.example'));
    await cloud.sweep();
    for (const region of ['us-east-1', 'eu-west-1'])
      expect(cloud.aws.ssm.parameters(region).get('/google-access/reports/default')?.value).not.toContain(
        'evil',
      );
  });
});

describe('a compromised function', () => {
  it('acting as rolebridge in Google, reaches the accounts that opted in, and no other project, role or account', async () => {
    const secret = email('secret');
    cloud.google.addServiceAccount(secret, 'acme-data');
    const post = async (path: string, body: object = {}) => {
      const answer = await fetch(`${cloud.google.url}/v1/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${cloud.google.issueToken(`serviceAccount:${own}`)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      return answer.status;
    };
    const account = (name: string, project = 'acme-data') => `projects/${project}/serviceAccounts/${name}`;
    expect(await post(`${account(reader)}:getIamPolicy`)).toBe(200);
    // The lister role reads, to prove that nothing of ours is bound there.
    expect(await post(`${account(secret)}:getIamPolicy`)).toBe(200);
    for (const path of [
      `${account(secret)}:setIamPolicy`,
      `${account(own, 'acme-identity')}:setIamPolicy`,
      'projects/acme-data:setIamPolicy',
      'projects/acme-identity:setIamPolicy',
      'projects/acme-data/roles',
      'projects/acme-identity/locations/global/workloadIdentityPools?workloadIdentityPoolId=mine',
    ])
      expect({ path, status: await post(path, { policy: {} }) }).toEqual({ path, status: 403 });
  });
});

describe('a pool that others use', () => {
  it('members that are not AWS roles stay as they are, from grant to sweep', async () => {
    const pool = 'iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles';
    const theirs = {
      role: workloadIdentityUser,
      members: [
        `principalSet://${pool}/*`,
        `principalSet://${pool}/attribute.team/data`,
        `principal://${pool}/subject/x`,
        `principalSet://${pool.replace('aws-roles', 'aws-roles-2')}/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/app-1`,
      ],
    };
    cloud.google.addPool('aws-roles-2');
    cloud.addServiceAccount(reader, { bindings: [theirs] });
    await granted();
    await cloud.untag('reports', key);
    await cloud.sweep();
    expect(cloud.bindingsOf(reader)).toEqual([theirs]);
  });
});

describe('a mistake of the operator', () => {
  it('a guardrail that allows everybody everything still grants neither rolebridge nor another project', async () => {
    cloud.reconfigure({ allow: [{ to: '*', roles: ['*'] }] });
    await cloud.createRole('intern', {
      [key]: reader,
      [`${key}/own`]: own,
      [`${key}/other`]: 'admin@other-project.iam.gserviceaccount.com',
    });
    await cloud.settled();
    expect(cloud.outcomes().map(({ type, detail }) => `${type} ${detail.grant ?? ''}`)).toEqual([
      'Granted default',
      'Refused other',
      'Refused own',
    ]);
  });
});

describe('a forged event', () => {
  it('on the bus: tags and the guardrail still decide what access there is', async () => {
    await granted();
    await cloud.createRole('intern');
    await cloud.settled();
    const forge = (roleName: string) =>
      cloud.aws.bus.put({
        source: 'rolebridge',
        'detail-type': 'Google Access Drift Detected',
        detail: {
          version: 1,
          id: '0'.repeat(32),
          at: new Date().toISOString(),
          changes: [],
          absent: [],
          mayLeave: [],
          role: { ...reports, roleName },
          resources: [reader, writer, own].map((one) => `projects/acme-data/serviceAccounts/${one}`),
          released: [reader, writer, own].map((one) => `projects/acme-data/serviceAccounts/${one}`),
          strays: [
            { region: 'us-east-1', name: '/google-access/reports/default' },
            { region: 'us-east-1', name: '/rolebridge/prod/scope' },
          ],
        },
      });
    const before = JSON.stringify(cloud.google.policy(own).current());
    const places = cloud.parameterPlaces();
    for (const name of ['intern', 'reports', 'nobody', 'rolebridge-prod-reconcile']) forge(name);
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.boundTo(writer)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual(places);
    expect(JSON.stringify(cloud.google.policy(own).current())).toBe(before);
  });

  it('in the queue, a second look that no one asked for: it looks, and grants nothing', async () => {
    await cloud.createRole('intern', { [key]: reader });
    await cloud.settled();
    cloud.stack.queue.send(
      JSON.stringify({
        kind: 'rolebridge.second-look',
        ref: { ...reports, roleName: 'intern' },
        cause: { requestedBy: 'arn:aws:iam::111122223333:root' },
        told: 'x',
        lookedAt: [`projects/acme-data/serviceAccounts/${reader}`],
      }),
    );
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
  });
});

describe('an old event', () => {
  it('a TagRole that is redelivered after the tag is gone grants nothing', async () => {
    await cloud.createRole('reports');
    await cloud.tag('reports', { [key]: reader });
    await cloud.settled();
    await cloud.untag('reports', key);
    await cloud.settled();
    await replay('TagRole');
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.parameterPlaces()).toEqual([]);
  });

  it('an UntagRole or a DeleteRole that is redelivered after the tag is back revokes nothing', async () => {
    await granted();
    await cloud.deleteRole('reports');
    await cloud.settled();
    await granted();
    await cloud.untag('reports', key);
    await cloud.tag('reports', { [key]: reader });
    await cloud.settled();
    await replay('DeleteRole');
    await replay('UntagRole');
    expect(cloud.boundTo(reader)).toEqual(['reports']);
  });
});

describe('casing', () => {
  it('a name in another casing is the same role to AWS, and not a second member to Google', async () => {
    await cloud.createRole('reports');
    await cloud.tag('REPORTS', { [key]: reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.parameterPlaces()).toHaveLength(2);
  });

  it('a role created again in another casing is another member: the old one loses its access, the guardrail compares exactly', async () => {
    await granted();
    await cloud.deleteRole('reports');
    await cloud.createRole('Reports', { [key]: reader });
    await cloud.settled();
    expect(cloud.boundTo(reader)).toEqual([]);
    expect(cloud.outcomeTypes()).toContain('Refused');
  });
});
