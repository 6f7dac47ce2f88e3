import type { Mode, Settings } from '../../../shared/core/settings.ts';
import { settings as base } from '../../support/settings.ts';

/** One tag, as whoever sets it means it. */
export interface Ask {
  /** `default` for the bare key. */
  readonly grant: string;
  readonly email: string;
  /** ISO 8601 in whole seconds. */
  readonly until?: string;
}

/** rolebridge.yml, as whoever writes it means it. Lists are exact names. */
export interface Intent {
  readonly regions: readonly [string, ...string[]];
  readonly prefix: string;
  readonly formerPrefixes: readonly string[];
  readonly projects: readonly string[];
  readonly allow: {
    readonly emails: readonly string[];
    readonly roles: readonly string[];
    /** Accounts that may be asked for and that never exist. */
    readonly ghosts?: string;
  };
  readonly maxRevocations: number;
  /** @default 'sync' */
  readonly mode?: Mode;
}

/** Access that somebody may have now. */
export interface Access extends Ask {
  readonly roleName: string;
}

/** The model: what access should be, said without the words of the code that is tested. */
export const wanted = (
  roles: ReadonlyMap<string, { readonly roleName: string; readonly asks: readonly Ask[] }>,
  { projects, allow }: Intent,
  now: Date,
): readonly Access[] =>
  [...roles.values()].flatMap(({ roleName, asks }) =>
    asks
      .filter(({ email, until }) => {
        const isAllowed = allow.emails.includes(email) && allow.roles.includes(roleName);
        const isWatched = projects.some((project) => email.endsWith(`@${project}.iam.gserviceaccount.com`));
        return isAllowed && isWatched && (until === undefined || Date.parse(until) > now.getTime());
      })
      .map((ask) => ({ roleName, ...ask })),
  );

export const settingsOf = (intent: Intent): Settings => ({
  ...base,
  google: { ...base.google, projects: intent.projects },
  regions: intent.regions,
  parameterPrefix: intent.prefix,
  formerParameterPrefixes: intent.formerPrefixes,
  sweep: { ...base.sweep, maxRevocations: intent.maxRevocations },
  mode: intent.mode ?? base.mode,
  allow: [...intent.allow.emails, ...(intent.allow.ghosts === undefined ? [] : [intent.allow.ghosts])].map(
    (to) => ({ to, roles: intent.allow.roles }),
  ),
});
