import type { AccessState } from '../core/access.ts';

/** The states of a row, as people read them. */
export const stateText: Readonly<Record<AccessState, string>> = {
  bound: 'bound',
  awaited: 'not bound yet',
  refused: 'refused',
  unasked: 'no tag requests it',
  unclear: 'its tags were not read',
  inherited: 'bound before rolebridge',
  unseen: 'cannot be read',
};
