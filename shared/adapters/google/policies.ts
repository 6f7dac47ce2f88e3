import { type Failure, isRefusal, PermanentError, RetryableError } from '../../core/errors.ts';
import { isAllowPolicy } from '../../core/iam-policy.ts';
import { emailOfResource, type ResourceName } from '../../core/service-account.ts';
import type { PolicyStore } from '../../ports.ts';
import { googleFailure, messageOf, resourceFailure, statusOf } from './failure.ts';
import { isGoogleError } from './refusal.ts';
import { callGoogle, type GoogleSession, patiently } from './session.ts';

/** What differs between resources that have an allow policy. */
interface Kind {
  readonly api: 'iam' | 'cloudresourcemanager';
  readonly nameOf: (resource: ResourceName) => string;
  /** What we cannot read, and do not know to exist. */
  readonly unknownThing: (resource: ResourceName) => string;
  /** What to do where Google refuses. */
  readonly advice: (resource: ResourceName) => string;
  /** Where the version is asked for: the two APIs differ. */
  readonly reading: { readonly method: string; readonly data: object };
}

const serviceAccounts: Kind = {
  api: 'iam',
  nameOf: emailOfResource,
  unknownThing: (resource) => `Service account ${emailOfResource(resource)}`,
  advice: (resource) =>
    `Its owner opts it in by granting rolebridge's editor role on ${emailOfResource(resource)}.`,
  reading: { method: 'getIamPolicy?options.requestedPolicyVersion=3', data: {} },
};

const projects: Kind = {
  api: 'cloudresourcemanager',
  nameOf: (resource) => resource.replace('projects/', 'project '),
  unknownThing: (resource) => resource.replace('projects/', 'Project '),
  advice: (resource) =>
    `It takes roles/resourcemanager.projectIamAdmin on ${resource.replace('projects/', 'project ')}.`,
  reading: { method: 'getIamPolicy', data: { options: { requestedPolicyVersion: 3 } } },
};

const policyStore = (
  session: GoogleSession,
  { api, nameOf, unknownThing, advice, reading }: Kind,
): PolicyStore => {
  /** Not to be written back: a field that we misread is somebody's access. */
  const strange = (resource: ResourceName): string =>
    `The answer for ${nameOf(resource)} is not an allow policy that rolebridge knows (an object with an etag and well-formed bindings). Check google.endpoints in rolebridge.yml, and what answers there.`;
  const post = (resource: ResourceName, method: string, data: object) =>
    callGoogle<unknown>(session, { api, method: 'POST', path: `${resource}:${method}`, data });
  const asFailure = (what: string, resource: ResourceName, thrown: unknown): Failure =>
    thrown instanceof PermanentError || thrown instanceof RetryableError
      ? thrown
      : resourceFailure(`${what} the allow policy of ${nameOf(resource)}`, thrown, advice(resource));
  /** Google answers 403 or 404 for what does not exist, and for what we may not read: one read does not tell which. */
  const readFailure = (resource: ResourceName, thrown: unknown): Failure => {
    const failure = asFailure('reading', resource, thrown);
    if (!isRefusal(failure)) return failure;
    const what = `${unknownThing(resource)} does not exist or cannot be read`;
    const nextStep = `If it does not exist, create it or correct the tag. If it does: ${advice(resource)}`;
    return new PermanentError(googleFailure(what, thrown, nextStep).message, {
      cause: thrown,
      because: failure.because,
    });
  };
  const afterUncertainty = (failure: Failure): Failure =>
    failure instanceof RetryableError
      ? failure
      : new PermanentError(`${failure.message} An earlier try may have been made.`, { cause: failure });
  return {
    read: (resource) =>
      patiently(session, async () => {
        await session.identity.signIn();
        try {
          // Version 3: an older one hides the conditions of other people's bindings, and writing that back loses them.
          const policy = await post(resource, reading.method, reading.data);
          if (!isAllowPolicy(policy)) throw new PermanentError(strange(resource));
          return { kind: 'read', policy };
        } catch (thrown) {
          throw readFailure(resource, thrown);
        }
      }),
    write: async (resource, policy) => {
      let isUncertain = false as boolean;
      return patiently(session, async () => {
        if (policy.etag === undefined)
          throw new PermanentError(
            `The allow policy of ${nameOf(resource)} was read without an etag; it is not written.`,
          );
        await session.identity.signIn();
        try {
          const written = await post(resource, 'setIamPolicy', { policy: { ...policy, version: 3 } });
          // As an answer that was lost: what came of it is read again.
          if (!isAllowPolicy(written)) throw new RetryableError(strange(resource));
          return { kind: 'written', policy: written };
        } catch (thrown) {
          const status = statusOf(thrown);
          if (status === 409) return { kind: 'conflict' };
          if ((status === 400 || status === 413) && isGoogleError(thrown))
            return {
              kind: 'rejected',
              reason: messageOf(thrown),
              ...(isUncertain ? { isUncertain: true } : {}),
            };
          const failure = asFailure('writing', resource, thrown);
          // An earlier try may have been made although its answer was lost: then no refusal says that nothing was written.
          if (isUncertain) throw afterUncertainty(failure);
          isUncertain = status === undefined || status === 408 || status >= 500;
          throw failure;
        }
      });
    },
  };
};

/**
 * Allow policies of service accounts, over IAM's REST API with google-auth-library's own client
 * (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts; docs/adr/0002).
 */
export const googlePolicies = (session: GoogleSession, advice = serviceAccounts.advice): PolicyStore =>
  policyStore(session, { ...serviceAccounts, advice });

/** Allow policies of projects (https://cloud.google.com/resource-manager/reference/rest/v1/projects/getIamPolicy). */
export const googleProjectPolicies = (session: GoogleSession): PolicyStore => policyStore(session, projects);
