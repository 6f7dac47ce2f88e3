import type { Change } from '../core/change.ts';
import type { RoleState } from '../core/model.ts';
import { placeKey } from '../core/observed.ts';
import { folderOf, grantOfParameter } from '../core/parameter-name.ts';
import type { ChangeResult, PlannedRole } from './apply.ts';
import type { ObservedRole } from './observe.ts';

/** `undefined`: in doubt, since a write failed there or was taken back; whatever is found is no news. */
type Expected = Map<string, string | undefined>;

/** What the parameters should be after our writes, if nobody else wrote. */
const expectedParameters = (role: PlannedRole, results: ReadonlyMap<Change, ChangeResult>): Expected => {
  const expected: Expected = new Map();
  for (const folder of role.folders) {
    if (folder.kind === 'unreadable') continue;
    for (const { name, value } of folder.parameters)
      expected.set(placeKey({ region: folder.region, name }), value);
  }
  for (const change of role.changes) {
    if (change.kind !== 'publish' && change.kind !== 'unpublish') continue;
    const place = placeKey(change);
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
  return after.folders.some((folder) => {
    if (folder.kind === 'unreadable') return false;
    const { region } = folder;
    const found = new Map(folder.parameters.map(({ name, value }) => [placeKey({ region, name }), value]));
    const isOther = [...found].some(
      ([place, value]) => !expected.has(place) || (expected.get(place) ?? value) !== value,
    );
    const isGone = [...expected].some(
      ([place, value]) =>
        value !== undefined && folderOf(place) === `${region} ${folder.path}` && !found.has(place),
    );
    return isOther || isGone;
  });
};
