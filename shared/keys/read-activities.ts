import pMap from 'p-map';
import type { BlindSpot } from '../app/blind-spot.ts';
import { toFailure } from '../core/errors.ts';
import { projectOf } from '../core/service-account.ts';
import type { ActivityType, KeyReader } from './ports.ts';
import { type RawActivity, type Unread, type Use, unreadBecause, useOf } from './use.ts';

export interface ReadActivities {
  readonly ofAccount: (email: string) => Use;
  readonly ofKey: (email: string, id: string) => Use;
  readonly blindSpots: readonly BlindSpot[];
}

/** Asks Policy Analyzer about each project of these service accounts, once for the accounts and once for their keys. */
export const readActivities = async (
  reader: KeyReader,
  emails: readonly string[],
  now: Date,
): Promise<ReadActivities> => {
  const projects = await pMap(
    [...Map.groupBy(emails, (email) => projectOf(email) ?? '')],
    ([project, inside]) => readProject(reader, project, new Set(inside)),
    { concurrency: 8 },
  );
  const found = new Map(projects.map((one) => [one.project, one]));
  const use = (email: string, part: 'accounts' | 'keys', name: string): Use => {
    const activities = found.get(projectOf(email) ?? '')?.[part];
    if (activities?.kind !== 'read') return activities ?? notAsked;
    return useOf(activities.byName.get(name) ?? [], now);
  };
  return {
    ofAccount: (email) => use(email, 'accounts', email),
    ofKey: (email, id) => use(email, 'keys', `${email}/keys/${id}`),
    blindSpots: projects.flatMap(blindSpotsOf),
  };
};

interface ProjectActivities {
  readonly project: string;
  readonly accounts: Activities;
  readonly keys: Activities;
}

type Activities =
  | { readonly kind: 'read'; readonly byName: ReadonlyMap<string, readonly RawActivity[]> }
  | Unread;

const readProject = async (
  reader: KeyReader,
  project: string,
  emails: ReadonlySet<string>,
): Promise<ProjectActivities> => {
  const read = async (type: ActivityType): Promise<Activities> => {
    if (project === '') return unnamedProject;
    try {
      return { kind: 'read', byName: await reader.activities(project, type, emails) };
    } catch (thrown) {
      return unreadBecause(toFailure(thrown));
    }
  };
  const [accounts, keys] = await Promise.all([
    read('serviceAccountLastAuthentication'),
    read('serviceAccountKeyLastAuthentication'),
  ]);
  return { project, accounts, keys };
};

const unnamedProject: Unread = {
  kind: 'unreadable',
  reason: 'Their e-mails do not name a project, and Policy Analyzer answers for projects.',
};

const notAsked: Unread = { kind: 'unreadable', reason: 'Policy Analyzer was not asked.' };

/** One line for both, unless Policy Analyzer answered one of them. */
const blindSpotsOf = ({ project, accounts, keys }: ProjectActivities): readonly BlindSpot[] => {
  const place = project === '' ? 'of no project' : `of project ${project}`;
  const [reason] = [keys, accounts].flatMap((one) => (one.kind === 'read' ? [] : [one.reason]));
  if (reason === undefined) return [];
  const parts = [
    ...(accounts.kind === 'read' ? [] : ['service accounts']),
    ...(keys.kind === 'read' ? [] : ['keys']),
  ];
  return [{ what: `the last use of the ${parts.join(' and ')} ${place}`, reason }];
};
