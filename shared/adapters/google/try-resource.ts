import { PermanentError } from '../../core/errors.ts';
import { resourceKindOf } from '../../core/google-resource.ts';
import type { Target } from '../../core/model.ts';
import type { Exchanged } from '../../doctor/ports.ts';
import { clockUntil } from '../clock.ts';
import { withRetries } from './call.ts';
import { messageOf, resourceFailure, statusOf } from './failure.ts';
import { googleRoles } from './google-roles.ts';
import { testPermissions } from './opt-ins.ts';
import type { GoogleSession } from './session.ts';

type Direct = Extract<Target, { readonly kind: 'direct' }>;

/** Asks Google, as a federated role itself, whether it has the permissions of a Google role on a resource. Reads and changes nothing there. */
export const tryResource = async (session: GoogleSession, target: Direct): Promise<Exchanged> => {
  const { googleRole, resource } = target;
  const kind = resourceKindOf(resource);
  if (kind === undefined || kind === 'dataset')
    return { kind: 'unproven', reason: 'BigQuery has no call that shows the permissions on a dataset.' };
  const role = await googleRoles(session, new Map(), clockUntil())(googleRole);
  if (role.kind !== 'read')
    return { kind: 'unproven', reason: `The role itself may not read the permissions of ${googleRole}.` };
  const tested = role.permissions
    .filter((permission) => testable[kind].some((prefix) => permission.startsWith(prefix)))
    .slice(0, maxTested);
  if (tested.length === 0)
    return { kind: 'unproven', reason: `${googleRole} has no permission that a ${kind} can be asked for.` };
  return withRetries(
    session,
    async (): Promise<Exchanged> => {
      try {
        const held = await testPermissions(session, resource, tested);
        const missing = tested.filter((permission) => !held.includes(permission));
        return missing.length === 0
          ? { kind: 'given' }
          : {
              kind: 'refused',
              step: 'access',
              reason: `Google does not give it ${missing.join(', ')} there.`,
            };
      } catch (thrown) {
        const status = statusOf(thrown);
        if (status !== 403 && status !== 404) throw thrown;
        return { kind: 'refused', step: 'access', reason: `${status} ${messageOf(thrown)}` };
      }
    },
    (thrown) =>
      thrown instanceof PermanentError
        ? thrown
        : resourceFailure(`asking for permissions on ${resource}`, thrown, ''),
  );
};

/** A few of a role's permissions show whether it is bound. */
const maxTested = 10;

/** Google refuses to test a permission that is not one of the resource itself. */
const testable = {
  project: ['bigquery.', 'aiplatform.', 'pubsub.', 'storage.', 'secretmanager.'],
  bucket: ['storage.buckets.', 'storage.objects.'],
  secret: ['secretmanager.secrets.', 'secretmanager.versions.'],
  topic: ['pubsub.topics.'],
  subscription: ['pubsub.subscriptions.'],
} as const;
