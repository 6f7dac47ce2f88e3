import { resourceKindOf } from './google-resource.ts';
import type { Grant, Target } from './model.ts';
import { targetText } from './model.ts';

/** Predefined roles that let someone run queries; they are granted on a project. */
const jobRoles = new Set(['roles/bigquery.jobUser', 'roles/bigquery.user', 'roles/bigquery.admin']);

/**
 * What a grant on a BigQuery dataset still lacks: to read rows by a query, a role also needs bigquery.jobs.create on a project
 * (https://cloud.google.com/bigquery/docs/access-control). Undefined if one of the role's grants gives that.
 */
export const queryHint = (
  { target }: Pick<Grant, 'target'>,
  grants: readonly Pick<Grant, 'target'>[],
): string | undefined =>
  isDirect(target) &&
  resourceKindOf(target.resource) === 'dataset' &&
  !grants.some((one) => isForJobs(one.target))
    ? `${targetText(target)} alone runs no query: that also needs roles/bigquery.jobUser on a project, which a second tag can ask for.`
    : undefined;

const isForJobs = (target: Target): boolean => isDirect(target) && jobRoles.has(target.googleRole);

const isDirect = (target: Target): target is Extract<Target, { readonly kind: 'direct' }> =>
  target.kind === 'direct';
