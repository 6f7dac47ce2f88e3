import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { accountId } from '../testing/settings.ts';
import { type AwsWorld, startAws } from './world.ts';

let aws: AwsWorld;
let s3: S3Client;
beforeAll(async () => {
  aws = await startAws({ accountId });
  s3 = new S3Client({ region: 'us-east-1', endpoint: aws.url, credentials: aws.admin, maxAttempts: 1 });
});
beforeEach(() => aws.s3.createBucket('b'));
afterAll(async () => {
  s3.destroy();
  await aws.close();
});

const Bucket = 'b';
const put = (Key: string, Body: string | Uint8Array = 'x') =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { filesha256: 'aGFzaA==' } }));

it('returns the bytes and the metadata of an object, under a key with any characters', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const Key = "a/2026-11-29T08:20:34.507Z/it's a (zip) & more+.zip";
  await put(Key, bytes);
  const { Body, ContentLength, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(await Body?.transformToByteArray()).toEqual(bytes);
  expect({ ContentLength, Metadata }).toEqual({ ContentLength: 256, Metadata: { filesha256: 'aGFzaA==' } });
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength, Metadata });
});

it('lists the keys below a prefix in order, page by page', async () => {
  for (const key of ['p/3', 'q/1', 'p/1', 'p/2']) await put(key);
  const page = (ContinuationToken?: string) =>
    s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'p/', MaxKeys: 2, ContinuationToken }));
  const first = await page();
  const second = await page(first.NextContinuationToken);
  expect([first, second].map(({ Contents = [] }) => Contents.map(({ Key }) => Key))).toEqual([
    ['p/1', 'p/2'],
    ['p/3'],
  ]);
  expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
});

it('deletes several objects, and counts an unknown key as deleted', async () => {
  await put('a&b');
  const Delete = { Objects: [{ Key: 'a&b' }, { Key: 'unknown' }] };
  const { Deleted = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
  expect(Deleted.map(({ Key }) => Key)).toEqual(['a&b', 'unknown']);
  expect(await s3.send(new ListObjectsV2Command({ Bucket }))).toMatchObject({ KeyCount: 0 });
});

it('refuses to delete a bucket with objects', async () => {
  await put('a');
  expect(() => aws.s3.deleteBucket(Bucket)).toThrow('The bucket you tried to delete is not empty');
});

it.each([
  ['a missing bucket', () => s3.send(new HeadBucketCommand({ Bucket: 'none' })), 'NotFound'],
  [
    'the list of a missing bucket',
    () => s3.send(new ListObjectsV2Command({ Bucket: 'none' })),
    'NoSuchBucket',
  ],
  ['a missing object', () => s3.send(new GetObjectCommand({ Bucket, Key: 'none' })), 'NoSuchKey'],
  ['the head of a missing object', () => s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })), 'NotFound'],
  ['an unknown call', () => s3.send(new ListBucketsCommand({})), 'NotImplemented'],
])('refuses %s with the error of S3', async (_, call, name) => {
  await expect(call()).rejects.toMatchObject({ name });
});

it('refuses a body that differs from the signed hash', async () => {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: aws.url,
    credentials: aws.admin,
    maxAttempts: 1,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign(Object(args.request), { body: 'y' });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await expect(client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))).rejects.toMatchObject({
    name: 'XAmzContentSHA256Mismatch',
  });
  client.destroy();
});
