import { PermanentError } from '../../core/errors.ts';
import { type AllowPolicy, isAllowPolicy } from '../../core/iam-policy.ts';
import { serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleView } from '../../doctor/ports.ts';
import type { Clock } from '../../ports.ts';
import type { PersonalSession } from './clients.ts';
import { googleRoles } from './google-roles.ts';
import { googlePolicies } from './policies.ts';
import type { Advice } from './policy-kind.ts';
import { googleReader, readThrough } from './reader.ts';
import { listServiceAccounts } from './service-accounts.ts';

/** Google as a person's credentials reach it; read-only. `advice`: what the person needs to read a resource's policy. */
export const googleDoctorReader = (
  session: PersonalSession,
  advice: Advice,
  clock: Pick<Clock, 'now'>,
): GoogleView => {
  const { projectPolicies: _, ...reader } = googleReader(session);
  const read = readThrough(session);
  return {
    ...reader,
    accountPolicy: async (email) => {
      const what = `the allow policy of ${email}`;
      const policy = await read(what, async ({ iam }) =>
        (await iam()).projects.serviceAccounts.getIamPolicy({
          resource: serviceAccountResource(email),
          'options.requestedPolicyVersion': 3,
        }),
      );
      return checkedPolicy(what, policy);
    },
    projectPolicy: async (project) => {
      const what = `the allow policy of project ${project}`;
      const policy = await read(what, async ({ cloudresourcemanager }) =>
        (await cloudresourcemanager()).projects.getIamPolicy({
          resource: project,
          requestBody: { options: { requestedPolicyVersion: 3 } },
        }),
      );
      return checkedPolicy(what, policy);
    },
    resourcePolicy: googlePolicies(session, advice).read,
    googleRoles: googleRoles(session, new Map(), clock),
    serviceAccounts: async (project) => {
      const emails: string[] = [];
      for await (const page of listServiceAccounts(session, project)) emails.push(...page);
      return emails;
    },
  };
};

/** @throws PermanentError if the answer is not a policy: an empty object would look as if nothing were bound. */
const checkedPolicy = (resource: string, policy: unknown): AllowPolicy | undefined => {
  if (policy === undefined || isAllowPolicy(policy)) return policy;
  throw new PermanentError(
    `reading ${resource}: the answer is not an allow policy. Check google.endpoints in rolebridge.yml, and what answers there.`,
  );
};
