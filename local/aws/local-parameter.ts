import type { Tier } from './parameter-check.ts';
import type { Versioned } from './parameter-versions.ts';

export interface LocalParameter extends Versioned {
  /** @default 'text' */
  readonly dataType?: string;
  /** A regular expression that later values must match. */
  readonly allowedPattern?: string;
  /** @default 'Standard' */
  readonly tier?: Tier;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SsmRules {
  /**
   * Whether PutParameter may change a parameter's type. AWS documents that it may not (HierarchyTypeMismatchException), but
   * Terraform's acceptance test does it in place, from SecureString to String. Callers must cope with both.
   * @default false
   */
  changesTypes: boolean;
}
