import { backOff } from 'exponential-backoff';
import type { AwsClient } from 'google-auth-library';
import { iam, type iam_v1 } from 'googleapis/build/src/apis/iam/index.js';
import type { Config } from '../../config.ts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { AllowPolicy } from '../../core/iam-policy.ts';
import { emailOfResource, type ResourceName } from '../../core/service-account.ts';
import type { PolicyStore } from '../../ports.ts';
import { googleFailure, messageOf, statusOf } from './failure.ts';
import { signIn } from './identity.ts';

export interface GoogleClients {
  readonly identity: AwsClient;
  readonly iam: iam_v1.Iam;
}

export const googleClients = ({ settings, googleEndpoint }: Config, identity: AwsClient): GoogleClients => {
  const rootUrl = googleEndpoint ?? settings.google.endpoints.iam;
  return {
    identity,
    iam: iam({ version: 'v1', auth: identity, ...(rootUrl === undefined ? {} : { rootUrl: `${rootUrl}/` }) }),
  };
};

const notPermitted = (resource: ResourceName): string =>
  `Its owner opts it in by granting rolebridge's editor role on ${emailOfResource(resource)}.`;

/** Bindings always have members: Google sends none without, and leaves the field out where the policy is empty. */
const toPolicy = (schema: iam_v1.Schema$Policy): AllowPolicy => {
  const { etag, version, bindings, ...rest } = schema;
  return {
    ...rest,
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(typeof version === 'number' ? { version } : {}),
    ...(bindings === undefined
      ? {}
      : {
          bindings: bindings.map(
            (binding) =>
              ({ ...binding, role: binding.role ?? '', members: binding.members ?? [] }) as NonNullable<
                AllowPolicy['bindings']
              >[number],
          ),
        }),
  };
};

/** Google's client does not retry POST by itself. Bounded by the time that the invocation has left. */
const patiently = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
  backOff(call, {
    jitter: 'full',
    startingDelay: 200,
    maxDelay: 5_000,
    numOfAttempts: 5,
    retry: (error) => error instanceof RetryableError && !signal.aborted,
  });

export const googlePolicies = (
  { identity, iam: service }: GoogleClients,
  signal: AbortSignal,
): PolicyStore => {
  const options = { signal, timeout: 10_000, retry: false };
  const { serviceAccounts } = service.projects;
  return {
    read: (resource) =>
      patiently(signal, async () => {
        await signIn(identity);
        try {
          const { data } = await serviceAccounts.getIamPolicy(
            { resource, 'options.requestedPolicyVersion': 3 },
            options,
          );
          return { kind: 'read', policy: toPolicy(data) };
        } catch (thrown) {
          if (statusOf(thrown) === 404) return { kind: 'missing' };
          throw googleFailure(
            `reading the allow policy of ${emailOfResource(resource)}`,
            thrown,
            statusOf(thrown) === 403 ? notPermitted(resource) : '',
          );
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
          // Version 3 always: an older one would lose the conditions of other people's bindings.
          const requestBody = { policy: { ...policy, version: 3 } as iam_v1.Schema$Policy };
          const { data } = await serviceAccounts.setIamPolicy({ resource, requestBody }, options);
          return { kind: 'written', policy: toPolicy(data) };
        } catch (thrown) {
          const status = statusOf(thrown);
          if (status === 409) return { kind: 'conflict' };
          if (status === 404) return { kind: 'missing' };
          if (status === 400 || status === 413) return { kind: 'rejected', reason: messageOf(thrown) };
          throw googleFailure(
            `writing the allow policy of ${emailOfResource(resource)}`,
            thrown,
            status === 403 ? notPermitted(resource) : '',
          );
        }
      }),
  };
};
