import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError, toFailure } from '../../core/errors.ts';
import type { GoogleRoleState } from '../../core/google-role.ts';
import { isRecord } from '../../core/json.ts';
import type { Clock, GoogleRoles } from '../../ports.ts';
import { callGoogle, withRetries } from './call.ts';
import { isNotFound, messageOf, resourceFailure } from './failure.ts';
import type { GoogleSession } from './session.ts';

/** Predefined roles that were read, and when. */
export type KnownGoogleRoles = Map<string, { readonly state: GoogleRoleState; readonly readAt: number }>;

/**
 * https://cloud.google.com/iam/docs/reference/rest/v1/roles/get. `known`: kept for as long as the process runs, because Google
 * seldom changes a predefined role. An owner may change a custom one at any time.
 */
export const googleRoles =
  (session: GoogleSession, known: KnownGoogleRoles, clock: Pick<Clock, 'now'>): GoogleRoles =>
  async (googleRole) => {
    if (!isPredefined(googleRole)) return readRole(session, googleRole);
    const now = clock.now().getTime();
    const earlier = known.get(googleRole);
    if (earlier !== undefined && now - earlier.readAt < keptMilliseconds) return earlier.state;
    const state = await readRole(session, googleRole);
    if (state.kind === 'read') known.set(googleRole, { state, readAt: now });
    return state;
  };

/** An hour. */
const keptMilliseconds = 3_600_000;

const isPredefined = (googleRole: string): boolean => googleRole.startsWith('roles/');

const readRole = async (session: GoogleSession, googleRole: string): Promise<GoogleRoleState> => {
  try {
    return await withRetries(
      session,
      async () => {
        const role = await getRole(session, googleRole);
        if (role === undefined) return { kind: 'absent' };
        if (!isRole(role, googleRole)) throw new PermanentError(notTheRole(googleRole));
        return role.deleted === true
          ? { kind: 'absent' }
          : { kind: 'read', permissions: role.includedPermissions ?? [] };
      },
      (thrown) => roleFailure(googleRole, thrown),
    );
  } catch (thrown) {
    return { kind: 'unreadable', reason: toFailure(thrown).message };
  }
};

/** Undefined if Google answers that a custom role does not exist: a predefined one with such an answer is a wrong endpoint, or a typo. */
const getRole = async (session: GoogleSession, googleRole: string): Promise<unknown> => {
  try {
    return await callGoogle<unknown>(session, { method: 'GET', path: googleRole });
  } catch (thrown) {
    const isNamed = messageOf(thrown)
      .split(/[\s"']+/)
      .includes(googleRole);
    if (!isPredefined(googleRole) && isNotFound(thrown) && isNamed) return undefined;
    throw thrown;
  }
};

interface Role {
  readonly deleted?: boolean;
  readonly includedPermissions?: readonly string[];
}

/** A role without permissions has no list of them, so only its name shows that the answer is a role. */
const isRole = (value: unknown, googleRole: string): value is Role =>
  isRecord(value) &&
  value['name' satisfies keyof iam_v1.Schema$Role] === googleRole &&
  (value['deleted'] === undefined || typeof value['deleted'] === 'boolean') &&
  (value['includedPermissions'] === undefined ||
    (Array.isArray(value['includedPermissions']) &&
      value['includedPermissions'].every((permission) => typeof permission === 'string')));

const notTheRole = (googleRole: string): string =>
  `The answer for ${googleRole} is not this role. Check google.endpoints in rolebridge.yml, and what answers there.`;

const roleFailure = (googleRole: string, thrown: unknown) => {
  const owner = googleRole.slice(0, googleRole.indexOf('/roles/'));
  return thrown instanceof PermanentError
    ? thrown
    : resourceFailure(
        `reading Google role ${googleRole}`,
        thrown,
        isPredefined(googleRole) ? '' : `rolebridge needs iam.roles.get on ${owner}.`,
      );
};
