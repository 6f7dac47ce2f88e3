import type { RestOperation } from './rest-wire.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
export const lambdaOperations: readonly RestOperation[] = [
  {
    action: 'Invoke',
    method: 'POST',
    path: '/2015-03-31/functions/{FunctionName}/invocations',
    inputHeaders: { InvocationType: 'x-amz-invocation-type', LogType: 'x-amz-log-type' },
    outputHeaders: { FunctionError: 'x-amz-function-error', ExecutedVersion: 'x-amz-executed-version' },
    payload: 'Payload',
    status: 'StatusCode',
  },
  { action: 'GetFunction', method: 'GET', path: '/2015-03-31/functions/{FunctionName}' },
  {
    action: 'GetFunctionConfiguration',
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/configuration',
  },
  {
    action: 'PutFunctionConcurrency',
    method: 'PUT',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
  },
  {
    action: 'GetFunctionConcurrency',
    method: 'GET',
    path: '/2019-09-30/functions/{FunctionName}/concurrency',
  },
  {
    action: 'DeleteFunctionConcurrency',
    method: 'DELETE',
    path: '/2017-10-31/functions/{FunctionName}/concurrency',
    status: 'StatusCode',
  },
  { action: 'ListEventSourceMappings', method: 'GET', path: '/2015-03-31/event-source-mappings' },
];
