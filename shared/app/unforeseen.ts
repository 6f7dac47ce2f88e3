import { RetryableError } from '../core/errors.ts';
import { type RoleRef, roleText } from '../core/model.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import type { Logger } from '../ports.ts';

/**
 * What one role's part of a step threw, where it is not known to be for good. Unless a port says that it may pass, it is
 * a mistake of ours: it is logged with its place in the code, and ends in the dead-letter queue if it lasts.
 */
export const comesBack = (logger: Logger, role: RoleRef, step: string, thrown: unknown): RetryableError => {
  if (thrown instanceof RetryableError) return thrown;
  const { message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
  logger.warn('Something unforeseen; please report it.', { role, step, stack: withoutSecrets(stack) });
  return new RetryableError(`While it was ${step}, ${roleText(role)} met something unforeseen: ${message}`, {
    cause: thrown,
  });
};
