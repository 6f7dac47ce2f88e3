import { RetryableError } from '../../shared/core/errors.ts';
import type { PresentProvider } from '../../shared/core/google-side.ts';
import { wantedCondition, wantedMapping } from '../../shared/core/provider-mapping.ts';
import { gcloudScript } from '../../shared/setup/gcloud-script.ts';
import { planOnlyProviders } from '../../shared/setup/only-providers.ts';
import { pacedBy } from '../../shared/setup/pace.ts';
import { isRateLimited } from '../../shared/setup/perform.ts';
import { planSetup } from '../../shared/setup/plan.ts';
import { planText } from '../../shared/setup/plan-text.ts';
import { accountId as home } from '../support/settings.ts';
import { awake, everything, wantedOf } from '../support/setup-plan.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => String(200_000_000_000 + index));
const accounts = (count: number) => [home, ...ids(count - 1)].map((id) => ({ id, provider: `aws-${id}` }));
const wantedWith = (count: number) => wantedOf({ settings: { home, accounts: accounts(count) } });
const heading = {
  project: 'acme-identity',
  projectNumber: '123456789012',
  accountIds: accounts(1_000).map(({ id }) => id),
  stage: 'prod',
};

/** Google in the wanted state, but with only the first providers. */
const withProviders = (wanted: ReturnType<typeof wantedOf>, count: number) => ({
  ...everything(wanted),
  providers: new Map(
    wanted.providers.slice(0, count).map(({ name, accountId }): [string, PresentProvider] => [
      name,
      {
        ...awake,
        awsAccountId: accountId,
        attributeMapping: wantedMapping,
        attributeCondition: wantedCondition(accountId),
      },
    ]),
  ),
});

describe('setup for a thousand accounts', () => {
  const wanted = wantedWith(1_000);

  it('plans only the missing providers, each for its own account, and shows the time it takes', () => {
    const { steps, warnings, refusals } = planSetup(wanted, withProviders(wanted, 300));
    expect(refusals).toEqual([]);
    expect(steps).toHaveLength(700);
    expect(steps[0]).toMatchObject({
      kind: 'createProvider',
      accountId: '200000000299',
      attributeCondition: wantedCondition('200000000299'),
    });
    expect(warnings).toEqual([
      'Setup writes 700 providers, and Google allows 60 writes a minute: this takes 11 minutes or more. You can interrupt it, and run it again to continue.',
    ]);
    expect(planSetup(wanted, withProviders(wanted, 1_000))).toEqual({
      steps: [],
      warnings: [],
      refusals: [],
    });
  });

  it('shows the first new providers as examples, and the number of accounts', () => {
    const text = planText(planSetup(wanted, withProviders(wanted, 300)), heading);
    expect(text).toContain('Google project acme-identity (123456789012), 1000 AWS accounts, stage prod');
    expect(text.match(/create provider/g)).toHaveLength(3);
    expect(text).toContain('and 697 more like this (--json lists all)');
    expect(text).toContain('Plan: 700 to add, 0 to change.');
  });

  it('prints a command for each, with a pause if Google would refuse the pace', () => {
    const script = (count: number) =>
      gcloudScript(planSetup(wanted, withProviders(wanted, 1_000 - count)), heading);
    expect(script(61).match(/providers create-aws/g)).toHaveLength(61);
    expect(script(61).match(/^sleep 1$/gm)).toHaveLength(61);
    expect(script(60)).not.toContain('sleep');
  });
});

it('in a shared pool, only the provider of the home account must admit the functions', () => {
  const wanted = wantedWith(2);
  const pool = { ...awake, description: 'managed by rolebridge; owner 111122223333/prod; adopted' };
  expect(planSetup(wanted, { ...withProviders(wanted, 2), pool }).refusals).toEqual([]);
});

