import { writeFileSync } from 'node:fs';
import { serviceAccountResource } from '../../../shared/core/service-account.ts';
import { gcloudScript } from '../../../shared/setup/gcloud-script.ts';
import { planSetup } from '../../../shared/setup/plan.ts';
import { planText } from '../../../shared/setup/plan-text.ts';
import { accountId, settings } from '../../support/settings.ts';
import { everything, heading, wantedOf } from '../../support/setup-plan.ts';
import { own, shortFile, startSetupWorld } from '../../support/setup-world.ts';

const withPrefix = (roleNamePrefix: string) => wantedOf({ settings: { deploy: { roleNamePrefix } } });
const arnsOf = (prefix: string, path = '/') =>
  ['reconcile', 'sweep'].map(
    (part) => `arn:aws:iam::${accountId}:role${path}${prefix}rolebridge-prod-${part}`,
  );
/** Google admits both the names without a prefix and those with it. */
const both = () => {
  const [former, wanted] = [everything(wantedOf()), everything(withPrefix('platform-'))];
  const resource = serviceAccountResource(own);
  const bindings = [former, wanted].flatMap(({ policies }) => policies.get(resource)?.bindings ?? []);
  return { ...wanted, policies: new Map([...wanted.policies, [resource, { bindings }]]) };
};

describe('a changed deploy.roleNamePrefix', () => {
  it('first lets Google admit the new names in addition, and shows the next step', () => {
    const plan = planSetup(withPrefix('platform-'), everything(wantedOf()));
    expect(
      plan.steps.map(({ kind, ...step }) => [kind, 'member' in step && step.member.split('/').at(-1)]),
    ).toEqual([
      ['bind', 'platform-rolebridge-prod-reconcile'],
      ['bind', 'platform-rolebridge-prod-sweep'],
    ]);
    expect(plan.warnings).toEqual([
      "Google also admits rolebridge-prod-reconcile and rolebridge-prod-sweep, other names of the functions' roles. " +
        'The deployed functions do not run as platform-rolebridge-prod-reconcile and platform-rolebridge-prod-sweep yet. Deploy, then run this again: it removes them.',
    ]);
  });

  it('removes the old names when the deployed functions have the new ones, with any path', () => {
    const deployedRoles = { kind: 'read', arns: arnsOf('platform-', '/platform/') } as const;
    const plan = planSetup(withPrefix('platform-'), { ...both(), deployedRoles });
    expect(plan.warnings).toEqual([]);
    expect(planText(plan, heading)).toContain(
      [
        `  - no longer let the AWS role rolebridge-prod-reconcile act as ${own}`,
        `  - no longer let the AWS role rolebridge-prod-sweep act as ${own}`,
        '',
        'Plan: 0 to add, 0 to change, 2 to remove.',
      ].join('\n'),
    );
    expect(gcloudScript(plan, heading)).toContain(
      `gcloud iam service-accounts remove-iam-policy-binding ${own}`,
    );
  });

  it.each([
    ['only one function has its new role', [arnsOf('platform-')[0] ?? '', arnsOf('')[1] ?? '']],
    [
      'the functions are in another account',
      arnsOf('platform-').map((arn) => arn.replace(accountId, '999988887777')),
    ],
    ['nothing is deployed', []],
  ])('removes nothing if %s', (_, arns) => {
    const plan = planSetup(withPrefix('platform-'), { ...both(), deployedRoles: { kind: 'read', arns } });
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toEqual([expect.stringContaining('The deployed functions do not run as')]);
  });

  it('removes nothing if the functions cannot be read, and shows why', () => {
    const deployedRoles = { kind: 'unreadable', reason: 'No AWS credentials found.' } as const;
    const plan = planSetup(withPrefix('platform-'), { ...both(), deployedRoles });
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toEqual([
      expect.stringContaining('The deployed functions could not be read: No AWS credentials found.'),
    ]);
  });

  it('works with Google: first both names, then only the new ones', async () => {
    let deployed: readonly string[] = [];
    const world = await startSetupWorld(shortFile, undefined, () => Promise.resolve(deployed));
    const admitted = () =>
      (world.google.policy(own).current().bindings ?? [])
        .flatMap(({ members }) => members)
        .map((member) => member.split('/').at(-1));
    await world.run();
    deployed = arnsOf('');
    writeFileSync(world.configPath, `${world.file()}deploy:\n  roleNamePrefix: platform-\n`);
    await world.run();
    const names = ['rolebridge-prod-reconcile', 'rolebridge-prod-sweep'];
    expect(admitted()).toEqual([...names, ...names.map((name) => `platform-${name}`)]);
    // Until the deploy, a second run changes nothing.
    expect((await world.run()).plan.steps).toEqual([]);
    deployed = arnsOf('platform-', '/platform/');
    expect((await world.run()).applied.done.map(({ kind }) => kind)).toEqual(['unbind', 'unbind']);
    expect(admitted()).toEqual(names.map((name) => `platform-${name}`));
    expect((await world.plan()).steps).toEqual([]);
    await world.close();
  });

  it('that is too long for the stage is refused before anything is read from Google', async () => {
    const world = await startSetupWorld(`${shortFile}deploy:\n  roleNamePrefix: ${'x'.repeat(40)}\n`);
    await expect(world.plan()).rejects.toThrow('would have 67 characters, and IAM allows 64');
    expect(world.google.calls).toEqual([]);
    await world.close();
  });
});

it('names of another stage are not ours to remove', () => {
  const wanted = withPrefix('platform-');
  const observed = everything(wanted);
  const other = `principalSet://iam.googleapis.com/${wanted.pool}/attribute.aws_role/arn:aws:sts::${accountId}:assumed-role/rolebridge-test-sweep`;
  const policies = new Map(
    [...observed.policies].map(([resource, { bindings = [] }]) => [
      resource,
      {
        bindings: resource.endsWith(settings.google.serviceAccount)
          ? bindings.map((binding) => ({ ...binding, members: [...binding.members, other] }))
          : bindings,
      },
    ]),
  );
  const deployedRoles = { kind: 'read', arns: arnsOf('platform-') } as const;
  const plan = planSetup(wanted, { ...observed, policies, deployedRoles });
  expect(plan.steps).toEqual([]);
  expect(plan.warnings).toEqual([expect.stringContaining(`${other} may act as ${own}`)]);
});
