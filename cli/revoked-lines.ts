import type { StoredAnswer } from '../shared/core/answer-item.ts';
import { rolebridge } from '../shared/doctor/commands.ts';
import { colors } from './colors.ts';

/** Shown from `revoke --all` until `resume`. */
export const revokedLines = (
  stage: string,
  revokeAll: Pick<StoredAnswer, 'at' | 'answeredBy'> | undefined,
): readonly string[] =>
  revokeAll === undefined
    ? []
    : [
        colors.yellow(
          `Everything has been revoked since ${revokeAll.at}, at the request of ${revokeAll.answeredBy}. To grant again: ${rolebridge(stage, 'resume')}`,
        ),
      ];
