import { armFault } from '../../local/faults.ts';
import { type GoogleAnswer } from '../../local/google-answers.ts';
import { listerRole } from '../../local/google-side.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, variablesOf } from '../support/command-line.ts';
import { email, reader } from '../support/settings.ts';

const key = 'google-access';
const reading = 'iam.serviceAccounts.getIamPolicy';

let cloud: Cloud;
const start = async (): Promise<void> => {
  cloud = await startCloud({ settings: { sweep: { parameterReadsPerSecond: 1000 } } });
  cloud.addServiceAccount(reader);
};
const close = (): Promise<void> => cloud.close();

const granted = async (): Promise<void> => {
  await cloud.createRole('reports', { [key]: reader });
  await cloud.settled();
  expect(cloud.boundTo(reader)).toEqual(['reports']);
};
const answering = (method: string, googleAnswer: GoogleAnswer) =>
  armFault(
    cloud,
    { matches: ({ name }) => name === method, times: Number.POSITIVE_INFINITY },
    { googleAnswer },
  );
const onlyList = () => cloud.google.addCustomRole(listerRole('acme-data'), ['iam.serviceAccounts.list']);
const aboutReader = [expect.objectContaining({ what: `the allow policy of ${reader}` })];

/** Runs the bundles against each answer that the sweep and reconcile can get when they read the policy. */
describe('invariant 4: a sweep over accounts whose policies cannot be read', () => {
  // All cases share one world, because none of them changes anything.
  beforeAll(async () => {
    await start();
    await granted();
  });
  afterAll(close);

  it.each<[GoogleAnswer, string]>([
    ['proxy404', 'not from a Google API'],
    ['proxy200', 'is not an allow policy'],
    ['methodNotFound', 'does not serve this path'],
    ['notFound', 'does not exist or cannot be read'],
    ['emptyObject', 'is not an allow policy'],
    ['policyWithoutEtag', 'is not an allow policy'],
    ['IAM_PERMISSION_DENIED', 'does not exist or cannot be read'],
    ['SERVICE_DISABLED', 'gcloud services enable'],
    ['SECURITY_POLICY_VIOLATED', 'VPC Service Controls'],
    ['USER_PROJECT_DENIED', 'acme-quota'],
    ['CONSUMER_INVALID', 'acme-quota'],
    ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'lacks the scope'],
    ['ORG_RESTRICTION_VIOLATION', "Google's reason is ORG_RESTRICTION_VIOLATION"],
  ])('%s: the account is a blind spot with its next step; config and binding stay', async (name, reason) => {
    const places = cloud.parameterPlaces();
    const armed = answering(reading, name);
    expect(await cloud.invokeSweep()).toMatchObject({
      blindSpots: [{ what: `the allow policy of ${reader}`, reason: expect.stringContaining(reason) }],
    });
    await cloud.settled();
    armed.disarm();
    expect(cloud.parameterPlaces()).toEqual(places);
    expect(cloud.boundTo(reader)).toEqual(['reports']);
    expect(cloud.outcomeTypes()).not.toContain('Revoked');
  });
});

describe('invariant 4: a listing of accounts', () => {
  beforeEach(start);
  afterEach(close);

  it('that is cut off is also a blind spot, and accounts missing from it do not count as gone', async () => {
    await granted();
    cloud.google.removeServiceAccount(reader);
    const armed = answering('iam.serviceAccounts.list', 'cutOff');
    const { blindSpots } = await cloud.invokeSweep();
    expect(blindSpots).toEqual(expect.arrayContaining(aboutReader));
    await cloud.settled();
    armed.disarm();
    expect(cloud.parameterPlaces()).toHaveLength(2);
  });
});

