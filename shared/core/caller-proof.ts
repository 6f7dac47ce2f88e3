import { createHash } from 'node:crypto';
import { isRecord } from './json.ts';
import { stackRegion } from './stack.ts';

/**
 * The caller's signature (Signature Version 4) over one sts:GetCallerIdentity request that names an answer. Only STS can
 * check it, and it is of no use for any other request to AWS.
 */
export interface CallerProof {
  readonly authorization: string;
  /** `x-amz-date` */
  readonly date: string;
  /** `x-amz-security-token`, of temporary credentials. */
  readonly token?: string;
}

/** Reads a proof. Undefined for anything else: a header that is not signed proves nothing. */
export const parseCallerProof = (value: unknown): CallerProof | undefined => {
  if (!isRecord(value)) return undefined;
  const { authorization, date, token, ...others } = value;
  if (Object.keys(others).length > 0) return undefined;
  if (typeof authorization !== 'string' || typeof date !== 'string') return undefined;
  if (!/^\d{8}T\d{6}Z$/.test(date) || !isAuthorization(authorization, token !== undefined)) return undefined;
  if (token === undefined) return { authorization, date };
  return typeof token === 'string' && /^[\x21-\x7e]{1,8192}$/.test(token)
    ? { authorization, date, token }
    : undefined;
};

const isAuthorization = (text: string, hasToken: boolean): boolean => {
  const [, headers] =
    new RegExp(
      `^AWS4-HMAC-SHA256 Credential=\\w{4,128}/\\d{8}/${stackRegion}/sts/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$`,
    ).exec(text) ?? [];
  return headers === signedHeaders(hasToken);
};

/** The signed header that names the answer. */
export const answerHeader = 'x-rolebridge-answer';

const signedHeaders = (hasToken: boolean): string =>
  [
    'content-type',
    'host',
    'x-amz-content-sha256',
    'x-amz-date',
    ...(hasToken ? ['x-amz-security-token'] : []),
    answerHeader,
  ].join(';');

/** The request that is signed and sent to STS. No part of it comes from the caller. */
const body = 'Action=GetCallerIdentity&Version=2011-06-15';

export const identityRequest = {
  method: 'POST',
  path: '/',
  body,
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
  },
} as const;

/** STS accepts a signature for at most 15 minutes. */
const longestMilliseconds = 15 * 60 * 1000;

/** Whether it was signed just now: neither long ago nor with a time in the future. */
export const isFresh = ({ date }: CallerProof, now: Date): boolean => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Math.abs(now.getTime() - signedAt) <= longestMilliseconds;
};

/** The caller's ARN, if it belongs to the account that rolebridge is deployed to. */
export const callerOf = (
  { Arn, Account }: { readonly Arn?: string | undefined; readonly Account?: string | undefined },
  homeAccountId: string,
): string | undefined => {
  if (Arn === undefined || Arn.length > 2048 || Account !== homeAccountId) return undefined;
  const [, account] = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):[\w+=,.@/-]+$/.exec(Arn) ?? [];
  return account === homeAccountId ? Arn : undefined;
};
