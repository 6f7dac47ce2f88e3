import { createHash } from 'node:crypto';
import { isGoogleRole, resourceKindOf } from './google-resource.ts';
import { isRecord } from './json.ts';
import type { RoleKey } from './role-key.ts';
import { type ResourceName, serviceAccountResource } from './service-account.ts';

/** A person's answer to the sweep, in the words of its request (docs/security.md explains what each can do). */
export type Answer =
  /** Releases exactly the held revocations that this hash names. */
  | { readonly kind: 'approve'; readonly hash: string }
  /** Accepts an emptied table: the person vouches for anything that it no longer lists. */
  | { readonly kind: 'acceptTable' }
  /** Drops the ledger's entries of a thing. `listed` names the entries that the person was shown. */
  | { readonly kind: 'forget'; readonly thing: Forgettable; readonly listed: string }
  /** Answers for members that a resource had before rolebridge used it. `listed` names those that the person was shown. */
  | { readonly kind: 'adopt'; readonly adoption: Adoption; readonly listed: string }
  /** Removes everything, and grants nothing until someone resumes. */
  | { readonly kind: 'revokeAll' }
  | { readonly kind: 'resume' };

/** Something that a person declares gone, because no listing can prove it any more. */
export interface Forgettable {
  readonly kind: 'project' | 'account' | 'resource';
  readonly name: string;
}

/** Which inherited members a person answers for, and how. */
export interface Adoption {
  /** `keep`: they stay, and are no longer listed. `remove`: they are ours from now on, so they go unless a tag asks for them. */
  readonly verdict: 'keep' | 'remove';
  readonly resource: ResourceName;
  /** @default every Google role on the resource */
  readonly googleRole?: string;
  /** @default every role */
  readonly role?: RoleKey;
}

const hashPattern = /^[0-9a-f]{16}$/;

/** Reads an answer as the request spells it; undefined for anything else. */
export const parseAnswer = (fields: Readonly<Record<string, unknown>>): Answer | undefined => {
  const [name = '', ...others] = Object.keys(fields);
  if (others.length > 0) return undefined;
  const value = fields[name];
  switch (name) {
    case 'approve':
      return typeof value === 'string' && hashPattern.test(value)
        ? { kind: 'approve', hash: value }
        : undefined;
    case 'accept':
      return value === 'table' ? { kind: 'acceptTable' } : undefined;
    case 'forget':
      return parseForget(value);
    case 'adopt':
      return parseAdopt(value);
    case 'revoke':
      return value === 'all' ? { kind: 'revokeAll' } : undefined;
    case 'resume':
      return value === 'all' ? { kind: 'resume' } : undefined;
    default:
      return undefined;
  }
};

const isNameOf = ({ kind, name }: Forgettable): boolean => {
  switch (kind) {
    case 'project':
      // An id, `example.com:id`, or a number.
      return /^[a-z0-9][a-z0-9.:-]{2,99}$/.test(name);
    case 'account':
      return /^\d{12}$/.test(name);
    case 'resource':
      return (
        /^projects\/[a-z0-9.:-]{1,100}\/serviceAccounts\/[a-z0-9.@-]{3,200}$/.test(name) ||
        resourceKindOf(name) !== undefined
      );
  }
};

const parseForget = (value: unknown): Answer | undefined => {
  if (!isRecord(value) || Object.keys(value).length !== 2) return undefined;
  const { listed } = value;
  const kind = (['project', 'account', 'resource'] as const).find((one) => one in value);
  const name = kind === undefined ? undefined : value[kind];
  if (kind === undefined || typeof name !== 'string' || typeof listed !== 'string') return undefined;
  return isNameOf({ kind, name }) && hashPattern.test(listed)
    ? { kind: 'forget', thing: { kind, name }, listed }
    : undefined;
};

const adoptFields = new Set(['verdict', 'resource', 'googleRole', 'role', 'listed']);

const parseAdopt = (value: unknown): Answer | undefined => {
  if (!isRecord(value) || !Object.keys(value).every((field) => adoptFields.has(field))) return undefined;
  const { verdict, resource, googleRole, role, listed } = value;
  if (verdict !== 'keep' && verdict !== 'remove') return undefined;
  if (typeof resource !== 'string' || resourceKindOf(resource) === undefined) return undefined;
  if (typeof listed !== 'string' || !hashPattern.test(listed)) return undefined;
  if (googleRole !== undefined && (typeof googleRole !== 'string' || !isGoogleRole(googleRole)))
    return undefined;
  if (role !== undefined && (typeof role !== 'string' || !roleKeyPattern.test(role))) return undefined;
  const adoption: Adoption = {
    verdict,
    resource,
    ...(googleRole === undefined ? {} : { googleRole }),
    ...(role === undefined ? {} : { role }),
  };
  return { kind: 'adopt', adoption, listed };
};

const roleKeyPattern = /^aws[a-z-]*:\d{12}:[a-z0-9_+=,.@-]{1,64}$/;

/** A service account may be named by its e-mail alone. Undefined if the name does not fit the kind. */
export const forgettable = (kind: Forgettable['kind'], name: string): Forgettable | undefined => {
  const full: ResourceName =
    kind === 'resource' && /^[^/]+@/.test(name) ? serviceAccountResource(name) : name;
  return isNameOf({ kind, name: full }) ? { kind, name: full } : undefined;
};

/** As the sweep's request spells it. */
export const answerFields = (answer: Answer): Readonly<Record<string, unknown>> => {
  switch (answer.kind) {
    case 'approve':
      return { approve: answer.hash };
    case 'acceptTable':
      return { accept: 'table' };
    case 'forget':
      return { forget: { [answer.thing.kind]: answer.thing.name, listed: answer.listed } };
    case 'adopt':
      return { adopt: { ...answer.adoption, listed: answer.listed } };
    case 'revokeAll':
      return { revoke: 'all' };
    case 'resume':
      return { resume: 'all' };
  }
};

/** The text that the caller signs: this one answer, for the sweep of this stage. */
export const answerDigest = (stage: string, answer: Answer): string =>
  createHash('sha256')
    .update(JSON.stringify(['rolebridge', stage, answerFields(answer)]))
    .digest('hex');
