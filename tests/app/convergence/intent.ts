import type { RoleRef } from '../../../shared/core/model.ts';
import type { Mode, Settings } from '../../../shared/core/settings.ts';
import { settings as base, accountId as home } from '../../support/settings.ts';
import { googleRoleIn, isDirect, type Permitted, resourceOf, type Target, topic } from './targets.ts';

/** One tag, as the person who sets it means it. */
export interface Ask {
  /** `default` for the bare key. */
  readonly grant: string;
  readonly target: Target;
  /** ISO 8601 in whole seconds. */
  readonly until?: string;
}

export interface MemberIntent {
  readonly id: string;
  /** @default those of the file */
  readonly regions?: readonly [string, ...string[]];
}

/** rolebridge.yml, as its author means it. Lists are exact names. */
export interface Intent {
  /** AWS accounts besides the home account. @default none */
  readonly members?: readonly MemberIntent[];
  /** The regions of the home account, and of members without regions of their own. */
  readonly regions: readonly [string, ...string[]];
  readonly prefix: string;
  readonly formerPrefixes: readonly string[];
  readonly projects: readonly string[];
  readonly allow: {
    readonly emails: readonly string[];
    /** Google roles on resources. @default none */
    readonly direct?: readonly Target[];
    readonly roles: readonly string[];
    /** AWS accounts whose roles may request access. @default all */
    readonly accounts?: readonly string[];
    /** Accounts that roles may request and that never exist. */
    readonly ghosts?: string;
  };
  readonly maxRevocations: number;
  /** The access that Google's answers about a Google role permit. @default 'granted' */
  readonly permitted?: Readonly<Record<string, Permitted>>;
  /** @default 'sync' */
  readonly mode?: Mode;
  /** Each grant has a status beside its config. */
  readonly hasStatuses?: boolean;
}

/** Access that someone may have now. */
export interface Access extends Ask {
  readonly role: RoleRef;
}

/** The AWS accounts that the file names. */
export const accountsOf = ({ members = [] }: Pick<Intent, 'members'>): readonly string[] => [
  home,
  ...members.map(({ id }) => id),
];

/** The places for the configs of an AWS account's roles: none, if the file does not name the account. */
export const regionsIn = ({ members = [], regions }: Intent, accountId: string): readonly string[] => {
  if (accountId === home) return regions;
  const member = members.find(({ id }) => id === accountId);
  return member === undefined ? [] : (member.regions ?? regions);
};

export const providerIn = (accountId: string): string => `aws-${accountId}`;

/** The project that clients of direct grants are to use. */
export const clientProject = 'acme-data';

type AskingRoles = ReadonlyMap<string, { readonly ref: RoleRef; readonly asks: readonly Ask[] }>;

/**
 * The model: what access should be, expressed without the code under test. `counted`: with `unknown`, also access
 * that may not be granted, but stays where it exists.
 */
export const wanted = (
  roles: AskingRoles,
  intent: Intent,
  now: Date,
  counted: readonly Permitted[] = ['granted'],
): readonly Access[] => {
  const { projects, allow, permitted = {} } = intent;
  const accounts = new Set(accountsOf(intent).filter((id) => allow.accounts?.includes(id) ?? true));
  return [...roles.values()].flatMap(({ ref, asks }) =>
    asks
      .filter(({ target, until }) => {
        const isForRole = allow.roles.includes(ref.roleName) && accounts.has(ref.accountId);
        const isAllowed = isDirect(target)
          ? allow.direct?.includes(target) === true &&
            counted.includes(permitted[googleRoleIn(target)] ?? 'granted') &&
            (until === undefined || resourceOf(target) !== topic)
          : allow.emails.includes(target) &&
            projects.some((project) => target.endsWith(`@${project}.iam.gserviceaccount.com`));
        return isForRole && isAllowed && (until === undefined || Date.parse(until) > now.getTime());
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
  allow: rulesOf(intent.allow),
});

const rulesOf = ({ emails, direct = [], roles, accounts, ghosts }: Intent['allow']): Settings['allow'] => {
  const forRoles = { roles, ...(accounts === undefined ? {} : { accounts }) };
  return [
    ...[...emails, ...(ghosts === undefined ? [] : [ghosts])].map((to) => ({ to, ...forRoles })),
    ...direct.map((target) => ({
      grant: googleRoleIn(target),
      on: [resourceOf(target)] as const,
      clientProject,
      ...forRoles,
    })),
  ];
};

const accountsIn = ({ members = [] }: Intent): Pick<Settings, 'home' | 'accounts'> => ({
  ...(members.length === 0 ? {} : { home }),
  accounts: [{ id: home }, ...members].map((account) => ({ ...account, provider: providerIn(account.id) })),
});
