import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { breaching, namedAccounts } from '../support/alarms.ts';
import { email, reader } from '../support/settings.ts';

jest.setTimeout(240_000);

const key = 'google-access';
const list = 'iam:GetAccountAuthorizationDetails';
const denied = { kind: 'error', status: 403, code: 'AccessDenied', message: 'not today' } as const;

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({
    settings: { sweep: { maxRevocations: 0, parameterReadsPerSecond: 1000 } },
  });
  // From here on, every account has been reached once.
  await world.sweep();
}, 240_000);
afterAll(() => world.close());

/** Runs one sweep, and returns the first line that it logged. */
const sweep = async (): Promise<number> => {
  const start = world.stack.logs.length;
  await world.sweep();
  return start;
};

it('in an ordinary hour, no alarm names an account', async () => {
  const start = await sweep();
  expect(breaching(world, start)).toEqual([]);
  expect(namedAccounts(world, start)).toEqual({ 'which-account-unreadable': [], 'which-account-held': [] });
});

it('if no sweep can list some accounts for two hours, the alarm names each of them, and no others', async () => {
  const starts: number[] = [];
  await world.faulty(near, list, denied, async () => {
    starts.push(await sweep());
    // A single sweep may have hit a short outage.
    expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-unreadable': [] });
    await world.faulty(far, list, denied, async () => {
      starts.push(await sweep());
    });
    expect(breaching(world, starts[1])).toContain('accounts-unreadable');
    expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-unreadable': [near] });
    starts.push(await sweep());
  });
  // The log names it as well, with the reason. The dashboard lists these lines.
  const lines = world.stack.logs.slice(starts[2]).filter((line) => line.includes('could not see everything'));
  expect(lines.join('\n')).toContain(`the roles of account ${near}`);
  starts.push(await sweep(), await sweep());
  expect(breaching(world, starts[4])).toEqual([]);
  expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-unreadable': [] });
});

it('if revocations are held in two accounts, the alarm names both until they are within the limit', async () => {
  for (const id of [home, near, far]) await world.in(id).createRole('reports', { [key]: reader });
  await world.settled();
  const rules = [
    { to: reader, roles: ['reports'], accounts: [home] },
    { to: email('other'), roles: ['x'] },
  ];
  world.reconfigure({ allow: rules });
  const starts = [await sweep()];
  expect(breaching(world, starts[0])).toEqual(['revocations-held']);
  expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-held': [near, far] });
  await world.in(near).untag('reports', key);
  await world.settled();
  starts.push(await sweep(), await sweep());
  expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-held': [far] });
  await world.in(far).untag('reports', key);
  await world.settled();
  starts.push(await sweep(), await sweep());
  expect(breaching(world, starts.at(-1))).toEqual([]);
  expect(namedAccounts(world, ...starts)).toMatchObject({ 'which-account-held': [] });
});
