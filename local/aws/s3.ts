import { AwsError, type Input, integer, isRecord, records, text } from './call.ts';
import type { Clock } from './clock.ts';
import { pageOf } from './pages.ts';

export interface S3Object {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly modifiedAt: Date;
}

/** Buckets without versions, in one region. */
export interface S3 {
  readonly perform: (action: string, input: Input) => unknown;
  readonly createBucket: (name: string) => void;
  /** @throws AwsError BucketNotEmpty */
  readonly deleteBucket: (name: string) => void;
  /** @throws AwsError NoSuchBucket or NoSuchKey */
  readonly object: (bucket: string, key: string) => S3Object;
}

type Bucket = Map<string, S3Object>;

export const createS3 = (clock: Clock): S3 => {
  const buckets = new Map<string, Bucket>();
  const find = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    return bucket;
  };
  const object = (bucket: string, key: string): S3Object => {
    const found = find(bucket).get(key);
    if (found === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return found;
  };
  return {
    createBucket: (name) => void buckets.set(name, new Map()),
    deleteBucket: (name) => {
      if (find(name).size > 0)
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
      buckets.delete(name);
    },
    object,
    perform: (action, input) => {
      const [bucket, key] = [text(input, 'Bucket'), text(input, 'Key')];
      switch (action) {
        case 'HeadBucket':
          find(bucket);
          return {};
        case 'ListObjectsV2':
          return listed(find(bucket), bucket, input);
        case 'HeadObject':
        case 'GetObject':
          return object(bucket, key);
        case 'PutObject': {
          const put = asObject(input, clock.now());
          find(bucket).set(key, put);
          return { etag: put.etag };
        }
        case 'DeleteObjects':
          return deleted(find(bucket), input);
        default:
          throw new AwsError('NotImplemented', `The stand-in does not know s3:${action}.`, 501);
      }
    },
  };
};

const listed = (bucket: Bucket, name: string, input: Input) => {
  const prefix = text(input, 'prefix');
  const size = integer(input, 'max-keys', { least: 0, most: 1000, otherwise: 1000 }, 'InvalidArgument');
  const sorted = [...bucket]
    .filter(([key]) => key.startsWith(prefix))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const marker = text(input, 'continuation-token');
  const { items, next } = pageOf(sorted, ([key]) => key, { marker, size });
  return {
    Name: name,
    Prefix: prefix,
    KeyCount: items.length,
    MaxKeys: size,
    IsTruncated: next !== undefined,
    NextContinuationToken: next,
    Contents: items.map(([Key, { bytes, etag, modifiedAt }]) => ({
      Key,
      LastModified: modifiedAt,
      ETag: etag,
      Size: bytes.length,
      StorageClass: 'STANDARD',
    })),
  };
};

const asObject = (input: Input, modifiedAt: Date): S3Object => {
  const { Body: bytes, Metadata: metadata } = input;
  return {
    bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(),
    contentType: text(input, 'ContentType') || 'binary/octet-stream',
    metadata: isRecord(metadata)
      ? Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)]))
      : {},
    etag: text(input, 'ETag'),
    modifiedAt,
  };
};

/** A key that does not exist counts as deleted. */
const deleted = (bucket: Bucket, input: Input) => {
  const keys = records(input, 'Objects').map((object) => text(object, 'Key'));
  for (const key of keys) bucket.delete(key);
  return { Deleted: keys.map((Key) => ({ Key })) };
};
