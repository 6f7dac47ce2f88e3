import { AwsError } from './call.ts';

/** EventBridge adds the rule engine's own message to this text. */
export const invalidPattern = (reason: string): AwsError =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
