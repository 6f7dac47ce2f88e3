import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { googleAnswers } from '../../local/google-answers.ts';
import { untilCondition } from '../../shared/core/iam-policy.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, variablesOf } from '../support/command-line.ts';
import { publishedStatuses } from '../support/published-statuses.ts';
import { accountId, email, reader, writer } from '../support/settings.ts';

jest.setTimeout(120_000);

/** Drives `accountOutcomes.status` through the bundles, with one AWS account. */
const key = 'google-access';
const foreign = 'other@elsewhere.iam.gserviceaccount.com';
const regions = ['us-east-1', 'eu-west-1'];
const name = (grant: string): string => `/google-access/reports/${grant}.status`;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({
    settings: { accountOutcomes: { status: true }, sweep: { parameterReadsPerSecond: 1000 } },
    ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 },
  });
  for (const one of [reader, writer]) cloud.addServiceAccount(one);
});
afterAll(() => cloud.close());
beforeEach(async () => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
});
afterEach(async () => {
  await cloud.deleteRole('reports');
  await cloud.settled();
  await cloud.ageLedger();
  await cloud.sweep();
  expect(cloud.parameterPlaces()).toEqual([]);
});

const statuses = () => publishedStatuses(cloud, accountId, regions);
const granted = { version: 1, state: 'granted', since: expect.stringMatching(/^20\d\d-.*Z$/) as unknown };
const because = (reason: string) => expect.stringContaining(reason) as unknown;
const refused = (reason: string) => ({ version: 1, state: 'refused', reason: because(reason) });
const failed = (reason: string) => ({ version: 1, state: 'failed', reason: because(reason) });
const inBoth = (byGrant: Readonly<Record<string, object>>) =>
  Object.fromEntries(
    Object.entries(byGrant).flatMap(([grant, status]) =>
      regions.map((region) => [`${region} ${name(grant)}`, status]),
    ),
  );
const statusWritesSince = (calls: number): readonly unknown[] =>
  cloud.aws.calls
    .slice(calls)
    .filter(({ action }) => /^ssm:(Put|Delete)/.test(action))
    .map(({ action, input }) => [action, Reflect.get(Object(input), 'Name')]);
const ssm = () =>
  new SSMClient({ region: 'eu-west-1', endpoint: cloud.aws.url, credentials: cloud.aws.admin });
/** Someone changes tags, and the event is lost. */
const unseen = async (act: () => Promise<void>): Promise<void> => {
  const { deliveryOf } = cloud.aws.bus;
  cloud.aws.bus.deliveryOf = () => 'lose';
  await act();
  cloud.aws.bus.deliveryOf = deliveryOf;
};

/** For a while after a delete, Parameter Store rejects a new parameter with the same name. */
const sweepUntil = async (isRepaired: () => boolean): Promise<void> => {
  do await cloud.sweep();
  while (!isRepaired());
};

it('granted, refused and failed requests each have one, which follows the tags', async () => {
  await cloud.tag('reports', { [`${key}/no`]: foreign, [`${key}/gone`]: email('gone') });
  await cloud.settled();
  const others = { no: refused('is in project elsewhere'), gone: failed('gone@acme-data') };
  expect(statuses()).toEqual(inBoth({ default: granted, ...others }));
  const ofDefault = () => statuses()[`us-east-1 ${name('default')}`];
  const before = ofDefault();

  await cloud.tag('reports', { [key]: writer, [`${key}/no`]: reader });
  await cloud.settled();
  expect(statuses()).toEqual(inBoth({ default: granted, no: granted, gone: others.gone }));
  expect(ofDefault()).not.toEqual(before);

  await cloud.untag('reports', key, `${key}/gone`);
  await cloud.settled();
  expect(statuses()).toEqual(inBoth({ no: granted }));
});

it('access that expired is refused from the next sweep on', async () => {
  const past = '2026-01-01T00:00:00Z';
  await cloud.tag('reports', { [key]: `${reader} until 2099-01-01T00:00:00Z` });
  await cloud.settled();
  await unseen(() => cloud.tag('reports', { [key]: `${reader} until ${past}` }));
  const policy = cloud.google.policy(reader);
  const { bindings = [], ...rest } = policy.current();
  policy.replace({
    ...rest,
    bindings: bindings.map(({ condition, ...binding }) =>
      condition === undefined ? binding : { ...binding, condition: untilCondition(past) },
    ),
  });
  expect(statuses()).toEqual(inBoth({ default: granted }));
  await cloud.sweep();
  expect(cloud.boundTo(reader)).toEqual([]);
  expect(statuses()).toEqual(inBoth({ default: refused(`This access ended at ${past}`) }));
});

