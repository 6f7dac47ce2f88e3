import { readPublished } from './credential-config.ts';
import type { Desired } from './desired.ts';
import type { AllowPolicy } from './iam-policy.ts';
import type { RoleState } from './model.ts';
import { type ResourceName, serviceAccountResource } from './service-account.ts';
import type { Settings } from './settings.ts';

export interface ObservedParameter {
  readonly name: string;
  readonly value: string;
}

/** A parameter's place: names are unique within a region. */
export interface ParameterPlace {
  readonly region: string;
  readonly name: string;
}

/**
 * One folder of parameters of one role: its own in a configured region, or one that an earlier configuration left
 * behind, of which only the strays are listed. `unreadable` is never taken for "none".
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
  | { readonly kind: 'read'; readonly policy: AllowPolicy }
  /** Google says that there is no such service account: nothing can be bound to it. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable' };

/** One role and what both clouds hold of it. */
export interface Observed {
  readonly role: RoleState;
  readonly folders: readonly ObservedFolder[];
  readonly policies: ReadonlyMap<ResourceName, ObservedPolicy>;
}

export interface RecordedParameter extends ParameterPlace {
  readonly value: string;
  /** The service account that this parameter says its role is bound to. */
  readonly email?: string;
}

export const placeKey = ({ region, name }: ParameterPlace): string => `${region} ${name}`;

/** Parameters that are ours, by their value; rolebridge's own account is never a resource to touch. */
export const recordedParameters = (
  settings: Settings,
  folders: readonly ObservedFolder[],
): readonly RecordedParameter[] =>
  folders.flatMap((folder) =>
    folder.kind === 'unreadable'
      ? []
      : folder.parameters.flatMap(({ name, value }) => {
          const published = readPublished(settings, value);
          if (published.kind === 'foreign') return [];
          const { email } = published;
          const known = email === undefined || email === settings.google.serviceAccount ? {} : { email };
          return [{ region: folder.region, name, value, ...known }];
        }),
  );

/** Every resource that a grant or a parameter names: what planning must have read. */
export const resourcesOf = (
  settings: Settings,
  desired: Desired,
  folders: readonly ObservedFolder[],
): readonly ResourceName[] => {
  const emails = [
    ...desired.grants.map(({ target }) => target.email),
    ...recordedParameters(settings, folders).flatMap(({ email }) => (email === undefined ? [] : [email])),
  ];
  return [...new Set(emails.map(serviceAccountResource))].toSorted();
};
