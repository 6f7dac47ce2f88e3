/** Both ways in which an instance gets its script and units when it starts. */
export const bootKinds = ['user-data', 'cloud-init'] as const;
export type BootKind = (typeof bootKinds)[number];

/** A machine at one moment. */
export interface Look {
  /** `ActiveState/SubState` by the name of the unit. */
  readonly units: Readonly<Record<string, string>>;
  /** Units of ours and of cloud-init that failed. */
  readonly failed: readonly string[];
  /** /etc/google-access/default.json, and GOOGLE_APPLICATION_CREDENTIALS of a login shell; empty if there is none. */
  readonly config: string;
  readonly loginShell: string;
}

/** `userDataEnd` is in seconds after the start of google-access.service. */
export interface Seen {
  /** Nothing is granted until after `waiting`. */
  readonly late: {
    readonly waiting: Look;
    readonly granted: Look;
    /** The second boot of that machine, without another grant. */
    readonly secondBoot: Look;
    readonly userDataEnd: number;
  };
  readonly early: {
    readonly granted: Look;
    readonly userDataEnd: number;
  };
}