it.each([
  ['edits', () => ssm().send(put(name('default'), JSON.stringify({ version: 1, state: 'refused' })))],
  ['empties', () => ssm().send(put(name('default'), '{}'))],
  ['deletes', () => ssm().send(new DeleteParameterCommand({ Name: name('default') }))],
  ['plants', () => ssm().send(put(name('more'), JSON.stringify({ version: 1, state: 'granted' })))],
])('the next sweep repairs one that someone %s, and reports nothing', async (_, act) => {
  const before = { statuses: statuses(), outcomes: cloud.outcomes().length };
  await act();
  expect(statuses()).not.toEqual(before.statuses);
  await sweepUntil(() => Object.keys(statuses()).length === 2);
  expect(statuses()).toEqual(before.statuses);
  expect([...new Set(cloud.outcomeTypes().slice(before.outcomes))]).toEqual(['Drift Detected']);
  expect(await cloud.invokeSweep()).toMatchObject({ drifted: [], leftAlone: [] });
});

it('doctor warns of it before the sweep, and of nothing else, and names the command', async () => {
  const red = async (...args: readonly string[]) => {
    const { results } = documentOf(await command(variablesOf(cloud), 'doctor', '--json', ...args));
    return (results as readonly { readonly id: string; readonly status: string }[]).filter(
      ({ id, status }) => status === 'warning' && /^(statuses|access|parameters)/.test(id),
    );
  };
  expect(await red()).toEqual([]);
  await ssm().send(new DeleteParameterCommand({ Name: name('default') }));
  const found = [
    expect.objectContaining({
      id: 'statuses:reports',
      found: `The status ${name('default')} in eu-west-1 is missing.`,
      fix: 'Let rolebridge repair it: rolebridge sweep',
    }),
  ];
  expect(await red()).toEqual(found);
  expect(await red('--role', 'reports')).toEqual(found);
  await sweepUntil(() => Object.keys(statuses()).length === 2);
  expect(await red()).toEqual([]);
});

it('a refusal by Google that holds another id each time is written once', async () => {
  let id = 0;
  const stop = cloud.google.intercept(({ method }) => {
    if (method !== 'iam.serviceAccounts.setIamPolicy') return undefined;
    id += 1;
    const { details = [], ...answer } = googleAnswers.SECURITY_POLICY_VIOLATED;
    const uid = `violation-${id}`;
    return {
      kind: 'error',
      ...answer,
      message: `Prohibited. vpcServiceControlsUniqueIdentifier: ${uid}`,
      details: details.map((one) => ({ ...one, metadata: { uid } })),
    };
  });
  await cloud.tag('reports', { [`${key}/w`]: writer });
  await cloud.settled();
  const first = statuses();
  expect(first).toEqual(inBoth({ default: granted, w: failed('A VPC Service Controls perimeter') }));
  const calls = cloud.aws.calls.length;
  await cloud.sweep();
  await cloud.sweep();
  stop();
  expect(id).toBeGreaterThan(2);
  expect(statusWritesSince(calls)).toEqual([]);
  expect(JSON.stringify(first)).not.toContain('violation-');
  expect(cloud.details('Failed').at(-1)?.['reason']).toContain(`violation-${id}`);
});

it('revoke --all is proven, and resume restores them', async () => {
  await cloud.tag('reports', { [`${key}/no`]: foreign });
  await cloud.settled();
  const before = Object.keys(statuses());
  expect(before).toHaveLength(4);
  expect(await command(variablesOf(cloud), 'revoke', '--all', '--yes')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Proven: no binding'),
  });
  expect(cloud.parameterPlaces()).toEqual([]);
  // An event arrives while everything is revoked.
  await cloud.tag('reports', { [`${key}/no`]: reader });
  await cloud.settled();
  expect(cloud.parameterPlaces()).toEqual([]);
  expect((await command(variablesOf(cloud), 'resume')).status).toBe(0);
  await cloud.sweep();
  expect(Object.keys(statuses())).toEqual(before);
});

const put = (Name: string, Value: string) =>
  new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true });
