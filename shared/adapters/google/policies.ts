import type { cloudresourcemanager_v1 } from 'googleapis/build/src/apis/cloudresourcemanager/v1.js';
import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import { type Failure, isRefusal, PermanentError, RetryableError } from '../../core/errors.ts';
import { type AllowPolicy, isAllowPolicy } from '../../core/iam-policy.ts';
import { emailOfResource, type ResourceName } from '../../core/service-account.ts';
import type { PolicyStore, PolicyWrite } from '../../ports.ts';
import { callGoogle, type GoogleCall, type Sent, withRetries } from './call.ts';
import { messageOf, permanentFailure, resourceFailure, statusOf } from './failure.ts';
import { isGoogleError } from './refusal.ts';
import type { GoogleSession } from './session.ts';

/**
 * Allow policies of service accounts
 * (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts; docs/adr/0002).
 */
export const googlePolicies = (session: GoogleSession, advice = serviceAccounts.advice): PolicyStore =>
  policyStore(session, { ...serviceAccounts, advice });

/** Allow policies of projects (https://cloud.google.com/resource-manager/reference/rest/v1/projects/getIamPolicy). */
export const googleProjectPolicies = (session: GoogleSession): PolicyStore => policyStore(session, projects);

/** Differences between the kinds of resources that have an allow policy. */
interface Kind {
  readonly api: 'iam' | 'cloudresourcemanager';
  readonly nameOf: (resource: ResourceName) => string;
  /** Starts a sentence about a resource that may not exist. */
  readonly subjectOf: (resource: ResourceName) => string;
  /** The next step if Google refuses. */
  readonly advice: (resource: ResourceName) => string;
  /**
   * Asks for version 3: an older one hides the conditions of other people's bindings, and writing that back loses them.
   * The two APIs take the version in different places.
   */
  readonly version3: Pick<GoogleCall, 'params' | 'data'>;
}

const serviceAccounts: Kind = {
  api: 'iam',
  nameOf: emailOfResource,
  subjectOf: (resource) => `Service account ${emailOfResource(resource)}`,
  advice: (resource) =>
    `Its owner opts it in by granting rolebridge's editor role on ${emailOfResource(resource)}.`,
  version3: {
    params: {
      'options.requestedPolicyVersion': 3,
    } satisfies iam_v1.Params$Resource$Projects$Serviceaccounts$Getiampolicy,
    data: {},
  },
};

const projects: Kind = {
  api: 'cloudresourcemanager',
  nameOf: (resource) => resource.replace('projects/', 'project '),
  subjectOf: (resource) => resource.replace('projects/', 'Project '),
  advice: (resource) =>
    `It takes roles/resourcemanager.projectIamAdmin on ${resource.replace('projects/', 'project ')}.`,
  version3: {
    data: {
      options: { requestedPolicyVersion: 3 },
    } satisfies Sent<cloudresourcemanager_v1.Schema$GetIamPolicyRequest>,
  },
};

const policyStore = (session: GoogleSession, kind: Kind): PolicyStore => ({
  read: (resource) =>
    withRetries(
      session,
      async () => ({ kind: 'read', policy: await getPolicy(session, kind, resource) }),
      (thrown) => readFailure(kind, resource, thrown),
    ),
  write: async (resource, policy) => {
    if (policy.etag === undefined)
      throw new PermanentError(
        `The allow policy of ${kind.nameOf(resource)} was read without an etag, so it is not written.`,
      );
    let isUncertain = false;
    return withRetries(
      session,
      () => setPolicy(session, kind, resource, policy, isUncertain),
      (thrown) => {
        const failure = asFailure(kind, 'writing', resource, thrown);
        if (isUncertain) return afterUncertainty(failure);
        const status = statusOf(thrown);
        isUncertain = status === undefined || status === 408 || status >= 500;
        return failure;
      },
    );
  },
});

const getPolicy = async (
  session: GoogleSession,
  kind: Kind,
  resource: ResourceName,
): Promise<AllowPolicy> => {
  const { api, version3 } = kind;
  const path = `${resource}:getIamPolicy`;
  const policy = await callGoogle<unknown>(session, { api, method: 'POST', path, ...version3 });
  if (!isAllowPolicy(policy)) throw new PermanentError(unexpectedAnswer(kind, resource));
  return policy;
};

const setPolicy = async (
  session: GoogleSession,
  kind: Kind,
  resource: ResourceName,
  policy: AllowPolicy,
  isUncertain: boolean,
): Promise<PolicyWrite> => {
  const data = { policy: { ...policy, version: 3 } } satisfies Sent<iam_v1.Schema$SetIamPolicyRequest>;
  const path = `${resource}:setIamPolicy`;
  try {
    const written = await callGoogle<unknown>(session, { api: kind.api, method: 'POST', path, data });
    // Treated like a lost answer: the policy is read again.
    if (!isAllowPolicy(written)) throw new RetryableError(unexpectedAnswer(kind, resource));
    return { kind: 'written', policy: written };
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status === 409) return { kind: 'conflict' };
    if ((status === 400 || status === 413) && isGoogleError(thrown))
      return { kind: 'rejected', reason: messageOf(thrown), ...(isUncertain ? { isUncertain } : {}) };
    throw thrown;
  }
};

/** We must not write such a policy back: a field that we misread may be someone's access. */
const unexpectedAnswer = ({ nameOf }: Kind, resource: ResourceName): string =>
  `The answer for ${nameOf(resource)} is not an allow policy that rolebridge knows (an object with an etag and well-formed bindings). Check google.endpoints in rolebridge.yml, and what answers there.`;

/** Google answers 403 or 404 for a resource that does not exist, and for one that we may not read. One read does not show which. */
const readFailure = (kind: Kind, resource: ResourceName, thrown: unknown): Failure => {
  const failure = asFailure(kind, 'reading', resource, thrown);
  if (!isRefusal(failure)) return failure;
  const what = `${kind.subjectOf(resource)} does not exist or cannot be read`;
  const nextStep = `If it does not exist, create it or correct the tag. If it does: ${kind.advice(resource)}`;
  return permanentFailure(what, thrown, { advice: nextStep, because: failure.because });
};

const asFailure = (
  { nameOf, advice }: Kind,
  verb: 'reading' | 'writing',
  resource: ResourceName,
  thrown: unknown,
): Failure =>
  thrown instanceof PermanentError || thrown instanceof RetryableError
    ? thrown
    : resourceFailure(`${verb} the allow policy of ${nameOf(resource)}`, thrown, advice(resource));

/** An earlier attempt may have been made although its answer was lost, so a refusal does not prove that nothing was written. */
const afterUncertainty = (failure: Failure): Failure =>
  failure instanceof RetryableError
    ? failure
    : new PermanentError(`${failure.message} An earlier attempt may have succeeded.`, {
        cause: failure,
        lasting: failure.lasting,
      });
