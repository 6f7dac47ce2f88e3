/** The services' time. */
export interface Clock {
  readonly now: () => Date;
  /** The machine's monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Monotonic milliseconds of the services' time, which `timeScale` speeds up: at 0.01, a second lasts 10 ms. */
  readonly elapsed: () => number;
}

export interface ClockOptions {
  readonly timeScale: number;
  /** @default the machine's time of day */
  readonly now?: (() => Date) | undefined;
  /** @default performance.now */
  readonly monotonic?: (() => number) | undefined;
}

export const createClock = ({
  timeScale,
  now = () => new Date(),
  monotonic = () => performance.now(),
}: ClockOptions): Clock => ({ now, monotonic, elapsed: () => monotonic() / timeScale });

/** `2026-11-24T12:00:00Z`, the format of events. */
export const inSeconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** The format of the JSON protocols. */
export const epochSeconds = (date: Date): number => date.getTime() / 1000;
