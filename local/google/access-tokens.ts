import { type Access, callerOf } from './access.ts';
import { GoogleError, invalid, notFound } from './errors.ts';
import { type Method, timestampOf } from './method.ts';
import type { ServiceAccounts } from './service-accounts.ts';

export const generateAccessToken = (accounts: ServiceAccounts, access: Access, now: () => Date): Method => {
  const permission = 'iam.serviceAccounts.getAccessToken';
  return {
    name: 'iamcredentials.generateAccessToken',
    http: 'POST',
    path: /^\/v1\/(?<resource>projects\/-\/serviceAccounts\/(?<account>[^/:]+)):generateAccessToken$/,
    permission,
    prepare: ({ path: { account = '' }, body: { lifetime, scope } }) => {
      const on = accounts.find(account);
      if (on === undefined) throw notFound(`Not found; Gaia id not found for email ${account}`);
      return {
        on,
        perform: () => {
          if (on.disabled)
            throw new GoogleError(400, 'FAILED_PRECONDITION', `Service account ${on.email} is disabled.`);
          if (!Array.isArray(scope) || scope.length === 0) throw invalid('Scope field cannot be empty.');
          const seconds = lifetimeOf(lifetime);
          const isThere = () => accounts.find(on.email) === on && !on.disabled;
          return {
            accessToken: access.issue(callerOf(`serviceAccount:${on.email}`), seconds, isThere),
            expireTime: timestampOf(now().getTime() + seconds * 1000),
          };
        },
      };
    },
  };
};

/** Longer lifetimes need an organization policy (constraints/iam.allowServiceAccountCredentialLifetimeExtension). */
const maxLifetimeSeconds = 3600;

const lifetimeOf = (value: unknown = '3600s'): number => {
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (seconds === undefined)
    throw invalid(`Invalid value for lifetime: ${String(value)}. It reads like "3600s".`);
  const lifetime = Number(seconds);
  if (lifetime <= 0 || lifetime > maxLifetimeSeconds)
    throw invalid(`The lifetime must be more than 0 and at most ${maxLifetimeSeconds} seconds.`);
  return lifetime;
};
