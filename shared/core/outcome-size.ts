import { fitting, fittingText, jsonBytes } from './bytes.ts';

/**
 * EventBridge takes 256 KB (262,144 bytes) an entry. Others decide how long some fields get: the file sets the number of
 * regions, anyone who can tag sets the number of grants, and anyone who can write parameters can make many of them fail.
 */
const maxBytes = { grants: 80_000, list: 25_000, text: 20_000 };

/** The detail of an outcome, cut to EventBridge's limit. `cut` names the fields that were shortened. */
export const withinEntry = <T extends object>(detail: T): T & { readonly cut?: readonly string[] } => {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(detail);
  const cut = fields.flatMap(([field, value]) => {
    const fit = fitField(field, value);
    return fit === value ? [] : [[field, fit] as const];
  });
  if (cut.length === 0) return detail;
  return { ...detail, ...Object.fromEntries(cut), cut: cut.map(([field]) => field) };
};

const fitField = (field: string, value: unknown): unknown => {
  if (typeof value === 'string') return fittingText(value, maxBytes.text);
  if (Array.isArray(value)) return field === 'grants' ? fitGrants(value) : fitList(value, maxBytes.list);
  return field === 'cause' ? fitCause(Object(value)) : value;
};

/** Very many events of one second may each be the cause. */
const fitCause = (cause: { readonly eventIds?: readonly string[] }): object => {
  const { eventIds = [] } = cause;
  const fit = fitList(eventIds, maxBytes.list);
  return fit === eventIds ? cause : { ...cause, eventIds: fit };
};

const fitList = (list: readonly unknown[], limit: number): readonly unknown[] =>
  jsonBytes(list) <= limit ? list : fitting(list, limit);

/** Keeps all grants and drops their lists of places, instead of dropping grants. One pending place stands for all of them. */
const fitGrants = (grants: readonly unknown[]): readonly unknown[] => {
  if (jsonBytes(grants) <= maxBytes.grants) return grants;
  return fitting(grants.map(withoutLists), maxBytes.grants);
};

const withoutLists = (grant: unknown): unknown => {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(Object(grant));
  return Object.fromEntries(
    fields.map(([field, value]) => [field, Array.isArray(value) ? withoutPlaces(field, value) : value]),
  );
};

const withoutPlaces = (field: string, places: readonly unknown[]): readonly unknown[] =>
  field === 'parameters' ? [] : places.slice(0, 1);
