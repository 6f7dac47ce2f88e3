import { guard } from './guardrail.ts';
import type { Grant, Refusal, RoleState } from './model.ts';
import { providerOf, type Settings } from './settings.ts';
import { parseTags } from './tags.ts';

export interface Desired {
  readonly grants: readonly Grant[];
  readonly refusals: readonly Refusal[];
}

const nothing: Desired = { grants: [], refusals: [] };

/**
 * The grants that a role's tags ask for and the guardrail allows: none if the role is absent, or if its account is not
 * configured.
 */
export const desiredOf = (role: RoleState, settings: Settings, now: Date): Desired => {
  if (role.kind === 'absent' || providerOf(settings, role.ref) === undefined) return nothing;
  const { requests, refusals } = parseTags(role.tags, settings.tagKey);
  const decided = requests.map((request) => guard(request, role.ref, settings, now));
  return {
    grants: decided.filter((one): one is Grant => !('reason' in one)),
    refusals: [...refusals, ...decided.filter((one): one is Refusal => 'reason' in one)],
  };
};
