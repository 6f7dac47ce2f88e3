import pMap from 'p-map';
import type { PresentRole, RoleState } from '../core/model.ts';
import { isGrantRule, type Settings } from '../core/settings.ts';
import { parseTags } from '../core/tags.ts';
import type { GoogleRoles } from '../ports.ts';
import { callsAtATime } from './observe.ts';

/** Settings with the permissions of the Google roles that these roles' tags ask for and a rule names. */
export const withAskedRoles = (
  settings: Settings,
  read: GoogleRoles | undefined,
  roles: readonly RoleState[],
): Promise<Settings> => {
  const named = namedRoles(settings);
  if (named.size === 0) return Promise.resolve(settings);
  const asked = askedGoogleRoles(settings, roles);
  return withRoles(
    settings,
    read,
    [...asked].filter((one) => named.has(one)),
  );
};

/** The Google roles that the tags of these roles ask for. */
export const askedGoogleRoles = ({ tagKey }: Settings, roles: readonly RoleState[]): ReadonlySet<string> =>
  new Set(
    roles
      .filter((role): role is PresentRole => role.kind === 'present')
      .flatMap(({ tags }) => parseTags(tags, tagKey).requests)
      .flatMap(({ target }) => (target.kind === 'direct' ? [target.googleRole] : [])),
  );

/** Settings with the permissions of all Google roles that rules name. */
export const withNamedRoles = (settings: Settings, read: GoogleRoles | undefined): Promise<Settings> =>
  withRoles(settings, read, [...namedRoles(settings)]);

const namedRoles = ({ allow }: Settings): ReadonlySet<string> =>
  new Set(allow.filter(isGrantRule).map(({ grant }) => grant));

const withRoles = async (
  settings: Settings,
  read: GoogleRoles | undefined,
  names: readonly string[],
): Promise<Settings> => {
  if (names.length === 0 || read === undefined) return settings;
  const found = await pMap(names, async (name) => [name, await read(name)] as const, {
    concurrency: callsAtATime,
  });
  return { ...settings, google: { ...settings.google, roles: new Map(found) } };
};
