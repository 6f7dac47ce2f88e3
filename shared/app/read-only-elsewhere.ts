import { PermanentError } from '../core/errors.ts';
import type { ParameterStore } from '../ports.ts';

/** A viewer role can write nothing, and no command tries to. */
export const readOnlyElsewhere = (home: string, store: ParameterStore): ParameterStore => {
  const refused = (accountId: string): PermanentError =>
    new PermanentError(`The parameters of account ${accountId} are for its administrator to remove.`);
  return {
    list: store.list,
    put: async (place, parameter) => {
      if (place.accountId !== home) throw refused(place.accountId);
      await store.put(place, parameter);
    },
    remove: async (place, name) => {
      if (place.accountId !== home) throw refused(place.accountId);
      await store.remove(place, name);
    },
  };
};