describe('invariant 4: a deleted account', () => {
  beforeEach(start);
  afterEach(close);

  it.each([
    ['404, as the lister role gets it', () => undefined],
    ['403, since our grant went with it', onlyList],
  ])('that answers %s is confirmed by the next sweep', async (_, change) => {
    await granted();
    change();
    cloud.google.removeServiceAccount(reader);
    await cloud.untag('reports', key);
    await cloud.settled();
    // One refused read proves nothing: the config is removed, but the access may still be there.
    expect(cloud.outcomeTypes().at(-1)).toBe('Failed');
    expect(cloud.outcomes().at(-1)?.detail.reason).toContain('does not exist or cannot be read');
    await cloud.ageLedger();
    expect(await cloud.invokeSweep()).toMatchObject({ drifted: [{}], blindSpots: [] });
    await cloud.settled();
    expect(cloud.parameterPlaces()).toEqual([]);
    expect(cloud.outcomeTypes().at(-1)).toBe('Revoked');
  });

  it('that a tag asks for: no event publishes anything', async () => {
    await cloud.createRole('reports', { [key]: email('nobody'), [`${key}/b`]: email('none') });
    await cloud.settled();
    await cloud.sweep();
    const puts = cloud.aws.calls.filter(
      ({ action, input }) =>
        /^ssm:(Put|Delete)Parameter/.test(action) && JSON.stringify(input).includes('/google-access/'),
    );
    expect(puts).toEqual([]);
    expect(new Set(cloud.outcomeTypes().filter((type) => type !== 'Drift Detected'))).toEqual(
      new Set(['Failed']),
    );
    expect(cloud.outcomes().at(-1)?.detail.reason).toContain('does not exist in project acme-data');
  });
});

describe('a project where we may only list accounts', () => {
  beforeEach(start);
  afterEach(close);

  it('accounts that nothing names are counted; one that a tag asks for is reported as not opted in', async () => {
    onlyList();
    for (const name of ['a', 'b', 'c']) cloud.google.addServiceAccount(email(name), 'acme-data');
    await granted();
    await cloud.createRole('app-a', { [key]: email('a') });
    await cloud.settled();
    expect(await cloud.invokeSweep()).toMatchObject({
      notReadable: [email('b'), email('c')].map(serviceAccountResource),
      notOptedIn: [serviceAccountResource(email('a'))],
      blindSpots: [],
    });
  });

  it('plan and roles succeed and report it in one line; revoke --all has no proof', async () => {
    for (const name of ['a', 'b', 'c']) cloud.google.addServiceAccount(email(name), 'acme-data');
    await granted();
    const isPrivate = new RegExp(`/(${['a', 'b', 'c'].map(email).join('|')})$`);
    const armed = armFault(
      cloud,
      {
        matches: (one) => one.name === reading && one.cloud === 'google' && isPrivate.test(one.call.resource),
        times: Number.POSITIVE_INFINITY,
      },
      { googleAnswer: 'IAM_PERMISSION_DENIED' },
    );
    const variables = variablesOf(cloud);
    const line = expect.stringContaining('3 service accounts not readable');
    expect(await command(variables, 'plan')).toMatchObject({ status: 0, stdout: line });
    expect(await command(variables, 'roles')).toMatchObject({ status: 0, stdout: line });
    const revoked = await command(variables, 'revoke', '--all', '--yes');
    expect(revoked).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('not seen: 3 service accounts'),
    });
    armed.disarm();
    expect(await command(variables, 'revoke', '--all', '--yes')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Proven'),
    });
  }, 120_000);
});

describe('invariant 4: an endpoint whose answers prove nothing', () => {
  beforeEach(async () => {
    await start();
    await granted();
  });
  afterEach(close);

  it.each<GoogleAnswer>(['proxy404', 'methodNotFound', 'emptyObject', 'SECURITY_POLICY_VIOLATED'])(
    'that answers %s: plan, roles and revoke --all fail and prove nothing',
    async (name) => {
      const armed = answering(reading, name);
      const variables = variablesOf(cloud);
      for (const words of [['plan'], ['roles'], ['revoke', '--all', '--yes']]) {
        const said = await command(variables, ...words);
        expect(said.status).toBe(1);
        expect(said.stdout).not.toContain('Proven');
        expect(said.stdout.toLowerCase()).toContain(`not seen: the allow policy of ${reader}`);
      }
      armed.disarm();
      expect(cloud.parameterPlaces()).toHaveLength(2);
    },
    120_000,
  );
});
