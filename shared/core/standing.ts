import type { StoredAnswer } from './answer-item.ts';
import type { Desired } from './guardrail.ts';
import type { Refusal } from './model.ts';
import { ourSites, type Settings } from './settings.ts';

/** While everything is revoked, no tag gives a role any access. Requests are refused, with this reason. */
export const desiredWhileRevoked = (
  { grants, refusals }: Desired,
  { at, answeredBy }: StoredAnswer,
  isEvent: boolean,
): Desired => ({
  grants: [],
  refusals: !isEvent
    ? []
    : [
        ...refusals,
        ...grants.map(
          ({ name, target, tag }): Refusal => ({
            name,
            tagKey: tag.key,
            value: tag.value,
            code: 'guardrail',
            target,
            reason: `Nothing is granted since ${answeredBy} asked for everything to be removed (rolebridge revoke --all, ${at}). "rolebridge resume" ends that.`,
          }),
        ),
      ],
});

/** No rule allows anything, so all existing access is removed. Statuses go, too: a proof needs prefixes without anything of ours. */
export const nothingAllowed = ({ accountOutcomes, ...settings }: Settings): Settings => ({
  ...settings,
  ...(accountOutcomes === undefined ? {} : { accountOutcomes: { ...accountOutcomes, status: false } }),
  // Access at these sites is still ours, and ends.
  google: withFormerSites(settings),
  allow: [],
});

const withFormerSites = (settings: Pick<Settings, 'allow' | 'google'>): Settings['google'] => {
  const sites = ourSites(settings);
  return sites.length === 0 ? settings.google : { ...settings.google, formerSites: sites };
};
