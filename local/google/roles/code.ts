import { all, type PredefinedRole, role, seesProjects } from './role.ts';

const functions = (...verbs: readonly string[]) => all('cloudfunctions.functions', ...verbs);
const runServices = (...verbs: readonly string[]) => all('run.services', ...verbs);
const runJobs = (...verbs: readonly string[]) => all('run.jobs', ...verbs);
const instances = (...verbs: readonly string[]) => all('compute.instances', ...verbs);

const developsRun = [
  ...runServices('create', 'delete', 'get', 'getIamPolicy', 'list', 'update'),
  ...runJobs('create', 'delete', 'get', 'getIamPolicy', 'list', 'run', 'runWithOverrides', 'update'),
  ...all('run.executions', 'cancel', 'delete', 'get', 'list'),
  ...all('run.revisions', 'delete', 'get', 'list'),
  ...all('run.routes', 'get', 'invoke', 'list'),
  ...all('run.operations', 'delete', 'get', 'list'),
  'run.locations.list',
];
const developsFunctions = [
  ...functions(
    'call',
    'create',
    'delete',
    'get',
    'invoke',
    'list',
    'sourceCodeGet',
    'sourceCodeSet',
    'update',
  ),
  ...all('cloudfunctions.operations', 'get', 'list'),
  ...all('cloudfunctions.locations', 'get', 'list'),
];

/** Roles that run code or call it. */
export const codeRoles: readonly PredefinedRole[] = [
  role('run.invoker', 'Cloud Run Invoker', 'run.jobs.run', 'run.routes.invoke'),
  role(
    'run.viewer',
    'Cloud Run Viewer',
    runServices('get', 'getIamPolicy', 'list'),
    runJobs('get', 'list'),
    seesProjects,
  ),
  role('run.developer', 'Cloud Run Developer', developsRun, seesProjects),
  role(
    'run.admin',
    'Cloud Run Admin',
    developsRun,
    runServices('setIamPolicy'),
    runJobs('setIamPolicy'),
    seesProjects,
  ),
  role('cloudfunctions.invoker', 'Cloud Functions Invoker', functions('invoke')),
  role(
    'cloudfunctions.developer',
    'Cloud Functions Developer',
    developsFunctions,
    runServices('create', 'get', 'update'),
    seesProjects,
  ),
  role(
    'cloudfunctions.admin',
    'Cloud Functions Admin',
    developsFunctions,
    functions('getIamPolicy', 'setIamPolicy'),
    seesProjects,
  ),
  role(
    'cloudbuild.builds.viewer',
    'Cloud Build Viewer',
    all('cloudbuild.builds', 'get', 'list'),
    seesProjects,
  ),
  role(
    'cloudbuild.builds.editor',
    'Cloud Build Editor',
    all('cloudbuild.builds', 'create', 'get', 'list', 'update'),
    'remotebuildexecution.blobs.get',
    seesProjects,
  ),
  role(
    'cloudbuild.builds.builder',
    'Cloud Build Service Account',
    all('cloudbuild.builds', 'create', 'get', 'list', 'update'),
    all('artifactregistry.repositories', 'downloadArtifacts', 'get', 'list', 'uploadArtifacts'),
    'logging.logEntries.create',
    'pubsub.topics.publish',
    all('storage.buckets', 'create', 'get', 'list'),
    all('storage.objects', 'create', 'delete', 'get', 'list', 'update'),
    seesProjects,
  ),
  role('compute.viewer', 'Compute Viewer', instances('get', 'getIamPolicy', 'list'), seesProjects),
  role(
    'compute.instanceAdmin.v1',
    'Compute Instance Admin (v1)',
    instances('create', 'delete', 'get', 'getIamPolicy', 'list', 'reset', 'setIamPolicy', 'setMetadata'),
    instances('setServiceAccount', 'start', 'stop', 'update', 'use'),
    all('compute.disks', 'create', 'delete', 'get', 'list', 'use'),
    all('compute.projects', 'get', 'setCommonInstanceMetadata'),
    seesProjects,
  ),
  role(
    'compute.osLogin',
    'Compute OS Login',
    instances('get', 'list', 'osLogin'),
    'compute.projects.get',
    seesProjects,
  ),
  role(
    'deploymentmanager.editor',
    'Deployment Manager Editor',
    all(
      'deploymentmanager.deployments',
      'cancelPreview',
      'create',
      'delete',
      'get',
      'list',
      'stop',
      'update',
    ),
    seesProjects,
  ),
  role(
    'appengine.deployer',
    'App Engine Deployer',
    all('appengine.versions', 'create', 'delete', 'get', 'list'),
    all('appengine.services', 'get', 'list'),
    'appengine.applications.get',
    seesProjects,
  ),
  role(
    'dataflow.developer',
    'Dataflow Developer',
    all('dataflow.jobs', 'cancel', 'create', 'get', 'list', 'snapshot', 'updateContents'),
    all('dataflow.messages', 'list'),
    seesProjects,
  ),
  role(
    'workflows.invoker',
    'Workflows Invoker',
    all('workflows.executions', 'cancel', 'create', 'get', 'list'),
    seesProjects,
  ),
  role(
    'cloudtasks.enqueuer',
    'Cloud Tasks Enqueuer',
    all('cloudtasks.tasks', 'create', 'fullView'),
    seesProjects,
  ),
  role(
    'container.developer',
    'Kubernetes Engine Developer',
    all('container.pods', 'create', 'delete', 'exec', 'get', 'list', 'update'),
    all('container.secrets', 'create', 'delete', 'get', 'list', 'update'),
    all('container.clusters', 'get', 'list'),
    seesProjects,
  ),
];
