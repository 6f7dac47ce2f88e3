import { createHash } from 'node:crypto';
import type { Change } from './change.ts';
import { fitting, shortened } from './json.ts';
import type { RoleRef } from './model.ts';
import { type ParameterId, parameterKey } from './observed.ts';
import type { ResourceName } from './service-account.ts';
import { type AccessName, accessText } from './target.ts';

/** A role whose access differs from its tags, as the sweep reports it to reconcile. */
export interface Drift {
  readonly ref: RoleRef;
  readonly roleId?: string;
  /** The changes that would repair it. Reconcile plans again: this is for people, and for the revocation limit. */
  readonly changes: readonly Change[];
  /** Resources that the role is bound on: its tags and parameters need not name them. */
  readonly resources: readonly ResourceName[];
  /** Parameters of ours outside the folders that the configuration names. */
  readonly strays: readonly ParameterId[];
  /** Access that may be revoked; reconcile leaves all other. */
  readonly released: readonly AccessName[];
  /**
   * Access of which neither a binding nor a config is left: its entries may leave the ledger. It was not counted, so if a
   * binding comes back before the drift arrives, it stays.
   */
  readonly mayLeave: readonly AccessName[];
  /** Resources that the sweep confirmed absent. Reconcile confirms it again before it relies on it. */
  readonly absent: readonly ResourceName[];
  /** Sort keys of the people's answers that reconcile is to read (adr/0019). */
  readonly answers?: readonly string[];
  /** The approvals among `released`, each with the person who approved. */
  readonly approved?: readonly Approved[];
  /** The ARN of the person who asked for everything to be removed. */
  readonly answeredBy?: string;
}

/** A drift that names its role alone. */
export const emptyDrift = (ref: RoleRef): Drift => ({
  ref,
  changes: [],
  resources: [],
  strays: [],
  released: [],
  mayLeave: [],
  absent: [],
});

/** A revocation that the sweep released because a person approved it. */
export interface Approved {
  readonly access: AccessName;
  readonly answeredBy: string;
}

/** The detail of a `Google Access Drift Detected` event (docs/outcomes.md). */
export interface DriftDetail {
  readonly version: 1;
  readonly id: string;
  readonly role: RoleRef & { readonly roleId?: string };
  readonly changes: readonly string[];
  readonly resources: readonly ResourceName[];
  readonly strays: readonly ParameterId[];
  readonly released: readonly AccessName[];
  readonly mayLeave: readonly AccessName[];
  readonly absent: readonly ResourceName[];
  /** Lists that hold only their beginning. */
  readonly cut?: readonly string[];
  readonly answers?: readonly string[];
  readonly approved?: readonly Approved[];
  readonly answeredBy?: string;
  readonly at: string;
}

const maxChangesTold = 200;

/**
 * EventBridge takes 256 KB (262,144 bytes) an entry, and others decide how many parameters lie in a role's folders. So we
 * send the beginning of each list, as far as it fits. Reconcile repairs that, and the next sweep finds the rest.
 */
const maxBytes = {
  changes: 40_000,
  strays: 60_000,
  resources: 40_000,
  released: 40_000,
  mayLeave: 20_000,
  absent: 40_000,
  approved: 15_000,
};

export const driftDetail = (drift: Drift, now: Date): DriftDetail => {
  const {
    ref,
    roleId,
    changes,
    resources,
    strays,
    released,
    mayLeave,
    absent,
    approved,
    answers,
    answeredBy,
  } = drift;
  const at = now.toISOString();
  const lists = {
    changes: fitting(changes.slice(0, maxChangesTold).map(changeText), maxBytes.changes),
    resources: fitting(resources, maxBytes.resources),
    strays: fitting(strays, maxBytes.strays),
    released: fitting(released, maxBytes.released),
    mayLeave: fitting(mayLeave, maxBytes.mayLeave),
    absent: fitting(absent, maxBytes.absent),
  };
  const fit = approved === undefined ? undefined : fitting(approved, maxBytes.approved);
  const cut = shortened(
    { changes, resources, strays, released, mayLeave, absent, approved: approved ?? [] },
    { ...lists, approved: fit ?? [] },
  );
  return {
    version: 1,
    id: createHash('sha256')
      .update(JSON.stringify([ref, roleId ?? null, lists.changes, at]))
      .digest('hex')
      .slice(0, 32),
    role: roleId === undefined ? ref : { ...ref, roleId },
    ...lists,
    ...(cut.length === 0 ? {} : { cut }),
    ...(answers === undefined ? {} : { answers }),
    ...(fit === undefined ? {} : { approved: fit }),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    at,
  };
};

/** One line a change, for people: `unbind reader@…`, `publish eu-west-1 /google-access/reports/default`. */
export const changeText = (change: Change): string => {
  switch (change.kind) {
    case 'bind':
    case 'unbind':
      return `${change.kind} ${accessText(change.access)}`;
    case 'publish':
    case 'unpublish':
    case 'writeStatus':
    case 'removeStatus':
      return `${change.kind} ${parameterKey(change)}`;
    case 'list':
    case 'unlist':
      return `${change.kind} ${accessText(change.access)}`;
  }
};

export const driftDetailType = 'Google Access Drift Detected';
