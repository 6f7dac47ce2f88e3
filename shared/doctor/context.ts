import { type Failure, PermanentError, toFailure } from '../core/errors.ts';
import type { PresentRole } from '../core/model.ts';
import { once, oncePer } from '../core/once.ts';
import { accountIdsOf, homeOf, type Settings } from '../core/settings.ts';
import { memberRole, type StackNames } from '../core/stack.ts';
import { parseTags } from '../core/tags.ts';
import type {
  AccountView,
  AwsView,
  CallerIdentity,
  DoctorPorts,
  GoogleView,
  LogLine,
  MemberView,
} from './ports.ts';

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
  /** The configured AWS accounts other than the home account, or the one that the caller named. */
  readonly memberIds: () => Promise<readonly string[]>;
  readonly member: (accountId: string) => Promise<MemberView>;
  /** Why a member account cannot be read; undefined if it can. */
  readonly unreadableBecause: (accountId: string) => Promise<Failure | undefined>;
  /** The home account or another one. */
  readonly view: (accountId: string) => Promise<AccountView>;
  /** All roles of the home account. */
  readonly roles: () => Promise<readonly PresentRole[]>;
  /** Roles with a tag that rolebridge reads. */
  readonly taggedRoles: () => Promise<readonly PresentRole[]>;
}

export interface ContextOptions {
  readonly names: StackNames;
  readonly stage: string;
  /** @throws if rolebridge.yml has errors */
  readonly readSettings: () => Settings;
  /** Limits the checks of other AWS accounts to this one. @default all of them */
  readonly accountId?: string;
}

export const createContext = (
  ports: DoctorPorts,
  { names, stage, readSettings, accountId }: ContextOptions,
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
  const member = oncePer(async (id: string) => memoizedMember(ports.member(await settings(), id)));
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
    memberIds: once(async () => {
      const read = await settings();
      return accountIdsOf(read).filter(
        (id) => id !== homeOf(read) && (accountId === undefined || id === accountId),
      );
    }),
    member,
    unreadableBecause: oncePer(async (id) => {
      const viewer = memberRole(stage, await settings(), id, 'viewer');
      return (await member(id)).role(viewer.name).then(() => undefined, toFailure);
    }),
    view: async (id) => (id === homeOf(await settings()) ? aws : member(id)),
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
  bus: oncePer(aws.bus),
  isMatch: oncePerPair(aws.isMatch),
  eventSources: oncePer(aws.eventSources),
  queue: oncePer(aws.queue),
  ledger: oncePer(aws.ledger),
  trails: once(aws.trails),
  role: oncePer(aws.role),
  instanceProfiles: oncePer(aws.instanceProfiles),
  attachedPolicies: oncePer(aws.attachedPolicies),
});

const memoizedMember = (view: MemberView): MemberView => ({
  ...view,
  role: oncePer(view.role),
  instanceProfiles: oncePer(view.instanceProfiles),
  attachedPolicies: oncePer(view.attachedPolicies),
});

/** Many accounts have a rule with the same pattern. */
const oncePerPair = (isMatch: AwsView['isMatch']): AwsView['isMatch'] => {
  const answers = new Map<string, Promise<boolean>>();
  return (pattern, event) => {
    const key = JSON.stringify([pattern, event]);
    const answer = answers.get(key) ?? isMatch(pattern, event);
    answers.set(key, answer);
    return answer;
  };
};

const memoizedGoogle = (google: GoogleView): GoogleView => ({
  project: oncePer(google.project),
  isServiceEnabled: google.isServiceEnabled,
  pool: oncePer(google.pool),
  providers: oncePer(google.providers),
  provider: oncePer(google.provider),
  serviceAccount: oncePer(google.serviceAccount),
  role: oncePer(google.role),
  accountPolicy: oncePer(google.accountPolicy),
  resourcePolicy: oncePer(google.resourcePolicy),
  googleRoles: oncePer(google.googleRoles),
  grantableRoles: oncePer(google.grantableRoles),
  projectOfBucket: oncePer(google.projectOfBucket),
  projectPolicy: oncePer(google.projectPolicy),
  serviceAccounts: oncePer(google.serviceAccounts),
});
