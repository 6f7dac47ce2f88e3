/**
 * The queue tries 8 times. A message that still fails then goes to the dead-letter queue, and its failure is reported
 * first.
 */
import { type MemoryWorld, unavailable } from '../support/memory.ts';
import { requestFor, runReconcile } from '../support/reconciling.ts';
import { reader, reports, writer } from '../support/settings.ts';
import { createWorld, failCalls, failReread, tagRole, takeReports } from '../support/world.ts';

const key = 'google-access';
const last = [requestFor('reports', { delivery: 'last' })];
const over = 'That was the last try: the message goes to the dead-letter queue.';
const tagged = (): MemoryWorld => {
  const world = createWorld();
  tagRole(world, { [key]: reader });
  return world;
};

it.each([
  ['reading the role', /^GetRole/, 'IAM', undefined],
  ['binding it', /^setIamPolicy/, 'Google', 'default'],
])(
  '%s: reported as failed, with the reason, and the message still goes to the dead-letter queue',
  async (_, pattern, service, grant) => {
    const world = tagged();
    failCalls(world, pattern, unavailable(service));
    const [report] = await runReconcile(world, last);
    expect(takeReports(world)).toEqual([['Failed', grant, `${service} is not available (503). ${over}`]]);
    expect(report?.retry).toBeDefined();
  },
);

it('a config that could not be published: access was granted, and the outcome contains the part that failed', async () => {
  const world = tagged();
  failCalls(world, /^GetParametersByPath us-east-1/, unavailable('SSM'));
  const [report] = await runReconcile(world, last);
  const place = { region: 'us-east-1', name: '/google-access/reports/default' };
  const reason = 'SSM is not available (503).';
  expect(world.outcomes[0]?.detail).toMatchObject({
    parameters: [{ ...place, region: 'eu-west-1' }],
    failed: [{ part: 'config', ...place, reason }],
  });
  expect(takeReports(world)).toEqual([
    [
      'Granted',
      'default',
      `Granted; effective within minutes. Its config could not be published in us-east-1: ${reason} ${over}`,
    ],
  ]);
  expect(report?.retry).toBeDefined();
});

it('a role that keeps changing', async () => {
  const world = tagged();
  let turn = 0;
  world.after = (call) => {
    if (!call.startsWith('GetRole')) return;
    turn += 1;
    if (turn % 2 === 1) tagRole(world, { [key]: turn % 4 === 1 ? writer : reader });
  };
  await runReconcile(world, last);
  expect(world.outcomes.at(-1)?.detail.role).toEqual({ ...reports, roleId: 'AROAREPORTS' });
  expect(takeReports(world).at(-1)).toEqual([
    'Failed',
    undefined,
    `The role keeps changing while it is being reconciled. ${over}`,
  ]);
});

it('access that was granted, and that cannot be read again', async () => {
  const world = tagged();
  failReread(world, unavailable('IAM'));
  await runReconcile(world, last);
  expect(takeReports(world)).toEqual([
    ['Granted', 'default', 'Granted; effective within minutes.'],
    ['Failed', undefined, `IAM is not available (503). ${over}`],
  ]);
});

it('a tag that is gone, and one region that cannot be read: the outcome reports what is left there', async () => {
  const world = tagged();
  await runReconcile(world);
  takeReports(world);
  tagRole(world, {});
  failCalls(world, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
  await runReconcile(world, last);
  expect([...world.parameters.keys()]).toEqual(['eu-west-1 /google-access/reports/default']);
  expect(takeReports(world).map(([type]) => type)).toEqual(['Revoked', 'Failed']);
});

it('if the last try succeeds, no failure is reported', async () => {
  const world = tagged();
  await runReconcile(world, last);
  expect(takeReports(world).map(([type]) => type)).toEqual(['Granted', 'Confirmed']);
});

it('a refusal is reported as always', async () => {
  const world = createWorld();
  tagRole(world, { [key]: 'nonsense' });
  failCalls(world, /^GetParametersByPath us-east-1/, unavailable('SSM'));
  await runReconcile(world, last);
  expect(takeReports(world).map(([type, , reason]) => [type, reason?.endsWith(over)])).toEqual([
    ['Refused', false],
    ['Failed', true],
  ]);
});

it('another message of the same role that has tries left: it will be tried again, and nothing is reported yet', async () => {
  const world = tagged();
  failCalls(world, /^setIamPolicy/, unavailable('Google'));
  const [report] = await runReconcile(world, [...last, requestFor()]);
  expect(takeReports(world)).toEqual([]);
  expect(report?.retry).toBeDefined();
});
