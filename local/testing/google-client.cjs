/**
 * Google's own clients in a process without Jest, which cannot load them: they import node-fetch dynamically. Reads a
 * request per line and answers each with a line.
 */
const { createInterface } = require('node:readline');
const { BigQuery } = require('@google-cloud/bigquery');
const { Storage } = require('@google-cloud/storage');
const { AwsClient } = require('google-auth-library');

const classes = {
  storage: (options) =>
    new Storage({ ...options, useAuthWithCustomEndpoint: true, retryOptions: { autoRetry: false } }),
  bigquery: (options) => new BigQuery({ ...options, autoRetry: false }),
};
/** Clients keep their tokens, as in a long-running program. */
const clients = new Map();

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
const clientOf = (client, { credentials, ...options }) =>
  classes[client]({ ...options, authClient: new AwsClient({ ...credentials, scopes }) });

const perform = async ({ client, options, calls }) => {
  const key = JSON.stringify([client, options]);
  if (!clients.has(key)) clients.set(key, clientOf(client, options));
  let on = clients.get(key);
  for (const [method, ...args] of calls) on = await on[method](...args.map(received));
  return sent(on);
};

const received = (value) => (value?.base64 === undefined ? value : Buffer.from(value.base64, 'base64'));

const sent = (value) => {
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  if (Array.isArray(value)) return value.map(sent);
  // A file, a dataset, a table: without their clients, which refer to each other.
  if (value?.metadata !== undefined) return { name: value.name ?? value.id, metadata: value.metadata };
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch {
    return 'circular';
  }
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, ...request } = JSON.parse(line);
  const answer = (content) => process.stdout.write(`${JSON.stringify({ id, ...content })}\n`);
  perform(request).then(
    (value) => answer({ value }),
    ({ code, message, errors }) => answer({ error: { code, message, errors: sent(errors) } }),
  );
});
