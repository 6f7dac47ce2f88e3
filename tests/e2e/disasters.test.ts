import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalPolicy } from '../../local/google/policies.ts';
import { askForToken, credentialVariables } from '../../local/run-workload.ts';
import { startStack } from '../../local/stack/runner.ts';
import { memberOf } from '../../shared/core/member.ts';
import { poolPath } from '../../shared/core/settings.ts';
import { authorize, deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud, timeScale } from '../support/cloud.ts';
import { command, variablesOf } from '../support/command-line.ts';
import { deployedLedger } from '../support/deployed-ledger.ts';
import { reader, roleRef, settings, writer } from '../support/settings.ts';

/** Each test follows docs/operations.md: the incident happens, we follow the steps of the page, and access is right. */
const key = 'google-access';
const theirs: LocalPolicy = {
  bindings: [
    { role: 'roles/iam.workloadIdentityUser', members: ['user:eve@example.com'] },
    {
      role: 'roles/iam.serviceAccountUser',
      members: ['user:a@example.com', 'deleted:user:b@example.com?uid=1'],
      condition: { title: 'theirs', expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' },
    },
  ],
};
const foreignParameter = { name: '/other/team', value: 'theirs', description: '', version: 1 };
const poolName = poolPath(settings);
let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud({ settings: { sweep: { maxRevocations: 5, parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader, theirs);
  cloud.addServiceAccount(writer, theirs);
  cloud.aws.ssm.parameters('us-east-1').set(foreignParameter.name, foreignParameter);
  await cloud.createRole('reports', { [key]: reader });
  await cloud.createRole('app-1', { [key]: writer });
  await cloud.settled();
  // Every deploy does this.
  await cloud.sweep();
  expectAccess({ [reader]: ['reports'], [writer]: ['app-1'] });
});
afterEach(async () => {
  expectForeignUntouched();
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

/** Everyone's access in Google and in every region, with nothing left out. */
const expectAccess = (wanted: Readonly<Record<string, readonly string[]>>): void => {
  for (const email of [reader, writer])
    expect({ email, roles: cloud.boundTo(email).toSorted() }).toEqual({ email, roles: wanted[email] ?? [] });
  const names = Object.values(wanted)
    .flat()
    .map((role) => `/google-access/${role}/default`);
  expect(cloud.parameterPlaces().filter((place) => !place.endsWith(foreignParameter.name))).toEqual(
    ['eu-west-1', 'us-east-1'].flatMap((region) => names.map((name) => `${region} ${name}`)).toSorted(),
  );
};
const expectForeignUntouched = (): void => {
  for (const email of [reader, writer]) {
    const bindings = cloud.bindingsOf(email).map(({ role, members, ...rest }) => ({
      role,
      // Some of ours may be among them.
      members: members.filter((member) => !member.startsWith(memberOf(settings, roleRef('')))),
      ...rest,
    }));
    expect(bindings.filter(({ members }) => members.length > 0)).toEqual(theirs.bindings);
  }
  expect(cloud.aws.ssm.parameters('us-east-1').get(foreignParameter.name)).toEqual(foreignParameter);
};
const loseEvents = (): void => {
  cloud.aws.bus.deliveryOf = ({ source }) => (source === 'aws.iam' ? 'lose' : 'deliver');
};
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};
/** Runs Google's unmodified library, with the published config of `reports`. */
const askForTokenWith = async (config: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-disaster-'));
  const path = join(folder, 'config.json');
  writeFileSync(path, config);
  const session = cloud.aws.issueRoleCredentials('reports', 'i-0123456789abcdef0');
  const ran = await askForToken(path, { AWS_REGION: 'eu-west-1', ...credentialVariables(session) });
  rmSync(folder, { recursive: true });
  return ran;
};
const published = (): string =>
  cloud.aws.ssm.parameters('eu-west-1').get('/google-access/reports/default')?.value ?? '';

it("all parameters and the sweep's memory are deleted: a sweep publishes them again, and finds what nothing records", async () => {
  loseEvents();
  await cloud.untag('app-1', key);
  for (const region of ['us-east-1', 'eu-west-1'])
    for (const name of cloud.aws.ssm.parameters(region).keys())
      if (/^\/(google-access|rolebridge)\//.test(name)) cloud.aws.ssm.parameters(region).delete(name);
  expect(cloud.boundTo(writer)).toEqual(['app-1']);

  const said = await command(variablesOf(cloud), 'sweep');
  // Exit code 2: there was a difference.
  expect(said).toMatchObject({ status: 2 });
  await cloud.settled();
  expectAccess({ [reader]: ['reports'] });
  expect(await askForTokenWith(published())).toMatchObject({ ok: true });
  expect((await command(variablesOf(cloud), 'sweep')).status).toBe(0);
});

describe('the ledger', () => {
  const lost = 'Not seen: what the ledger listed before it was emptied';
  const listed = async () =>
    (await deployedLedger(cloud).rows()).filter(({ pk }) => pk.S.startsWith('role#')).length;

  it('is lost: access stays right, the sweep lists it again, and asks a person about the rest', async () => {
    loseEvents();
    await cloud.untag('app-1', key);
    await deployedLedger(cloud).empty();
    const said = await command(variablesOf(cloud), 'sweep');
    expect(said).toMatchObject({ status: 1, stdout: expect.stringContaining(lost) });
    await cloud.settled();
    expectAccess({ [reader]: ['reports'] });
    expect(await listed()).toBe(1);
    expect((await command(variablesOf(cloud), 'sweep')).stdout).toContain(lost);

    expect((await command(variablesOf(cloud), 'sweep', '--accept-table')).status).toBe(0);
    const after = await command(variablesOf(cloud), 'sweep');
    expect(after).toMatchObject({ status: 0, stdout: expect.not.stringContaining(lost) });
  });

  it('is restored into a new table with only the scope: the sweep rebuilds the roles, and forgets no project', async () => {
    const { rows, empty, put, bodyOf } = deployedLedger(cloud);
    const scope = (await rows()).filter(({ pk }) => pk.S === 'scope');
    await put([
      {
        pk: { S: 'scope' },
        sk: { S: 'region#eu-west-3' },
        revision: { S: 'r' },
        body: { S: '{"version":1,"kind":"region","name":"eu-west-3","since":"2026-01-01T00:00:00Z"}' },
      },
    ]);
    const all = [...scope, ...(await rows()).filter(({ sk }) => sk.S === 'region#eu-west-3')];
    await empty();
    await put(all);
    await cloud.sweep();
    expectAccess({ [reader]: ['reports'], [writer]: ['app-1'] });
    expect(await listed()).toBe(2);
    expect(await bodyOf('scope region#eu-west-3')).toBeDefined();
    await command(variablesOf(cloud), 'sweep', '--accept-table');
    expect((await command(variablesOf(cloud), 'sweep')).stdout).not.toContain(lost);
  });

  it('is restored to an older state: the next sweep lists what it lacks, and removes what is gone', async () => {
    const { rows, empty, put, age, bodyOf } = deployedLedger(cloud);
    const older = await rows();
    await cloud.untag('app-1', key);
    await cloud.createRole('app-2', { [key]: writer });
    await cloud.settled();
    await cloud.sweep();
    await empty();
    await put(older);
    await age();
    loseEvents();
    await cloud.createRole('app-3', { [key]: writer });
    await cloud.sweep();
    expectAccess({ [reader]: ['reports'], [writer]: ['app-2', 'app-3'] });
    expect(await bodyOf('role#aws:111122223333:app-1 bindings')).toBeUndefined();
    expect(await bodyOf('role#aws:111122223333:app-2 bindings')).toMatchObject({
      entries: [{ grants: ['default'] }],
    });
    await cloud.untag('app-2', key);
    await cloud.sweep();
    expectAccess({ [reader]: ['reports'], [writer]: ['app-3'] });
  });
});

it('the pool is deleted: no one gets a token, and messages wait; setup undeletes it, and a sweep does the rest', async () => {
  const config = published();
  const response = await fetch(`${cloud.google.url}/v1/${poolName}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${cloud.google.adminToken}` },
  });
  expect(response.status).toBe(200);
  // A function's token may be valid for another hour. The next container has none.
  cloud.stack.killContainers();
  expect(await askForTokenWith(config)).toMatchObject({ ok: false });
  await cloud.createRole('app-2', { [key]: writer });
  await until(() => cloud.stack.queue.messages.some(({ receiveCount }) => receiveCount > 0));
  expect(cloud.boundTo(writer)).toEqual(['app-1']);

  const { status, stdout } = await command(variablesOf(cloud), 'setup', '--yes');
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('undelete pool aws-roles'),
  });
  await cloud.settled();
  await cloud.sweep();
  expectAccess({ [reader]: ['reports'], [writer]: ['app-1', 'app-2'] });
  expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
  // The earlier bindings work again, because they name the pool by its id.
  expect(await askForTokenWith(config)).toMatchObject({ ok: true });
  expect((await command(variablesOf(cloud), 'setup', '--dry-run')).status).toBe(0);
});

