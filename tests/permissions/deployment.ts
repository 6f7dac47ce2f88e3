import { stackNames } from '../../shared/core/stack.ts';
import type { Deployment } from '../../shared/permissions/scopes.ts';
import { settings } from '../support/settings.ts';

export const deployment: Deployment = { settings, stage: 'prod', names: stackNames('prod') };
