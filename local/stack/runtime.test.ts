import { expectRuntime } from '../testing/runtime-contract.ts';
import { ownRuntime } from './container.ts';

expectRuntime('our own runtime', () => ownRuntime);
