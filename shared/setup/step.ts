import type { Condition } from '../core/iam-policy.ts';
import type { AttributeMapping } from '../core/provider-mapping.ts';
import type { ResourceName } from '../core/service-account.ts';
import type { BrokenUse } from './broken-uses.ts';

/** A new value at one path of rolebridge.yml. */
export interface SettingChange {
  /** `['accounts', 0, 'provider']` */
  readonly path: readonly (string | number)[];
  readonly value: string;
  /** The value that it replaces; undefined if there is none. */
  readonly before?: string;
  /** The file to write it into, if that is not the stage's own: rolebridge.yml, where an override file lies beside it. */
  readonly file?: string;
}

interface ProviderFields {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly name: string;
  readonly accountId: string;
  readonly attributeMapping: AttributeMapping;
  readonly attributeCondition: string;
}

/** The reason for a binding. */
export type BindPurpose =
  | 'actAsRolebridge'
  | 'readPool'
  | 'list'
  | 'optIn'
  | 'optInProject'
  | 'optInResource'
  | 'optInProjectGrants'
  | 'readKeys';

/** One member of an allow policy, and the reason for it. */
export interface SetupGrant {
  readonly purpose: BindPurpose;
  readonly resource: ResourceName;
  readonly role: string;
  readonly member: string;
  readonly condition?: Condition;
}

/** One change on Google's side, or in rolebridge.yml. */
export type SetupStep =
  | { readonly kind: 'writeSettings'; readonly path: string; readonly changes: readonly SettingChange[] }
  | { readonly kind: 'enableServices'; readonly project: string; readonly services: readonly string[] }
  | { readonly kind: 'createPool'; readonly name: string; readonly description: string }
  | { readonly kind: 'undeletePool'; readonly name: string }
  | { readonly kind: 'enablePool'; readonly name: string }
  /** Marks a pool as ours. `isShared`: others may use it, so this adopts it. */
  | {
      readonly kind: 'describePool';
      readonly name: string;
      readonly isShared: boolean;
      readonly description: string;
      readonly before: string;
    }
  | ({ readonly kind: 'createProvider' } & ProviderFields)
  | { readonly kind: 'undeleteProvider'; readonly name: string }
  | { readonly kind: 'enableProvider'; readonly name: string }
  | ({ readonly kind: 'correctProvider'; readonly faults: readonly string[] } & ProviderFields)
  | { readonly kind: 'createServiceAccount'; readonly email: string; readonly project: string }
  | { readonly kind: 'enableServiceAccount'; readonly email: string; readonly project: string }
  | {
      readonly kind: 'createCustomRole';
      readonly name: string;
      readonly title: string;
      readonly permissions: readonly string[];
    }
  | { readonly kind: 'undeleteCustomRole'; readonly name: string }
  | {
      readonly kind: 'correctCustomRole';
      readonly name: string;
      readonly permissions: readonly string[];
      readonly faults: readonly string[];
    }
  | ({ readonly kind: 'bind' } & SetupGrant)
  /** Ends what an earlier name of a function's role may do, or an earlier limit of what rolebridge may grant. */
  | ({ readonly kind: 'unbind' } & SetupGrant);

export type StepOf<K extends SetupStep['kind']> = Extract<SetupStep, { readonly kind: K }>;

export interface SetupPlan {
  /** In the order of their execution. */
  readonly steps: readonly SetupStep[];
  /** Facts that a person should know before they agree. */
  readonly warnings: readonly string[];
  /** Reasons why setup does nothing at all. */
  readonly refusals: readonly string[];
  /** Other people's access that a correction would end; undefined if the plan corrects no provider in a pool that others use. */
  readonly broken?: readonly BrokenUse[];
}

/** The plan for one part of the Google side. */
export interface PlanPart<Step = SetupStep> extends Omit<SetupPlan, 'broken' | 'steps'> {
  readonly steps: readonly Step[];
}

/** Makes and merges the parts of one kind of plan. */
export const planParts = <Step>() => ({
  planPart: (some: Partial<PlanPart<Step>>): PlanPart<Step> => ({
    steps: [],
    warnings: [],
    refusals: [],
    ...some,
  }),
  mergeParts: (parts: readonly PlanPart<Step>[]): PlanPart<Step> => ({
    steps: parts.flatMap(({ steps }) => steps),
    warnings: parts.flatMap(({ warnings }) => warnings),
    refusals: parts.flatMap(({ refusals }) => refusals),
  }),
});

export const { planPart, mergeParts } = planParts<SetupStep>();

export const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** `projects/P/roles/R` → `P` */
export const projectOfName = (name: string): string => name.replace(/^projects\/([^/]+).*$/, '$1');

/** `…/workloadIdentityPools/POOL/providers/PROVIDER` → `…/workloadIdentityPools/POOL` */
export const poolOfProvider = (name: string): string => name.slice(0, name.lastIndexOf('/providers/'));
