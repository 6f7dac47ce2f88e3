import { pause } from './pause.ts';
import type { Stack } from './stack/run-template.ts';

export interface SettleOptions {
  readonly stacks: () => readonly Stack[];
  /** The clock of queues and services. */
  readonly monotonic: () => number;
  /** Moves that clock forward. */
  readonly skip: (milliseconds: number) => void;
}

/** Waits until nothing runs and the queues are empty. Skips the time that the remaining messages only wait for. */
export const settle = async ({ stacks, monotonic, skip }: SettleOptions): Promise<void> => {
  for (;;) {
    const isIdle = stacks().every((stack) => stack.running() === 0);
    const due = stacks().flatMap(({ queue }) => queue.messages.map(({ visibleAt }) => visibleAt));
    if (isIdle && due.length === 0) return;
    if (isIdle) skip(Math.max(0, Math.min(...due) - monotonic()));
    await pause(10);
  }
};
