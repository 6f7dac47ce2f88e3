import { AwsError } from './call.ts';

/** EventBridge puts the rule engine's own message behind these words. */
export const invalidPattern = (reason: string): AwsError =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
