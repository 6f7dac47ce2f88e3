import { GoogleError, invalid } from './errors.ts';
import type { Method } from './method.ts';
import { page } from './page.ts';
import type { Project, Projects } from './projects.ts';

/** The observations of Policy Analyzer. Tests add it, because the stand-in observes nothing. */
export interface Activities {
  /** Replaces the activity of this name in its project: a service account's, or a key's (`keys.add` returns its name). */
  readonly set: (name: string, activity: LocalActivity) => void;
  /** Policy Analyzer has no record any more. */
  readonly remove: (name: string) => void;
}

export interface LocalActivity {
  /** Days begin at 07:00 UTC. */
  readonly observationPeriod: { readonly startTime: string; readonly endTime: string };
  /** Left out if it was not used in this period. */
  readonly lastAuthenticatedTime?: string;
}

const service = 'policyanalyzer.googleapis.com';

/** activities.query of Policy Analyzer. Of its filters, the stand-in knows names joined by OR. */
export const createActivities = (
  projects: Projects,
): Activities & { readonly methods: readonly Method[] } => {
  const activities = new Map<string, LocalActivity>();
  const inside = (project: Project, isKey: boolean) =>
    [...activities].filter(
      ([name]) =>
        name.startsWith(`//iam.googleapis.com/projects/${project.id}/`) && name.includes('/keys/') === isKey,
    );
  const query = (activityType: string): Method => {
    const permission = `policyanalyzer.${activityType}Activities.query`;
    return {
      name: permission,
      http: 'GET',
      path: new RegExp(
        `^/v1/(?<resource>projects/(?<project>[^/]+))/locations/global/activityTypes/${activityType}/activities:query$`,
      ),
      permission,
      prepare: ({ path: { project = '' }, query: asked }) => {
        const on = projects.get(project, permission);
        // Google refuses calls of an API that is not enabled before it checks permissions.
        if (!on.services.has(service)) throw disabled(on);
        return {
          on,
          perform: () => {
            const wanted = namesIn(asked.get('filter') ?? '');
            const isKey = activityType.includes('Key');
            const found = inside(on, isKey).filter(([name]) => wanted === undefined || wanted.has(name));
            const { items, ...next } = page(found, ([name]) => name, asked, { usual: 1000, most: 1000 });
            return {
              ...(items.length === 0
                ? {}
                : { activities: items.map((item) => shown(activityType, on, item)) }),
              ...next,
            };
          },
        };
      },
    };
  };
  return {
    set: (name, activity) => void activities.set(name, activity),
    remove: (name) => void activities.delete(name),
    methods: ['serviceAccountLastAuthentication', 'serviceAccountKeyLastAuthentication'].map(query),
  };
};

const disabled = ({ number }: Project): GoogleError =>
  new GoogleError(
    403,
    'PERMISSION_DENIED',
    `Policy Analyzer API has not been used in project ${number} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/${service}/overview?project=${number} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: { service, consumer: `projects/${number}` },
      },
    ],
  );

const namesIn = (filter: string): ReadonlySet<string> | undefined => {
  if (filter === '') return undefined;
  const names = filter.split(' OR ').map((part) => {
    const [, name] = /^activities\.(?:full_resource_name|fullResourceName) ?= ?"([^"]+)"$/.exec(part) ?? [];
    if (name === undefined) throw invalid(`Invalid filter: ${part}`);
    return name;
  });
  return new Set(names);
};

const shown = (
  activityType: string,
  { number }: Project,
  [fullResourceName, { observationPeriod, ...activity }]: readonly [string, LocalActivity],
) => ({
  fullResourceName,
  activityType,
  observationPeriod,
  activity: {
    ...activity,
    [activityType.includes('Key') ? 'serviceAccountKey' : 'serviceAccount']: {
      fullResourceName,
      projectNumber: number,
    },
  },
});
