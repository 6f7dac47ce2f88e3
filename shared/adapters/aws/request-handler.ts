import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Limits the time of one call. Without the third setting, the SDK only warns about a call without an answer, and waits forever. */
export const requestHandler = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};

/**
 * Idle connections kept to one host: as many as sixteen accounts use at the same time, in two regions. Busy ones are not
 * limited, because a call that waits for a connection would run into the timeout above.
 */
const agentOptions = { keepAlive: true, maxFreeSockets: 32 };

/**
 * For clients that are never destroyed. They share their connections: with clients of their own for a thousand accounts, the
 * functions would keep thousands open, and Lambda allows 1,024 open files
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
 */
export const sharedRequestHandler = {
  ...requestHandler,
  httpAgent: new HttpAgent(agentOptions),
  httpsAgent: new HttpsAgent(agentOptions),
};
