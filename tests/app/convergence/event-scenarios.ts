import { email, reader, reports, roleRef, writer } from '../../support/settings.ts';
import { putRole, removeAccount, removeRole, sendEvent, setRejected } from './cloud.ts';
import { asking, nothing, reportsReads, type Scenario } from './scenario.ts';

/** Changes that an event reports. */
export const eventScenarios: readonly Omit<Scenario, 'noticedBy'>[] = [
  {
    name: 'grant, new',
    before: nothing,
    change: (cloud) => {
      reportsReads(cloud);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'grant, two on one account',
    before: nothing,
    change: (cloud) => {
      putRole(cloud, reports, [
        asking(reader),
        { ...asking(reader, 'night'), until: '2026-12-01T00:00:00Z' },
      ]);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'expiring, then a new date',
    before: (cloud) => putRole(cloud, reports, [{ ...asking(reader), until: '2026-12-01T00:00:00Z' }]),
    change: (cloud) => {
      putRole(cloud, reports, [{ ...asking(reader), until: '2026-12-02T00:00:00Z' }]);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'revoke by untag',
    before: reportsReads,
    change: (cloud) => {
      putRole(cloud, reports, []);
      sendEvent(cloud, 'UntagRole', reports);
    },
  },
  {
    name: 'role deleted',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, reports);
      sendEvent(cloud, 'DeleteRole', reports);
    },
  },
  {
    name: 'role re-created, with another target',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, reports);
      sendEvent(cloud, 'DeleteRole', reports);
      putRole(cloud, reports, [asking(writer)], 'AROA2');
      sendEvent(cloud, 'CreateRole', reports);
    },
  },
  {
    name: 'role re-created in another case',
    before: reportsReads,
    change: (cloud) => {
      removeRole(cloud, reports);
      putRole(cloud, roleRef('Reports'), [asking(reader)], 'AROA2');
      for (const name of ['DeleteRole', 'CreateRole'])
        sendEvent(cloud, name, name === 'DeleteRole' ? reports : roleRef('Reports'));
    },
  },
  {
    name: 'account missing',
    before: reportsReads,
    change: (cloud) => {
      removeAccount(cloud, email('gone'));
      putRole(cloud, reports, [asking(email('gone'))]);
      sendEvent(cloud, 'TagRole', reports);
    },
  },
  {
    name: 'bind rejected for good, unbind pending',
    before: (cloud) => putRole(cloud, roleRef('app-a'), [asking(reader)]),
    change: (cloud) => {
      setRejected(cloud, roleRef('app-bad'));
      putRole(cloud, roleRef('app-bad'), [asking(reader)]);
      putRole(cloud, roleRef('app-b'), [asking(reader)]);
      removeRole(cloud, roleRef('app-a'));
      for (const name of ['app-bad', 'app-b']) sendEvent(cloud, 'TagRole', roleRef(name));
      sendEvent(cloud, 'DeleteRole', roleRef('app-a'));
    },
  },
];
