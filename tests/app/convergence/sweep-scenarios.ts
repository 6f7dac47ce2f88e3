import { reader, reports } from '../../support/settings.ts';
import { writerPolicy } from '../../support/snapshot.ts';
import { editByHand, putRole } from './cloud.ts';
import { memberText } from './foreign.ts';
import { asking, folder, nothing, reportsReads, type Scenario } from './scenario.ts';
import { user } from './targets.ts';

/** Changes that no event reports, so the sweep finds them. */
export const sweepScenarios: readonly Omit<Scenario, 'noticedBy'>[] = [
  { name: 'sweep: tagged, event lost', before: nothing, change: reportsReads },
  {
    name: 'sweep: untagged, event lost',
    before: reportsReads,
    change: (cloud) => putRole(cloud, reports, []),
  },
  {
    name: 'sweep: expired',
    before: (cloud) => putRole(cloud, reports, [{ ...asking(reader), until: '2026-11-25T00:00:00Z' }]),
    change: (cloud) => {
      cloud.world.now = new Date('2026-11-25T00:00:01Z');
    },
  },
  {
    name: 'sweep: a member that nobody asked for',
    before: reportsReads,
    change: (cloud) =>
      editByHand(cloud, writerPolicy, (policy) => ({
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
      putRole(cloud, reports, []);
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
    name: 'sweep: parameters of other types',
    before: reportsReads,
    change: ({ world }) => {
      const copy = world.parameters.get(`eu-west-1 ${folder}`);
      if (copy === undefined) throw new Error('nothing was published');
      world.parameters.set(`us-east-1 ${folder}`, { ...copy, type: 'SecureString' });
      world.parameters.set(`eu-west-1 ${folder}`, { ...copy, type: 'StringList' });
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
