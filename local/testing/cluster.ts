import { generateKeyPairSync, sign } from 'node:crypto';
import type { IdentityProvider } from '../aws/web-identity.ts';
import { accountId } from './settings.ts';

const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE';

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A service account's token, as the kubelet writes it into the pod. */
export const tokenOf = (claims: Readonly<Record<string, unknown>> = {}, isForged = false): string => {
  const head = encoded({ alg: 'RS256', kid: 'k' });
  const body = encoded({
    iss: `https://${issuer}`,
    sub: subject,
    aud: ['sts.amazonaws.com'],
    exp: Math.floor(Date.now() / 1000) + 86_400,
    ...claims,
  });
  const key = isForged ? stranger.privateKey : pair.privateKey;
  const signature = sign('RSA-SHA256', Buffer.from(`${head}.${body}`), key);
  return `${head}.${body}.${signature.toString('base64url')}`;
};

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const subject = 'system:serviceaccount:apps:reports';

/** The OpenID Connect provider of an EKS cluster. */
export const provider: IdentityProvider = { issuer, audiences: ['sts.amazonaws.com'], key: pair.publicKey };

/** A role's trust policy for one service account of the cluster, as eksctl writes it. */
export const trustPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
    },
  ],
});
