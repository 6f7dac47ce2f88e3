import type { RoleState } from '../core/model.ts';
import { grantOfParameter } from '../core/parameter-name.ts';
import type { Change } from '../core/plan.ts';
import type { ChangeResult, PlannedRole } from './apply.ts';
import type { ObservedRole } from './observe.ts';

/** `undefined`: in doubt, since a write failed there or was taken back; whatever is found is no news. */
type Expected = Map<string, string | undefined>;

const placeOf = (region: string, name: string): string => `${region} ${name}`;

/** What the parameters should be after our writes, if nobody else wrote. */
const expectedParameters = (role: PlannedRole, results: ReadonlyMap<Change, ChangeResult>): Expected => {
  const expected: Expected = new Map();
  for (const region of role.regions) {
    if (region.kind === 'unreadable') continue;
    for (const { name, value } of region.parameters) expected.set(placeOf(region.region, name), value);
  }
  for (const change of role.changes) {
    if (change.kind !== 'publish' && change.kind !== 'unpublish') continue;
    const place = placeOf(change.region, change.name);
    const result = results.get(change);
    if (result?.kind === 'failed') expected.set(place, undefined);
    else if (result?.kind === 'done' && change.kind === 'publish') expected.set(place, change.value);
    else if (result?.kind === 'done') expected.delete(place);
  }
  for (const change of role.changes) {
    if (change.kind !== 'bind' || results.get(change)?.kind !== 'failed') continue;
    for (const place of expected.keys())
      if (change.grants.includes(grantOfParameter(place))) expected.set(place, undefined);
  }
  return expected;
};

const identityOf = (role: RoleState): string =>
  role.kind === 'absent'
    ? 'absent'
    : JSON.stringify([role.roleId, role.tags.map(({ key, value }) => `${key}=${value}`).toSorted()]);

/** Whether a role's tags or parameters are other than our own writes explain. */
export const hasMoved = (
  before: PlannedRole,
  results: ReadonlyMap<Change, ChangeResult>,
  after: ObservedRole,
): boolean => {
  if (identityOf(before.role) !== identityOf(after.role)) return true;
  const expected = expectedParameters(before, results);
  return after.regions.some((region) => {
    if (region.kind === 'unreadable') return false;
    const found = new Map(region.parameters.map(({ name, value }) => [placeOf(region.region, name), value]));
    const isOther = [...found].some(
      ([place, value]) => !expected.has(place) || (expected.get(place) ?? value) !== value,
    );
    const isGone = [...expected].some(
      ([place, value]) => value !== undefined && place.startsWith(`${region.region} `) && !found.has(place),
    );
    return isOther || isGone;
  });
};
