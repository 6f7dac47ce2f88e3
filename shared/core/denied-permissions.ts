/** Why a permission is never granted, even if a rule permits it; completes a sentence. Undefined if a rule may permit it. */
export const reasonOfDenial = (permission: string): string | undefined => {
  // Permissions of some services are spelled with the host of their API: iam.googleapis.com/workforcePools.create.
  const plain = permission.replace('.googleapis.com/', '.');
  return denials.find(({ pattern }) => pattern.test(plain))?.reason;
};

interface Denial {
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Permissions of some resources with some verbs; in both, `*` stands for any letters and `|` for "or". */
const verbs = (resources: string, verb: string): RegExp =>
  new RegExp(`^(?:${expression(resources)})\\.(?:${expression(verb)})$`);

/** Any permission of some resources that does more than read. */
const writes = (resources: string): RegExp =>
  new RegExp(`^(?:${expression(resources)})\\.(?!(?:get|list|search|query)\\w*$)\\w+$`);

const expression = (text: string): string => text.replaceAll('.', '\\.').replaceAll('*', '\\w*');

const runsCode = 'it runs code as a service account';
const liftsLimits = 'it changes what limits everyone';
const makesKeys = 'it makes keys, which outlive every binding';

/**
 * What lets a role reach more than the resource that it was granted: it gives access, becomes another identity, or runs code as one.
 * https://cloud.google.com/iam/docs/permissions-reference has the names.
 */
const denials: readonly Denial[] = [
  { pattern: /\.setIamPolicy\w*$/, reason: 'it lets the role give access to anyone' },
  { pattern: writes('privilegedaccessmanager.*'), reason: 'it lets the role give access to anyone' },
  {
    // Unless the project enforces fine-grained permissions, this is enough to write a dataset's access list.
    pattern: verbs('bigquery.datasets', 'update'),
    reason: 'it lets the role give access to anyone',
  },
  {
    pattern: verbs(
      'iam.serviceAccounts',
      'getAccessToken|getOpenIdToken|signBlob|signJwt|implicitDelegation|actAs',
    ),
    reason: 'it lets the role act as service accounts',
  },
  {
    pattern: verbs('bigquery.connections', 'use|delegate'),
    reason: "it lets the role act as a connection's service account",
  },
  {
    pattern: verbs('iam.serviceAccountKeys|iam.serviceAccountApiKeyBindings', 'create|upload|enable'),
    reason: makesKeys,
  },
  { pattern: verbs('storage.hmacKeys', 'create|update'), reason: makesKeys },
  { pattern: verbs('apikeys.keys', 'create|update|undelete|getKeyString'), reason: makesKeys },
  { pattern: verbs('iam.roles', 'create|update|undelete'), reason: 'it changes what roles permit' },
  {
    pattern: writes('iam.(workloadIdentityPool|workforcePool|oauthClient)*'),
    reason: 'it lets the role trust other identities',
  },
  {
    pattern: writes('iam.(denypolicies|policybindings|principalaccessboundarypolicies)'),
    reason: liftsLimits,
  },
  { pattern: writes('(orgpolicy|accesscontextmanager).*'), reason: liftsLimits },
  {
    // A tag on a resource decides whether conditions and deny policies hold there.
    pattern: /\.(create|delete)TagBinding$|^resourcemanager\.tagValueBindings\.(create|delete)$/,
    reason: 'it changes which conditions hold',
  },
  {
    pattern: writes('resourcemanager.(projects|folders|organizations)'),
    reason: 'it changes the project itself',
  },
  {
    pattern: verbs('(deploymentmanager|config).deployments', 'create|update'),
    reason: "it deploys with the project's own service account",
  },
  { pattern: verbs('cloudbuild.*', 'create|update|approve|use'), reason: runsCode },
  { pattern: verbs('run.*', 'create|update|runWithOverrides'), reason: runsCode },
  { pattern: verbs('cloudfunctions.functions', 'create|update|sourceCodeSet'), reason: runsCode },
  {
    pattern: verbs(
      'compute.(instances|instanceTemplates|instanceGroupManagers)',
      'create|update|use|setMetadata|setServiceAccount|osLogin|osAdminLogin',
    ),
    reason: runsCode,
  },
  {
    pattern: verbs('compute.projects', 'setCommonInstanceMetadata|setDefaultServiceAccount'),
    reason: 'it runs code on every instance',
  },
  { pattern: writes('container.*'), reason: 'it runs code in clusters' },
  {
    pattern: verbs('appengine.(versions|applications|instances)', 'create|update|enableDebug'),
    reason: runsCode,
  },
  {
    pattern: verbs(
      '(dataflow|dataproc|composer|workflows|notebooks|batch|cloudscheduler|ml|clouddeploy).*|dataform.workflow*',
      'create|update|updateContents|use|execute*|instantiate*',
    ),
    reason: runsCode,
  },
  {
    pattern: verbs(
      'aiplatform.(*Jobs|trainingPipelines|schedules|notebookRuntimes|persistentResources|reasoningEngines)',
      'create|update',
    ),
    reason: runsCode,
  },
  { pattern: verbs('aiplatform.(models|endpoints)', 'upload|deploy'), reason: runsCode },
  { pattern: /\*/, reason: 'it stands for more than one permission' },
];
