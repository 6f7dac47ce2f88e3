import { join } from 'node:path';
import type { AwsCall, AwsFault } from '../../local/aws/call.ts';
import { awsFault } from '../../local/fault-codes.ts';
import type { Verdict } from '../../local/interception.ts';
import { pause } from '../../local/pause.ts';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { reader, writer } from '../support/settings.ts';

jest.setTimeout(60_000);

/**
 * One account fails in every way. The others still get their access, and nothing of the failing one is treated as
 * gone.
 */
const key = 'google-access';
const all = [home, near, far];
const others = [home, far];

let world: AccountsWorld;
beforeAll(async () => {
  const script = join(process.cwd(), 'tests/support/impatient-bootstrap.cjs');
  world = await startAccountsWorld({
    runtime: { script, isFrozenBetween: false },
    // On a busy machine, a message must not reach its last receive while the fault lasts.
    timeScale: 0.05,
    settings: { sweep: { parameterReadsPerSecond: 1000 } },
    ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 },
  });
  // `reports` stays as it is, and `app-moving` is tagged for another service account in every test.
  for (const id of all) {
    await world.in(id).createRole('reports', { [key]: reader });
    await world.in(id).createRole('app-moving', { [key]: reader });
  }
  await world.settled();
  await world.sweep();
}, 240_000);
afterAll(() => world.close());

type Kind =
  | 'denied'
  | 'throttled'
  | '500'
  | '503'
  | 'dropped'
  | 'without its answer'
  | 'hanging'
  | 'answered with a page'
  | 'answered with nothing'
  | 'of another account';
const kinds = [
  'denied',
  'throttled',
  '500',
  '503',
  'dropped',
  'without its answer',
  'hanging',
  'answered with a page',
  'answered with nothing',
] as const satisfies readonly Kind[];

const verdictOf = (action: string, kind: Kind): Verdict<AwsFault> => {
  const call = { action } as AwsCall;
  switch (kind) {
    case 'throttled':
      return { kind: 'error', ...awsFault(call, 'throttle') };
    case '500':
    case '503':
      return { kind: 'error', ...awsFault(call, kind) };
    case 'denied':
      return { kind: 'error', ...denial(action) };
    case 'dropped':
      return { kind: 'drop' };
    case 'without its answer':
      return { kind: 'performThenDrop' };
    case 'hanging':
      return { kind: 'hang' };
    case 'answered with a page':
      return { ...success, page: '<html><body>Sign in</body></html>' };
    case 'answered with nothing':
      return { ...success, output: {} };
    case 'of another account':
      return { ...success, output: sessionInFar() };
  }
};

const success = { kind: 'error', status: 200, code: '', message: '' } as const;

const denial = (action: string): AwsFault => ({
  status: action.startsWith('ssm:') ? 400 : 403,
  code: action.startsWith('ssm:') ? 'AccessDeniedException' : 'AccessDenied',
  message: `User is not authorized to perform: ${action} with an explicit deny`,
});

const sessionInFar = () => {
  const { accessKeyId, secretAccessKey, sessionToken } = world
    .member(far)
    .issueRoleCredentials('rolebridge-prod-member', 'rolebridge-prod');
  return {
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
  };
};

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(10);
};

/** All state of `reports`, which no fault may change. */
const standing = () => ({
  bound: world.bound(reader).filter((role) => role.endsWith('/reports')),
  configs: world.configs().filter((place) => place.includes('/reports/')),
});
const expectStanding = (): void =>
  expect(standing()).toEqual({ bound: all.map((id) => `${id}/reports`), configs: reportsConfigs });
const reportsConfigs = [
  `${home} eu-west-1`,
  `${home} us-east-1`,
  `${near} eu-central-1`,
  `${far} ap-southeast-2`,
  `${far} us-west-2`,
].map((place) => `${place} /google-access/reports/default`);

