import type { ResourceKind } from '../../shared/core/google-resource.ts';

/**
 * Google's predefined roles with the permissions that matter for a verdict; small ones are complete. The data is from
 * Google's API in 2026 (https://cloud.google.com/iam/docs/roles-permissions).
 */
export const predefined: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    'storage.objectViewer':
      'storage.folders get list; storage.managedFolders get list; storage.objects get list; resourcemanager.projects get list',
    'storage.objectCreator':
      'orgpolicy.policy get; resourcemanager.projects get list; storage.folders create; storage.managedFolders create; storage.multipartUploads abort create listParts; storage.objects create createContext',
    'storage.objectUser':
      'orgpolicy.policy get; resourcemanager.projects get list; storage.folders create delete get list rename; storage.managedFolders create delete get list; storage.multipartUploads abort create list listParts; storage.objects create createContext delete deleteContext get list move restore update updateContext',
    'storage.objectAdmin':
      'storage.managedFolders getIamPolicy setIamPolicy; storage.objects create delete get list setIamPolicy setRetention',
    'storage.admin': 'storage.buckets create delete get list setIamPolicy update; storage.objects get list',
    'storage.hmacKeyAdmin':
      'orgpolicy.policy get; resourcemanager.projects get list; storage.hmacKeys create delete get list update',
    'storage.folderAdmin':
      'storage.folders create delete get list; storage.managedFolders create setIamPolicy',
    'storage.bucketViewer': 'storage.buckets get list',
    'storage.legacyBucketReader':
      'storage.buckets get; storage.folders get list; storage.managedFolders get list; storage.multipartUploads list; storage.objects list',
    'storage.legacyBucketWriter':
      'storage.buckets get; storage.multipartUploads abort create list listParts; storage.objects create delete list restore setRetention',
    'storage.legacyBucketOwner': 'storage.buckets createTagBinding get getIamPolicy setIamPolicy update',
    'storage.legacyObjectReader': 'storage.objects get',
    'storage.legacyObjectOwner': 'storage.objects get getIamPolicy setIamPolicy setRetention update',
    'bigquery.dataViewer':
      'bigquery.datasets get getIamPolicy; bigquery.models export getData getMetadata list; bigquery.routines get list; bigquery.tables createSnapshot export get getData getIamPolicy list replicateData; resourcemanager.projects get list',
    'bigquery.metadataViewer':
      'bigquery.datasets get getIamPolicy; bigquery.models getMetadata list; bigquery.routines get list; bigquery.tables get getIamPolicy list; resourcemanager.projects get list',
    'bigquery.dataEditor':
      'bigquery.config get; bigquery.datasets create get getIamPolicy updateTag; bigquery.models create delete export getData getMetadata list updateData updateMetadata updateTag; bigquery.propertyGraphs create delete get list update; bigquery.routines create delete get list update updateTag; bigquery.tables create createIndex createSnapshot delete deleteIndex export get getData getIamPolicy list replicateData restoreSnapshot update updateData updateIndex updateTag; cloudkms.keyHandles create get list; cloudkms.operations get; cloudkms.projects showEffectiveAutokeyConfig; dataplex.datascans cancel create delete get getData getIamPolicy list run update; dataplex.operations get list; resourcemanager.projects get list',
    'bigquery.dataOwner': 'bigquery.datasets get setIamPolicy update; bigquery.tables getData updateData',
    'bigquery.filteredDataViewer': 'bigquery.rowAccessPolicies getFilteredData',
    'bigquery.jobUser':
      'bigquery.config get; bigquery.jobs create; dataform.locations get list; dataform.repositories create list; resourcemanager.projects get list',
    'bigquery.readSessionUser':
      'bigquery.readsessions create getData update; resourcemanager.projects get list',
    'bigquery.user':
      'bigquery.config get; bigquery.datasets create get getIamPolicy; bigquery.jobs create list; bigquery.readsessions create getData update; bigquery.tables list; resourcemanager.projects get list',
    'bigquery.connectionUser':
      'bigquery.connections get getIamPolicy list use; resourcemanager.projects get list',
    'bigquery.admin':
      'bigquery.datasets get setIamPolicy; bigquery.connections delegate; bigquery.jobs create',
    'secretmanager.secretAccessor': 'resourcemanager.projects get list; secretmanager.versions access',
    'secretmanager.viewer':
      'resourcemanager.projects get list; secretmanager.locations get list; secretmanager.secrets get getIamPolicy list listEffectiveTags listTagBindings; secretmanager.versions get list',
    'secretmanager.secretVersionAdder': 'resourcemanager.projects get list; secretmanager.versions add',
    'secretmanager.secretVersionManager':
      'resourcemanager.projects get list; secretmanager.versions add destroy disable enable get list',
    'secretmanager.admin':
      'secretmanager.secrets create delete get setIamPolicy; secretmanager.versions access',
    'pubsub.publisher': 'pubsub.topics publish',
    'pubsub.subscriber':
      'pubsub.snapshots seek; pubsub.subscriptions consume; pubsub.topics attachSubscription',
    'pubsub.viewer':
      'pubsub.messageTransforms validate; pubsub.schemas get list listRevisions validate; pubsub.snapshots get list; pubsub.subscriptions get list; pubsub.topics get list; resourcemanager.projects get; serviceusage.quotas get; serviceusage.services get list',
    'pubsub.editor':
      'pubsub.topics attachSubscription create delete detachSubscription get list publish update; pubsub.subscriptions consume create delete get list update',
    'pubsub.admin': 'pubsub.topics create get setIamPolicy; pubsub.subscriptions create get setIamPolicy',
    'serviceusage.serviceUsageConsumer':
      'monitoring.timeSeries list; serviceusage.operations get list; serviceusage.quotas get; serviceusage.services get list use',
    'serviceusage.serviceUsageAdmin': 'serviceusage.services disable enable get list use',
    'logging.logWriter': 'logging.logEntries create route',
    'logging.configWriter': 'logging.sinks create delete get list update',
    'monitoring.metricWriter':
      'monitoring.metricDescriptors create get list; monitoring.monitoredResourceDescriptors get list; monitoring.timeSeries create',
    'cloudtrace.agent': 'cloudtrace.traces patch; telemetry.traces write',
    browser:
      'resourcemanager.folders get list; resourcemanager.organizations get; resourcemanager.projects get getIamPolicy list',
    'iam.workloadIdentityUser': 'iam.serviceAccounts get getAccessToken getOpenIdToken list',
    'iam.serviceAccountTokenCreator':
      'iam.serviceAccounts get getAccessToken implicitDelegation signBlob signJwt',
    'iam.serviceAccountOpenIdTokenCreator': 'iam.serviceAccounts getOpenIdToken',
    'iam.serviceAccountUser': 'iam.serviceAccounts actAs get list; resourcemanager.projects get list',
    'iam.serviceAccountKeyAdmin': 'iam.serviceAccountKeys create delete get list upload',
    'iam.serviceAccountApiKeyBindingAdmin': 'iam.serviceAccountApiKeyBindings create delete undelete',
    'iam.securityAdmin': 'iam.roles get list; resourcemanager.projects get getIamPolicy list setIamPolicy',
    'iam.roleAdmin': 'iam.roles create delete get list undelete update',
    'iam.workloadIdentityPoolAdmin': 'iam.googleapis.com/workloadIdentityPools create delete get list update',
    'iam.workforcePoolAdmin': 'iam.googleapis.com/workforcePools create delete get list update',
    'iam.oauthClientAdmin': 'iam.googleapis.com/oauthClients create delete get list update',
    'iam.denyAdmin': 'iam.denypolicies create delete get list update',
    'iam.principalAccessBoundaryAdmin': 'iam.principalaccessboundarypolicies bind create get unbind',
    'resourcemanager.projectIamAdmin': 'resourcemanager.projects get getIamPolicy setIamPolicy',
    'resourcemanager.tagUser':
      'resourcemanager.tagValueBindings create delete; resourcemanager.tagValues get list',
    'resourcemanager.projectMover': 'resourcemanager.projects get move update',
    'orgpolicy.policyAdmin': 'orgpolicy.policies create delete list update; orgpolicy.policy get set',
    'accesscontextmanager.policyEditor': 'accesscontextmanager.policies get list update',
    'privilegedaccessmanager.admin': 'privilegedaccessmanager.entitlements create get list update',
    'serviceusage.apiKeysAdmin': 'apikeys.keys create delete get getKeyString list',
    'deploymentmanager.editor':
      'deploymentmanager.deployments cancelPreview create delete get list stop update',
    'config.admin': 'config.deployments create delete get list update',
    'cloudbuild.builds.editor': 'cloudbuild.builds create get list update',
    'cloudbuild.builds.approver': 'cloudbuild.builds approve get list',
    'run.developer': 'run.jobs create get run; run.services create get update',
    'run.jobsExecutorWithOverrides': 'run.jobs run runWithOverrides; run.executions cancel',
    'run.invoker': 'run.jobs run; run.routes invoke',
    'cloudfunctions.developer': 'cloudfunctions.functions call create get sourceCodeSet update',
    'cloudfunctions.invoker': 'cloudfunctions.functions invoke',
    'compute.instanceAdmin.v1':
      'compute.instances create get setMetadata setServiceAccount start; compute.projects get',
    'compute.osAdminLogin': 'compute.instances get list osAdminLogin osLogin; compute.projects get',
    'compute.viewer': 'compute.instances get getIamPolicy list',
    'container.developer': 'container.clusters get list; container.pods create delete exec get list',
    'appengine.deployer': 'appengine.services get list; appengine.versions create delete get list',
    'dataflow.developer': 'dataflow.jobs cancel create get list updateContents',
    'dataproc.editor': 'dataproc.clusters create get use; dataproc.jobs create get',
    'workflows.invoker': 'workflows.executions cancel create get list',
    'cloudscheduler.admin': 'cloudscheduler.jobs create delete get list run update',
    'notebooks.admin': 'notebooks.instances create get use',
    'dataform.editor': 'dataform.repositories get; dataform.workflowInvocations create get list',
    'aiplatform.user': 'aiplatform.customJobs create get; aiplatform.endpoints deploy get predict',
    'aiplatform.viewer': 'aiplatform.endpoints get list; aiplatform.models get list',
    'datastore.user':
      'datastore.databases get list; datastore.entities allocateIds create delete get list update',
  }).map(([name, permissions]) => [`roles/${name}`, permissions.split('; ').flatMap(spelled)]),
);

/** `storage.objects get list` */
function spelled(text: string): readonly string[] {
  const [prefix, ...verbs] = text.split(' ');
  return verbs.map((verb) => `${prefix}.${verb}`);
}

/** Every kind but the project. */
export const singleResources: readonly ResourceKind[] = [
  'bucket',
  'dataset',
  'secret',
  'topic',
  'subscription',
];
