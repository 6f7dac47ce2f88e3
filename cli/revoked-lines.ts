import type { StoredAnswer } from '../shared/core/answer-item.ts';
import { colors } from './colors.ts';

/** While a person's `revoke --all` stands. */
export const revokedLines = (
  stage: string,
  revokeAll: Pick<StoredAnswer, 'at' | 'answeredBy'> | undefined,
): readonly string[] =>
  revokeAll === undefined
    ? []
    : [
        colors.yellow(
          `Everything is revoked since ${revokeAll.at}, as ${revokeAll.answeredBy} asked. To grant again: rolebridge resume --stage ${stage}`,
        ),
      ];
