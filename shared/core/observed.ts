import { readPublished } from './credential-config.ts';
import { isProjectParameter } from './grant-parameters.ts';
import type { Desired } from './guardrail.ts';
import type { AllowPolicy } from './iam-policy.ts';
import type { LedgerEntry } from './ledger.ts';
import type { RoleState } from './model.ts';
import { type ResourceName, serviceAccountResource } from './service-account.ts';
import { poolPath, type Settings } from './settings.ts';
import { isStatus } from './status.ts';
import { siteOf } from './target.ts';

export interface ObservedParameter {
  readonly name: string;
  readonly value: string;
  /** `String`, `StringList` or `SecureString`; the value of a SecureString is its ciphertext. */
  readonly type: string;
}

/** A parameter's place: names are unique within a region. */
export interface ParameterId {
  readonly region: string;
  readonly name: string;
}

/**
 * One folder of one role's parameters: its own in a configured region, or one that an earlier configuration left behind,
 * of which only the stray parameters are listed. `unreadable` never means "none".
 */
export type ObservedFolder =
  | {
      readonly kind: 'read';
      readonly region: string;
      readonly path: string;
      readonly parameters: readonly ObservedParameter[];
    }
  | { readonly kind: 'unreadable'; readonly region: string; readonly path: string };

export type ObservedPolicy =
  /** `owner`: for a bucket, the number of the project that has it now. */
  | { readonly kind: 'read'; readonly policy: AllowPolicy; readonly owner?: string }
  /** Confirmed gone (docs/adr/0020): nothing is bound to it, and nothing can be. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' };

/** One role, and everything that both clouds and the ledger have for it. */
export interface Observed {
  readonly role: RoleState;
  readonly folders: readonly ObservedFolder[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy>;
  /** Bindings of the role that may exist. */
  readonly entries: readonly LedgerEntry[];
  /** When the role was last deleted or created, in milliseconds, if an event of this run says so. */
  readonly madeAt?: number;
}

/** A parameter that looks like a config of ours. It is output: the account that it names is never evidence of access. */
export interface PublishedParameter extends ParameterId {
  readonly value: string;
  readonly pool: string;
}

export const parameterKey = ({ region, name }: ParameterId): string => `${region} ${name}`;

export const publishedParameters = (
  settings: Settings,
  folders: readonly ObservedFolder[],
): readonly PublishedParameter[] =>
  folders.flatMap((folder) =>
    folder.kind === 'unreadable'
      ? []
      : folder.parameters.flatMap(({ name, value }) => {
          const published = readPublished(settings, value);
          const { region } = folder;
          if (published.kind !== 'foreign') return [{ region, name, value, pool: published.pool }];
          return isProjectParameter({ name, value })
            ? [{ region, name, value, pool: poolPath(settings) }]
            : [];
        }),
  );

/** Whether a parameter looks like something that rolebridge writes: a config, the project beside one, or a status. */
export const looksOurs = (
  settings: Settings,
  { name, value }: Pick<ObservedParameter, 'name' | 'value'>,
): boolean =>
  readPublished(settings, value).kind !== 'foreign' ||
  isStatus({ name, value }) ||
  isProjectParameter({ name, value });

/** Every resource that a grant or the ledger names. Planning needs to have read them all. Never rolebridge's own account. */
export const resourcesOf = (
  settings: Settings,
  desired: Desired,
  entries: readonly LedgerEntry[],
): readonly ResourceName[] => {
  const named = [
    ...desired.grants.map(({ target }) => siteOf(target).resource),
    ...entries.map(({ resource }) => resource),
  ].filter((resource) => resource !== serviceAccountResource(settings.google.serviceAccount));
  return [...new Set(named)].toSorted();
};
