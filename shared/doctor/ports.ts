import type { AllowPolicy } from '../core/iam-policy.ts';
import type { PresentRole } from '../core/model.ts';
import type { ObservedParameter } from '../core/observed.ts';
import type { Settings } from '../core/settings.ts';
import type { GoogleReader } from '../setup/ports.ts';
import type { Exchanged } from './exchange.ts';
import type { LedgerState } from './ledger.ts';
import type {
  CallerIdentity,
  EventSource,
  FunctionState,
  Instance,
  LogLine,
  QueueState,
  RoleDetail,
  RuleState,
  TrailState,
} from './states.ts';

/** What the doctor reads; nothing here writes. Each call throws RetryableError or PermanentError where it is not let look. */

/** AWS as a person's credentials reach it. The stack is looked for in us-east-1. */
export interface AwsView {
  readonly identity: () => Promise<CallerIdentity>;
  readonly functionState: (name: string) => Promise<FunctionState>;
  readonly rule: (name: string) => Promise<RuleState>;
  readonly eventSources: (functionName: string) => Promise<readonly EventSource[]>;
  readonly queue: (name: string) => Promise<QueueState>;
  /** The table that a function keeps the ledger in. */
  readonly ledger: (functionName: string) => Promise<LedgerState>;
  /** Every trail that reaches us-east-1. */
  readonly trails: () => Promise<readonly TrailState[]>;
  /** The lines of a function's log that tell of failures; the last ones where there are many. */
  readonly failures: (functionName: string, since: Date) => Promise<readonly LogLine[]>;
  readonly roles: (accountId: string) => Promise<readonly PresentRole[]>;
  readonly role: (name: string) => Promise<RoleDetail>;
  /** Names of the instance profiles that hold a role. */
  readonly instanceProfiles: (roleName: string) => Promise<readonly InstanceProfile[]>;
  /** Names of the managed policies that are attached to a role. */
  readonly attachedPolicies: (roleName: string) => Promise<readonly string[]>;
  /** That run with one of these profiles. */
  readonly instances: (region: string, profileArns: readonly string[]) => Promise<readonly Instance[]>;
  /** All parameters directly under a path. */
  readonly parameters: (region: string, path: string) => Promise<readonly ObservedParameter[]>;
}

export interface InstanceProfile {
  readonly name: string;
  readonly arn: string;
}

/** Google as its administrators see it. */
export interface GoogleView extends Omit<GoogleReader, 'projectPolicies'> {
  /** Of a service account; undefined where there is none. */
  readonly accountPolicy: (email: string) => Promise<AllowPolicy | undefined>;
  readonly projectPolicy: (project: string) => Promise<AllowPolicy | undefined>;
  /** E-mails of the service accounts of a project. */
  readonly serviceAccounts: (project: string) => Promise<readonly string[]>;
}

export interface DoctorPorts {
  readonly aws: AwsView;
  /** @throws where there are no Google credentials, when it is first called. */
  readonly google: (settings: Settings) => GoogleView;
  /** Asks Google for a token of a service account, with whatever AWS credentials this process has. */
  readonly exchange: (settings: Settings, provider: string, email: string) => Promise<Exchanged>;
  readonly now: () => Date;
}
