import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { reader, writer } from '../support/settings.ts';

jest.setTimeout(240_000);

/** Accounts join, leave, and lose a part of their setup. Finally, all access is revoked. */
const key = 'google-access';
const all = [home, near, far];
const accounts = [
  { id: home, provider: `aws-${home}` },
  { id: near, provider: `aws-${near}`, regions: ['eu-central-1'] },
  { id: far, provider: `aws-${far}`, regions: ['us-west-2', 'ap-southeast-2'] },
];
const withoutNear = accounts.filter(({ id }) => id !== near);
const nearConfig = `${near} eu-central-1 /google-access/reports/default`;

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({
    settings: { sweep: { parameterReadsPerSecond: 1000 } },
    ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 },
  });
});
afterAll(() => world.close());

const configsOf = (id: string): readonly string[] =>
  world.configs().filter((place) => place.startsWith(`${id} `));
const boundIn = (...ids: readonly string[]) => ids.map((id) => `${id}/reports`);

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await setTimeout(10);
};

describe('an account that joins', () => {
  it('is reported until its roles exist, but not as a blind spot; then its roles get their access', async () => {
    await world.member(near).undeploy();
    for (const id of all) await world.in(id).createRole('reports', { [key]: reader });
    await world.settled();
    const before = await world.invokeSweep();
    expect(before).toMatchObject({ blindSpots: [], joining: [{ accountId: near }] });
    await world.settled();
    expect(world.bound(reader)).toEqual(boundIn(home, far));

    await world.deployMember(near);
    await world.sweep();
    expect(world.bound(reader)).toEqual(boundIn(...all));
    expect(configsOf(near)).toEqual([nearConfig]);
    expect(await world.invokeSweep()).not.toHaveProperty('joining');
  });
});

describe('an account that has joined', () => {
  it.each(['member', 'member-read'])(
    'is a blind spot while the role %s trusts another account, and keeps its access',
    async (kind) => {
      const RoleName = `rolebridge-prod-${kind}`;
      const { iam } = world.member(near);
      const trust = iam.role(RoleName)?.assumeRolePolicyDocument ?? '';
      const trusting = (PolicyDocument: string) =>
        iam.perform('UpdateAssumeRolePolicy', { RoleName, PolicyDocument });
      trusting(trust.replaceAll(home, far));
      world.stack.killContainers();
      const logged = world.stack.logs.length;
      await world.in(near).tag('reports', { [key]: writer });
      await world.in(far).tag('reports', { [key]: writer });
      const swept = JSON.stringify(await world.invokeSweep());
      const reason = `AWS does not let rolebridge assume arn:aws:iam::${near}:role/${RoleName}`;
      if (kind === 'member-read') expect(swept).toContain(reason);
      else await until(() => world.stack.logs.slice(logged).join('\n').includes(reason));
      await until(() => world.bound(writer).includes(`${far}/reports`));
      if (kind === 'member') expect(world.bound(reader)).toContain(`${near}/reports`);
      trusting(trust);
      await world.settled();
      await world.sweep();
      expect(world.bound(writer)).toEqual(boundIn(near, far));
      for (const id of [near, far]) await world.in(id).tag('reports', { [key]: reader });
      await world.settled();
      expect(world.bound(reader)).toEqual(boundIn(...all));
    },
  );

  it('gets its access in its other regions if one is not enabled, and the outcome names the region and the fix', async () => {
    const regions = ['eu-central-1', 'af-south-1'];
    world.reconfigure({ accounts: accounts.map((one) => (one.id === near ? { ...one, regions } : one)) });
    await world.in(near).createRole('app-new', { [key]: reader });
    await world.in(far).createRole('app-new', { [key]: reader });
    await world.settled();
    expect(world.bound(reader).filter((role) => role.endsWith('/app-new'))).toEqual([
      `${near}/app-new`,
      `${far}/app-new`,
    ]);
    expect(configsOf(near)).toContain(`${near} eu-central-1 /google-access/app-new/default`);
    const granted = world
      .outcomes()
      .findLast(({ detail }) => detail.role.accountId === near && detail.role.roleName === 'app-new');
    expect(granted).toMatchObject({
      type: 'Granted',
      detail: {
        failed: [
          {
            region: 'af-south-1',
            reason: expect.stringContaining('aws account enable-region --region-name af-south-1'),
          },
        ],
      },
    });
    expect(JSON.stringify((await world.invokeSweep())['blindSpots'])).toContain('af-south-1');

    world.member(near).optedInRegions.add('af-south-1');
    world.stack.killContainers();
    await world.sweep();
    expect(configsOf(near)).toContain(`${near} af-south-1 /google-access/app-new/default`);
    world.reconfigure({ accounts });
    await world.sweep();
    for (const id of [near, far]) await world.in(id).deleteRole('app-new');
    await world.settled();
    expect(configsOf(near)).toEqual([nearConfig]);
  });
});

