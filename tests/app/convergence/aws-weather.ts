import { PermanentError, RetryableError } from '../../../shared/core/errors.ts';
import { accountId as home } from '../../support/settings.ts';

/** For a while, calls into one AWS account fail. */
export interface AwsWeather {
  readonly accountId: string;
  readonly on: 'reads' | 'folders' | 'writes' | 'all';
  /** Its administrator or a control policy denies us, or the account does not answer. */
  readonly answer: 'denied' | 'no answer';
  /** Calls that still succeed. */
  skip: number;
  calls: number;
}

/** The AWS account that a port call goes into; undefined for the ledger, the queue, the bus and Google. */
export const accountOfCall = (call: string): string | undefined => {
  const [, id = home] =
    /^(?:GetRole|GetAccountAuthorizationDetails|GetParametersByPath|PutParameter|DeleteParameter)(?: (\d{12})(?= |$))?/.exec(
      call,
    ) ?? [undefined, ''];
  return id === '' ? undefined : id;
};

/** @throws PermanentError or RetryableError in place of the AWS answer, as the adapters do. */
export const failInAccount = (weather: AwsWeather[], call: string): void => {
  const accountId = accountOfCall(call);
  const on = /^(Put|Delete)/.test(call) ? 'writes' : 'reads';
  const isFolder = call.startsWith('GetParametersByPath');
  const index = weather.findIndex(
    (one) =>
      one.accountId === accountId &&
      (one.on === 'all' || one.on === on || (one.on === 'folders' && isFolder)),
  );
  const found = weather[index];
  if (found === undefined) return;
  if (found.skip > 0) {
    found.skip -= 1;
    return;
  }
  found.calls -= 1;
  if (found.calls === 0) weather.splice(index, 1);
  throw found.answer === 'denied'
    ? new PermanentError(`${call}: AccessDenied`)
    : new RetryableError(`${call}: no answer`);
};
