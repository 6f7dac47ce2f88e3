import { counted } from '../shared/counted.ts';
import { colors } from './colors.ts';

/** One line for all accounts that may not be read and that no tag and no ledger entry names. */
export const notReadableLines = (count: number): readonly string[] =>
  count === 0
    ? []
    : [
        colors.dim(
          `${counted(count, 'service account')} not readable. No tag and no ledger entry names ${count === 1 ? 'it' : 'them'}, but a binding there would not be seen. To read ${count === 1 ? 'it' : 'them'}, you need iam.serviceAccounts.getIamPolicy on the project (as in roles/iam.securityReviewer).`,
        ),
      ];
