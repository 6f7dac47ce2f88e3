import pMap from 'p-map';
import { boundRoles } from '../core/bound-roles.ts';
import { toFailure } from '../core/errors.ts';
import { ourBindings } from '../core/iam-policy.ts';
import type { Scope } from '../core/scope.ts';
import { fileSites, type Settings } from '../core/settings.ts';
import { accessOf, accessText, type Site } from '../core/target.ts';
import type { SweepPorts } from '../ports.ts';
import { type BlindSpot, policyName } from './blind-spot.ts';
import { callsAtATime } from './observe.ts';

/**
 * Reads the sites of the file that no table lists any more. Members of our pools there may be ours or bound by hand, so only a person can
 * remove them. `settings`: with the pools that earlier files named.
 */
export const unenteredSites = async (
  settings: Settings,
  { policies }: Pick<SweepPorts, 'policies'>,
  scope: Scope,
): Promise<readonly BlindSpot[]> => {
  const entered = new Set(
    scope.flatMap(({ kind, name, since }) => (kind === 'site' && since !== undefined ? [name] : [])),
  );
  const open = fileSites(settings).filter((site) => !entered.has(accessOf(site)));
  const found = await pMap(open, (site) => blindSpotsAt(settings, policies, site), {
    concurrency: callsAtATime,
  });
  return found.flat();
};

const blindSpotsAt = async (
  settings: Settings,
  policies: SweepPorts['policies'],
  site: Site,
): Promise<readonly BlindSpot[]> => {
  try {
    const { policy } = await policies.read(site.resource);
    const bound = ourBindings(settings, site.resource, policy).filter(
      (one) => one.googleRole === site.googleRole,
    );
    const names = boundRoles(bound);
    if (names === '') return [];
    return [
      {
        what: accessText(accessOf(site)),
        reason: `Bound there: ${names}. No table lists which of that rolebridge bound. Remove by hand what no one needs.`,
      },
    ];
  } catch (thrown) {
    return [{ what: policyName(site.resource), reason: toFailure(thrown).message }];
  }
};
