import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { publishedStatuses } from '../support/published-statuses.ts';
import { reader } from '../support/settings.ts';

jest.setTimeout(240_000);

/** Drives `accountOutcomes.status` through the bundles, with several AWS accounts. */
const key = 'google-access';
const foreign = 'other@elsewhere.iam.gserviceaccount.com';
const folder = '/google-access/reports';
const regionsOf = {
  [home]: ['us-east-1', 'eu-west-1'],
  [near]: ['eu-central-1'],
  [far]: ['us-west-2', 'ap-southeast-2'],
};
const all = [home, near, far] as const;
const everyRegion = Object.values(regionsOf).flat();

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld(
    {
      settings: { sweep: { parameterReadsPerSecond: 1000 } },
      ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 },
    },
    { accountOutcomes: { status: true } },
  );
  for (const id of all) await world.in(id).createRole('reports', { [key]: reader, [`${key}/no`]: foreign });
  await world.settled();
});
afterAll(() => world.close());

const statusesOf = (id: string) => publishedStatuses(world, id, everyRegion);
const statuses = () => all.map(statusesOf);
/** Each account has one granted and one refused request, in the account's own regions. */
const right = all.map((id) =>
  Object.fromEntries(
    regionsOf[id].flatMap((region) => [
      [`${region} ${folder}/default.status`, expect.objectContaining({ state: 'granted' }) as unknown],
      [
        `${region} ${folder}/no.status`,
        {
          version: 1,
          state: 'refused',
          reason: expect.stringContaining('is in project elsewhere') as unknown,
        },
      ],
    ]),
  ),
);
const expectRight = (): void => {
  expect(statuses()).toEqual(right);
  expect(world.bound(reader)).toEqual(all.map((id) => `${id}/reports`));
  expect(world.configs().filter((place) => !place.endsWith('.status'))).toHaveLength(5);
};
beforeEach(expectRight);

/** For a while after a delete, Parameter Store rejects a new parameter with the same name. */
const sweepUntil = async (isRepaired: () => boolean): Promise<void> => {
  do await world.sweep();
  while (!isRepaired());
};
const count = (): number => statuses().flatMap((one) => Object.keys(one)).length;

describe('a status that the administrator of another account writes', () => {
  const asNear = () =>
    new SSMClient({
      region: 'eu-central-1',
      endpoint: world.aws.url,
      credentials: world.aws.account(near).admin,
    });
  const put = (grant: string, value: object) =>
    asNear().send(
      new PutParameterCommand({
        Name: `${folder}/${grant}.status`,
        Value: JSON.stringify(value),
        Type: 'String',
        Overwrite: true,
      }),
    );
  const granted = { version: 1, state: 'granted', since: '2020-01-01T00:00:00.000Z' };

  it.each([
    ['claims access for a refused request', () => put('no', granted)],
    ['claims access that no tag asks for', () => put('more', granted)],
    ['claims a refusal', () => put('default', { version: 1, state: 'refused', reason: 'no' })],
    ['is a config', () => put('default', { type: 'external_account', audience: '//iam.googleapis.com/x' })],
    ['is deleted', () => asNear().send(new DeleteParameterCommand({ Name: `${folder}/no.status` }))],
  ])('invariant 3: %s: the sweep rewrites it, and nothing else changes', async (_, act) => {
    const before = { outcomes: world.outcomes().length, google: world.google.calls.length };
    await act();
    await sweepUntil(() => count() === 10);
    expectRight();
    expect([...new Set(world.outcomeTypes().slice(before.outcomes))]).toEqual(['Drift Detected']);
    const writes = world.google.calls.slice(before.google).filter(({ method }) => method.includes('.set'));
    expect(writes).toEqual([]);
  });
});

const accountsWithout = (id: string) =>
  all
    .filter((one) => one !== id)
    .map((one) => ({
      id: one,
      provider: `aws-${one}`,
      ...(one === home ? {} : { regions: regionsOf[one] }),
    }));

it('those of an account that leaves the file stay there, as its configs do, and are correct again once it is back', async () => {
  const before = statusesOf(near);
  world.reconfigure({ accounts: accountsWithout(near) });
  await world.in(near).untag('reports', `${key}/no`);
  await world.sweep();
  expect(world.bound(reader)).toEqual([`${home}/reports`, `${far}/reports`]);
  expect(statusesOf(near)).toEqual(before);
  expect((await world.invokeSweep())['dropped']).toContainEqual(
    expect.objectContaining({ kind: 'account', name: near }),
  );
  world.reconfigure({ accounts: accountsWithout('') });
  await world.sweep();
  expect(Object.keys(statusesOf(near))).toEqual([`eu-central-1 ${folder}/default.status`]);
  await world.in(near).tag('reports', { [`${key}/no`]: foreign });
  await sweepUntil(() => count() === 10);
});

describe('revoke --all', () => {
  it('proves that no status is left in any account', async () => {
    expect(await world.run('revoke', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven: no binding'),
    });
    expect(world.configs()).toEqual([]);
    expect((await world.run('resume')).status).toBe(0);
    await sweepUntil(() => count() === 10 && world.configs().length === 15);
    expectRight();
  });

  it('without the stack: prints the commands that delete those of the other accounts', async () => {
    world.aws.lambda.functions.length = 0;
    const { stdout, status } = await world.run('revoke', '--all', '--yes');
    expect(status).toBe(1);
    expect(statusesOf(home)).toEqual({});
    for (const id of [near, far] as const)
      for (const region of regionsOf[id]) {
        const line = stdout.split('\n').find((text) => text.includes(`--region ${region} `));
        for (const grant of ['default', 'default.status', 'no.status'])
          expect(line?.split(' ')).toContain(`${folder}/${grant}`);
      }
    for (const id of [near, far] as const) for (const region of regionsOf[id]) clear(id, region);
    expect(await world.run('revoke', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven: no binding'),
    });
  });
});

/** Deletes it as the printed command does. */
const clear = (id: string, region: string): void => {
  const parameters = world.aws.account(id).ssm.parameters(region);
  const names = [...parameters.keys()];
  for (const name of names) parameters.delete(name);
};
