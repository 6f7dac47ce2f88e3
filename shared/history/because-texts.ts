import type { Because } from '../core/model.ts';

/** Why the functions looked at a role, if no caller is known. */
export const becauseTexts: Readonly<Record<Because, string>> = {
  sweep: 'the sweep',
  guardrailChanged: 'the guardrail changed',
  expired: 'expired',
  otherEvent: 'another event',
};
