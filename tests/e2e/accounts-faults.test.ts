import type { AwsCall, AwsFault } from '../../local/aws/call.ts';
import { awsFault } from '../../local/fault-codes.ts';
import { pause } from '../../local/pause.ts';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { reader } from '../support/settings.ts';

jest.setTimeout(240_000);

/** One account fails in every way: the others get their access, and nothing of the failing one is treated as gone. */
const key = 'google-access';
const all = [home, near, far];

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  for (const id of all) await world.in(id).createRole('reports', { [key]: reader });
  await world.settled();
  await world.sweep();
});
afterAll(() => world.close());

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(10);
};
const standing = () => ({
  bound: world.bound(reader).filter((role) => role.endsWith('/reports')),
  configs: world.configs().filter((place) => place.includes('/reports/')),
});

type Kind = 'denied' | 'throttled' | 'of another account';
const verdictOf = (action: string, kind: Kind): AwsFault => {
  if (kind === 'throttled') return awsFault({ action } as AwsCall, 'throttle');
  if (kind === 'denied')
    return {
      status: action.startsWith('ssm:') ? 400 : 403,
      code: action.startsWith('ssm:') ? 'AccessDeniedException' : 'AccessDenied',
      message: `User is not authorized to perform: ${action} with an explicit deny`,
    };
  const { accessKeyId, secretAccessKey, sessionToken } = world
    .member(far)
    .issueRoleCredentials('rolebridge-prod-member', 'rolebridge-prod');
  return {
    status: 200,
    code: '',
    message: '',
    output: {
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${far}:assumed-role/rolebridge-prod-member/rolebridge-prod`,
        AssumedRoleId: 'AROAX:rolebridge-prod',
      },
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: '2099-01-01T00:00:00Z',
      },
    },
  };
};

/** Calls without which the sweep cannot see an account. */
const seeing = new Set(['sts:AssumeRole', 'iam:GetAccountAuthorizationDetails', 'ssm:GetParametersByPath']);

it.each([
  ['sts:AssumeRole', 'denied'],
  ['sts:AssumeRole', 'throttled'],
  ['sts:AssumeRole', 'of another account'],
  ['iam:GetRole', 'denied'],
  ['iam:GetRole', 'throttled'],
  ['ssm:GetParametersByPath', 'denied'],
  ['ssm:GetParametersByPath', 'throttled'],
  ['ssm:PutParameter', 'denied'],
  ['ssm:PutParameter', 'throttled'],
  ['ssm:DeleteParameter', 'denied'],
  ['ssm:DeleteParameter', 'throttled'],
  ['iam:GetAccountAuthorizationDetails', 'denied'],
  ['iam:GetAccountAuthorizationDetails', 'throttled'],
] as const)('%s %s in one account', async (action, kind) => {
  const before = standing();
  expect(before).toMatchObject({ bound: all.map((id) => `${id}/reports`) });
  if (action === 'ssm:DeleteParameter') {
    await world.in(near).createRole('app-old', { [key]: reader });
    await world.settled();
  }
  // New containers have no credentials of the account yet.
  world.stack.killContainers();
  const decided = await world.faulty(
    near,
    action,
    { kind: 'error', ...verdictOf(action, kind) },
    async () => {
      if (action === 'ssm:DeleteParameter') await world.in(near).untag('app-old', key);
      for (const id of all) await world.in(id).createRole('app-new', { [key]: reader });
      await until(() => [home, far].every((id) => world.bound(reader).includes(`${id}/app-new`)));
      const swept = await world.invokeSweep();
      if (seeing.has(action)) expect(JSON.stringify(swept['blindSpots'])).toContain(near);
      expect(standing()).toEqual(before);
    },
  );
  expect(decided.length).toBeGreaterThan(0);

  await world.settled();
  await world.sweep();
  expect(world.bound(reader).filter((role) => role.endsWith('/app-new'))).toEqual(
    all.map((id) => `${id}/app-new`),
  );
  expect(world.configs().filter((place) => place.includes('/app-new/'))).toHaveLength(5);
  expect(world.configs().filter((place) => place.includes('/app-old/'))).toEqual([]);
  expect(standing()).toEqual(before);
  for (const id of all) await world.in(id).deleteRole('app-new');
  if (action === 'ssm:DeleteParameter') await world.in(near).deleteRole('app-old');
  await world.settled();
  expect(world.bound(reader)).toEqual(before.bound);
});
