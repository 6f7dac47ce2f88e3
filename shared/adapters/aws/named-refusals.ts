import { PermanentError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/stack.ts';
import { isForeignAnswer } from './failure.ts';

type Service = 'iam' | 'ssm' | 'events' | 'cloudtrail' | 'ec2';

/**
 * Middleware for a client in another account. Its refusals name the account, the region, the missing action and the fix,
 * because the same call works in other accounts. Add it with `outermost`.
 */
export const namedRefusals =
  (role: MemberRole, service: Service, region?: string) =>
  <Args, Result>(
    next: (args: Args) => Promise<Result>,
    { commandName = 'A call' }: { readonly commandName?: string },
  ) =>
  async (args: Args): Promise<Result> => {
    try {
      return await next(args);
    } catch (thrown) {
      throw refusedIn(role, { service, call: commandName.replace(/Command$/, ''), region }, thrown) ?? thrown;
    }
  };

export const outermost = { step: 'initialize', priority: 'high' } as const;

interface Call {
  readonly service: Service;
  readonly call: string;
  readonly region: string | undefined;
}

const refusedIn = (
  { accountId, name }: MemberRole,
  { service, call, region }: Call,
  thrown: unknown,
): PermanentError | undefined => {
  if (!(thrown instanceof Error) || isForeignAnswer(thrown)) return undefined;
  const where = `${call} in ${region === undefined ? '' : `${region} of `}AWS account ${accountId}`;
  // EC2 has its own names for both.
  if (/^(AccessDenied(Exception)?|UnauthorizedOperation)$/.test(thrown.name))
    return new PermanentError(
      `${where}: ${thrown.name}: ${thrown.message.replace(/\.$/, '')}. ` +
        `Check in that account that the policy of role ${name} allows ${service}:${call}, as the member template does, and that no control policy or permissions boundary denies it.`,
      { cause: thrown },
    );
  // An account that has not enabled a region does not know the credentials there; nor does any region once the role is gone.
  if (/^(UnrecognizedClientException|InvalidClientTokenId|AuthFailure)$/.test(thrown.name))
    return new PermanentError(
      `${where}: ${thrown.name}: ${thrown.message.replace(/\.$/, '')}. ` +
        `Role ${name} may have been deleted or created again: a new session within the hour shows it.` +
        (region === undefined
          ? ''
          : ` If other regions of the account work, it has probably not enabled ${region}: enable it there (aws account enable-region --region-name ${region}), or name the account's own regions in rolebridge.yml.`),
      { cause: thrown },
    );
  return undefined;
};
