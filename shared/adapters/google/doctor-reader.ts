import { PermanentError } from '../../core/errors.ts';
import { type AllowPolicy, isAllowPolicy } from '../../core/iam-policy.ts';
import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleView } from '../../doctor/ports.ts';
import { readOne } from './call.ts';
import { googleSide } from './reader.ts';
import { listServiceAccounts } from './service-accounts.ts';
import type { GoogleCall, GoogleSession } from './session.ts';

/** Google as a person's credentials reach it; reads alone. */
export const googleView = (session: GoogleSession): GoogleView => {
  const { projectPolicies: _, ...side } = googleSide(session);
  const policyOf = (what: string, call: GoogleCall) =>
    checkedPolicy(what, readOne<AllowPolicy>(session, what, call));
  return {
    ...side,
    accountPolicy: (email) =>
      policyOf(`the allow policy of ${email}`, {
        method: 'POST',
        path: `${serviceAccountResource(email)}:getIamPolicy?options.requestedPolicyVersion=3`,
        data: {},
      }),
    projectPolicy: (project) =>
      policyOf(`the allow policy of project ${project}`, {
        api: 'cloudresourcemanager',
        method: 'POST',
        path: `projects/${project}:getIamPolicy`,
        data: { options: { requestedPolicyVersion: 3 } },
      }),
    serviceAccounts: async (project) => {
      const emails: string[] = [];
      for await (const page of listServiceAccounts(session, project)) emails.push(...page);
      return emails;
    },
  };
};

/** @throws PermanentError if the answer is not a policy: an empty object would look as if nothing were bound. */
const checkedPolicy = async (
  what: string,
  reading: Promise<AllowPolicy | undefined>,
): Promise<AllowPolicy | undefined> => {
  const policy = await reading;
  if (policy === undefined || isAllowPolicy(policy)) return policy;
  throw new PermanentError(
    `reading ${what}: the answer is not an allow policy. Check google.endpoints in rolebridge.yml, and what answers there.`,
  );
};
