/** Both ways in which an instance gets its script and units when it starts. */
export const bootKinds = ['user-data', 'cloud-init'] as const;
export type BootKind = (typeof bootKinds)[number];

/** A machine at one moment. */
export interface Look {
  /** `ActiveState/SubState` by the name of the unit. */
  readonly units: Readonly<Record<string, string>>;
  readonly failed: readonly string[];
  /** /etc/google-access/default.json, and GOOGLE_APPLICATION_CREDENTIALS of a login shell; empty where there is none. */
  readonly config: string;
  readonly loginShell: string;
}

export interface Seen {
  /** Boots while nothing is granted: nothing is granted until after `waiting`. */
  readonly late: {
    readonly waiting: Look;
    readonly granted: Look;
    /** The second boot of that machine, with nothing granted again. */
    readonly secondBoot: Look;
    readonly userData: UserDataTimes;
  };
  readonly early: {
    readonly granted: Look;
    readonly userData: UserDataTimes;
  };
}

export interface UserDataTimes {
  readonly seconds: number;
  /** Between the start of google-access.service and the end of user data. */
  readonly secondsAfterStart: number;
}
