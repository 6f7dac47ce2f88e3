import { email, reader, writer } from '../../support/settings.ts';
import {
  type Cloud,
  editByHand,
  newCloud,
  putRole,
  removeAccount,
  removeRole,
  sendEvent,
  setRejected,
} from './cloud.ts';
import { busyPolicy, memberText, ownPolicy, user } from './foreign.ts';
import type { Intent } from './intent.ts';

export const plainIntent: Intent = {
  regions: ['us-east-1', 'eu-west-1'],
  prefix: '/google-access',
  formerPrefixes: [],
  projects: ['acme-data', 'acme-identity'],
  allow: { emails: [reader, writer, email('gone')], roles: ['reports', 'app-a', 'app-b', 'app-bad'] },
  maxRevocations: 25,
};

/** A world settled by `before`, then changed: the calls that bring it back in line are where faults happen. */
export interface Scenario {
  readonly name: string;
  readonly before: (cloud: Cloud) => void;
  readonly change: (cloud: Cloud) => void;
  /** What notices the change: the events that `change` sends, or nothing but the sweep. */
  readonly noticedBy: 'events' | 'sweep';
}

export const scenarioCloud = (): Cloud => {
  const own = 'rolebridge@acme-identity.iam.gserviceaccount.com';
  const cloud = newCloud(plainIntent, { [reader]: busyPolicy, [writer]: busyPolicy, [own]: ownPolicy });
  cloud.world.parameters.set('us-east-1 /google-access/README', { value: 'ask Ann', description: '' });
  cloud.foreignParameters.set('us-east-1 /google-access/README', 'ask Ann');
  return cloud;
};

const ask = (target: string, grant = 'default') => ({ grant, email: target });
const reportsReads = (cloud: Cloud) => putRole(cloud, 'reports', [ask(reader)]);
const nothing = () => undefined;
const folder = '/google-access/reports/default';

const byEvents: readonly Omit<Scenario, 'noticedBy'>[] = [
  {
    name: 'grant, new',
    before: nothing,
    change: (cloud) => {
      reportsReads(cloud);
      sendEvent(cloud, 'TagRole', 'reports');
    },
  },
  {
    name: 'grant, two on one account',
    before: nothing,
    change: (cloud) => {
      putRole(cloud, 'reports', [ask(reader), { ...ask(reader, 'night'), until: '2026-12-01T00:00:00Z' }]);
      sendEvent(cloud, 'TagRole', 'reports');
    },
  },
  {
    name: 'retarget',
    before: reportsReads,
    change: (cloud) => {
      putRole(cloud, 'reports', [ask(writer)]);
      sendEvent(cloud, 'TagRole', 'reports');
    },
  },
  {
    name: 'expiring, then a new date',
    before: (cloud) => putRole(cloud, 'reports', [{ ...ask(reader), until: '2026-12-01T00:00:00Z' }]),
    change: (cloud) => {
      putRole(cloud, 'reports', [{ ...ask(reader), until: '2026-12-02T00:00:00Z' }]);
      sendEvent(cloud, 'TagRole', 'reports');
    },
  },
  {
    name: 'revoke by untag',
    before: reportsReads,
    change: (cloud) => {
      putRole(cloud, 'reports', []);
      sendEvent(cloud, 'UntagRole', 'reports');
    },
  },
  {
    name: 'role deleted',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, 'reports');
      sendEvent(cloud, 'DeleteRole', 'reports');
    },
  },
  {
    name: 'role re-created, with another target',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, 'reports');
      sendEvent(cloud, 'DeleteRole', 'reports');
      putRole(cloud, 'reports', [ask(writer)], 'AROA2');
      sendEvent(cloud, 'CreateRole', 'reports');
    },
  },
  {
    name: 'role re-created in another case',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, 'reports');
      putRole(cloud, 'Reports', [ask(reader)], 'AROA2');
      for (const name of ['DeleteRole', 'CreateRole'])
        sendEvent(cloud, name, name === 'DeleteRole' ? 'reports' : 'Reports');
    },
  },
  {
    name: 'two roles, one granted, one revoked',
    before: (cloud) => putRole(cloud, 'app-a', [ask(reader)]),
    change: (cloud) => {
      putRole(cloud, 'app-a', []);
      putRole(cloud, 'app-b', [ask(reader)]);
      sendEvent(cloud, 'UntagRole', 'app-a');
      sendEvent(cloud, 'TagRole', 'app-b');
    },
  },
  {
    name: 'account missing',
    before: reportsReads,
    change: (cloud) => {
      removeAccount(cloud, email('gone'));
      putRole(cloud, 'reports', [ask(email('gone'))]);
      sendEvent(cloud, 'TagRole', 'reports');
    },
  },
  {
    name: 'bind rejected for good, unbind pending',
    before: (cloud) => putRole(cloud, 'app-a', [ask(reader)]),
    change: (cloud) => {
      setRejected(cloud, 'app-bad');
      putRole(cloud, 'app-bad', [ask(reader)]);
      putRole(cloud, 'app-b', [ask(reader)]);
      removeRole(cloud, 'app-a');
      for (const name of ['app-bad', 'app-b']) sendEvent(cloud, 'TagRole', name);
      sendEvent(cloud, 'DeleteRole', 'app-a');
    },
  },
];

