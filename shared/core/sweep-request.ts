import { type Answer, parseAnswer } from './answer.ts';
import { type CallerProof, parseCallerProof } from './caller-proof.ts';
import { PermanentError } from './errors.ts';
import { isRecord } from './json.ts';

/** A request to the sweep: compare everything, with or without a person's answer. */
export type SweepRequest =
  | { readonly kind: 'plain' }
  | { readonly kind: 'answer'; readonly answer: Answer; readonly proof: CallerProof };

const plain: SweepRequest = { kind: 'plain' };

/**
 * Reads what the function was invoked with: a scheduled event, nothing, or a person's answer.
 * @throws PermanentError for anything else: a mistyped approval must not pass for a plain sweep.
 */
export const parseSweepRequest = (event: unknown): SweepRequest => {
  if (event === undefined || event === null || event === '') return plain;
  if (!isRecord(event)) throw notUnderstood(event);
  if (Object.keys(event).length === 0 || event['source'] === 'aws.events') return plain;
  const { proof: given, ...fields } = event;
  const answer = parseAnswer(fields);
  if (answer === undefined) throw notUnderstood(fields);
  const proof = parseCallerProof(given);
  if (proof === undefined)
    throw new PermanentError(
      `This answer has no proof of its caller (${JSON.stringify(fields)}). The rolebridge command sends one ` +
        '(rolebridge sweep --approve HASH, sweep --accept-table, forget, adopt, revoke --all, resume). Nothing was done.',
    );
  return { kind: 'answer', answer, proof };
};

/** Without the proof: what the function throws is logged. */
const notUnderstood = (fields: unknown): PermanentError =>
  new PermanentError(
    'The sweep takes nothing, {"accept": "table"}, {"forget": …}, {"adopt": …}, {"revoke": "all"}, {"resume": "all"}, or {"approve": "<hash>"} with the 16 hex ' +
      `digits of a "Google Access Revocations Held" event, not ${JSON.stringify(fields).slice(0, 200)}.`,
  );

/** An answer, and the ARN of the caller who gave it, as STS confirmed it. */
export interface GivenAnswer {
  readonly answer: Answer;
  readonly answeredBy: string;
}
