import type { Timestamp } from '../core/model.ts';

/** A user-managed key of a service account, as Google lists it. Google has the public half only. */
export interface ServiceAccountKey {
  /** The last part of its name: 40 hex digits, or as it was uploaded. */
  readonly id: string;
  /** Left out if Google's answer has no possible time, or if the key was uploaded. */
  readonly createdAt?: Timestamp;
  /** Left out if it does not expire, or if Google's answer has no possible time. */
  readonly expiresAt?: Timestamp;
  readonly neverExpires?: true;
  readonly isDisabled: boolean;
  /** Alerts of Google about the key. They stay for its whole life. */
  readonly alerts: readonly KeyAlert[];
}

/** `exposed`: its private half was found in public. `compromised`: it was abused. `unknown`: this version does not know the alert. */
export type KeyAlert = 'exposed' | 'compromised' | 'unknown';
