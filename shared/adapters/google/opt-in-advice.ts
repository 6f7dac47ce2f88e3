import { resourceKindOf } from '../../core/google-resource.ts';
import { policyPermissions } from '../../core/policy-permissions.ts';
import type { Advice } from './policy-kind.ts';

/** How the owner of a resource lets rolebridge edit its allow policy. */
export const optInAdvice: Advice = (resource) => {
  const { read, edit } = policyPermissions(resource);
  const command =
    resourceKindOf(resource) === 'project'
      ? 'rolebridge setup --opt-in-project-grants'
      : `rolebridge setup --opt-in-resource ${resource}`;
  return `rolebridge needs ${listed([...read, edit])} on ${resource}. Its owner opts it in: ${command}`;
};

const listed = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
