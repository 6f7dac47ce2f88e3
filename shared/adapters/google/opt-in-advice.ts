import { optInCommand, policyPermissions } from '../../core/policy-permissions.ts';
import type { Advice } from './policy-kind.ts';

/** How the owner of a resource lets rolebridge edit its allow policy. */
export const optInAdvice: Advice = (resource) => {
  const { read, edit } = policyPermissions(resource);
  return `rolebridge needs ${listed([...read, edit])} on ${resource}. Its owner opts it in: ${optInCommand(resource)}`;
};

const listed = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
