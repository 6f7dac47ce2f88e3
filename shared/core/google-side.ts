/** The state of Google's side, as rolebridge reads it. */

/** A thing that can be disabled, and soft-deleted for 30 days: its id stays taken that long. */
export type Soft<T> =
  | { readonly kind: 'absent' }
  | (T & { readonly kind: 'there'; readonly isDeleted: boolean; readonly isDisabled: boolean });

export type PoolState = Soft<{ readonly description: string }>;

export type ProviderState = Soft<{
  /** Undefined for a provider of another kind than AWS. */
  readonly awsAccountId?: string;
  /** As stored. If there is none, Google uses its default mapping. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}>;

export type PresentProvider = Extract<ProviderState, { readonly kind: 'there' }>;

export type ServiceAccountState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'there'; readonly isDisabled: boolean; readonly displayName: string };

export type CustomRoleState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'there';
      readonly isDeleted: boolean;
      /** Its launch stage is DISABLED: it gives nothing. @default false */
      readonly isDisabled?: boolean;
      readonly permissions: readonly string[];
    };
