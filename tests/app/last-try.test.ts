/** The queue tries 8 times. What still fails then goes to the dead-letter queue, and is told before. */
import { type MemoryWorld, unavailable } from '../support/memory.ts';
import { failing, request, run, tag, world } from '../support/reconciling.ts';
import { reader, reports, writer } from '../support/settings.ts';

const key = 'google-access';
const last = [request('reports', { delivery: 'last' })];
const over = 'That was the last try: the message goes to the dead-letter queue.';
const told = (made: MemoryWorld) =>
  made.outcomes.splice(0).map(({ type, detail }) => [type, detail.grant, detail.reason]);
const tagged = (): MemoryWorld => {
  const made = world();
  tag(made, { [key]: reader });
  return made;
};

it.each([
  ['reading the role', /^GetRole/, 'IAM', undefined],
  ['binding it', /^setIamPolicy/, 'Google', 'default'],
])(
  '%s: told as failed, with why, and it goes to the dead-letter queue all the same',
  async (_, pattern, service, grant) => {
    const made = tagged();
    failing(made, pattern, unavailable(service));
    const [report] = await run(made, last);
    expect(told(made)).toEqual([['Failed', grant, `${service} is not available (503). ${over}`]]);
    expect(report?.retry).toBeDefined();
  },
);

it('a config that could not be published: access was given, and the part that failed is in it', async () => {
  const made = tagged();
  failing(made, /^GetParametersByPath us-east-1/, unavailable('SSM'));
  const [report] = await run(made, last);
  const place = { region: 'us-east-1', name: '/google-access/reports/default' };
  const reason = 'SSM is not available (503).';
  expect(made.outcomes[0]?.detail).toMatchObject({
    parameters: [{ ...place, region: 'eu-west-1' }],
    failed: [{ part: 'config', ...place, reason }],
  });
  expect(told(made)).toEqual([
    [
      'Granted',
      'default',
      `Granted; effective within minutes. Its config could not be published in us-east-1: ${reason} ${over}`,
    ],
  ]);
  expect(report?.retry).toBeDefined();
});

it('a role that never holds still', async () => {
  const made = tagged();
  let turn = 0;
  made.after = (call) => {
    if (!call.startsWith('GetRole')) return;
    turn += 1;
    if (turn % 2 === 1) tag(made, { [key]: turn % 4 === 1 ? writer : reader });
  };
  await run(made, last);
  expect(made.outcomes.at(-1)?.detail.role).toEqual({ ...reports, roleId: 'AROAREPORTS' });
  expect(told(made).at(-1)).toEqual([
    'Failed',
    undefined,
    `The role keeps changing while it is being reconciled. ${over}`,
  ]);
});

it('access that was given, and that cannot be looked at again', async () => {
  const made = tagged();
  let reads = 0;
  made.before = (call) => {
    if (!call.startsWith('GetRole')) return;
    reads += 1;
    if (reads === 2) throw unavailable('IAM');
  };
  await run(made, last);
  expect(told(made)).toEqual([
    ['Granted', 'default', 'Granted; effective within minutes.'],
    ['Failed', undefined, `IAM is not available (503). ${over}`],
  ]);
});

it('a tag that is gone, and one region that cannot be read: what is left there is told', async () => {
  const made = tagged();
  await run(made);
  told(made);
  tag(made, {});
  failing(made, /^GetParametersByPath eu-west-1/, unavailable('SSM'));
  await run(made, last);
  expect([...made.parameters.keys()]).toEqual(['eu-west-1 /google-access/reports/default']);
  expect(told(made).map(([type]) => type)).toEqual(['Revoked', 'Failed']);
});

it('where it passed, nothing of the kind is told', async () => {
  const made = tagged();
  await run(made, last);
  expect(told(made).map(([type]) => type)).toEqual(['Granted', 'Confirmed']);
});

it('what was refused is told as ever', async () => {
  const made = world();
  tag(made, { [key]: 'nonsense' });
  failing(made, /^GetParametersByPath us-east-1/, unavailable('SSM'));
  await run(made, last);
  expect(told(made).map(([type, , reason]) => [type, reason?.endsWith(over)])).toEqual([
    ['Refused', false],
    ['Failed', true],
  ]);
});

it('another message of the same role that has tries left: it will be tried again, and nothing is told yet', async () => {
  const made = tagged();
  failing(made, /^setIamPolicy/, unavailable('Google'));
  const [report] = await run(made, [...last, request()]);
  expect(told(made)).toEqual([]);
  expect(report?.retry).toBeDefined();
});
