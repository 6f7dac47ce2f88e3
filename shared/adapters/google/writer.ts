import { PermanentError } from '../../core/errors.ts';
import { projectOf, serviceAccountResource } from '../../core/service-account.ts';
import type { GoogleAdministration, ProviderFields } from '../../setup/ports.ts';
import { googleFailure, resourceFailure, statusOf } from './failure.ts';
import { callGoogle, type GoogleCall, type GoogleSession, patiently } from './session.ts';
import { type Operation, settled } from './wait-for-operation.ts';

/** Who may do what is refused here (docs/setup.md names the permissions). */
const advices = {
  services: (project: string) => `It takes roles/serviceusage.serviceUsageAdmin on project ${project}.`,
  pools: (project: string) => `It takes roles/iam.workloadIdentityPoolAdmin on project ${project}.`,
  accounts: (project: string) => `It takes roles/iam.serviceAccountAdmin on project ${project}.`,
  roles: (project: string) => `It takes roles/iam.roleAdmin on project ${project}.`,
} as const;

type Advice = keyof typeof advices;

const projectIn = (path: string): string => path.split('/')[1] ?? '';

/** 400 and 409: what is there may be what is wanted, as when the answer to an earlier try was lost. */
const writeFailure = (what: string, thrown: unknown, advice: string) => {
  const status = statusOf(thrown);
  if (status !== 400 && status !== 409) return resourceFailure(what, thrown, advice);
  return new PermanentError(googleFailure(what, thrown).message, { cause: thrown, because: 'conflict' });
};

const writing = (session: GoogleSession) => {
  const call = <T>(what: string, advice: Advice, request: GoogleCall): Promise<T> =>
    patiently(session, async () => {
      await session.identity.signIn();
      try {
        return await callGoogle<T>(session, request);
      } catch (thrown) {
        throw writeFailure(what, thrown, advices[advice](projectIn(request.path)));
      }
    });
  const operate = async (what: string, advice: Advice, request: GoogleCall): Promise<void> => {
    const operation = await call<Operation>(what, advice, request);
    await settled(session, what, operation, request.api);
  };
  return { call, operate };
};

/** `…/workloadIdentityPools/POOL` → its collection and its id. */
const split = (name: string): readonly [parent: string, id: string] => {
  const at = name.lastIndexOf('/');
  return [name.slice(0, at), name.slice(at + 1)];
};

const providerBody = ({ accountId, ...rest }: ProviderFields): object => ({ aws: { accountId }, ...rest });

const poolWrites = (session: GoogleSession) => {
  const { operate } = writing(session);
  const create = (noun: string, parameter: string, name: string, data: object): Promise<void> => {
    const [path, id] = split(name);
    const params = { [parameter]: id };
    return operate(`creating ${noun} ${id}`, 'pools', { method: 'POST', path, params, data });
  };
  const undelete = (noun: string) => (name: string) =>
    operate(`undeleting ${noun} ${split(name)[1]}`, 'pools', { method: 'POST', path: `${name}:undelete` });
  const update = (noun: string) => (name: string, data: object) =>
    operate(`changing ${noun} ${split(name)[1]}`, 'pools', {
      method: 'PATCH',
      path: name,
      params: { updateMask: Object.keys(data).join(',') },
      data,
    });
  return {
    createPool: (name: string, description: string) =>
      create('pool', 'workloadIdentityPoolId', name, { description }),
    undeletePool: undelete('pool'),
    updatePool: update('pool'),
    createProvider: (name: string, fields: ProviderFields) =>
      create('provider', 'workloadIdentityPoolProviderId', name, providerBody(fields)),
    undeleteProvider: undelete('provider'),
    updateProvider: update('provider'),
  };
};

const roleWrites = (session: GoogleSession) => {
  const { call } = writing(session);
  const named = (verb: string, name: string) =>
    `${verb} role ${split(name)[1]} of project ${projectIn(name)}`;
  return {
    createCustomRole: async (
      name: string,
      { title, permissions }: { readonly title: string; readonly permissions: readonly string[] },
    ) => {
      const [path, roleId] = split(name);
      const data = { roleId, role: { title, includedPermissions: permissions, stage: 'GA' } };
      await call(named('creating', name), 'roles', { method: 'POST', path, data });
    },
    undeleteCustomRole: async (name: string) => {
      const path = `${name}:undelete`;
      await call(named('undeleting', name), 'roles', { method: 'POST', path, data: {} });
    },
    updateCustomRole: async (name: string, permissions: readonly string[]) => {
      const data = { includedPermissions: permissions, stage: 'GA' };
      const params = { updateMask: Object.keys(data).join(',') };
      await call(named('changing', name), 'roles', { method: 'PATCH', path: name, params, data });
    },
  };
};

/**
 * https://cloud.google.com/iam/docs/reference/rest, https://cloud.google.com/service-usage/docs/reference/rest: what
 * setup writes, apart from allow policies.
 */
export const googleAdministration = (session: GoogleSession): GoogleAdministration => {
  const { call, operate } = writing(session);
  return {
    ...poolWrites(session),
    ...roleWrites(session),
    enableServices: (project, serviceIds) =>
      operate(`enabling the APIs of project ${project}`, 'services', {
        api: 'serviceusage',
        method: 'POST',
        path: `projects/${project}/services:batchEnable`,
        data: { serviceIds },
      }),
    createServiceAccount: async (email) => {
      const data = {
        accountId: email.slice(0, email.indexOf('@')),
        serviceAccount: { displayName: 'rolebridge' },
      };
      const path = `projects/${projectOf(email) ?? '-'}/serviceAccounts`;
      await call(`creating service account ${email}`, 'accounts', { method: 'POST', path, data });
    },
    enableServiceAccount: async (email) => {
      const path = `${serviceAccountResource(email)}:enable`;
      await call(`enabling service account ${email}`, 'accounts', { method: 'POST', path, data: {} });
    },
  };
};
