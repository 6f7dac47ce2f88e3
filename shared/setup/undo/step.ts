import { type PlanPart, planParts, type SetupGrant } from '../step.ts';

/** One change that undoes a part of setup. */
export type UndoStep =
  | ({ readonly kind: 'unbind' } & SetupGrant)
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
export type UndoPlan = PlanPart<UndoStep>;

export const { planPart: undoPart, mergeParts: mergeUndo } = planParts<UndoStep>();
