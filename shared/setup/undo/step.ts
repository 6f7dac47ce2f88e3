import type { Condition } from '../../core/iam-policy.ts';
import type { ResourceName } from '../../core/service-account.ts';
import type { BindPurpose, PlanPart } from '../step.ts';

/** One change that undoes a part of setup. */
export type UndoStep =
  | {
      readonly kind: 'unbind';
      readonly purpose: BindPurpose;
      readonly resource: ResourceName;
      readonly role: string;
      readonly member: string;
      readonly condition?: Condition;
    }
  | { readonly kind: 'deleteCustomRole'; readonly name: string }
  | { readonly kind: 'deleteServiceAccount'; readonly email: string; readonly project: string }
  /** Removes our marker from a pool that others own. */
  | {
      readonly kind: 'unmarkPool';
      readonly name: string;
      readonly description: string;
      readonly before: string;
    }
  | { readonly kind: 'deletePool'; readonly name: string; readonly providers: readonly string[] };

/** As setup's plan: steps in the order of their execution, what stays and why, and reasons to do nothing at all. */
export type UndoPlan = Omit<PlanPart, 'steps'> & { readonly steps: readonly UndoStep[] };

export const undoPart = (some: Partial<UndoPlan>): UndoPlan => ({
  steps: [],
  warnings: [],
  refusals: [],
  ...some,
});

export const mergeUndo = (parts: readonly UndoPlan[]): UndoPlan => ({
  steps: parts.flatMap(({ steps }) => steps),
  warnings: parts.flatMap(({ warnings }) => warnings),
  refusals: parts.flatMap(({ refusals }) => refusals),
});
