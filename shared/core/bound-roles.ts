import type { OurBinding } from './iam-policy.ts';
import { roleText } from './model.ts';
import { shortList } from './short-list.ts';

/** Names the roles of bindings, for a blind spot: the first five. Empty if there are none. */
export const boundRoles = (bindings: readonly Pick<OurBinding, 'ref'>[]): string =>
  shortList([...new Set(bindings.map(({ ref }) => roleText(ref)))].toSorted(), 5);
