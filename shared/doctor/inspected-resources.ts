import type { Desired } from '../core/guardrail.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, type Settings } from '../core/settings.ts';
import { accessOf, siteOf } from '../core/target.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { type Finding, ok } from './finding.ts';
import type { InspectedRole } from './role-case.ts';

/** The resources to check: those that the roles' tags ask for and, unless the caller named roles, the first ones of the rules. */
export const inspectedResources = (
  settings: Pick<Settings, 'allow'> | undefined,
  roles: readonly InspectedRole[],
  areNamed: boolean,
): readonly ResourceName[] => [
  ...new Set([
    ...roles.flatMap(({ resources }) => resources),
    ...(areNamed || settings === undefined ? [] : ruleResources(settings).slice(0, maxResources)),
  ]),
];

const ruleResources = (settings: Pick<Settings, 'allow'>): readonly ResourceName[] => [
  ...new Set(fileSites(settings).map(({ resource }) => resource)),
];

/** Resources of rules to check: each takes about five calls. */
const maxResources = 20;

/** The resources on which rules name the Google roles that a role's tags ask for, also those that are refused. */
export const resourcesAsked = (
  settings: Pick<Settings, 'allow'>,
  { grants, refusals }: Desired,
): readonly ResourceName[] => {
  const named = new Set(fileSites(settings).map(accessOf));
  const sites = [...grants, ...refusals].flatMap(({ target }) =>
    target === undefined ? [] : [siteOf(target)],
  );
  return [...new Set(sites.filter((site) => named.has(accessOf(site))).map(({ resource }) => resource))];
};

/** Only if rules name any. */
export const ruleResourcesCheck = (context: Context): Check => ({
  id: 'rule-resources',
  group: 'Resources',
  title: 'Resources of the rules',
  permission: 'to read the file',
  needs: ['config'],
  causedBy: [],
  run: async () => checkRuleResources(ruleResources(await context.settings()).length),
});

export const checkRuleResources = (count: number): Finding =>
  count <= maxResources
    ? ok(`Rules name ${counted(count, 'resource')} for Google roles.`)
    : ok(
        `Rules name ${count} resources for Google roles; the first ${maxResources} are checked.`,
        'Those of one role: rolebridge doctor --role ROLE. Whether all rules can be followed: rolebridge setup',
      );
