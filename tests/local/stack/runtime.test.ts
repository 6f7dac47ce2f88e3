import { ownRuntime } from '../../../local/stack/container.ts';
import { expectRuntime } from '../../support/runtime-contract.ts';

expectRuntime('our own runtime', () => ownRuntime);
