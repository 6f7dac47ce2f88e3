import { checkBinding, checkElsewhere, checkParameters, checkTags, type RoleCase } from './binding-checks.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok } from './finding.ts';
import { exchangeLinks, needsGoogle } from './google-check.ts';
import { orRevoked } from './revoked.ts';
import { allPolicies, caseOf, detailOf, emailsOf, foldersOf, policiesOf } from './role-case.ts';
import { needsAws } from './stack-check.ts';
import { checkMetadata, checkSharing, checkUse, parseTrust } from './usage-checks.ts';

/** What a change passes through before it is made: drift may follow from any of it. */
const delivery = [
  'functions',
  'trail',
  'role-events-rule',
  'drift-rule',
  'schedule-rule',
  'event-source',
  'queue',
  'dead-letter-queue',
  'google-project',
  ...exchangeLinks,
  'subject',
  'own-account',
  'function-access',
];

/** A role that is looked at, and the accounts that its tags ask for as far as they are known. */
export interface LookedAt {
  readonly name: string;
  readonly emails: readonly string[];
  /** Somebody named it: they want it to have access. */
  readonly isNamed: boolean;
}

const checkExists = async (context: Context, name: string): Promise<Finding> => {
  const detail = await context.aws.role(name);
  if (detail.kind === 'there') return ok(`${detail.arn} (${detail.roleId})`);
  const { id } = await context.account();
  return failed(
    `Account ${id} has no role ${name}.`,
    "See which there are: aws iam list-roles --query 'Roles[].RoleName'",
  );
};

/** How workloads run as a role. */
const usageChecks = (context: Context, name: string, make: Maker): readonly Check[] => [
  make('use', 'Who uses it', 'iam:GetRole, iam:ListInstanceProfilesForRole', async () => {
    const { roleName, trust } = await detailOf(context, name);
    const profiles = await context.aws.instanceProfiles(name);
    return checkUse(
      roleName,
      parseTrust(trust),
      profiles.map((profile) => profile.name),
    );
  }),
  make('sharing', 'Who shares it', 'iam:ListAttachedRolePolicies', async () =>
    checkSharing(name, await context.aws.attachedPolicies(name)),
  ),
  make(
    'metadata',
    'Instances',
    'iam:ListInstanceProfilesForRole, iam:ListAttachedRolePolicies, ec2:DescribeInstances',
    async () => {
      const { regions } = await context.settings();
      const arns = (await context.aws.instanceProfiles(name)).map(({ arn }) => arn);
      const found =
        arns.length === 0
          ? []
          : await Promise.all(regions.map((region) => context.aws.instances(region, arns)));
      return checkMetadata(found.flat(), await context.aws.attachedPolicies(name));
    },
  ),
];

type Maker = (
  kind: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  more?: Partial<Pick<Check, 'needs' | 'causedBy'>>,
) => Check;

/** Whether a role has what its tags ask for, no more and no less. */
const accessChecks = (context: Context, { name, emails }: LookedAt, make: Maker): readonly Check[] => {
  const judged = (judge: (one: RoleCase) => Promise<Finding>) => async () =>
    orRevoked(context, await judge(await caseOf(context, name)));
  const causedBy = [...delivery, ...emails.flatMap((email) => [`account:${email}`, `opt-in:${email}`])];
  return [
    make(
      'binding',
      'Binding',
      'iam.serviceAccounts.getIamPolicy on the accounts of its tags',
      judged(async (one) => checkBinding(one, { policies: await policiesOf(context, emailsOf(one)) })),
      { needs: [...needsGoogle, ...emails.map((email) => `account:${email}`)], causedBy },
    ),
    make(
      'parameters',
      'Parameters',
      'ssm:GetParametersByPath',
      judged(async (one) => checkParameters(one, await foldersOf(context, one))),
      { causedBy },
    ),
    make(
      'elsewhere',
      'Bindings elsewhere',
      'iam.serviceAccounts.list and iam.serviceAccounts.getIamPolicy on google.projects',
      judged(async (one) => {
        const { policies, unseen } = await allPolicies(context);
        return checkElsewhere(one, { policies }, unseen);
      }),
      { needs: needsGoogle, causedBy },
    ),
  ];
};

/** Checks of one role. */
export const roleChecks = (context: Context, looked: LookedAt): readonly Check[] => {
  const { name, isNamed } = looked;
  const common = { group: `Role ${name}` };
  const role = `role:${name}`;
  const needs = ['config', ...needsAws, role];
  const make: Maker = (kind, title, permission, run, more = {}) => ({
    ...common,
    id: `${kind}:${name}`,
    title: `${title} (${name})`,
    permission,
    needs: [...needs, ...(more.needs ?? [])],
    causedBy: more.causedBy ?? [],
    run,
  });
  return [
    {
      ...common,
      id: role,
      title: name,
      permission: 'iam:GetRole',
      needs: ['config', ...needsAws],
      causedBy: [],
      run: () => checkExists(context, name),
    },
    make('tags', 'Tags', 'iam:GetRole', async () => checkTags(await caseOf(context, name), isNamed)),
    ...accessChecks(context, looked, make),
    ...usageChecks(context, name, make),
  ];
};
