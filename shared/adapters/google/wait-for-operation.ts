import { setTimeout } from 'node:timers/promises';
import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { withRetries } from './call.ts';
import { resourceFailure } from './failure.ts';
import type { GoogleSession } from './session.ts';

/** IAM's and Service Usage's: both are google.longrunning.Operation. */
export type Operation = iam_v1.Schema$Operation;

/** `operations.get` of the API that started it. */
export type ReadOperation = (name: string) => Promise<Operation>;

/**
 * Polls an operation until Google has finished it. googleapis has `operations.get`, but no polling.
 * @throws Failure if the operation failed, takes longer than two minutes, or is interrupted.
 */
export const waitForOperation = async (
  session: GoogleSession,
  description: string,
  started: Operation,
  read: ReadOperation,
): Promise<void> => {
  let operation = started;
  for (const pauseMs of pausesMs) {
    if (operation.error !== undefined)
      throw new PermanentError(`${description}: ${operation.error.message ?? 'Google gives no reason'}`);
    // An operation that is done immediately may have no name.
    const { name } = operation;
    if (operation.done === true || typeof name !== 'string') return;
    await setTimeout(pauseMs, undefined, { signal: session.signal }).catch((thrown: unknown) => {
      throw new RetryableError(`${description}: interrupted before Google had finished.`, { cause: thrown });
    });
    operation = await withRetries(
      session,
      () => read(name),
      (thrown) => resourceFailure(`${description}: checking whether it is done`, thrown, ''),
    );
  }
  throw new RetryableError(`${description}: Google has not finished after two minutes. Run this again.`);
};

/** 0.1 s, 0.2 s, … 5 s: two minutes in all. */
const pausesMs = [100, 200, 400, 800, 1_500, 3_000, ...Array.from({ length: 23 }, () => 5_000)];
