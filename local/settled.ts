import type { AwsWorld } from './aws/world.ts';
import { pause } from './pause.ts';
import type { Stack } from './stack/run-template.ts';

export interface SettleOptions {
  readonly aws: Pick<AwsWorld, 'delivering'>;
  readonly stacks: () => readonly Stack[];
  /** The clock of queues and services. */
  readonly monotonic: () => number;
  /** Moves that clock forward. */
  readonly skip: (milliseconds: number) => void;
}

/** Waits until nothing runs, no event is on its way, and the queues are empty. Skips the time that the remaining messages only wait for. */
export const settle = async ({ aws, stacks, monotonic, skip }: SettleOptions): Promise<void> => {
  for (;;) {
    const isIdle = aws.delivering() === 0 && stacks().every((stack) => stack.running() === 0);
    const due = stacks().flatMap(({ queue }) => queue.messages.map(({ visibleAt }) => visibleAt));
    if (isIdle && due.length === 0) return;
    if (isIdle) skip(Math.max(0, Math.min(...due) - monotonic()));
    await pause(10);
  }
};
