import { findAccounts } from '../../shared/keys/find-accounts.ts';
import { memorySweepPorts, setRole, unavailable } from '../support/memory.ts';
import { reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { runSweep, settleAll } from '../support/sweeping.ts';
import { entriesOf, entryFor, setEntries } from '../support/table.ts';
import { createWorld } from '../support/world.ts';

/** A world in which a role is bound to the reader. */
const boundWorld = async () => {
  const world = createWorld();
  setRole(world, reports, [{ key: 'google-access', value: reader }]);
  await settleAll(world);
  return world;
};

const find = (world: ReturnType<typeof createWorld>, all = false, isDeployed = true) =>
  findAccounts(
    settings,
    { ...memorySweepPorts(world), isDeployed: () => Promise.resolve(isDeployed) },
    { all },
  );

it('finds the service accounts that the ledger lists, with their roles and the oldest grant', async () => {
  const world = await boundWorld();
  const since = '2026-06-01T00:00:00.000Z';
  setEntries(world, [entryFor(reader, { since })], roleRef('app-web'));
  expect(await find(world)).toEqual({
    accounts: [{ email: reader, grantedSince: since, roles: [roleRef('app-web'), reports] }],
    blindSpots: [],
  });
  const { accounts } = await find(world, true);
  expect(accounts.map(({ email, roles }) => [email, roles.length])).toEqual(
    [reader, writer].toSorted().map((email) => [email, email === reader ? 2 : 0]),
  );
});

it('does not take a stage that is not deployed for an answer, unless every account is requested', async () => {
  const world = createWorld();
  expect(await find(world, false, false)).toEqual({
    accounts: [],
    blindSpots: [{ what: 'the ledger', reason: expect.stringContaining('--stage') }],
  });
  const { accounts, blindSpots } = await find(world, true, false);
  expect(accounts.map(({ email }) => email)).toEqual([reader, writer].toSorted());
  expect(blindSpots).toEqual([]);
});

describe('a ledger that is not complete is never reported as "no grant"', () => {
  const incomplete = { isLedgerIncomplete: true };

  it('after someone emptied the table', async () => {
    const world = await boundWorld();
    world.table.clear();
    await runSweep(world);
    expect(entriesOf(world)).toEqual([]);
    const { blindSpots } = await find(world);
    expect(blindSpots).toEqual([expect.objectContaining({ what: expect.stringMatching(/emptied/) })]);
    const { accounts } = await find(world, true);
    expect(accounts).toContainEqual({ email: reader, roles: [], ...incomplete });
  });

  it('after someone emptied it, and a function has entered the scope again', async () => {
    const world = await boundWorld();
    // It judges the table.
    await runSweep(world);
    const item = world.table.get('scope initialized');
    if (item === undefined) throw new Error('the scope was not entered');
    world.table.set('scope initialized', { ...item, revision: 'entered again' });
    const { accounts, blindSpots } = await find(world);
    expect(accounts).toMatchObject([{ email: reader, ...incomplete }]);
    expect(blindSpots).toHaveLength(1);
  });

  it('if one of its items cannot be read', async () => {
    const world = await boundWorld();
    setEntries(world, [entryFor(writer)], roleRef('app-web'));
    const key = [...world.table.keys()].find((name) => name.includes('app-web')) ?? '';
    const item = world.table.get(key);
    if (item === undefined) throw new Error('the entry is not in the table');
    world.table.set(key, { ...item, body: '{}' });
    const { accounts, blindSpots } = await find(world, true);
    expect(accounts).toMatchObject([
      { email: reader, roles: [reports], ...incomplete },
      { email: writer, roles: [], ...incomplete },
    ]);
    expect(blindSpots).toHaveLength(1);
  });

  it('if the table cannot be read', async () => {
    const world = await boundWorld();
    world.before = (call) => {
      if (call.startsWith('Scan')) throw unavailable(call);
    };
    const { accounts, blindSpots } = await find(world, true);
    expect(accounts).toMatchObject([
      { email: reader, roles: [], ...incomplete },
      { email: writer, roles: [], ...incomplete },
    ]);
    expect(blindSpots).toMatchObject([{ what: 'the ledger' }]);
  });
});
