import { all, type PredefinedRole, role, seesProjects } from './role.ts';

const readsModels = [
  ...all('bigquery.models', 'export', 'getData', 'getMetadata', 'list'),
  ...all('bigquery.routines', 'get', 'list'),
];
const writesModels = [
  ...readsModels,
  ...all('bigquery.models', 'create', 'delete', 'updateData', 'updateMetadata', 'updateTag'),
  ...all('bigquery.routines', 'create', 'delete', 'update', 'updateTag'),
];
const datasets = (...verbs: readonly string[]) => all('bigquery.datasets', ...verbs);
const tables = (...verbs: readonly string[]) => all('bigquery.tables', ...verbs);
const readsTables = tables('createSnapshot', 'export', 'get', 'getData', 'getIamPolicy', 'list');
const writesTables = [
  ...readsTables,
  ...tables(
    'create',
    'createIndex',
    'delete',
    'deleteIndex',
    'restoreSnapshot',
    'update',
    'updateData',
    'updateTag',
  ),
];
const rowPolicies = all(
  'bigquery.rowAccessPolicies',
  'create',
  'delete',
  'getIamPolicy',
  'list',
  'setIamPolicy',
  'update',
);

export const ownsDatasets = [
  ...datasets('create', 'delete', 'get', 'getIamPolicy', 'setIamPolicy', 'update', 'updateTag'),
  ...writesModels,
  ...rowPolicies,
  ...writesTables,
  ...tables('deleteSnapshot', 'setCategory', 'setIamPolicy'),
];

export const bigqueryRoles: readonly PredefinedRole[] = [
  role(
    'bigquery.dataViewer',
    'BigQuery Data Viewer',
    datasets('get', 'getIamPolicy'),
    readsModels,
    readsTables,
    seesProjects,
  ),
  role(
    'bigquery.dataEditor',
    'BigQuery Data Editor',
    'bigquery.config.get',
    datasets('create', 'get', 'getIamPolicy', 'updateTag'),
    writesModels,
    writesTables,
    tables('replicateData', 'updateIndex'),
    seesProjects,
  ),
  role('bigquery.dataOwner', 'BigQuery Data Owner', 'bigquery.config.get', ownsDatasets, seesProjects),
  role(
    'bigquery.metadataViewer',
    'BigQuery Metadata Viewer',
    datasets('get', 'getIamPolicy'),
    all('bigquery.models', 'getMetadata', 'list'),
    all('bigquery.routines', 'get', 'list'),
    tables('get', 'getIamPolicy', 'list'),
    seesProjects,
  ),
  role(
    'bigquery.filteredDataViewer',
    'BigQuery Filtered Data Viewer',
    'bigquery.rowAccessPolicies.getFilteredData',
  ),
  role('bigquerydatapolicy.maskedReader', 'Masked Reader', 'bigquery.dataPolicies.maskedGet'),
  role('bigquery.jobUser', 'BigQuery Job User', 'bigquery.jobs.create', seesProjects),
  role(
    'bigquery.user',
    'BigQuery User',
    all('bigquery.bireservations', 'get'),
    'bigquery.config.get',
    datasets('create', 'get', 'getIamPolicy'),
    all('bigquery.jobs', 'create', 'list'),
    'bigquery.models.list',
    all('bigquery.readsessions', 'create', 'getData', 'update'),
    all('bigquery.reservations', 'get', 'list'),
    'bigquery.routines.list',
    all('bigquery.savedqueries', 'get', 'list'),
    'bigquery.tables.list',
    'bigquery.transfers.get',
    seesProjects,
  ),
  role(
    'bigquery.readSessionUser',
    'BigQuery Read Session User',
    all('bigquery.readsessions', 'create', 'getData', 'update'),
    seesProjects,
  ),
  role(
    'bigquery.resourceViewer',
    'BigQuery Resource Viewer',
    all('bigquery.jobs', 'get', 'list', 'listAll', 'listExecutionMetadata'),
    all('bigquery.reservations', 'get', 'list'),
    seesProjects,
  ),
  role(
    'bigquery.connectionUser',
    'BigQuery Connection User',
    all('bigquery.connections', 'get', 'getIamPolicy', 'list', 'use'),
    seesProjects,
  ),
  role(
    'bigquery.admin',
    'BigQuery Admin',
    all('bigquery.config', 'get', 'update'),
    all(
      'bigquery.connections',
      'create',
      'delegate',
      'delete',
      'get',
      'getIamPolicy',
      'list',
      'setIamPolicy',
      'update',
      'use',
    ),
    all('bigquery.jobs', 'create', 'delete', 'get', 'list', 'listAll', 'listExecutionMetadata', 'update'),
    all('bigquery.readsessions', 'create', 'getData', 'update'),
    all('bigquery.reservations', 'create', 'delete', 'get', 'list', 'update', 'use'),
    all('bigquery.transfers', 'get', 'update'),
    ownsDatasets,
    seesProjects,
  ),
];
