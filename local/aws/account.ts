import type { AssumingRoles } from './assume-role.ts';
import { administratorId, type Credentials, type Principals } from './principals.ts';
import type { LocalRole } from './roles.ts';
import { type AwsServices, createServices, type Services, type ServicesOptions } from './services.ts';
import type { IdentityProvider } from './web-identity.ts';

/** One AWS account, which tests arrange and inspect. Its services share nothing with those of other accounts. */
export interface AwsAccount extends AwsServices {
  readonly accountId: string;
  /** An administrator of the account. */
  readonly admin: Credentials;
  /** OpenID Connect providers of the account's IAM. */
  readonly identityProviders: IdentityProvider[];
  readonly issueRoleCredentials: (roleName: string, sessionName: string) => Credentials;
}

/** An account, and the parts of it that only the server uses. */
export interface Account {
  readonly accountId: string;
  readonly services: AwsAccount;
  readonly perform: Services['perform'];
  readonly roleOf: AssumingRoles['roleOf'];
}

export interface AccountOptions extends Omit<ServicesOptions, 'admin'> {
  readonly issue: Principals['issue'];
}

export const createAccount = ({ issue, ...options }: AccountOptions): Account => {
  const { accountId } = options;
  const admin = issue({
    accountId,
    roleName: 'Administrator',
    roleId: administratorId,
    sessionName: 'alice',
  });
  const { perform, ...services } = createServices({ ...options, admin });
  const { iam } = services;
  return {
    accountId,
    perform,
    roleOf: (arn: string): LocalRole | undefined =>
      iam.roles().find(({ roleName }) => iam.arnOf(roleName) === arn),
    services: {
      ...services,
      accountId,
      admin: admin.credentials,
      identityProviders: [],
      issueRoleCredentials: (roleName, sessionName) =>
        issue({ accountId, roleName, roleId: iam.role(roleName)?.roleId ?? 'AROAUNKNOWN', sessionName })
          .credentials,
    },
  };
};
