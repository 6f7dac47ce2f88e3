import type { StackNames } from '../core/stack.ts';

/** A log, and the lines in it that history shows. */
export interface FunctionLog {
  readonly functionName: string;
  readonly pattern: string;
}

/** The handlers log these messages (handlers/reconcile.ts, handlers/sweep.ts). */
export const functionLogs = ({
  reconcileFunction,
  sweepFunction,
}: Pick<StackNames, 'reconcileFunction' | 'sweepFunction'>): readonly FunctionLog[] => [
  { functionName: reconcileFunction, pattern: '{ $.message = "Google Access *" }' },
  { functionName: sweepFunction, pattern: '{ $.message = "A person answers." }' },
];