it('reports the provider of an account that left, and does not touch it', () => {
  const observed = withProviders(wantedWith(2), 2);
  const plan = planSetup(wantedWith(1), observed);
  expect(plan.steps).toEqual([]);
  expect(plan.warnings).toEqual([
    'rolebridge.yml does not name provider aws-200000000000 of AWS account 200000000000. Once "rolebridge plan" shows nothing left of that account, delete it: gcloud iam workload-identity-pools providers delete aws-200000000000 --project acme-identity --location global --workload-identity-pool aws-roles',
  ]);
  const [[first, left], ...rest] = [...observed.providers].toReversed() as [
    [string, PresentProvider],
    ...[string, PresentProvider][],
  ];
  const deleted = new Map([...rest, [first, { ...left, isDeleted: true }] as const]);
  expect(planSetup(wantedWith(1), { ...observed, providers: deleted }).warnings).toEqual([]);
});

describe('setup --only-providers', () => {
  const wanted = wantedWith(3);
  const ready = { ...wanted, settingChanges: [] };

  it('creates missing providers and corrects wrong ones', () => {
    const { pool, providers } = withProviders(wanted, 2);
    const [[name, wrong], ...rest] = [...providers] as [
      [string, PresentProvider],
      ...[string, PresentProvider][],
    ];
    const observed = {
      pool,
      providers: new Map([[name, { ...wrong, attributeCondition: '' }], ...rest]),
    };
    const { steps, warnings, refusals } = planOnlyProviders(ready, observed);
    expect(steps.map(({ kind }) => kind)).toEqual(['correctProvider', 'createProvider']);
    expect({ warnings, refusals }).toEqual({ warnings: [], refusals: [] });
  });

  it.each([
    ['undelete', { isDeleted: true }],
    ['enable', { isDisabled: true }],
  ])('asks a person to %s one', (verb, state) => {
    const { pool, providers } = withProviders(wanted, 3);
    const [[name, one], ...rest] = [...providers] as [
      [string, PresentProvider],
      ...[string, PresentProvider][],
    ];
    const observed = { pool, providers: new Map([[name, { ...one, ...state }], ...rest]) };
    const { steps, warnings, refusals } = planOnlyProviders(ready, observed);
    expect({ steps, refusals }).toEqual({ steps: [], refusals: [] });
    expect(warnings).toContain(
      `Left to a person: ${verb} provider aws-${home}. Run "rolebridge setup" without --only-providers.`,
    );
  });

  it.each([
    ['absent', { kind: 'absent' } as const, 'setup would create pool aws-roles'],
    [
      'disabled',
      { ...awake, isDisabled: true, description: 'managed by rolebridge; owner 111122223333/prod' },
      'setup would enable pool aws-roles',
    ],
    ["someone else's", { ...awake, description: '' }, 'rolebridge did not create it'],
  ])('refuses a pool that is %s', (_, pool, reason) => {
    const { steps, refusals } = planOnlyProviders(ready, { pool, providers: new Map() });
    expect({ steps, refusals }).toEqual({ steps: [], refusals: [expect.stringContaining(reason)] });
  });

  it('refuses a file that setup has not completed', () => {
    const change = { path: ['google', 'projectNumber'], value: '123456789012' };
    expect(
      planOnlyProviders({ ...ready, settingChanges: [change] }, withProviders(wanted, 3)).refusals,
    ).toEqual([expect.stringContaining('rolebridge.yml lacks settings that setup fills in')]);
  });
});

it('stays within the rate in every period, however long the calls take', async () => {
  let now = 0;
  const starts: number[] = [];
  const clock = {
    now: () => new Date(now),
    pause: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const pace = pacedBy(clock, { calls: 60, inMilliseconds: 61_000 });
  for (let call = 0; call < 1_000; call += 1) {
    await pace();
    starts.push(now);
    now += (call * 37) % 400;
  }
  for (const [index, start] of starts.entries())
    expect(start - (starts[index - 60] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(61_000);
  expect(starts[59]).toBeLessThan(61_000);
});

it('only treats a 429 as a rate limit', () => {
  expect(isRateLimited(new RetryableError('creating provider x: 429 Quota exceeded'))).toBe(true);
  expect(isRateLimited(new RetryableError('creating provider x: 503 down'))).toBe(false);
  expect(isRateLimited(new Error('creating provider x: 429 Quota exceeded'))).toBe(false);
});
