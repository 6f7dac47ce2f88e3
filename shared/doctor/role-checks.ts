import { judgeBinding, judgeElsewhere, judgeParameters, judgeTags, type RoleCase } from './binding-checks.ts';
import type { Check } from './check.ts';
import type { Facts } from './context.ts';
import { type Finding, failed, ok } from './finding.ts';
import { exchangeLinks, needsGoogle } from './google-check.ts';
import { needsAws } from './prerequisite-checks.ts';
import { orRevoked } from './revoked.ts';
import { allPolicies, caseOf, detailOf, emailsOf, foldersOf, policiesOf } from './role-case.ts';
import { judgeMetadata, judgeSharing, judgeUse, parseTrust } from './usage-checks.ts';

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

const judgeExists = async (facts: Facts, name: string): Promise<Finding> => {
  const detail = await facts.aws.role(name);
  if (detail.kind === 'there') return ok(`${detail.arn} (${detail.roleId})`);
  const { id } = await facts.account();
  return failed(
    `Account ${id} has no role ${name}.`,
    "See which there are: aws iam list-roles --query 'Roles[].RoleName'",
  );
};

/** How workloads run as a role. */
const usageChecks = (facts: Facts, name: string, make: Maker): readonly Check[] => [
  make('use', 'Who uses it', 'iam:GetRole, iam:ListInstanceProfilesForRole', async () => {
    const { roleName, trust } = await detailOf(facts, name);
    const profiles = await facts.aws.instanceProfiles(name);
    return judgeUse(
      roleName,
      parseTrust(trust),
      profiles.map((profile) => profile.name),
    );
  }),
  make('sharing', 'Who shares it', 'iam:ListAttachedRolePolicies', async () =>
    judgeSharing(name, await facts.aws.attachedPolicies(name)),
  ),
  make(
    'metadata',
    'Instances',
    'iam:ListInstanceProfilesForRole, iam:ListAttachedRolePolicies, ec2:DescribeInstances',
    async () => {
      const { regions } = await facts.settings();
      const arns = (await facts.aws.instanceProfiles(name)).map(({ arn }) => arn);
      const found =
        arns.length === 0
          ? []
          : await Promise.all(regions.map((region) => facts.aws.instances(region, arns)));
      return judgeMetadata(found.flat(), await facts.aws.attachedPolicies(name));
    },
  ),
];

type Maker = (
  kind: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  more?: Partial<Pick<Check, 'needs' | 'excusedBy'>>,
) => Check;

/** Whether a role has what its tags ask for, no more and no less. */
const accessChecks = (facts: Facts, { name, emails }: LookedAt, make: Maker): readonly Check[] => {
  const judged = (judge: (one: RoleCase) => Promise<Finding>) => async () =>
    orRevoked(facts, await judge(await caseOf(facts, name)));
  const excusedBy = [...delivery, ...emails.flatMap((email) => [`account:${email}`, `opt-in:${email}`])];
  return [
    make(
      'binding',
      'Binding',
      'iam.serviceAccounts.getIamPolicy on the accounts of its tags',
      judged(async (one) => judgeBinding(one, { policies: await policiesOf(facts, emailsOf(one)) })),
      { needs: [...needsGoogle, ...emails.map((email) => `account:${email}`)], excusedBy },
    ),
    make(
      'parameters',
      'Parameters',
      'ssm:GetParametersByPath',
      judged(async (one) => judgeParameters(one, await foldersOf(facts, one))),
      { excusedBy },
    ),
    make(
      'elsewhere',
      'Bindings elsewhere',
      'iam.serviceAccounts.list and iam.serviceAccounts.getIamPolicy on google.projects',
      judged(async (one) => {
        const { policies, unseen } = await allPolicies(facts);
        return judgeElsewhere(one, { policies }, unseen);
      }),
      { needs: needsGoogle, excusedBy },
    ),
  ];
};

/** Checks of one role. */
export const roleChecks = (facts: Facts, looked: LookedAt): readonly Check[] => {
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
    excusedBy: more.excusedBy ?? [],
    run,
  });
  return [
    {
      ...common,
      id: role,
      title: name,
      permission: 'iam:GetRole',
      needs: ['config', ...needsAws],
      excusedBy: [],
      run: () => judgeExists(facts, name),
    },
    make('tags', 'Tags', 'iam:GetRole', async () => judgeTags(await caseOf(facts, name), isNamed)),
    ...accessChecks(facts, looked, make),
    ...usageChecks(facts, name, make),
  ];
};
