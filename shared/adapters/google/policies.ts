import type { AwsClient } from 'google-auth-library';
import type { Config } from '../../config.ts';
import { PermanentError } from '../../core/errors.ts';
import type { AllowPolicy } from '../../core/iam-policy.ts';
import { emailOfResource, type ResourceName } from '../../core/service-account.ts';
import type { PolicyStore } from '../../ports.ts';
import { messageOf, resourceFailure, statusOf } from './failure.ts';
import { callIam, patiently } from './iam-api.ts';
import { signIn } from './identity.ts';

const notPermitted = (resource: ResourceName): string =>
  `Its owner opts it in by granting rolebridge's editor role on ${emailOfResource(resource)}.`;

const failureOf = (what: string, resource: ResourceName, thrown: unknown) =>
  resourceFailure(`${what} the allow policy of ${emailOfResource(resource)}`, thrown, notPermitted(resource));

/**
 * Allow policies of service accounts, over IAM's REST API with google-auth-library's own client
 * (https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts; docs/adr/0002).
 */
export const googlePolicies = (config: Config, identity: AwsClient, signal: AbortSignal): PolicyStore => {
  const post = (resource: ResourceName, method: string, data: object = {}) =>
    callIam<AllowPolicy>(config, identity, signal, { method: 'POST', path: `${resource}:${method}`, data });
  return {
    read: (resource) =>
      patiently(signal, async () => {
        await signIn(identity);
        try {
          // Version 3: an older one hides the conditions of other people's bindings, and writing that back loses them.
          return {
            kind: 'read',
            policy: await post(resource, 'getIamPolicy?options.requestedPolicyVersion=3'),
          };
        } catch (thrown) {
          if (statusOf(thrown) === 404) return { kind: 'missing' };
          throw failureOf('reading', resource, thrown);
        }
      }),
    write: (resource, policy) =>
      patiently(signal, async () => {
        if (policy.etag === undefined)
          throw new PermanentError(
            `The allow policy of ${emailOfResource(resource)} was read without an etag; it is not written.`,
          );
        await signIn(identity);
        try {
          return {
            kind: 'written',
            policy: await post(resource, 'setIamPolicy', { policy: { ...policy, version: 3 } }),
          };
        } catch (thrown) {
          const status = statusOf(thrown);
          if (status === 409) return { kind: 'conflict' };
          if (status === 404) return { kind: 'missing' };
          if (status === 400 || status === 413) return { kind: 'rejected', reason: messageOf(thrown) };
          throw failureOf('writing', resource, thrown);
        }
      }),
  };
};
