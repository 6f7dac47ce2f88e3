import type { Adoption, Answer, Forgettable } from './answer.ts';
import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import type { ItemKey, StoredItem } from './table-item.ts';

/** A person's answer, as the sweep stores it in the ledger's table (adr/0019). */
export interface StoredAnswer {
  readonly answer: 'approve' | 'forget' | 'revoke';
  readonly at: Timestamp;
  /** The caller's ARN, as STS confirmed it. */
  readonly answeredBy: string;
  /** Set for `forget`. */
  readonly thing?: Forgettable;
  /** For `forget`: digests of entries that stay, even if a later message names them. */
  readonly kept?: readonly string[];
}

export type StoredForget = StoredAnswer & Required<Pick<StoredAnswer, 'thing' | 'kept'>>;

export const answerPartition = 'answer';

/** While this item is in the table, nothing is granted, and everything is removed. */
export const revokeAllKey: ItemKey = { pk: answerPartition, sk: 'revoke#all' };

export const forgetKey = ({ kind, name }: Forgettable): ItemKey => ({
  pk: answerPartition,
  sk: `forget#${kind}#${name}`,
});

/** `listed`: the hash of the members that the person was shown. */
export const adoptKey = (listed: string): ItemKey => ({ pk: answerPartition, sk: `adopt#${listed}` });

const approvalSortKey = 'approve#';
export const approvalKey = (hash: string): ItemKey => ({
  pk: answerPartition,
  sk: `${approvalSortKey}${hash}`,
});
export const isApprovalSortKey = (sk: string): boolean => sk.startsWith(approvalSortKey);

/** A person's approval of a list of held revocations. */
export interface Approval extends Pick<StoredAnswer, 'at' | 'answeredBy'> {
  readonly hash: string;
}

/** Undefined if this version cannot read the item: it then approves nothing. */
export const readApproval = ({ sk, body }: Pick<StoredItem, 'sk' | 'body'>): Approval | undefined => {
  const stored = readAnswer(body);
  const hash = sk.slice(approvalSortKey.length);
  return stored?.answer === 'approve' && /^[0-9a-f]{16}$/.test(hash)
    ? { hash, at: stored.at, answeredBy: stored.answeredBy }
    : undefined;
};

/** Whether a message may name this item. Reconcile reads only the items of a person's `forget`. */
export const isForgetSortKey = (sk: string): boolean =>
  /^forget#(project|account|resource)#[\x21-\x7e]{1,400}$/.test(sk);

export const writeAnswer = (
  answer: StoredAnswer['answer'],
  answeredBy: string,
  now: Date,
  thing?: Forgettable,
  kept: readonly string[] = [],
): string =>
  JSON.stringify({
    version: 1,
    answer,
    ...(thing === undefined ? {} : { kind: thing.kind, name: thing.name, kept }),
    at: now.toISOString(),
    answeredBy,
  });

/** Only people read this item: the lists of inherited members carry the answer. */
export const writeAdoption = (adoption: Adoption, answeredBy: string, now: Date): string =>
  JSON.stringify({ version: 1, answer: 'adopt', ...adoption, at: now.toISOString(), answeredBy });

const isThingKind = (value: unknown): value is Forgettable['kind'] =>
  value === 'project' || value === 'account' || value === 'resource';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** Undefined if this version cannot read the body. */
export const readAnswer = (body: string): StoredAnswer | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { answer, at, answeredBy, kind, name, kept } = value;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)) || typeof answeredBy !== 'string')
    return undefined;
  switch (answer) {
    case 'approve':
    case 'revoke':
      return { answer, at, answeredBy };
    case 'forget':
      return isThingKind(kind) && typeof name === 'string' && isTexts(kept)
        ? { answer, at, answeredBy, thing: { kind, name }, kept }
        : undefined;
    default:
      return undefined;
  }
};

/** An answer covers what was listed when it was given, and expires after an hour. */
const goodForMilliseconds = 60 * 60 * 1000;

/** Clocks differ a little. A time that is far ahead would never expire. */
export const isGood = ({ at }: Pick<StoredAnswer, 'at'>, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(at)) < goodForMilliseconds;

/** Describes an answer for the log. */
export const answerText = (answer: Answer): string => {
  switch (answer.kind) {
    case 'approve':
      return `approve ${answer.hash}`;
    case 'acceptTable':
      return 'accept the table';
    case 'forget':
      return `forget ${answer.thing.kind} ${answer.thing.name}`;
    case 'adopt': {
      const { verdict, resource, googleRole, role } = answer.adoption;
      const of = role === undefined ? '' : ` of ${role}`;
      return `adopt: ${verdict} members${of} on ${resource}${googleRole === undefined ? '' : ` under ${googleRole}`}`;
    }
    case 'revokeAll':
      return 'revoke all';
    case 'resume':
      return 'resume';
  }
};
