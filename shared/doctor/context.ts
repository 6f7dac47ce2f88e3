import { PermanentError } from '../core/errors.ts';
import type { PresentRole } from '../core/model.ts';
import { homeOf, type Settings } from '../core/settings.ts';
import type { StackNames } from '../core/stack.ts';
import { parseTags } from '../core/tags.ts';
import type { AwsView, CallerIdentity, DoctorPorts, GoogleView, LogLine } from './ports.ts';

/** Everything that checks read. Each read happens once, when the first check asks for it, and may fail without affecting the others. */
export interface Context {
  readonly names: StackNames;
  readonly stage: string;
  readonly now: Date;
  readonly settings: () => Promise<Settings>;
  /** Undefined if rolebridge.yml has errors. */
  readonly settingsIfAny: () => Promise<Settings | undefined>;
  readonly account: () => Promise<Settings['accounts'][number]>;
  readonly aws: AwsView;
  readonly google: () => Promise<GoogleView>;
  readonly identity: () => Promise<CallerIdentity>;
  /** Failures of both functions during the last 24 hours. */
  readonly failures: () => Promise<readonly LogLine[]>;
  /** All roles of the account. */
  readonly roles: () => Promise<readonly PresentRole[]>;
  /** Roles with a tag that rolebridge reads. */
  readonly taggedRoles: () => Promise<readonly PresentRole[]>;
}

export interface ContextOptions {
  readonly names: StackNames;
  readonly stage: string;
  /** @throws if rolebridge.yml has errors */
  readonly readSettings: () => Settings;
}

export const createContext = (
  ports: DoctorPorts,
  { names, stage, readSettings }: ContextOptions,
): Context => {
  const aws = memoizedAws(ports.aws);
  const settings = once(async () => readSettings());
  const account = async () => {
    const read = await settings();
    const home = read.accounts.find(({ id }) => id === homeOf(read));
    if (home === undefined) throw new PermanentError('rolebridge.yml configures no account.');
    return home;
  };
  const roles = once(async () => aws.roles((await account()).id));
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
    google: once(async () => memoizedGoogle(ports.google(await settings()))),
    identity: aws.identity,
    failures: once(async () => {
      const lines = [];
      for (const name of [names.reconcileFunction, names.sweepFunction])
        lines.push(...(await aws.failures(name, since)));
      return lines;
    }),
    roles,
    taggedRoles: once(async () => {
      const { tagKey } = await settings();
      return (await roles()).filter(({ tags }) => {
        const { requests, refusals } = parseTags(tags, tagKey);
        return requests.length + refusals.length > 0;
      });
    }),
  };
};

const dayMilliseconds = 24 * 60 * 60 * 1000;

const memoizedAws = (aws: AwsView): AwsView => ({
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

const memoizedGoogle = (google: GoogleView): GoogleView => ({
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

/** Reads once, and keeps a failure as it keeps an answer. */
export const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
};

/** Reads once for each key. */
export const oncePer = <T>(read: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const readings = new Map<string, Promise<T>>();
  return (key) => {
    const reading = readings.get(key) ?? read(key);
    readings.set(key, reading);
    return reading;
  };
};
