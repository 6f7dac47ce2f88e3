import { type StackNames, stackRegion } from '../core/stack.ts';
import type { Check } from './check.ts';
import type { Finding } from './finding.ts';
import { needsAws } from './stack-check.ts';

/** The bus of the home account that receives the events of all others. */
export const memberBusArn = (home: string, { memberBus }: Pick<StackNames, 'memberBus'>): string =>
  `arn:aws:events:${stackRegion}:${home}:event-bus/${memberBus}`;

/** A check of one link in every other AWS account. */
export const memberCheck = (
  id: string,
  title: string,
  permission: string,
  run: () => Promise<Finding>,
  causedBy: readonly string[] = [],
): Check => ({
  id,
  group: 'Other AWS accounts',
  title,
  permission,
  needs: ['config', ...needsAws],
  causedBy,
  run,
});
