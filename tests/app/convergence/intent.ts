import type { RoleRef } from '../../../shared/core/model.ts';
import type { Mode, Settings } from '../../../shared/core/settings.ts';
import { settings as base, accountId as home } from '../../support/settings.ts';

/** One tag, as whoever sets it means it. */
export interface Ask {
  /** `default` for the bare key. */
  readonly grant: string;
  readonly email: string;
  /** ISO 8601 in whole seconds. */
  readonly until?: string;
}

export interface MemberIntent {
  readonly id: string;
  /** @default those of the file */
  readonly regions?: readonly [string, ...string[]];
}

/** rolebridge.yml, as whoever writes it means it. Lists are exact names. */
export interface Intent {
  /** AWS accounts besides the home account. @default none */
  readonly members?: readonly MemberIntent[];
  /** Of the home account, and of members without regions of their own. */
  readonly regions: readonly [string, ...string[]];
  readonly prefix: string;
  readonly formerPrefixes: readonly string[];
  readonly projects: readonly string[];
  readonly allow: {
    readonly emails: readonly string[];
    readonly roles: readonly string[];
    /** AWS accounts whose roles may ask. @default all */
    readonly accounts?: readonly string[];
    /** Accounts that may be asked for and that never exist. */
    readonly ghosts?: string;
  };
  readonly maxRevocations: number;
  /** @default 'sync' */
  readonly mode?: Mode;
  /** Each grant has a status beside its config. */
  readonly hasStatuses?: boolean;
}

/** Access that somebody may have now. */
export interface Access extends Ask {
  readonly role: RoleRef;
}

/** The AWS accounts that the file names. */
export const accountsOf = ({ members = [] }: Pick<Intent, 'members'>): readonly string[] => [
  home,
  ...members.map(({ id }) => id),
];

/** Where the configs of an AWS account's roles belong: nowhere, if the file does not name it. */
export const regionsIn = ({ members = [], regions }: Intent, accountId: string): readonly string[] => {
  if (accountId === home) return regions;
  const member = members.find(({ id }) => id === accountId);
  return member === undefined ? [] : (member.regions ?? regions);
};

export const providerIn = (accountId: string): string => `aws-${accountId}`;

/** The model: what access should be, said without the words of the code that is tested. */
export const wanted = (
  roles: ReadonlyMap<string, { readonly ref: RoleRef; readonly asks: readonly Ask[] }>,
  intent: Intent,
  now: Date,
): readonly Access[] => {
  const { projects, allow } = intent;
  const accounts = new Set(accountsOf(intent).filter((id) => allow.accounts?.includes(id) ?? true));
  return [...roles.values()].flatMap(({ ref, asks }) =>
    asks
      .filter(({ email, until }) => {
        const isAllowed =
          allow.emails.includes(email) && allow.roles.includes(ref.roleName) && accounts.has(ref.accountId);
        const isWatched = projects.some((project) => email.endsWith(`@${project}.iam.gserviceaccount.com`));
        return isAllowed && isWatched && (until === undefined || Date.parse(until) > now.getTime());
      })
      .map((ask) => ({ role: ref, ...ask })),
  );
};

export const settingsOf = (intent: Intent): Settings => ({
  ...base,
  google: { ...base.google, projects: intent.projects },
  ...accountsIn(intent),
  regions: intent.regions,
  parameterPrefix: intent.prefix,
  formerParameterPrefixes: intent.formerPrefixes,
  sweep: { ...base.sweep, maxRevocations: intent.maxRevocations },
  mode: intent.mode ?? base.mode,
  ...(intent.hasStatuses === true ? { accountOutcomes: { mirror: false, status: true } } : {}),
  allow: [...intent.allow.emails, ...(intent.allow.ghosts === undefined ? [] : [intent.allow.ghosts])].map(
    (to) => ({
      to,
      roles: intent.allow.roles,
      ...(intent.allow.accounts === undefined ? {} : { accounts: intent.allow.accounts }),
    }),
  ),
});

const accountsIn = ({ members = [] }: Intent): Pick<Settings, 'home' | 'accounts'> => ({
  ...(members.length === 0 ? {} : { home }),
  accounts: [{ id: home }, ...members].map((account) => ({ ...account, provider: providerIn(account.id) })),
});
