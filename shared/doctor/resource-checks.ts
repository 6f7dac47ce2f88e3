import { PermanentError } from '../core/errors.ts';
import { projectOfGoogleResource, resourceKindOf, takesConditions } from '../core/google-resource.ts';
import { policyPermissions } from '../core/policy-permissions.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { Settings } from '../core/settings.ts';
import type { PolicyRead } from '../ports.ts';
import { observeRules } from '../setup/observe-rules.ts';
import { planRules } from '../setup/plan-rules.ts';
import type { PlanPart } from '../setup/step.ts';
import type { Check } from './check.ts';
import { deploy } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, unknown } from './finding.ts';
import { needsGoogle } from './google-check.ts';
import { type HeldPermissions, readHeldPermissions } from './permissions.ts';
import type { GoogleView } from './ports.ts';
import { checkProjectOptIn, checkResourceOptIn } from './resource-opt-in.ts';

/** Checks of one resource on which rules let tags ask for Google roles. */
export const resourceChecks = (context: Context, resource: ResourceName): readonly Check[] => {
  const common = { group: 'Resources', causedBy: [] };
  const [exists, optIn] = resourceCheckIds(resource);
  const reading = policyPermissions(resource).read.join(', ');
  return [
    {
      ...common,
      id: exists,
      title: `Resource ${resource}`,
      permission: `${reading} on ${resource}`,
      needs: needsGoogle,
      run: async () => checkResource(resource, await readIfThere(await context.google(), resource)),
    },
    {
      ...common,
      id: optIn,
      title: `Opt-in of ${resource}`,
      permission: `${reading} on ${resource}, resourcemanager.projects.getIamPolicy and iam.roles.get on its project`,
      needs: [...needsGoogle, exists, 'own-account'],
      run: async () => {
        const settings = await context.settings();
        const held = await readHeldOn(settings, await context.google(), resource);
        const check = resourceKindOf(resource) === 'project' ? checkProjectOptIn : checkResourceOptIn;
        return check(settings, context.stage, resource, held);
      },
    },
    {
      ...common,
      id: googleRolesCheckId(resource),
      title: `Google roles on ${resource}`,
      permission: 'iam.roles.get for custom roles',
      needs: needsGoogle,
      run: async () => {
        const { allow } = await context.settings();
        const observed = await observeRules(await context.google(), { allow }, [resource]);
        return checkGoogleRoles(context.stage, resource, planRules({ allow }, observed, [resource]));
      },
    },
  ];
};

/** The checks that explain why a binding on the resource may be missing. */
export const resourceCheckIds = (
  resource: ResourceName,
): readonly [exists: string, optIn: string, roles: string] => [
  `resource:${resource}`,
  `resource-opt-in:${resource}`,
  googleRolesCheckId(resource),
];

/** The check that explains why a tag may be refused. */
export const googleRolesCheckId = (resource: ResourceName): string => `google-roles:${resource}`;

/** Undefined if Google's answer names the resource as one that does not exist. */
const readIfThere = async (google: GoogleView, resource: ResourceName): Promise<PolicyRead | undefined> => {
  try {
    return await google.resourcePolicy(resource);
  } catch (thrown) {
    if (thrown instanceof PermanentError && thrown.because === 'notFound') return undefined;
    throw thrown;
  }
};

/** It must exist, and heed the bindings of its policy. */
export const checkResource = (resource: ResourceName, read: PolicyRead | undefined): Finding => {
  if (read === undefined)
    return failed(
      `Google finds no ${resource}.`,
      'Create it, or correct the rules in rolebridge.yml and the tags that name it.',
    );
  const kind = resourceKindOf(resource);
  const bucket = resource.replace('buckets/', '');
  if (read.noBinds !== undefined)
    return failed(
      `Bucket ${bucket} has no uniform bucket-level access, without which it ignores federated roles.`,
      `Its owner turns that on: gcloud storage buckets update gs://${bucket} --uniform-bucket-level-access`,
    );
  return ok(
    `${resource} exists${kind === 'bucket' ? ', and has uniform bucket-level access' : ''}.`,
    kind === undefined || takesConditions(kind)
      ? undefined
      : `Google takes no condition on a ${kind}, so a tag cannot name an end ("until") for access to it.`,
  );
};

/** The permissions of rolebridge's own account on a resource, by its policy and that of its project. */
const readHeldOn = (
  { google: { serviceAccount } }: Settings,
  google: GoogleView,
  resource: ResourceName,
): Promise<HeldPermissions> => {
  const ofResource = async () => (await google.resourcePolicy(resource)).policy;
  const ofProject = async () => google.projectPolicy(await projectOf(google, resource));
  return readHeldPermissions(
    google,
    `serviceAccount:${serviceAccount}`,
    resourceKindOf(resource) === 'project' ? [ofResource] : [ofResource, ofProject],
  );
};

/** A bucket's name does not name its project. */
const projectOf = async (google: GoogleView, resource: ResourceName): Promise<string> => {
  const named = projectOfGoogleResource(resource);
  if (named !== undefined) return named;
  const number = await google.projectOfBucket(resource.replace('buckets/', ''));
  if (number === undefined) throw new PermanentError(`Google finds no ${resource}.`);
  return number;
};

/** Google must take each Google role there, and rolebridge must be able to grant it, as setup judges the rules. */
export const checkGoogleRoles = (
  stage: string,
  resource: ResourceName,
  { refusals, warnings }: Pick<PlanPart, 'refusals' | 'warnings'>,
): Finding => {
  if (refusals.length > 0)
    return failed(refusals.join('\n'), `Correct the rule in rolebridge.yml, and deploy: ${deploy(stage)}`);
  return warnings.length > 0
    ? unknown(warnings.join('\n'))
    : ok(`Rules may grant the Google roles that they name on ${resource}.`);
};
