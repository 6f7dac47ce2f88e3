import type { Snapshot } from '../app/snapshot.ts';
import type { ResourceName } from '../core/service-account.ts';
import { resourceText } from '../core/target.ts';

/** The allow policies that a report rests on, each by the name of its resource: a service account is named by its e-mail. */
export interface ReportPolicies {
  /** Those that were read, and those of resources that, as Google confirms, do not exist. */
  readonly read: readonly string[];
  /** Those that could not be read, or from which nothing is concluded. Nothing is known about any other policy, either. */
  readonly unread: readonly string[];
}

export const reportPolicies = ({
  policies,
  unseen,
  notReadable,
  own,
}: Pick<Snapshot, 'policies' | 'unseen' | 'notReadable' | 'own'>): ReportPolicies => {
  const isUnread = new Map<ResourceName, boolean>([
    ...[...policies].map(([resource, { kind }]) => [resource, kind === 'unreadable'] as const),
    ...[...unseen, ...notReadable].map((resource) => [resource, true] as const),
    ...(own === undefined ? [] : [[own.resource, own.policy === undefined] as const]),
  ]);
  const namesOf = (wanted: boolean): readonly string[] =>
    [...isUnread].flatMap(([resource, is]) => (is === wanted ? [resourceText(resource)] : [])).toSorted();
  return { read: namesOf(false), unread: namesOf(true) };
};
