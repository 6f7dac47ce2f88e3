import { type HttpAnswer, json, type LoopbackServer, serve } from '../http.ts';
import type { Credentials } from './world.ts';

export interface ContainerRole {
  readonly credentials: Credentials;
  readonly expiresAt: Date;
}

export interface ContainerCredentialsOptions {
  /** What the token file holds now. */
  readonly authorization: () => string;
  /** Or the answer of an agent that has a fault; undefined drops the connection. */
  readonly role: () => ContainerRole | HttpAnswer | undefined;
}

/** What the agents of ECS and of EKS Pod Identity serve at AWS_CONTAINER_CREDENTIALS_FULL_URI. */
export const startContainerCredentials = ({
  authorization,
  role,
}: ContainerCredentialsOptions): Promise<LoopbackServer> =>
  serve(({ method, url, headers }) => {
    if (method !== 'GET' || url.pathname !== '/v1/credentials')
      return Promise.resolve(json(404, { message: 'not found' }));
    if (headers['authorization'] !== authorization())
      return Promise.resolve(json(401, { message: 'the authorization token is not valid' }));
    const found = role();
    if (found === undefined || 'status' in found) return Promise.resolve(found);
    const { accessKeyId, secretAccessKey, sessionToken } = found.credentials;
    return Promise.resolve(
      json(200, {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: found.expiresAt.toISOString(),
      }),
    );
  });
