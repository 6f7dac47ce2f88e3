import type { SetupPlan } from './step.ts';

/** What planning one thing comes to. */
export type Part = Omit<SetupPlan, 'broken'>;

export const part = (some: Partial<Part>): Part => ({ steps: [], warnings: [], refusals: [], ...some });

export const together = (parts: readonly Part[]): Part => ({
  steps: parts.flatMap(({ steps }) => steps),
  warnings: parts.flatMap(({ warnings }) => warnings),
  refusals: parts.flatMap(({ refusals }) => refusals),
});
