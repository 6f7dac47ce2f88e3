import { reader, reports, roleRef } from '../../support/settings.ts';
import { type Cloud, editByHand, putRole, sendEvent } from './cloud.ts';
import { busyDirectPolicy, memberText } from './foreign.ts';
import { asking, reportsReads, type Scenario } from './scenario.ts';
import {
  bucket,
  dataset,
  directTargets,
  googleRoleIn,
  resourceOf,
  secret,
  type Target,
  topic,
} from './targets.ts';

const on = (resource: string): Target =>
  directTargets.find((target) => resourceOf(target) === resource) ?? resource;

/** A resource as people left it, with a member of our pool. From now on, a rule names it. */
const withDirect = (cloud: Cloud, resource: string): void => {
  const target = on(resource);
  editByHand(cloud, resource, () =>
    busyDirectPolicy(resource, googleRoleIn(target), [memberText('app-old')]),
  );
  cloud.world.owners.set(bucket, '123456');
  const { allow } = cloud.intent;
  cloud.intent = { ...cloud.intent, allow: { ...allow, direct: [...(allow.direct ?? []), target] } };
};

const reportsHas =
  (resource: string) =>
  (cloud: Cloud): void => {
    withDirect(cloud, resource);
    putRole(cloud, reports, [asking(on(resource))]);
  };

/** Google roles on resources, with members there that people bound by hand. */
export const directScenarios: readonly Scenario[] = [
  {
    name: 'direct: first use of a bucket',
    noticedBy: 'events',
    before: (cloud) => withDirect(cloud, bucket),
    change: (cloud) => {
      putRole(cloud, reports, [asking(on(bucket))]);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'direct: from an account to a secret',
    noticedBy: 'events',
    before: (cloud) => {
      withDirect(cloud, secret);
      reportsReads(cloud);
    },
    change: (cloud) => {
      putRole(cloud, reports, [{ ...asking(on(secret)), until: '2026-12-01T00:00:00Z' }]);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'direct: one granted, one revoked',
    noticedBy: 'events',
    before: (cloud) => {
      withDirect(cloud, topic);
      putRole(cloud, roleRef('app-a'), [asking(on(topic))]);
    },
    change: (cloud) => {
      putRole(cloud, roleRef('app-a'), []);
      putRole(cloud, roleRef('app-b'), [asking(on(topic)), asking(reader, 'night')]);
      sendEvent(cloud, 'UntagRole', roleRef('app-a'));
      sendEvent(cloud, 'TagRole', roleRef('app-b'));
    },
  },
  {
    name: 'sweep: direct, rewritten without our entry',
    noticedBy: 'sweep',
    before: reportsHas(dataset),
    change: (cloud) =>
      editByHand(cloud, dataset, () => busyDirectPolicy(dataset, googleRoleIn(on(dataset)), [])),
  },
  {
    name: 'sweep: direct, rule dropped',
    noticedBy: 'sweep',
    before: reportsHas(bucket),
    change: (cloud) => {
      cloud.intent = { ...cloud.intent, allow: { ...cloud.intent.allow, direct: [] } };
    },
  },
];
