import type { MayRevoke } from '../core/brake.ts';
import { type Cause, type RoleRef, roleKey } from '../core/model.ts';
import { type ParameterPlace, placeKey } from '../core/observed.ts';
import type { Look } from '../core/outcome.ts';
import type { ResourceName } from '../core/service-account.ts';

/** A role to bring to what its tags say. */
export interface RoleRequest {
  readonly ref: RoleRef;
  readonly cause: Cause;
  readonly look: Look;
  /** Resources to look at besides those that tags and parameters name (drift events carry them). */
  readonly resources: readonly ResourceName[];
  /** Where an earlier look may have looked (second looks carry it; role events that come back name it). */
  readonly lookedAt: readonly ResourceName[];
  /** Parameters to look at outside the role's own folders: what earlier configurations left (drift events carry them). */
  readonly strays: readonly ParameterPlace[];
  readonly mayRevoke: MayRevoke;
  /** The queue delivered this before: what was done then may not have been told. */
  readonly isRedelivered: boolean;
  /** Digest of what the first look told (second looks only). */
  readonly told?: string;
  /** Role events are looked at again after IAM has settled; sweeps and second looks are not. */
  readonly wantsSecondLook: boolean;
}

/** One request per role. The latest says why; whatever any of them asks for is done. */
export const distinctRoles = (requests: readonly RoleRequest[]): readonly RoleRequest[] =>
  [...Map.groupBy(requests, ({ ref }) => roleKey(ref)).values()].map((group) =>
    group.reduce((earlier, later) => {
      const leading = later.look === 'second' && earlier.look === 'first' ? earlier : later;
      const { told: _, ...rest } = leading;
      return {
        ...rest,
        resources: [...new Set([...earlier.resources, ...later.resources])],
        lookedAt: [...new Set([...earlier.lookedAt, ...later.lookedAt])],
        strays: [
          ...new Map([...earlier.strays, ...later.strays].map((place) => [placeKey(place), place])).values(),
        ],
        mayRevoke:
          earlier.mayRevoke === 'everything' || later.mayRevoke === 'everything'
            ? 'everything'
            : [...new Set([...earlier.mayRevoke, ...later.mayRevoke])],
        isRedelivered: earlier.isRedelivered || later.isRedelivered,
        wantsSecondLook: earlier.wantsSecondLook || later.wantsSecondLook,
      };
    }),
  );
