import type { LocalPolicy, PolicyCell } from './google/policies.ts';
import type { GoogleWorld } from './google/world.ts';

/** Repeats what `rolebridge setup` creates, because local/ imports nothing from shared/. A test compares the two. */
export interface GoogleSideOptions {
  /** `google` of rolebridge.yml. */
  readonly google: {
    readonly project?: string;
    readonly projectNumber: string;
    readonly pool: string;
    readonly serviceAccount: string;
    readonly projects: readonly string[];
  };
  readonly account: { readonly id: string; readonly provider: string };
  /** The deployment's stage, which the pool's marker names. @default 'prod' */
  readonly stage?: string;
  /** The names of the AWS roles that the functions run as. */
  readonly functionRoles: readonly string[];
}

const requiredServices = ['iam', 'sts', 'iamcredentials', 'cloudresourcemanager'].map(
  (name) => `${name}.googleapis.com`,
);

/** Creates the pool, the provider, rolebridge's service account, the custom roles and their bindings, and enables the APIs. */
export const makeGoogleSide = (
  world: GoogleWorld,
  { google, account, stage = 'prod', functionRoles }: GoogleSideOptions,
): void => {
  world.addPool(google.pool).description = `managed by rolebridge; owner ${account.id}/${stage}`;
  addAccountProvider(world, google, account);
  world.enableServices(google.projectNumber, requiredServices);
  const set = `principalSet://iam.googleapis.com/projects/${google.projectNumber}/locations/global/workloadIdentityPools/${google.pool}/attribute.aws_role/arn:aws:sts::${account.id}:assumed-role`;
  const policy: LocalPolicy = {
    bindings: [
      { role: 'roles/iam.workloadIdentityUser', members: functionRoles.map((role) => `${set}/${role}`) },
    ],
  };
  world.addServiceAccount(google.serviceAccount, google.projectNumber, policy, 'rolebridge');
  const poolReader = poolReaderRole(google.project ?? google.projectNumber);
  world.addCustomRole(poolReader, ['iam.workloadIdentityPools.get']);
  setMember(
    world.project(google.projectNumber).policy,
    poolReader,
    `serviceAccount:${google.serviceAccount}`,
  );
  for (const project of google.projects) {
    world.addCustomRole(listerRole(project), accountPermissions('list', 'getIamPolicy'));
    world.addCustomRole(editorRole(project), accountPermissions('get', 'getIamPolicy', 'setIamPolicy'));
    setMember(world.project(project).policy, listerRole(project), `serviceAccount:${google.serviceAccount}`);
  }
};

const withoutSession =
  "assertion.arn.extract('{account}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role}/')";

/** Another AWS account, as `setup` adds it to the pool: a provider of its own. */
export const addAccountProvider = (
  world: GoogleWorld,
  { pool }: Pick<GoogleSideOptions['google'], 'pool'>,
  { id, provider }: GoogleSideOptions['account'],
): void => void world.addProvider(pool, provider, id, providerOptions(id));

/** The provider as setup writes it. Tests change it in place. */
export const providerOptions = (accountId: string) => ({
  attributeMapping: {
    'google.subject': "assertion.userid.extract('{id}:')",
    'attribute.aws_role': withoutSession,
  },
  attributeCondition: `assertion.arn.startsWith('arn:aws:sts::${accountId}:assumed-role/')`,
});

export const poolReaderRole = (project: string): string => `projects/${project}/roles/rolebridgePoolReader`;

/** Adds a member to a role as an administrator would; `isIn: false` removes it. */
export const setMember = (cell: PolicyCell, role: string, member: string, isIn = true): void => {
  const { bindings = [], ...rest } = cell.current();
  const others = bindings.filter((binding) => binding.role !== role || !binding.members.includes(member));
  cell.replace({ ...rest, bindings: isIn ? [...others, { role, members: [member] }] : others });
};

export const listerRole = (project: string): string => `projects/${project}/roles/rolebridgeLister`;

const accountPermissions = (...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `iam.serviceAccounts.${verb}`);

export const editorRole = (project: string): string => `projects/${project}/roles/rolebridgeEditor`;
