import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';

/**
 * What the sweep concluded when it first saw the table. `emptied`: our pool had members that the table did not know, so
 * it may have forgotten more than we can find; a person must answer. `answered`: a person did.
 */
export interface TableVerdict {
  readonly verdict: 'fresh' | 'emptied' | 'answered';
  readonly at: Timestamp;
  /** Whose answer it is: the caller's ARN, as STS confirmed it. */
  readonly answeredBy?: string;
  /** The revision of `initialized` in the scope that was judged: with another one, that was removed since. */
  readonly generation?: string;
}

export const verdictSortKey = 'table';

export const writeVerdict = (verdict: TableVerdict): string => JSON.stringify({ version: 1, ...verdict });

export const readVerdict = (body: string): TableVerdict | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { verdict, at, answeredBy, generation } = value;
  const isKnown = verdict === 'fresh' || verdict === 'emptied' || verdict === 'answered';
  if (!isKnown || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  return {
    verdict,
    at,
    ...(typeof answeredBy === 'string' ? { answeredBy } : {}),
    ...(typeof generation === 'string' ? { generation } : {}),
  };
};
