import type { Access, Caller } from '../access.ts';
import { notFound } from '../errors.ts';
import { type Method, type MethodRequest, RawAnswer } from '../method.ts';
import { page } from '../page.ts';
import { storageApi } from './api.ts';
import { type Bucket, type Buckets, bucketResource, objectResource, type StoredObject } from './buckets.ts';
import { checksums } from './checksums.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/objects */
export const objectMethods = (buckets: Buckets, access: Access): readonly Method[] => {
  /** Google reveals that an object does not exist only to a caller who can list the bucket. */
  const find = (bucket: Bucket, name: string, caller: Caller): StoredObject => {
    const object = bucket.objects.get(name);
    if (object !== undefined) return object;
    const on = bucketResource(bucket);
    throw access.holds(caller, 'storage.objects.list', on)
      ? notFound(`No such object: ${bucket.name}/${name}`)
      : storageApi.denied('storage.objects.list', on, caller);
  };
  const onObject = (
    verb: string,
    http: Method['http'],
    root: string,
    perform: (bucket: Bucket, object: StoredObject, request: MethodRequest) => unknown,
  ): Method => ({
    name: `storage.objects.${verb}`,
    http,
    path: new RegExp(`^${root}/storage/v1/(?<resource>b/(?<bucket>[^/]+)/o/(?<object>.+))$`),
    permission: `storage.objects.${verb}`,
    api: storageApi,
    prepare: (request) => {
      const { bucket: name = '', object = '' } = request.path;
      const bucket = buckets.get(name);
      return {
        on: objectResource(bucket, object),
        perform: () => perform(bucket, find(bucket, object, request.caller), request),
      };
    },
  });
  return [
    {
      name: 'storage.objects.list',
      http: 'GET',
      path: /^\/storage\/v1\/(?<resource>b\/(?<bucket>[^/]+))\/o$/,
      permission: 'storage.objects.list',
      api: storageApi,
      prepare: ({ path: { bucket: name = '' }, query, raw }) => {
        const bucket = buckets.get(name);
        return { on: bucketResource(bucket), perform: () => listed(bucket, query, raw) };
      },
    },
    onObject('get', 'GET', '', (bucket, object, { query, raw }) =>
      query.get('alt') === 'media' ? download(object) : shownObject(bucket, object, raw),
    ),
    onObject('get', 'GET', '/download', (_, object) => download(object)),
    onObject('delete', 'DELETE', '', (bucket, { name }) => {
      bucket.objects.delete(name);
      return new RawAnswer({ status: 204, body: '' });
    }),
  ];
};

const listed = (bucket: Bucket, query: URLSearchParams, raw: MethodRequest['raw']) => {
  const prefix = query.get('prefix') ?? '';
  const found = [...bucket.objects.values()].filter(({ name }) => name.startsWith(prefix));
  const { inside, prefixes } = byFolder(found, prefix, query.get('delimiter') ?? '');
  const asked = new URLSearchParams({
    pageSize: query.get('maxResults') ?? '0',
    pageToken: query.get('pageToken') ?? '',
  });
  const { items, ...next } = page(inside, ({ name }) => name, asked, { usual: 1000, most: 1000 });
  return {
    kind: 'storage#objects',
    ...(items.length === 0 ? {} : { items: items.map((object) => shownObject(bucket, object, raw)) }),
    // On the first page only.
    ...(prefixes.length === 0 || query.has('pageToken') ? {} : { prefixes }),
    ...next,
  };
};

/** With a delimiter, objects beyond its first appearance are shown as one prefix, like folders. */
const byFolder = (objects: readonly StoredObject[], prefix: string, delimiter: string) => {
  const folderOf = ({ name }: StoredObject): string => {
    const end = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    return end === -1 ? '' : name.slice(0, end + delimiter.length);
  };
  return {
    inside: objects.filter((object) => folderOf(object) === ''),
    prefixes: [...new Set(objects.map(folderOf))].filter((folder) => folder !== '').toSorted(),
  };
};

const download = ({ content, contentType, generation }: StoredObject): RawAnswer => {
  const { crc32c, md5 } = checksums(content);
  return new RawAnswer({
    status: 200,
    headers: {
      'content-type': contentType,
      'x-goog-generation': generation,
      'x-goog-hash': `crc32c=${crc32c},md5=${md5}`,
      'x-goog-stored-content-encoding': 'identity',
      'x-goog-stored-content-length': String(content.byteLength),
    },
    body: content,
  });
};

export const shownObject = (bucket: Bucket, object: StoredObject, { headers }: MethodRequest['raw']) => {
  const { crc32c, md5 } = checksums(object.content);
  return {
    kind: 'storage#object',
    id: `${bucket.name}/${object.name}/${object.generation}`,
    name: object.name,
    bucket: bucket.name,
    generation: object.generation,
    metageneration: '1',
    contentType: object.contentType,
    storageClass: 'STANDARD',
    size: String(object.content.byteLength),
    crc32c,
    md5Hash: md5,
    etag: 'CAE=',
    mediaLink: `http://${headers['host'] ?? ''}/download/storage/v1/b/${bucket.name}/o/${encodeURIComponent(object.name)}?generation=${object.generation}&alt=media`,
    timeCreated: object.updated,
    updated: object.updated,
  };
};
