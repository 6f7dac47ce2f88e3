import { type HttpAnswer, json, type LoopbackServer, serve } from '../http.ts';
import type { Credentials } from './world.ts';

export interface ContainerRole {
  readonly credentials: Credentials;
  readonly expiresAt: Date;
}

export interface ContainerCredentialsOptions {
  /** The current content of the token file. */
  readonly authorization: () => string;
  /** The role, the answer of a faulty agent, or undefined to drop the connection. */
  readonly role: () => ContainerRole | HttpAnswer | undefined;
}

/** Serves AWS_CONTAINER_CREDENTIALS_FULL_URI, as the agents of ECS and EKS Pod Identity do. */
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
