import type { Brake, Revocation } from './brake.ts';
import type { RoleRef } from './model.ts';
import { emailOfResource } from './service-account.ts';

/** The detail of a `Google Access Revocations Held` event (docs/outcomes.md): somebody has to look. */
export interface HeldDetail {
  readonly version: 1;
  /** The hash: every sweep that would take the same away tells the same news. */
  readonly id: string;
  readonly hash: string;
  readonly count: number;
  readonly limit: number;
  readonly reason: string;
  /** The first hundred, by name. */
  readonly revocations: readonly { readonly role: RoleRef; readonly email: string }[];
  readonly planned?: true;
  readonly at: string;
}

/** EventBridge takes 256 KB an entry. */
const maxRevocationsTold = 100;

export const heldDetail = (
  { hash, count, limit }: Extract<Brake, { readonly kind: 'held' }>,
  revocations: readonly Revocation[],
  isDryRun: boolean,
  now: Date,
): HeldDetail => ({
  version: 1,
  id: hash,
  hash,
  count,
  limit,
  reason:
    `The sweep would take ${count} accesses away; sweep.maxRevocations is ${limit}, so it takes none. ` +
    `If that is intended (docs/operations.md, "The brake"), run "rolebridge sweep --approve ${hash}"; ` +
    'else mend the tags or the guardrail.',
  revocations: revocations
    .slice(0, maxRevocationsTold)
    .map(({ role, resource }) => ({ role, email: emailOfResource(resource) })),
  ...(isDryRun ? { planned: true } : {}),
  at: now.toISOString(),
});
