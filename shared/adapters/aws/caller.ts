import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { type Answer, answerDigest } from '../../core/answer.ts';
import {
  answerHeader,
  type CallerProof,
  callerOf,
  identityRequest,
  isFresh,
  parseCallerProof,
} from '../../core/caller-proof.ts';
import { PermanentError } from '../../core/errors.ts';
import { isRecord } from '../../core/json.ts';
import { stackRegion } from '../../core/stack.ts';
import type { Callers } from '../../ports.ts';
import { awsFailure, tried } from './failure.ts';
import { requestHandler } from './request-handler.ts';

/** Longer than any answer of STS. */
const maxAnswerBytes = 64 * 1024;

type Headers = Readonly<Record<string, string>>;

interface Request {
  method: string;
  path: string;
  headers: Headers;
  body?: unknown;
}

/** Signs the request that shows who gives this answer, by default with the caller's own credentials. Nothing is sent. */
export const signAnswer = (
  stage: string,
  answer: Answer,
  options: Pick<STSClientConfig, 'credentials' | 'endpoint'> = {},
): Promise<CallerProof> =>
  tried('signing the answer', async () => {
    const client = sts({ maxAttempts: 1, ...options });
    const only: Middleware = (next) => (args) => {
      if (isRequest(args.request))
        becomeIdentityRequest(args.request, { [answerHeader]: answerDigest(stage, answer) });
      return next(args);
    };
    client.middlewareStack.addRelativeTo(only, {
      relation: 'before',
      toMiddleware: 'httpSigningMiddleware',
    });
    const capture: Middleware = () => (args) => {
      throw new Captured(isRequest(args.request) ? args.request.headers : {});
    };
    client.middlewareStack.add(capture, justBeforeSending);
    try {
      await client.send(new GetCallerIdentityCommand({}));
      throw new PermanentError('The AWS SDK sent what it was to sign alone.');
    } catch (thrown) {
      if (!(thrown instanceof Captured)) throw thrown;
      return proofIn(thrown.headers);
    } finally {
      client.destroy();
    }
  });

const isRequest = (value: unknown): value is Request => isRecord(value) && isRecord(value['headers']);

type Middleware = Parameters<STSClient['middlewareStack']['add']>[0];
/** After signing, and before the answer is read. */
const justBeforeSending = { step: 'deserialize', priority: 'low' } as const;

/** Always STS of this region, by its usual name: the function sends exactly the request that was signed. */
const sts = (options: STSClientConfig): STSClient =>
  new STSClient({
    region: stackRegion,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ...options,
  });

class Captured extends Error {
  readonly headers: Headers;
  constructor(headers: Headers) {
    super('The request is signed, and not sent.');
    this.headers = headers;
  }
}

/** The one request that is signed and sent, without the rest that the SDK would add. */
const becomeIdentityRequest = (request: Request, more: Headers): void => {
  const { method, path, body, headers } = identityRequest;
  const { host = '' } = request.headers;
  Object.assign(request, {
    method,
    path,
    body,
    headers: { host, ...headers, ...more },
  });
};

const proofIn = (headers: Headers): CallerProof => {
  const token = headers['x-amz-security-token'];
  const proof = parseCallerProof({
    authorization: headers['authorization'],
    date: headers['x-amz-date'],
    ...(token === undefined ? {} : { token }),
  });
  if (proof === undefined)
    throw new PermanentError('The AWS SDK signs the answer in a way that this version does not know.');
  return proof;
};

/** Asks STS whose signature it is. Everything but the signature is our own. */
export const awsCallers = (
  { stage, homeAccountId }: { readonly stage: string | undefined; readonly homeAccountId: string },
  now: () => Date,
  abortSignal: AbortSignal,
): Callers => ({
  identify: async (answer, proof) => {
    if (stage === undefined)
      throw new PermanentError('ROLEBRIDGE_STAGE is not set. Deploy again: npm run deploy.');
    if (!isFresh(proof, now()))
      throw refused(`it was signed at ${proof.date}, more than 15 minutes from now; check the clock`);
    const client = sts({ requestHandler, credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' } });
    replaceSignature(client, stage, answer, proof);
    limitAnswer(client);
    try {
      const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
      const caller = callerOf({ Arn, Account }, homeAccountId);
      if (caller === undefined)
        throw refused(`its caller is of account ${Account ?? '(none)'}, not of account ${homeAccountId}`);
      return caller;
    } catch (thrown) {
      const failure = awsFailure('asking STS who gives this answer', thrown);
      throw failure instanceof PermanentError && !(thrown instanceof PermanentError)
        ? refused(failure.message)
        : failure;
    } finally {
      client.destroy();
    }
  },
});

const refused = (reason: string): PermanentError =>
  new PermanentError(
    `The answer is refused, and nothing was done: its proof of the caller is not good for it (${reason}).`,
  );

const replaceSignature = (client: STSClient, stage: string, answer: Answer, proof: CallerProof): void => {
  const replace: Middleware = (next) => (args) => {
    if (isRequest(args.request))
      becomeIdentityRequest(args.request, {
        authorization: proof.authorization,
        'content-length': String(identityRequest.body.length),
        'x-amz-date': proof.date,
        ...(proof.token === undefined ? {} : { 'x-amz-security-token': proof.token }),
        // Computed here: a proof that was made for another answer does not fit.
        [answerHeader]: answerDigest(stage, answer),
      });
    return next(args);
  };
  client.middlewareStack.add(replace, justBeforeSending);
};

const limitAnswer = (client: STSClient): void => {
  const limit: Middleware = (next) => async (args) => {
    const result = await next(args);
    const { response } = result;
    if (isRecord(response) && isStream(response['body']))
      Object.assign(response, { body: await limited(response['body']) });
    return result;
  };
  client.middlewareStack.add(limit, justBeforeSending);
};

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> => Symbol.asyncIterator in Object(body);

const limited = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxAnswerBytes) throw new PermanentError('STS answered more than 64 KB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
