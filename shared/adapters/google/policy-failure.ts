import { type Failure, isRefusal, PermanentError, RetryableError } from '../../core/errors.ts';
import type { ResourceName } from '../../core/service-account.ts';
import { messageOf, permanentFailure, resourceFailure } from './failure.ts';
import type { PolicyKind } from './policy-kind.ts';

/** Google answers 403 or 404 for a resource that does not exist, and for one that we may not read. One read does not show which. */
export const readFailure = (kind: PolicyKind, resource: ResourceName, thrown: unknown): Failure => {
  const failure = asFailure(kind, 'reading', resource, thrown);
  if (!isRefusal(failure)) return failure;
  const what = `${kind.subjectOf(resource)} does not exist or cannot be read`;
  const nextStep = `If it does not exist, create it or correct the tag. If it does: ${kind.advice(resource, messageOf(thrown))}`;
  return permanentFailure(what, thrown, { advice: nextStep, because: failure.because });
};

export const writeFailure = (kind: PolicyKind, resource: ResourceName, thrown: unknown): Failure =>
  asFailure(kind, 'writing', resource, thrown);

/** We must not write such a policy back: a field that we misread may be someone's access. */
export const unexpectedAnswer = ({ nameOf }: PolicyKind, resource: ResourceName): string =>
  `The answer for ${nameOf(resource)} is not an allow policy that rolebridge knows (an object with an etag and well-formed bindings). Check google.endpoints in rolebridge.yml, and what answers there.`;

/** An earlier attempt may have been made although its answer was lost, so a refusal does not prove that nothing was written. */
export const afterUncertainty = (failure: Failure): Failure =>
  failure instanceof RetryableError
    ? failure
    : new PermanentError(`${failure.message} An earlier attempt may have succeeded.`, {
        cause: failure,
        lasting: failure.lasting,
      });

const asFailure = (
  { nameOf, advice, isNamedBy }: PolicyKind,
  verb: 'reading' | 'writing',
  resource: ResourceName,
  thrown: unknown,
): Failure => {
  if (thrown instanceof PermanentError || thrown instanceof RetryableError) return thrown;
  const description = `${verb} the allow policy of ${nameOf(resource)}`;
  const failure = resourceFailure(description, thrown, advice(resource, messageOf(thrown)));
  if (isNamedBy === undefined || !isNotFound(failure) || isNamedBy(resource, messageOf(thrown)))
    return failure;
  return permanentFailure(description, thrown, {
    advice: `This does not name ${resource}, so it does not show that it is gone.`,
  });
};

const isNotFound = (failure: Failure): boolean => isRefusal(failure) && failure.because === 'notFound';
