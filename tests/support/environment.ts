import NodeEnvironment from 'jest-environment-node';
import { createProgramPool, type ProgramPool } from './program-pool.ts';

declare global {
  var programPool: ProgramPool;
}

// Jest loads this module once in each worker, outside of its suites.
const programPool = createProgramPool();

/** What a suite finds: the pool of programs that outlasts it, too. */
export default class Environment extends NodeEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { programPool });
  }
}
