import type { Caller } from '../access.ts';
import { GoogleError, notFound } from '../errors.ts';
import { type Fields, fieldsOf, type Method, textOf } from '../method.ts';
import type { Surroundings } from '../surroundings.ts';
import { changeAccess, parseAccessStatement } from './access-statements.ts';
import { bigqueryApi, invalidQuery, queryDenied } from './api.ts';
import { type Datasets, type Table, tableResource } from './datasets.ts';
import { parseQuery, rowsOf, selected } from './queries.ts';

interface Job {
  readonly id: string;
  readonly project: string;
  readonly owner: string;
  readonly query: string;
  readonly outcome: Table | GoogleError;
}

const create = 'bigquery.jobs.create';

/** Queries. Each is done when it is first asked for: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export const jobMethods = (datasets: Datasets, surroundings: Surroundings): readonly Method[] => {
  const { projects, access } = surroundings;
  const jobs = new Map<string, Job>();
  const run = (project: string, { query, defaultDataset }: Fields, caller: Caller): Table => {
    const statement = parseAccessStatement(textOf(query));
    if (statement !== undefined) {
      changeAccess(statement, project, caller, { datasets, surroundings });
      return { fields: [], rows: [] };
    }
    const parsed = parseQuery(textOf(query));
    if (parsed.table === undefined) return selected(parsed, { fields: [], rows: [[]] });
    const name = [project, textOf(fieldsOf(defaultDataset)['datasetId']), ...parsed.table];
    const [inProject = '', datasetId = '', id = ''] =
      parsed.table.length === 3 ? parsed.table : [project, ...name.slice(-2)];
    const dataset = datasets.find(inProject, datasetId);
    const table = dataset?.tables.get(id);
    const isAllowed =
      dataset !== undefined && access.holds(caller, 'bigquery.tables.getData', tableResource(dataset, id));
    if (!isAllowed || table === undefined)
      throw queryDenied(`projects/${inProject}/datasets/${datasetId}/tables/${id}`);
    return selected(parsed, table);
  };
  const start = (project: string, configuration: Fields, asked: string, caller: Caller): Job => {
    const id = asked === '' ? `job_${jobs.size + 1}` : asked;
    const job = { id, project, owner: caller.principal, query: textOf(configuration['query']) };
    const done: Job = { ...job, outcome: attempted(() => run(project, configuration, caller)) };
    jobs.set(`${project} ${id}`, done);
    return done;
  };
  /** Callers can read their own jobs. */
  const find = ({ project = '', job = '' }: Readonly<Record<string, string>>, caller: Caller): Job => {
    const found = jobs.get(`${project} ${job}`);
    if (found === undefined || found.owner !== caller.principal)
      throw notFound(`Not found: Job ${project}:EU.${job}`);
    return found;
  };
  const creating = (
    name: string,
    end: string,
    perform: (project: string, body: Fields, caller: Caller) => unknown,
  ): Method => ({
    name: `bigquery.jobs.${name}`,
    http: 'POST',
    path: new RegExp(`^/bigquery/v2/(?<resource>projects/(?<project>[^/]+))/${end}$`),
    permission: create,
    api: bigqueryApi,
    prepare: ({ path: { project = '' }, body, caller }) => ({
      on: projects.find(project) ?? { name: `projects/${project}`, policy: { bindings: () => [] } },
      perform: () => perform(project, body, caller),
    }),
  });
  const reading = (name: string, end: string, perform: (job: Job) => unknown): Method => ({
    name: `bigquery.jobs.${name}`,
    http: 'GET',
    path: new RegExp(`^/bigquery/v2/(?<resource>projects/(?<project>[^/]+)/${end}/(?<job>[^/]+))$`),
    api: bigqueryApi,
    answer: ({ path, caller }) => perform(find(path, caller)),
  });
  return [
    creating('query', 'queries', (project, body, caller) => results(start(project, body, '', caller))),
    creating('insert', 'jobs', (project, body, caller) => {
      const configuration = fieldsOf(fieldsOf(body['configuration'])['query']);
      if (textOf(configuration['query']) === '') throw invalidQuery('The stand-in only knows query jobs.');
      return shown(start(project, configuration, textOf(fieldsOf(body['jobReference'])['jobId']), caller));
    }),
    reading('get', 'jobs', shown),
    reading('getQueryResults', 'queries', results),
  ];
};

const attempted = (run: () => Table): Table | GoogleError => {
  try {
    return run();
  } catch (error) {
    if (error instanceof GoogleError) return error;
    throw error;
  }
};

const referenceTo = ({ project, id }: Job) => ({ projectId: project, jobId: id, location: 'EU' });

/** A failed job is a successful answer. Its results are an error. */
const shown = (job: Job) => {
  const { outcome } = job;
  const failure =
    outcome instanceof GoogleError
      ? { reason: outcome.code === 403 ? 'accessDenied' : 'invalidQuery', message: outcome.message }
      : undefined;
  return {
    kind: 'bigquery#job',
    id: `${job.project}:EU.${job.id}`,
    jobReference: referenceTo(job),
    configuration: { jobType: 'QUERY', query: { query: job.query, useLegacySql: false } },
    statistics: { query: { statementType: parseAccessStatement(job.query)?.kind ?? 'SELECT' } },
    status: {
      state: 'DONE',
      ...(failure === undefined ? {} : { errorResult: failure, errors: [failure] }),
    },
  };
};

const results = (job: Job) => {
  const { outcome } = job;
  if (outcome instanceof GoogleError) throw outcome;
  return {
    kind: 'bigquery#queryResponse',
    schema: { fields: outcome.fields },
    jobReference: referenceTo(job),
    totalRows: String(outcome.rows.length),
    rows: rowsOf(outcome.rows),
    totalBytesProcessed: '0',
    jobComplete: true,
    cacheHit: false,
  };
};