describe('an account that leaves the file loses its bindings, and its configs are reported,', () => {
  const denial = {
    kind: 'error',
    status: 403,
    code: 'AccessDenied',
    message: 'User is not authorized to perform: sts:AssumeRole with an explicit deny',
  } as const;
  const nearAccount = expect.objectContaining({ kind: 'account', name: near });

  it.each(['present', 'deleted', 'denying us'] as const)('while its roles are %s', async (state) => {
    if (state === 'deleted') await world.member(near).undeploy();
    const leave = async (): Promise<void> => {
      world.reconfigure({ accounts: withoutNear });
      await world.sweep();
      expect(world.bound(reader)).toEqual(boundIn(home, far));
      expect(configsOf(near)).toEqual([nearConfig]);
      expect((await world.invokeSweep())['dropped']).toContainEqual(nearAccount);
      expect(world.outcomes().findLast(({ detail }) => detail.role.accountId === near)).toMatchObject({
        type: 'Revoked',
      });
    };
    if (state === 'denying us') await world.faulty(near, 'sts:AssumeRole', denial, leave);
    else await leave();

    // The account returns.
    if (state === 'deleted') await world.deployMember(near);
    world.reconfigure({ accounts });
    await world.sweep();
    expect(world.bound(reader)).toEqual(boundIn(...all));
    expect((await world.invokeSweep())['dropped']).not.toContainEqual(nearAccount);
  });
});

describe('revoke --all', () => {
  it('with the stack: the functions remove every binding and config of all accounts', async () => {
    const said = await world.run('revoke', '--all', '--yes');
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('Proven: no binding') });
    expect(world.bound(reader)).toEqual([]);
    expect(world.configs()).toEqual([]);
    expect((await world.run('resume')).status).toBe(0);
    await world.sweep();
    expect(world.bound(reader)).toEqual(boundIn(...all));
    expect(world.configs()).toHaveLength(5);
  });

  it('proves nothing after an account has left the file, until a person forgets it', async () => {
    world.reconfigure({ accounts: withoutNear });
    const said = await world.run('revoke', '--all', '--yes');
    expect(said).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(`not seen: the parameters of account ${near}`),
    });
    expect(said.stdout).toContain(`rolebridge forget --account ${near}`);
    for (const command of ['plan', 'roles'])
      expect((await world.run(command)).stdout).toContain(
        `Still in the ledger, because its parameters can no longer be read: account ${near}. If it is gone: rolebridge forget --account ${near}`,
      );
    expect((await world.run('doctor')).stdout).toContain(
      `The table still names AWS accounts that left rolebridge.yml: ${near}.`,
    );
    expect(world.configs()).toEqual([nearConfig]);
    expect((await world.run('forget', '--account', near, '--yes')).status).toBe(0);
    expect(await world.run('revoke', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven: no binding'),
    });
    world.reconfigure({ accounts });
    expect((await world.run('resume')).status).toBe(0);
    await world.sweep();
    expect(world.bound(reader)).toEqual(boundIn(...all));
  });

  it('without the stack: knows an account that has left from the table that stays, or reports that it cannot be read', async () => {
    const functions = [...world.aws.lambda.functions];
    world.aws.lambda.functions.length = 0;
    world.reconfigure({ accounts: withoutNear });
    const said = await world.run('revoke', '--all', '--yes');
    expect(said.status).toBe(1);
    expect(said.stdout).toContain(`not seen: the parameters of account ${near}`);
    expect(world.bound(reader)).toEqual([]);
    const stop = world.aws.intercept(({ action }) =>
      action === 'dynamodb:ListTables'
        ? { kind: 'error', status: 400, code: 'AccessDeniedException', message: 'No.' }
        : undefined,
    );
    const unread = await world.run('revoke', '--all', '--yes');
    stop();
    expect(unread.status).toBe(1);
    expect(unread.stdout).toContain(
      'not seen: the ledger, and what earlier configurations used (listing the tables that earlier stacks left: AccessDeniedException: No.)',
    );
    world.aws.lambda.functions.push(...functions);
    world.reconfigure({ accounts });
    expect((await world.run('resume')).status).toBe(0);
    await world.sweep();
    expect(world.bound(reader)).toEqual(boundIn(...all));
  });

  it('without the stack: removes the bindings, and prints commands with which the administrators remove the rest', async () => {
    // The state that `serverless remove` leaves.
    world.aws.lambda.functions.length = 0;
    const said = await world.run('revoke', '--all', '--yes');
    expect(said.status).toBe(1);
    expect(world.bound(reader)).toEqual([]);
    expect([configsOf(home), configsOf(near).length, configsOf(far).length]).toEqual([[], 1, 2]);
    const printed = [
      ...said.stdout.matchAll(
        /configs of account (\d+) in \S+\. With credentials of that account:\n +(aws .+)/g,
      ),
    ];
    expect(printed.map(([, id]) => id)).toEqual([near, far, far]);
    for (const [, id = '', command = ''] of printed) await runAs(id, command);
    expect(world.configs()).toEqual([]);
    expect(await world.run('revoke', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven: no binding'),
    });
  });
});

/** Runs a printed command in a shell, as an administrator of the account. */
const runAs = async (accountId: string, command: string): Promise<void> => {
  const { accessKeyId, secretAccessKey, sessionToken } = world.aws.account(accountId).admin;
  await promisify(execFile)('sh', ['-c', command], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: world.aws.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    },
  });
};
