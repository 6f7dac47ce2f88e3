import { email, reader, reports, writer } from '../../support/settings.ts';
import { type Cloud, newCloud, putRole } from './cloud.ts';
import { busyPolicy, ownPolicy } from './foreign.ts';
import type { Intent } from './intent.ts';

export const plainIntent: Intent = {
  regions: ['us-east-1', 'eu-west-1'],
  prefix: '/google-access',
  formerPrefixes: [],
  projects: ['acme-data', 'acme-identity'],
  allow: { emails: [reader, writer, email('gone')], roles: ['reports', 'app-a', 'app-b', 'app-bad'] },
  maxRevocations: 25,
};

/** A world settled by `before`, then changed: faults happen at the calls that reconcile the change. */
export interface Scenario {
  readonly name: string;
  readonly before: (cloud: Cloud) => void;
  readonly change: (cloud: Cloud) => void;
  /** The source that reports the change: the events that `change` sends, or only the sweep. */
  readonly noticedBy: 'events' | 'sweep';
}

export const scenarioCloud = (): Cloud => {
  const own = 'rolebridge@acme-identity.iam.gserviceaccount.com';
  const cloud = newCloud(plainIntent, { [reader]: busyPolicy, [writer]: busyPolicy, [own]: ownPolicy });
  cloud.world.parameters.set('us-east-1 /google-access/README', { value: 'ask Ann', description: '' });
  cloud.foreignParameters.set('us-east-1 /google-access/README', 'ask Ann');
  return cloud;
};

export const asking = (target: string, grant = 'default') => ({ grant, target });
export const reportsReads = (cloud: Cloud) => putRole(cloud, reports, [asking(reader)]);
export const nothing = () => undefined;
export const folder = '/google-access/reports/default';
