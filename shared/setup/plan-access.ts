import type { ServiceAccountState } from '../core/google-side.ts';
import { editPolicy } from '../core/iam-policy.ts';
import { emailOfResource, projectOf, serviceAccountResource } from '../core/service-account.ts';
import { fileSites, homeOf } from '../core/settings.ts';
import { workloadIdentityUser } from '../core/target.ts';
import { formerActors } from './former-actors.ts';
import type { ObservedSetup } from './observe.ts';
import { planRole } from './plan-role.ts';
import { lastOf, mergeParts, type PlanPart, planPart, projectOfName, type SetupGrant } from './step.ts';
import type { WantedSetup } from './wanted.ts';

/** Plans rolebridge's own service account, its custom roles, and the grants of those roles. */
export const planAccess = (wanted: WantedSetup, observed: ObservedSetup): PlanPart => {
  const own = wanted.settings.google.serviceAccount;
  const isActing = ({ purpose }: SetupGrant): boolean => purpose === 'actAsRolebridge';
  const planOne = (grant: SetupGrant): PlanPart => planGrant(grant, own, observed);
  return mergeParts([
    planServiceAccount(own, observed.serviceAccount),
    ...wanted.grants.filter(isActing).map(planOne),
    planFormerActors(wanted, observed),
    otherActors(wanted, observed),
    ...wanted.customRoles.map((role) => planRole(role, observed)),
    ...wanted.grants.filter((grant) => !isActing(grant)).map(planOne),
    unlisted(wanted),
    unnamed(wanted),
  ]);
};

const planServiceAccount = (email: string, state: ServiceAccountState): PlanPart => {
  const project = projectOfName(serviceAccountResource(email));
  if (state.kind === 'there')
    return state.isDisabled
      ? planPart({
          steps: [{ kind: 'enableServiceAccount', email, project }],
          warnings: [`Service account ${email} is disabled, perhaps on purpose.`],
        })
      : planPart({});
  return email.endsWith('.iam.gserviceaccount.com')
    ? planPart({ steps: [{ kind: 'createServiceAccount', email, project }] })
    : planPart({
        refusals: [
          `Service account ${email} does not exist, and only Google creates one of that name. Name another one in google.serviceAccount of rolebridge.yml.`,
        ],
      });
};

const planGrant = (grant: SetupGrant, own: string, { policies }: ObservedSetup): PlanPart => {
  const { purpose, resource, role, member } = grant;
  const policy = policies.get(resource);
  const email = emailOfResource(resource);
  if (purpose === 'optIn' && email === own)
    return planPart({
      refusals: [
        `--opt-in ${own} is rolebridge's own service account: anyone who can edit its allow policy can act as rolebridge.`,
      ],
    });
  if (policy === undefined && purpose === 'optIn') return planPart({ refusals: [missingAccount(email)] });
  if (policy === undefined && purpose === 'optInResource')
    return planPart({ refusals: [missingResource(resource)] });
  const isThere = policy !== undefined && editPolicy(policy, [{ kind: 'add', role, member }]) === policy;
  if (isThere) return planPart({});
  return planPart({
    steps: [{ kind: 'bind', ...grant }],
    warnings: purpose === 'optInProject' ? [wholeProject(lastOf(resource))] : [],
  });
};

const missingAccount = (email: string): string =>
  `Service account ${email} does not exist in project ${projectOf(email)}. Create it, or correct --opt-in.`;

const missingResource = (resource: string): string =>
  `${resource} does not exist. Create it, or correct --opt-in-resource.`;

const wholeProject = (project: string): string =>
  `--opt-in-project ${project} lets rolebridge rewrite the allow policy of EVERY service account of ${project}, including later ones. ` +
  'Anyone who controls rolebridge can then act as any of them. --opt-in opts in a single account.';

/**
 * After deploy.roleNamePrefix was changed, Google must admit both names until the deployed functions have the new ones: before,
 * a removal would lock out the running functions, and a failed deploy could not roll back.
 */
const planFormerActors = (wanted: WantedSetup, { policies, deployedRoles }: ObservedSetup): PlanPart => {
  const members = formerActors(wanted, policies);
  const resource = serviceAccountResource(wanted.settings.google.serviceAccount);
  if (members.length === 0) return planPart({});
  if (deployedRoles?.kind === 'read' && runAs(wanted, deployedRoles.arns))
    return planPart({
      steps: members.map((member) => ({
        kind: 'unbind',
        purpose: 'actAsRolebridge',
        resource,
        role: workloadIdentityUser,
        member,
      })),
    });
  const reason =
    deployedRoles?.kind === 'unreadable'
      ? `The deployed functions could not be read: ${deployedRoles.reason}`
      : `The deployed functions do not run as ${wanted.functionRoles.join(' and ')} yet.`;
  return planPart({
    warnings: [
      `Google also admits ${members.map(lastOf).join(' and ')}, other names of the functions' roles. ${reason} Deploy, then run this again: it removes them.`,
    ],
  });
};

const runAs = ({ functionRoles, settings }: WantedSetup, arns: readonly string[]): boolean =>
  functionRoles.every((role) =>
    arns.some((arn) => arn.startsWith(`arn:aws:iam::${homeOf(settings)}:role/`) && lastOf(arn) === role),
  );

/** Warns about other members that may act as rolebridge. Setup removes none of them. */
const otherActors = (wanted: WantedSetup, { policies }: ObservedSetup): PlanPart => {
  const { settings, grants } = wanted;
  const email = settings.google.serviceAccount;
  const { bindings = [] } = policies.get(serviceAccountResource(email)) ?? {};
  const ours = new Set([...grants.map(({ member }) => member), ...formerActors(wanted, policies)]);
  const others = bindings
    .filter(({ role }) => actingRoles.has(role))
    .flatMap(({ members }) => members)
    .filter((member) => !ours.has(member));
  return planPart({
    warnings: [...new Set(others)].map(
      (member) =>
        `${member} may act as ${email}, and so as rolebridge. Unless it belongs to another stage, remove it.`,
    ),
  });
};

const actingRoles = new Set([workloadIdentityUser, 'roles/iam.serviceAccountTokenCreator']);

const unlisted = ({ unlistedProjects }: WantedSetup): PlanPart =>
  planPart({
    warnings: unlistedProjects.map(
      (project) =>
        `Project ${project} is not in google.projects of rolebridge.yml: no tag can request its service accounts, and the sweep does not read them. Add it there, and run this again.`,
    ),
  });

const unnamed = ({ settings, options }: WantedSetup): PlanPart => {
  const named = new Set(fileSites(settings).map(({ resource }) => resource));
  return planPart({
    warnings: options.optInResources
      .filter((resource) => !named.has(resource))
      .map(
        (resource) =>
          `No rule of rolebridge.yml names ${resource}, so no tag can request it. Add a rule with grant and on.`,
      ),
  });
};