/** The service account that `app-moving` of an account may impersonate, which is the one that all its configs name. */
const targetsOf = (id: string): readonly string[] => {
  const configs = world.configs().filter((place) => place.startsWith(id) && place.includes('/app-moving/'));
  return [reader, writer]
    .filter((email) => world.bound(email).includes(`${id}/app-moving`))
    .map((email) => `${email} in ${configs.filter((place) => textOf(place).includes(email)).length}`);
};
const textOf = (place: string): string => {
  const [id = '', region = '', name = ''] = place.split(' ');
  return world.aws.account(id).ssm.parameters(region).get(name)?.value ?? '';
};
const isBoundTo = (id: string, email: string): boolean => world.bound(email).includes(`${id}/app-moving`);
const expectEveryTarget = (email: string): void =>
  expect(all.flatMap(targetsOf)).toEqual([`${email} in 2`, `${email} in 1`, `${email} in 2`]);

/** Alternates, so that every test changes something. */
let target = reader;
const moveOn = (): string => {
  target = target === reader ? writer : reader;
  return target;
};

/** Calls of reconcile in another account. New containers do not have the account's credentials yet. */
describe.each(['sts:AssumeRole', 'iam:GetRole', 'ssm:GetParametersByPath', 'ssm:PutParameter'])(
  'reconcile: %s in one account',
  (action) => {
    it.each([...kinds, ...(action === 'sts:AssumeRole' ? (['of another account'] as const) : [])])(
      '%s',
      async (kind) => {
        if (action === 'sts:AssumeRole') world.stack.killContainers('reconcile');
        const to = moveOn();
        await world.faulty(near, action, verdictOf(action, kind), async (decided) => {
          for (const id of all) await world.in(id).tag('app-moving', { [key]: to });
          await until(() => decided.length > 0 && others.every((id) => isBoundTo(id, to)));
          expectStanding();
        });
        await world.settled();
        expectEveryTarget(to);
        expectStanding();
      },
    );
  },
);

describe('reconcile: ssm:DeleteParameter in one account', () => {
  it.each(kinds)('%s', async (kind) => {
    await world.faulty(
      near,
      'ssm:DeleteParameter',
      verdictOf('ssm:DeleteParameter', kind),
      async (decided) => {
        for (const id of all) await world.in(id).untag('app-moving', key);
        await until(() => decided.length > 0 && all.every((id) => !isBoundTo(id, target)));
        expectStanding();
      },
    );
    await world.settled();
    await world.sweep();
    expect(world.configs()).toEqual(reportsConfigs);
    expectStanding();
    for (const id of all) await world.in(id).tag('app-moving', { [key]: target });
    await world.settled();
    expectEveryTarget(target);
  });
});

describe.each(['sts:AssumeRole', 'iam:GetAccountAuthorizationDetails', 'ssm:GetParametersByPath'])(
  'sweep: %s in one account',
  (action) => {
    it.each([...kinds, ...(action === 'sts:AssumeRole' ? (['of another account'] as const) : [])])(
      '%s',
      async (kind) => {
        if (action === 'sts:AssumeRole') world.stack.killContainers('sweep');
        const to = moveOn();
        // No event arrives, so only the sweep can find the change.
        const buses = all.map((id) => world.aws.account(id).bus);
        for (const bus of buses) bus.deliveryOf = () => 'lose';
        for (const id of all) await world.in(id).tag('app-moving', { [key]: to });
        for (const bus of buses) bus.deliveryOf = () => 'deliver';
        await world.faulty(near, action, verdictOf(action, kind), async (decided) => {
          const swept = await world.invokeSweep();
          expect(decided.length).toBeGreaterThan(0);
          expect(JSON.stringify(swept['blindSpots'])).toContain(near);
          await until(() => others.every((id) => isBoundTo(id, to)));
          expectStanding();
        });
        await world.settled();
        await world.sweep();
        expectEveryTarget(to);
        expectStanding();
      },
    );
  },
);