const bySweep: readonly Omit<Scenario, 'noticedBy'>[] = [
  { name: 'sweep: tagged, event lost', before: nothing, change: reportsReads },
  {
    name: 'sweep: untagged, event lost',
    before: reportsReads,
    change: (cloud) => putRole(cloud, 'reports', []),
  },
  {
    name: 'sweep: expired',
    before: (cloud) => putRole(cloud, 'reports', [{ ...ask(reader), until: '2026-11-25T00:00:00Z' }]),
    change: (cloud) => {
      cloud.world.now = new Date('2026-11-25T00:00:01Z');
    },
  },
  {
    name: 'sweep: our member taken out by hand',
    before: reportsReads,
    change: (cloud) => editByHand(cloud, reader, () => busyPolicy),
  },
  {
    name: 'sweep: a member that nobody asked for',
    before: reportsReads,
    change: (cloud) =>
      editByHand(cloud, writer, (policy) => ({
        ...policy,
        bindings: [
          { role: user, members: [memberText('Reports'), memberText('reports', '999988887777')] },
          ...(policy.bindings ?? []),
        ],
      })),
  },
  {
    name: 'sweep: record deleted, role untagged',
    before: reportsReads,
    change: (cloud) => {
      cloud.world.parameters.delete(`us-east-1 ${folder}`);
      cloud.world.parameters.delete(`eu-west-1 ${folder}`);
      putRole(cloud, 'reports', []);
    },
  },
  {
    name: 'sweep: parameters edited and copied',
    before: reportsReads,
    change: ({ world }) => {
      const copy = world.parameters.get(`eu-west-1 ${folder}`);
      if (copy === undefined) throw new Error('nothing was published');
      world.parameters.set(`us-east-1 ${folder}`, { value: '{}', description: '' });
      world.parameters.set('eu-west-1 /google-access/gone/default', copy);
      world.parameters.set(`us-east-1 ${folder}/deeper`, copy);
    },
  },
  {
    name: 'sweep: other region dropped',
    before: reportsReads,
    change: (cloud) => {
      cloud.intent = { ...cloud.intent, regions: ['us-east-1'] };
    },
  },
  {
    name: 'sweep: first region dropped, one added',
    before: reportsReads,
    change: (cloud) => {
      cloud.intent = { ...cloud.intent, regions: ['ap-south-1', 'eu-west-1'] };
    },
  },
  {
    name: 'sweep: prefix renamed',
    before: reportsReads,
    change: (cloud) => {
      cloud.intent = { ...cloud.intent, prefix: '/gcp', formerPrefixes: ['/google-access'] };
    },
  },
  {
    name: 'sweep: project dropped',
    before: reportsReads,
    change: (cloud) => {
      cloud.intent = { ...cloud.intent, projects: ['acme-identity'] };
    },
  },
];

export const scenarios: readonly Scenario[] = [
  ...byEvents.map((scenario) => ({ ...scenario, noticedBy: 'events' }) as const),
  ...bySweep.map((scenario) => ({ ...scenario, noticedBy: 'sweep' }) as const),
];
