import NodeEnvironment from 'jest-environment-node';
import { createProgramPool, type ProgramPool } from './program-pool.ts';
import { type ReusedProcesses, reuseProcesses } from './reused-processes.ts';

declare global {
  var reusedProcesses: ReusedProcesses;
  var programPool: ProgramPool;
}

// Jest loads this module once in each worker, outside of its suites.
const reusedProcesses = reuseProcesses();
const programPool = createProgramPool();

/** What a suite finds: the processes that outlast it, too. */
export default class Environment extends NodeEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { reusedProcesses, programPool });
  }

  override async teardown(): Promise<void> {
    reusedProcesses.endSuite();
    programPool.endBusy();
    await super.teardown();
  }
}
