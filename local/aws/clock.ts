/** The time as the services see it. */
export interface Clock {
  readonly now: () => Date;
  /** Milliseconds since some moment, as the machine counts them. */
  readonly monotonic: () => number;
  /** The same in the services' own time, which `timeScale` quickens: at 0.01 a second of it lasts 10 ms. */
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

/** `2026-11-24T12:00:00Z`, as events spell it. */
export const inSeconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** As the JSON protocols spell it. */
export const epochSeconds = (date: Date): number => date.getTime() / 1000;
