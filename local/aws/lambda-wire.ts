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
  {
    action: 'GetFunctionConfiguration',
    method: 'GET',
    path: '/2015-03-31/functions/{FunctionName}/configuration',
  },
  { action: 'ListEventSourceMappings', method: 'GET', path: '/2015-03-31/event-source-mappings' },
];
