import type { Access, Caller } from '../access.ts';
import { invalid, notFound } from '../errors.ts';
import { type Fields, fieldsOf, type Method, type MethodRequest, RawAnswer, textOf } from '../method.ts';
import { storageApi } from './api.ts';
import { type Bucket, type Buckets, objectResource } from './buckets.ts';
import { shownObject } from './object-methods.ts';

interface Upload {
  readonly bucket: Bucket;
  readonly name: string;
  readonly contentType: string;
  received: Uint8Array;
}

/** Objects arrive in one request (media, multipart) or in a session: https://cloud.google.com/storage/docs/uploads-downloads */
export const uploadMethods = (buckets: Buckets, access: Access, now: () => Date): readonly Method[] => {
  const sessions = new Map<string, Upload>();
  let made = 0;
  const store = ({ bucket, name, contentType, received }: Upload, raw: MethodRequest['raw']) => {
    made += 1;
    const object = {
      name,
      contentType,
      content: received,
      generation: String(made),
      updated: now().toISOString(),
    };
    bucket.objects.set(name, object);
    return shownObject(bucket, object, raw);
  };
  const begin = (upload: Upload, url: URL, host: string): RawAnswer => {
    const session = new URL(url.pathname, `http://${host}`);
    session.search = new URLSearchParams({
      uploadType: 'resumable',
      upload_id: `session-${sessions.size + 1}`,
    }).toString();
    sessions.set(session.searchParams.get('upload_id') ?? '', upload);
    return new RawAnswer({ status: 200, headers: { location: session.href }, body: '' });
  };
  const path = /^\/upload\/storage\/v1\/(?<resource>b\/(?<bucket>[^/]+))\/o$/;

  return [
    {
      name: 'storage.objects.insert',
      http: 'POST',
      path,
      permission: 'storage.objects.create',
      api: storageApi,
      prepare: (request) => {
        const upload = uploadOf(buckets.get(request.path['bucket'] ?? ''), request);
        return {
          on: objectResource(upload.bucket, upload.name),
          perform: () => {
            checkOverwrite(upload, request.caller, access);
            return request.query.get('uploadType') === 'resumable'
              ? begin(upload, request.raw.url, request.raw.headers['host'] ?? '')
              : store(upload, request.raw);
          },
        };
      },
    },
    // The session was permitted when it began.
    {
      name: 'storage.objects.insert',
      http: 'PUT',
      path,
      api: storageApi,
      answer: ({ query, raw }) => {
        const { headers, bytes } = raw;
        const upload = sessions.get(query.get('upload_id') ?? '');
        if (upload === undefined) throw notFound('No such upload session.');
        upload.received = Buffer.concat([upload.received, bytes]);
        const range = headers['content-range'];
        if (range === undefined || !range.endsWith('/*')) return store(upload, raw);
        return new RawAnswer({
          status: 308,
          headers: upload.received.length === 0 ? {} : { range: `bytes=0-${upload.received.length - 1}` },
          body: '',
        });
      },
    },
  ];
};

const uploadOf = (bucket: Bucket, { query, raw, body }: MethodRequest): Upload => {
  const type = raw.headers['content-type'] ?? '';
  const { metadata, media, mediaType } = type.startsWith('multipart/related')
    ? partsOf(raw.bytes, type)
    : { metadata: body, media: raw.bytes, mediaType: type };
  const isResumable = query.get('uploadType') === 'resumable';
  const name = query.get('name') ?? textOf(metadata['name']);
  if (name === '') throw invalid('Required');
  return {
    bucket,
    name,
    contentType:
      textOf(metadata['contentType']) ||
      (isResumable ? raw.headers['x-upload-content-type'] : mediaType) ||
      'application/octet-stream',
    received: isResumable ? new Uint8Array() : media,
  };
};

/** The two parts of multipart/related: the object's fields as JSON, and its content. */
const partsOf = (bytes: Uint8Array, type: string) => {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? '';
  // Latin-1 keeps every byte.
  const [, first, second] = Buffer.from(bytes).toString('latin1').split(`--${boundary}`);
  const [, json = ''] = splitPart(first);
  const [head, content = ''] = splitPart(second);
  return {
    metadata: fieldsOf(JSON.parse(Buffer.from(json, 'latin1').toString('utf8') || '{}')) satisfies Fields,
    media: Buffer.from(content.replace(/\r\n$/, ''), 'latin1'),
    mediaType: /content-type:\s*([^\r\n]+)/i.exec(head ?? '')?.[1] ?? '',
  };
};

const splitPart = (part = ''): readonly string[] => {
  const end = part.indexOf('\r\n\r\n');
  return [part.slice(0, end), part.slice(end + 4)];
};

/** Replacing an object deletes the previous one. */
const checkOverwrite = ({ bucket, name }: Upload, caller: Caller, access: Access): void => {
  const on = objectResource(bucket, name);
  if (bucket.objects.has(name) && !access.holds(caller, 'storage.objects.delete', on))
    throw storageApi.denied('storage.objects.delete', on, caller);
};
