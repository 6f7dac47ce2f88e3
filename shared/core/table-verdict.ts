import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';

/**
 * What the sweep concluded when it first saw the table. `emptied`: our pool had members that the table did not know, so
 * it may have forgotten more than we can find; a person must answer. `answered`: a person did.
 */
export interface TableVerdict {
  readonly verdict: 'fresh' | 'emptied' | 'answered';
  readonly at: Timestamp;
}

export const verdictSortKey = 'table';

export const writeVerdict = ({ verdict, at }: TableVerdict): string =>
  JSON.stringify({ version: 1, verdict, at });

export const readVerdict = (body: string): TableVerdict | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { verdict, at } = value;
  const isKnown = verdict === 'fresh' || verdict === 'emptied' || verdict === 'answered';
  return isKnown && typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { verdict, at } : undefined;
};
