import { createHash } from 'node:crypto';
import type { HttpAnswer, HttpRequest } from '../http.ts';
import { AwsError, type Input, isRecord, list } from './call.ts';
import type { Protocol } from './protocol.ts';
import { escapeXml, toXml, xml } from './query-wire.ts';
import type { S3Object } from './s3.ts';

/** S3's protocol: the bucket is in the path, objects are raw bodies, and everything else is XML. */
export const s3Protocol: Protocol = {
  parse: (request) => {
    checkBody(request);
    const { Bucket, Key } = placeIn(request);
    return { action: actionOf(request, Key), input: { Bucket, Key, ...inputOf(request, Key) } };
  },
  answer: (action, output, requestId) => {
    const headers = { 'x-amz-request-id': requestId };
    switch (action) {
      case 'HeadBucket':
        return { status: 200, headers: { ...headers, 'x-amz-bucket-region': 'us-east-1' }, body: '' };
      case 'PutObject':
        return { status: 200, headers: { ...headers, etag: String(Object(output).etag) }, body: '' };
      case 'HeadObject':
        return { ...objectAnswer(output as S3Object, headers), body: '' };
      case 'GetObject':
        return objectAnswer(output as S3Object, headers);
      default: {
        const body = `<${resultOf(action)}>${elements(output)}</${resultOf(action)}>`;
        return { status: 200, headers: { ...headers, ...xml }, body };
      }
    }
  },
  refuse: ({ status, code, message }, requestId) => ({
    status,
    headers: { ...xml, 'x-amz-request-id': requestId },
    body: `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
  }),
};

/** The signature covers the hash that the header names, so the hash must be the body's. */
const checkBody = ({ headers, bytes }: HttpRequest): void => {
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (headers['x-amz-content-sha256'] !== hash)
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
};

const placeIn = ({ url }: HttpRequest) => {
  const [, Bucket = '', ...rest] = url.pathname.split('/');
  return { Bucket, Key: decodeURIComponent(rest.join('/')) };
};

const actionOf = ({ method, url }: HttpRequest, key: string): string => {
  const kind = key === '' ? 'bucket' : 'object';
  const query = ['list-type', 'delete'].find((name) => url.searchParams.has(name)) ?? '';
  const action = actions[`${method} ${kind} ${query}`.trimEnd()];
  if (action === undefined)
    throw new AwsError('NotImplemented', `The stand-in does not know s3: ${method} ${url.pathname}.`, 501);
  return action;
};

const actions: Readonly<Record<string, string>> = {
  'HEAD bucket': 'HeadBucket',
  'GET bucket list-type': 'ListObjectsV2',
  'POST bucket delete': 'DeleteObjects',
  'HEAD object': 'HeadObject',
  'GET object': 'GetObject',
  'PUT object': 'PutObject',
};

const inputOf = ({ method, url, headers, bytes, body }: HttpRequest, key: string): Input => {
  if (method === 'POST')
    return {
      Objects: [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, Key = '']) => ({ Key: unescape(Key) })),
    };
  if (method !== 'PUT' || key === '') return Object.fromEntries(url.searchParams);
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(metadataPrefix) ? [[name.slice(metadataPrefix.length), value] as const] : [],
  );
  return {
    Body: bytes,
    ContentType: headers['content-type'],
    ETag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    Metadata: Object.fromEntries(metadata),
  };
};

const metadataPrefix = 'x-amz-meta-';

const unescape = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => characters[name] ?? '');

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const objectAnswer = (
  { bytes, contentType, metadata, etag, modifiedAt }: S3Object,
  headers: Readonly<Record<string, string>>,
): HttpAnswer => ({
  status: 200,
  headers: {
    ...headers,
    etag,
    'content-type': contentType,
    'content-length': String(bytes.length),
    'last-modified': modifiedAt.toUTCString(),
    ...Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [`${metadataPrefix}${name}`, value]),
    ),
  },
  body: bytes,
});

const resultOf = (action: string): string =>
  action === 'ListObjectsV2' ? 'ListBucketResult' : 'DeleteResult';

/** S3 repeats the element of a list instead of wrapping its items. */
const elements = (output: unknown): string =>
  Object.entries(isRecord(output) ? output : {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      Array.isArray(value)
        ? list({ value }, 'value')
            .map((item) => `<${name}>${toXml(item)}</${name}>`)
            .join('')
        : `<${name}>${toXml(value)}</${name}>`,
    )
    .join('');