it('the stack is removed without warning: existing grants stay; the sweep after the next deploy aligns all with the tags', async () => {
  await cloud.stack.stop();
  await cloud.untag('app-1', key);
  await cloud.createRole('app-2', { [key]: writer });
  await cloud.deleteRole('reports');
  expectAccess({ [reader]: ['reports'], [writer]: ['app-1'] });

  const stack = startStack({
    aws: cloud.aws,
    packageFolder: '.serverless',
    timeScale,
    environment: { ROLEBRIDGE_CONFIG: cloud.configPath, ROLEBRIDGE_GOOGLE_ENDPOINT: cloud.google.url },
    authorize,
  });
  await stack.tick();
  await until(() => stack.queue.messages.length === 0 && stack.running() === 0);
  expectAccess({ [writer]: ['app-2'] });
  await stack.stop();
});

it('an upgrade in the middle of work: containers end, messages are redelivered, nothing is lost', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `app-${index + 10}`);
  for (const name of names) {
    await cloud.createRole(name, { [key]: reader });
    if (name === 'app-20') cloud.reconfigure({});
  }
  await cloud.settled();
  await cloud.sweep();
  expectAccess({ [reader]: [...names, 'reports'].toSorted(), [writer]: ['app-1'] });
}, 90_000);

it('a rollback: the previous file restores what the newer one removed', async () => {
  const before = { allow: settings.allow };
  cloud.reconfigure({ allow: [{ to: reader, roles: ['reports'] }] });
  await cloud.sweep();
  expectAccess({ [reader]: ['reports'] });
  cloud.reconfigure(before);
  await cloud.sweep();
  expectAccess({ [reader]: ['reports'], [writer]: ['app-1'] });
});
