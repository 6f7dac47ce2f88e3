/** What Google's side holds, as rolebridge reads it. */

/** What can be soft-deleted for 30 days and disabled: its id is taken all the while. */
export type Soft<T> =
  | { readonly kind: 'absent' }
  | (T & { readonly kind: 'there'; readonly isDeleted: boolean; readonly isDisabled: boolean });

export type PoolState = Soft<{ readonly description: string }>;

export type ProviderState = Soft<{
  /** Undefined for a provider of another kind than AWS. */
  readonly awsAccountId?: string;
  /** As it is stored: without any, Google maps by its own default. */
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}>;

export type ServiceAccountState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'there'; readonly isDisabled: boolean };

export type CustomRoleState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'there';
      readonly isDeleted: boolean;
      /** Its launch stage is DISABLED: it gives nothing. @default false */
      readonly isDisabled?: boolean;
      readonly permissions: readonly string[];
    };
