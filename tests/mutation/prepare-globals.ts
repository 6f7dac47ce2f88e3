import { resolve } from 'node:path';
import { getState } from 'jest-circus';
import { SnapshotState } from 'jest-snapshot';
import { watchCaches } from './forgetful-caches.ts';

/** What suites expect of the process: the words of Jest, as `npm run test:unit` provides them. */
export const prepareGlobals = async (): Promise<void> => {
  watchCaches();
  // A package exports what its users need, and not this.
  await import(new URL('./global-setup.js', import.meta.resolve('jest-light-runner')).href);
  // What a callback throws while no one listens fails the test that is running.
  process.on('uncaughtException', (error) => getState().unhandledErrors.push(error));
  expect.setState({ snapshotState: inlineSnapshots() });
};

/** Compares snapshots and never writes them. */
const inlineSnapshots = (): SnapshotState =>
  new SnapshotState(resolve('no-snapshots'), {
    updateSnapshot: 'none',
    snapshotFormat: { escapeString: false, printBasicPrototype: false },
    rootDir: process.cwd(),
  });
