import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Logger as PortLogger } from '../shared/ports.ts';

export const logger = new Logger();
/** Adapts Powertools' logger to the application's port. */
export const portLogger: PortLogger = {
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
};

export const metrics = new Metrics({ namespace: 'rolebridge' });

/** Aborts this long before the function's time is up, but not within the first second. */
export const endingBefore = (context: Context, milliseconds: number): AbortSignal =>
  AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - milliseconds));

/** Wraps every function: adds the request id to each log line, and writes the metrics even if the function throws. */
export const withMiddleware = <Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) =>
  middy(handle)
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics));
