import { PermanentError, RetryableError } from '../../core/errors.ts';
import { resourceKindOf } from '../../core/google-resource.ts';
import type { AllowPolicy } from '../../core/iam-policy.ts';
import { isServiceAccountResource, type ResourceName } from '../../core/service-account.ts';
import type { PolicyStore, PolicyWrite } from '../../ports.ts';
import { bucketPolicy } from './bucket-policy.ts';
import { withRetries } from './call.ts';
import { datasetPolicy } from './dataset-policy.ts';
import { messageOf, statusOf } from './failure.ts';
import { afterUncertainty, readFailure, unexpectedAnswer, writeFailure } from './policy-failure.ts';
import type { Advice, PolicyKind } from './policy-kind.ts';
import { isGoogleError } from './refusal.ts';
import type { GoogleSession } from './session.ts';
import {
  projectPolicy,
  secretPolicy,
  serviceAccountPolicy,
  subscriptionPolicy,
  topicPolicy,
} from './standard-policies.ts';

/** Allow policies of service accounts, and of every kind of resource that a tag can name (docs/adr/0002). */
export const googlePolicies = (session: GoogleSession, advice?: Advice): PolicyStore =>
  policyStore(session, kindOf, advice);

/** Allow policies of projects, which an administrator edits. */
export const googleProjectPolicies = (session: GoogleSession): PolicyStore =>
  policyStore(
    session,
    () => projectPolicy,
    (resource) =>
      `This needs roles/resourcemanager.projectIamAdmin on ${resource.replace('projects/', 'project ')}.`,
  );

const kindOf = (resource: ResourceName): PolicyKind => {
  if (isServiceAccountResource(resource)) return serviceAccountPolicy;
  switch (resourceKindOf(resource)) {
    case 'project':
      return projectPolicy;
    case 'bucket':
      return bucketPolicy;
    case 'dataset':
      return datasetPolicy;
    case 'secret':
      return secretPolicy;
    case 'topic':
      return topicPolicy;
    case 'subscription':
      return subscriptionPolicy;
    case undefined:
      throw new PermanentError(
        `rolebridge does not know the kind of ${resource}, so it reads no allow policy.`,
      );
  }
};

const policyStore = (
  session: GoogleSession,
  kindFor: (resource: ResourceName) => PolicyKind,
  ownAdvice?: Advice,
): PolicyStore => ({
  read: async (resource) => {
    const kind = withAdvice(kindFor(resource), ownAdvice);
    return withRetries(
      session,
      async () => {
        const read = await kind.get(session, resource);
        if (read === undefined) throw new PermanentError(unexpectedAnswer(kind, resource));
        return read;
      },
      (thrown) => readFailure(kind, resource, thrown),
    );
  },
  write: async (resource, policy) => {
    const kind = withAdvice(kindFor(resource), ownAdvice);
    const { etag } = policy;
    // To some APIs, a write without an etag is one without a condition.
    if (etag === undefined || etag === '')
      throw new PermanentError(
        `The allow policy of ${kind.nameOf(resource)} was read without an etag, so it is not written.`,
      );
    let isUncertain = false;
    return withRetries(
      session,
      () => setPolicy(session, kind, resource, { ...policy, etag }, isUncertain),
      (thrown) => {
        const failure = writeFailure(kind, resource, thrown);
        if (isUncertain) return afterUncertainty(failure);
        const status = statusOf(thrown);
        isUncertain = status === undefined || status === 408 || status >= 500;
        return failure;
      },
    );
  },
});

const withAdvice = (kind: PolicyKind, advice: Advice | undefined): PolicyKind =>
  advice === undefined ? kind : { ...kind, advice };

type Etagged = AllowPolicy & { readonly etag: string };

const setPolicy = async (
  session: GoogleSession,
  kind: PolicyKind,
  resource: ResourceName,
  policy: Etagged,
  isUncertain: boolean,
): Promise<PolicyWrite> => {
  try {
    const written = await kind.set(session, resource, policy);
    // Treated like a lost answer: the policy is read again.
    if (written === undefined) throw new RetryableError(unexpectedAnswer(kind, resource));
    return { kind: 'written', policy: written };
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status === 409) return { kind: 'conflict' };
    if (!isGoogleError(thrown)) throw thrown;
    if (status === 412 && (await isStale(session, kind, resource, policy))) return { kind: 'conflict' };
    if (status !== 400 && status !== 412 && status !== 413) throw thrown;
    const explained = await kind.explainRejection?.(session, resource, policy).catch(() => undefined);
    const reason = explained === undefined ? messageOf(thrown) : `${messageOf(thrown)} ${explained}`;
    return { kind: 'rejected', reason, ...(isUncertain ? { isUncertain } : {}) };
  }
};

/**
 * Storage and BigQuery answer 412 to a stale etag, and Storage also if it refuses the policy itself: a bucket without uniform access
 * (https://github.com/googleapis/python-storage/issues/52), a constraint of the organization. Only the etag shows which.
 */
const isStale = async (
  session: GoogleSession,
  kind: PolicyKind,
  resource: ResourceName,
  { etag }: Etagged,
): Promise<boolean> => (await kind.get(session, resource))?.policy.etag !== etag;
