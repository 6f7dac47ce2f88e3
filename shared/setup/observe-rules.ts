import pMap from 'p-map';
import { toFailure } from '../core/errors.ts';
import type { GoogleRoleState } from '../core/google-role.ts';
import type { CustomRoleState } from '../core/google-side.ts';
import type { ResourceName } from '../core/service-account.ts';
import { fileSites, type Settings } from '../core/settings.ts';
import type { GrantableRoles, ObservedRules } from './plan-rules.ts';
import { type GoogleReader, maxParallelReads } from './ports.ts';
import { fullResourceName } from './services.ts';

/**
 * Reads the Google roles that rules name, and which roles their resources take. `resources`: only as far as these are concerned.
 * Throws nothing: a rule may be wrong in any way.
 */
export const observeRules = async (
  reader: Pick<GoogleReader, 'role' | 'grantableRoles'>,
  settings: Pick<Settings, 'allow'>,
  resources?: readonly ResourceName[],
): Promise<ObservedRules> => {
  const sites = fileSites(settings).filter(({ resource }) => resources?.includes(resource) ?? true);
  return {
    googleRoles: await readEach(
      sites.map(({ googleRole }) => googleRole),
      async (name): Promise<GoogleRoleState> => googleRoleState(await reader.role(name)),
    ),
    grantable: await readEach(
      sites.map(({ resource }) => resource),
      async (resource): Promise<GrantableRoles> => ({
        kind: 'read',
        googleRoles: await reader.grantableRoles(fullResourceName(resource)),
      }),
    ),
  };
};

const googleRoleState = (state: CustomRoleState): GoogleRoleState =>
  state.kind === 'absent' || state.isDeleted
    ? { kind: 'absent' }
    : { kind: 'read', permissions: state.permissions };

interface Unreadable {
  readonly kind: 'unreadable';
  readonly reason: string;
}

const readEach = async <T>(
  names: readonly string[],
  read: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T | Unreadable>> =>
  new Map(
    await pMap(
      [...new Set(names)],
      async (name): Promise<readonly [string, T | Unreadable]> => {
        try {
          return [name, await read(name)];
        } catch (thrown) {
          return [name, { kind: 'unreadable', reason: toFailure(thrown).message }];
        }
      },
      { concurrency: maxParallelReads },
    ),
  );
