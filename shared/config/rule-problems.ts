import { reasonOfDenial } from '../core/denied-permissions.ts';
import { globsMeet } from '../core/glob.ts';
import { isBasicRole, projectRoleNames } from '../core/google-permissions.ts';
import {
  isGoogleRole,
  notAGoogleRole,
  notAResource,
  projectOfGoogleResource,
  resourceKindOf,
  takesConditions,
} from '../core/google-resource.ts';
import type { AllowRule } from '../core/settings.ts';
import { workloadIdentityUser } from '../core/target.ts';
import { errorsAt, type Inconsistency, repeated } from './inconsistency.ts';
import type { ParsedSettings } from './schema.ts';
import type { SettingPath } from './yaml.ts';

type ParsedRule = ParsedSettings['allow'][number];

/** Rules that can never allow anything, or that may not: a mistake that would be noticed only when a request is refused. */
export const ruleProblems = (settings: ParsedSettings): readonly Inconsistency[] => [
  ...settings.allow.flatMap((rule, index) => [
    ...subjectErrors(settings, rule, ['allow', index]),
    ...roleErrors(settings, rule, ['allow', index]),
  ]),
  ...repeatedRules(settings),
];

/** A rule of the file that has no problem. */
export const completeRule = ({
  to,
  grant,
  on,
  alsoPermit,
  clientProject,
  ...forRoles
}: ParsedRule): AllowRule =>
  grant === undefined || on === undefined
    ? { to: to ?? '', ...forRoles }
    : {
        grant,
        on,
        ...forRoles,
        ...(alsoPermit === undefined ? {} : { alsoPermit }),
        ...(clientProject === undefined ? {} : { clientProject }),
      };

const subjectErrors = (
  settings: ParsedSettings,
  rule: ParsedRule,
  path: SettingPath,
): readonly Inconsistency[] => {
  const { to, grant, on } = rule;
  if ((to === undefined) === (grant === undefined))
    return errorsAt(
      path,
      'set exactly one of to (service accounts that may be asked for) and grant (a Google role, on the resources under on)',
    );
  if (to !== undefined)
    return [
      ...targetErrors(settings, to, [...path, 'to']),
      ...(['on', 'alsoPermit', 'clientProject'] as const).flatMap((key) =>
        rule[key] === undefined ? [] : errorsAt([...path, key], 'is only for a rule with grant'),
      ),
    ];
  if (on === undefined)
    return errorsAt(path, 'lacks on: the resources that this Google role may be asked for on');
  return grantErrors(rule, grant ?? '', on, path);
};

const targetErrors = (
  { google }: ParsedSettings,
  to: string,
  path: SettingPath,
): readonly Inconsistency[] => {
  const targets = google.projects.flatMap((project) => [
    ...emailGlobs(project),
    ...(project === google.project ? [`${google.projectNumber}-compute@developer.gserviceaccount.com`] : []),
  ]);
  return [
    ...(targets.some((target) => globsMeet(to, target))
      ? []
      : errorsAt(path, `${to} matches no service account of google.projects, so the rule can never match`)),
    ...(to === google.serviceAccount
      ? errorsAt(path, "rolebridge's own service account cannot be a target")
      : []),
  ];
};

/** The e-mails that a configured project's service accounts can have, as globs. */
const emailGlobs = (project: string): readonly string[] => {
  const [name = '', organization] = project.split(':').toReversed();
  const domain = organization === undefined ? name : `${name}.${organization}`;
  return [
    `*@${domain}.iam.gserviceaccount.com`,
    `${domain}@appspot.gserviceaccount.com`,
    ...(/^\d+$/.test(project) ? [`${project}-compute@developer.gserviceaccount.com`] : []),
  ];
};

const grantErrors = (
  { alsoPermit = [], clientProject, maxDays }: ParsedRule,
  grant: string,
  on: readonly string[],
  path: SettingPath,
): readonly Inconsistency[] => [
  ...errorsAt([...path, 'grant'], googleRoleError(grant)),
  ...on.flatMap((resource, index) => errorsAt([...path, 'on', index], resourceError(grant, resource))),
  ...repeated([...path, 'on'], on),
  ...alsoPermit.flatMap((permission, index) => {
    const reason = reasonOfDenial(permission);
    return reason === undefined
      ? []
      : errorsAt([...path, 'alsoPermit', index], `${permission} is never granted: ${reason}`);
  }),
  ...repeated([...path, 'alsoPermit'], alsoPermit),
  ...(clientProject === undefined && on.some((resource) => resourceKindOf(resource) === 'bucket')
    ? errorsAt(
        path,
        'lacks clientProject: the name of a bucket contains no project that its clients could use',
      )
    : []),
  ...(maxDays !== undefined && on.some(isWithoutConditions)
    ? errorsAt(
        [...path, 'maxDays'],
        'Google takes no condition on topics and subscriptions, so access to them cannot end by itself. Remove maxDays, or give them a rule of their own',
      )
    : []),
];

const isWithoutConditions = (resource: string): boolean => {
  const kind = resourceKindOf(resource);
  return kind !== undefined && !takesConditions(kind);
};

const googleRoleError = (grant: string): string | undefined => {
  if (!isGoogleRole(grant)) return notAGoogleRole(grant);
  if (grant === workloadIdentityUser) return 'to act as a service account is asked for by its e-mail: use to';
  return isBasicRole(grant)
    ? `${grant} is a basic role, which is never granted: it permits something on everything in a project. Name a predefined role that permits only what is needed`
    : undefined;
};

const resourceError = (grant: string, resource: string): string | undefined => {
  const kind = resourceKindOf(resource);
  if (kind === undefined) return notAResource(resource);
  if (kind === 'project' && !projectRoleNames().includes(grant))
    return `on a whole project, only these Google roles are granted: ${projectRoleNames().join(', ')}. Name a single resource`;
  const [, custom] = /^projects\/([^/]+)\/roles\//.exec(grant) ?? [];
  const project = projectOfGoogleResource(resource);
  return custom !== undefined && project !== undefined && project !== custom
    ? `a custom role of project ${custom} can be granted only in that project`
    : undefined;
};

const roleErrors = (
  { accounts }: ParsedSettings,
  rule: ParsedRule,
  path: SettingPath,
): readonly Inconsistency[] => {
  const listed = new Set(accounts.map(({ id }) => id));
  return [
    ...(rule.accounts ?? []).flatMap((id, at) =>
      listed.has(id)
        ? []
        : errorsAt([...path, 'accounts', at], `${id} is not under accounts, so the rule can never match it`),
    ),
    ...rule.roles.flatMap((role, at) =>
      role.replaceAll('*', '').length > 64
        ? errorsAt([...path, 'roles', at], 'longer than the 64 characters of a role name')
        : [],
    ),
    ...repeated([...path, 'accounts'], rule.accounts ?? []),
    ...repeated([...path, 'roles'], rule.roles),
  ];
};

/** The same rule twice: probably a copy that someone meant to change. */
const repeatedRules = ({ allow }: ParsedSettings): readonly Inconsistency[] => {
  const keys = allow.map(({ to, grant, on, alsoPermit, clientProject, accounts, roles, maxDays }) =>
    JSON.stringify([
      to ?? [grant, on?.toSorted(), alsoPermit?.toSorted(), clientProject],
      accounts?.toSorted() ?? 'all',
      roles.toSorted(),
      maxDays ?? 'any',
    ]),
  );
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    return first === index ? [] : errorsAt(['allow', index], `is the same rule as allow[${first}]`);
  });
};
