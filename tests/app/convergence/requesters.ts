import { jsonBytes } from '../../../shared/core/json.ts';
import type { Outcome, OutcomeDetail } from '../../../shared/core/outcome.ts';
import { settings as base } from '../../support/settings.ts';
import type { Cloud, SentCall } from './cloud.ts';
import { askOf, targetIn } from './targets.ts';

/** The errors in the callers that outcomes name, and in their size. */
export const requesterFaults = ({ calls }: Cloud, outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.flatMap(({ type, detail }) => {
    const faults: string[] = [];
    if (jsonBytes(detail) > 256 * 1024 - 100) faults.push(`${type} is too large for an event`);
    const { requestedBy, isRecorded, cause } = detail;
    if (requestedBy === undefined) return faults;
    const call = calls.get(requestedBy);
    const isAsked = call !== undefined && isFit(call, detail, isRecorded === true);
    // An outcome about a role as a whole names no key.
    const isOfKey = detail.grant !== undefined || detail.target !== undefined;
    if (isOfKey && !isAsked)
      faults.push(
        `${type} of ${detail.grant ?? '?'} names ${requestedBy}, who did not ask: ${JSON.stringify(call)}`,
      );
    if (cause.eventIds !== undefined) faults.push(`${type} names a caller and several events`);
    return faults;
  });

const keyOf = (grant: string | undefined): string =>
  grant === undefined || grant === 'default' ? base.tagKey : `${base.tagKey}/${grant}`;

const isFit = (
  { eventName, tags, tagKeys }: SentCall,
  { tag, grant, target }: OutcomeDetail,
  isRecorded: boolean,
): boolean => {
  const key = (tag?.key ?? keyOf(grant)).toLowerCase();
  const named = tags.filter((one) => one.key.toLowerCase() === key);
  const isSetting = eventName === 'TagRole' || eventName === 'CreateRole';
  if (isRecorded) return isSetting && named.some(({ value }) => askOf(value).target === targetIn(target));
  if (tag !== undefined) return isSetting && named.some(({ value }) => value === tag.value);
  if (eventName === 'DeleteRole') return true;
  return eventName === 'UntagRole' ? tagKeys.includes(key) : eventName === 'TagRole' && named.length > 0;
};
