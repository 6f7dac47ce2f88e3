import { PermanentError } from '../core/errors.ts';
import type { PresentRole } from '../core/model.ts';
import type { Settings } from '../core/settings.ts';
import type { StackNames } from '../core/stack.ts';
import { parseTags } from '../core/tags.ts';
import { once, oncePer } from './memo.ts';
import type { AwsView, DoctorPorts, GoogleView } from './ports.ts';
import type { CallerIdentity, LogLine } from './states.ts';

/** What is known of both clouds: each thing is read once, when a check first asks, and may fail by itself. */
export interface Context {
  readonly names: StackNames;
  readonly stage: string;
  readonly now: Date;
  readonly settings: () => Promise<Settings>;
  /** Undefined where the file is at fault. */
  readonly settingsIfAny: () => Promise<Settings | undefined>;
  readonly account: () => Promise<Settings['accounts'][number]>;
  readonly aws: AwsView;
  readonly google: () => Promise<GoogleView>;
  readonly identity: () => Promise<CallerIdentity>;
  /** Of both functions, of the last day. */
  readonly failures: () => Promise<readonly LogLine[]>;
  /** Roles with a tag of ours. */
  readonly taggedRoles: () => Promise<readonly PresentRole[]>;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

const memoisedAws = (aws: AwsView): AwsView => ({
  ...aws,
  identity: once(aws.identity),
  functionState: oncePer(aws.functionState),
  rule: oncePer(aws.rule),
  eventSources: oncePer(aws.eventSources),
  queue: oncePer(aws.queue),
  ledger: oncePer(aws.ledger),
  trails: once(aws.trails),
  role: oncePer(aws.role),
  instanceProfiles: oncePer(aws.instanceProfiles),
  attachedPolicies: oncePer(aws.attachedPolicies),
});

const memoisedGoogle = (google: GoogleView): GoogleView => ({
  project: oncePer(google.project),
  isServiceEnabled: google.isServiceEnabled,
  pool: oncePer(google.pool),
  providers: oncePer(google.providers),
  provider: oncePer(google.provider),
  serviceAccount: oncePer(google.serviceAccount),
  customRole: oncePer(google.customRole),
  accountPolicy: oncePer(google.accountPolicy),
  projectPolicy: oncePer(google.projectPolicy),
  serviceAccounts: oncePer(google.serviceAccounts),
});

export interface ContextOptions {
  readonly names: StackNames;
  readonly stage: string;
  /** @throws where the file is at fault */
  readonly readSettings: () => Settings;
}

export const createContext = (
  ports: DoctorPorts,
  { names, stage, readSettings }: ContextOptions,
): Context => {
  const aws = memoisedAws(ports.aws);
  const settings = once(async () => readSettings());
  const account = async () => {
    const [first] = (await settings()).accounts;
    if (first === undefined) throw new PermanentError('rolebridge.yml configures no account.');
    return first;
  };
  const now = ports.now();
  const since = new Date(now.getTime() - dayMilliseconds);
  return {
    names,
    stage,
    now,
    settings,
    settingsIfAny: () => settings().catch(() => undefined),
    account,
    aws,
    google: once(async () => memoisedGoogle(ports.google(await settings()))),
    identity: aws.identity,
    failures: once(async () => {
      const lines = [];
      for (const name of [names.reconcileFunction, names.sweepFunction])
        lines.push(...(await aws.failures(name, since)));
      return lines;
    }),
    taggedRoles: once(async () => {
      const { tagKey } = await settings();
      const roles = await aws.roles((await account()).id);
      return roles.filter(({ tags }) => {
        const { requests, refusals } = parseTags(tags, tagKey);
        return requests.length + refusals.length > 0;
      });
    }),
  };
};
