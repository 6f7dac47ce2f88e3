import { Readable } from 'node:stream';
import { isRecord } from '../../core/json.ts';

/**
 * Removes the policies from a page of IAM's list of roles before the SDK reads it. They are nearly all of its text, we use
 * none of them, and the SDK's reader would need most of a sweep's time and memory for them.
 */
export const withoutPolicies =
  <Args, Result extends { readonly response: unknown }>(next: (args: Args) => Promise<Result>) =>
  async (args: Args): Promise<Result> => {
    const result = await next(args);
    const { response } = result;
    if (isRecord(response) && response['statusCode'] === 200 && response['body'] instanceof Readable)
      Object.assign(response, {
        body: unusedElements.reduce(withoutElement, await bytesOf(response['body'])),
      });
    return result;
  };

/** `buffer` of node:stream/consumers would copy each chunk into a Blob first. */
const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Instance profiles come first: they contain roles, with policies of their own. */
const unusedElements = [
  'InstanceProfileList',
  'RolePolicyList',
  'AttachedManagedPolicies',
  'AssumeRolePolicyDocument',
];

/** IAM escapes each `<` of a value, so only elements are found. One without an end stays, and the SDK refuses the page. */
const withoutElement = (page: Buffer, element: string): Buffer => {
  const [opening, closing] = [`<${element}>`, `</${element}>`];
  const kept: Buffer[] = [];
  let at = 0;
  for (;;) {
    const start = page.indexOf(opening, at);
    const end = start === -1 ? -1 : page.indexOf(closing, start);
    if (end === -1) return Buffer.concat([...kept, page.subarray(at)]);
    kept.push(page.subarray(at, start));
    at = end + closing.length;
  }
};
