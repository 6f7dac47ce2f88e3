import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';

export const logger = new Logger({ serviceName: 'rolebridge' });
export const metrics = new Metrics({ namespace: 'rolebridge', serviceName: 'rolebridge' });

/** What every function has around it: the request id in each log line, and metrics written even if it throws. */
export const withMiddleware = <Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) =>
  middy(handle)
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics));
