import type { cloudresourcemanager_v3 } from 'googleapis/build/src/apis/cloudresourcemanager/v3.js';
import type { iam_v1 } from 'googleapis/build/src/apis/iam/v1.js';
import type { pubsub_v1 } from 'googleapis/build/src/apis/pubsub/v1.js';
import type { secretmanager_v1 } from 'googleapis/build/src/apis/secretmanager/v1.js';
import { isAllowPolicy } from '../../core/iam-policy.ts';
import { emailOfResource, type ResourceName } from '../../core/service-account.ts';
import { callGoogle, type GoogleCall, type Sent } from './call.ts';
import { optInAdvice } from './opt-in-advice.ts';
import type { PolicyKind } from './policy-kind.ts';
import type { GoogleApi } from './session.ts';

/** https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts */
export const serviceAccountPolicy: PolicyKind = {
  nameOf: emailOfResource,
  subjectOf: (resource) => `Service account ${emailOfResource(resource)}`,
  advice: (resource) =>
    `Its owner opts it in by granting rolebridge's editor role on ${emailOfResource(resource)}.`,
  ...methods('iam', {
    method: 'POST',
    params: {
      'options.requestedPolicyVersion': 3,
    } satisfies iam_v1.Params$Resource$Projects$Serviceaccounts$Getiampolicy,
    data: {},
  }),
};

/** https://cloud.google.com/resource-manager/reference/rest/v3/projects. For a project that does not exist, it answers 403. */
export const projectPolicy: PolicyKind = {
  nameOf: (resource) => resource.replace('projects/', 'project '),
  subjectOf: (resource) => resource.replace('projects/', 'Project '),
  advice: optInAdvice,
  ...methods('cloudresourcemanager', {
    method: 'POST',
    data: {
      options: { requestedPolicyVersion: 3 },
    } satisfies Sent<cloudresourcemanager_v3.Schema$GetIamPolicyRequest>,
  }),
  isNamedBy: () => false,
};

/**
 * https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets. It names the project by its number.
 */
export const secretPolicy: PolicyKind = {
  nameOf: (resource) => `secret ${resource}`,
  subjectOf: (resource) => `Secret ${resource}`,
  advice: optInAdvice,
  ...methods('secretmanager', {
    method: 'GET',
    params: {
      'options.requestedPolicyVersion': 3,
    } satisfies secretmanager_v1.Params$Resource$Projects$Secrets$Getiampolicy,
  }),
  isNamedBy: (resource, message) =>
    new RegExp(`^Secret \\[projects/[^/\\]]+/secrets/${lastOf(resource)}\\] not found`).test(message),
};

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics */
export const topicPolicy: PolicyKind = pubsubPolicy('topic');

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export const subscriptionPolicy: PolicyKind = pubsubPolicy('subscription');

function pubsubPolicy(kind: 'topic' | 'subscription'): PolicyKind {
  return {
    nameOf: (resource) => `${kind} ${resource}`,
    subjectOf: (resource) => `${kind === 'topic' ? 'Topic' : 'Subscription'} ${resource}`,
    advice: optInAdvice,
    ...methods('pubsub', {
      method: 'GET',
      params: {
        'options.requestedPolicyVersion': 3,
      } satisfies pubsub_v1.Params$Resource$Projects$Topics$Getiampolicy,
    }),
    isNamedBy: (resource, message) => message.startsWith(`Resource not found (resource=${lastOf(resource)})`),
  };
}

const lastOf = (resource: ResourceName): string => resource.slice(resource.lastIndexOf('/') + 1);

/**
 * The two methods of the standard interface (https://google.aip.dev/136, google.iam.v1.IAMPolicy). `reading` asks for version 3:
 * an older one hides the conditions of other people's bindings, and writing that back loses them. Each API takes the version
 * in its own place.
 */
function methods(
  api: GoogleApi,
  reading: Pick<GoogleCall, 'method' | 'params' | 'data'>,
): Pick<PolicyKind, 'get' | 'set'> {
  return {
    get: async (session, resource) => {
      const policy = await callGoogle<unknown>(session, {
        api,
        path: `${resource}:getIamPolicy`,
        ...reading,
      });
      return isAllowPolicy(policy) ? { kind: 'read', policy } : undefined;
    },
    set: async (session, resource, policy) => {
      const written = await callGoogle<unknown>(session, {
        api,
        method: 'POST',
        path: `${resource}:setIamPolicy`,
        data: { policy: { ...policy, version: 3 } } satisfies Sent<iam_v1.Schema$SetIamPolicyRequest>,
      });
      return isAllowPolicy(written) ? written : undefined;
    },
  };
}
