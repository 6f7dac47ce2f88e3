import type { AwsFault } from '../../local/aws/call.ts';
import type { BusEvent } from '../../local/aws/event-bus.ts';
import { type AccountsWorld, far, home, near, startAccountsWorld } from '../support/accounts-world.ts';
import { metricNames } from '../support/alarms.ts';
import { reader } from '../support/settings.ts';

jest.setTimeout(240_000);

const key = 'google-access';
const all = [home, near, far];
const foreign = 'other@elsewhere.iam.gserviceaccount.com';

let world: AccountsWorld;
beforeAll(async () => {
  world = await startAccountsWorld({}, { accountOutcomes: { mirror: true } });
});
afterAll(() => world.close());

const historyOf = (id: string): readonly BusEvent[] => world.aws.account(id).bus.history;
const mirroredIn = (id: string): readonly BusEvent[] =>
  historyOf(id).filter(({ source }) => source === 'rolebridge.mirror');
/** The outcomes that home got about the roles of an account, in the form that the account should receive. */
const expectedIn = (id: string) =>
  world
    .outcomes()
    .filter(({ detail }) => detail.role?.accountId === id)
    .map(({ type, detail }) => ({ 'detail-type': `Google Access ${type}`, detail }));

it('each account gets the outcomes of its own roles, exactly as home has them, and no one else’s', async () => {
  for (const id of all) await world.in(id).createRole('reports', { [key]: reader, [`${key}/no`]: foreign });
  await world.settled();
  for (const id of all) await world.in(id).deleteRole('reports');
  await world.settled();
  for (const id of [near, far]) {
    const mirrored = mirroredIn(id);
    const types = mirrored.map((event) => event['detail-type']);
    for (const type of ['Granted', 'Refused', 'Revoked']) expect(types).toContain(`Google Access ${type}`);
    expect(mirrored.map((event) => ({ 'detail-type': event['detail-type'], detail: event.detail }))).toEqual(
      expectedIn(id),
    );
    expect(mirrored.every(({ account, region }) => account === id && region === 'us-east-1')).toBe(true);
  }
  // Home already has its own outcomes, and nothing on a member's bus is sent back to it.
  expect(mirroredIn(home)).toEqual([]);
});

it.each([
  ['denied', { status: 400, code: 'AccessDeniedException', message: 'User is not authorized' }],
  ['unavailable', { status: 503, code: 'ServiceUnavailable', message: 'Later' }],
] as const)('a bus that is %s changes nothing else, and is reported', async (_, fault: AwsFault) => {
  const before = { outcomes: world.outcomes().length, logs: world.stack.logs.length };
  const mirrored = mirroredIn(far).length;
  await world.faulty(near, 'events:PutEvents', { kind: 'error', ...fault }, async (decided) => {
    for (const id of [near, far]) await world.in(id).createRole('app-x', { [key]: reader });
    await world.settled();
    expect(decided.length).toBeGreaterThan(0);
  });
  expect(world.bound(reader)).toEqual([`${near}/app-x`, `${far}/app-x`]);
  const since = world.outcomes().slice(before.outcomes);
  expect(since.map(({ type, detail }) => `${type} ${detail.role.accountId}`).toSorted()).toEqual([
    `Granted ${near}`,
    `Granted ${far}`,
  ]);
  expect(mirroredIn(far)).toHaveLength(mirrored + 1);
  // No message was redelivered, and none is in the dead-letter queue.
  expect([world.stack.queue.messages, world.stack.deadLetterQueue.messages]).toEqual([[], []]);
  const lost = since.find(({ detail }) => detail.role.accountId === near)?.detail.id ?? '';
  const line = world.stack.logs
    .slice(before.logs)
    .find((text) => text.includes('Outcomes were not mirrored.'));
  expect(line).toContain(lost);
  expect(line).toContain(near);
  expect(metricNames(world)).toContain('OutcomesNotMirrored');
  for (const id of [near, far]) await world.in(id).deleteRole('app-x');
  await world.settled();
});
