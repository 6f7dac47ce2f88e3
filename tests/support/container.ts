import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerRole, startContainerCredentials } from '../../local/aws/container-credentials.ts';
import type { Credentials } from '../../local/aws/world.ts';
import type { HttpAnswer } from '../../local/http.ts';
import { keepSecret } from '../../local/kept-secrets.ts';
import type { Variables } from './command-line.ts';

export interface Container {
  /** Everything that a container of ECS or EKS Pod Identity has of its role. */
  readonly variables: Variables;
  readonly folder: string;
  /** The agent's response from now on, and the lifetime that it reports for the credentials after each response. */
  readonly give: (credentials: Credentials, seconds?: number) => void;
  readonly fail: (answer: HttpAnswer | undefined) => void;
  /** The kubelet writes a new token into the same file. */
  readonly rotateToken: () => void;
  readonly calls: () => number;
  readonly close: () => Promise<void>;
}

export const planted = {
  accessKeyId: 'ASIAPLANTEDKEYID0001',
  secretAccessKey: keepSecret('planted/Secret+Access1Key2that3nobody4may5see'),
  sessionToken: keepSecret('plantedSessionToken0123456789that/nobody+may=see'),
};

/** A container with a credentials agent on loopback. */
export const startContainer = async (awsUrl: string): Promise<Container> => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-container-'));
  const tokenFile = join(folder, 'token');
  let tokens = 0;
  let calls = 0;
  let token = '';
  let answer: () => ContainerRole | HttpAnswer | undefined = () => undefined;
  const rotateToken = (): void => {
    token = keepSecret(`plantedAuthorization${(tokens += 1)}`);
    writeFileSync(tokenFile, token);
  };
  rotateToken();
  const agent = await startContainerCredentials({
    authorization: () => token,
    role: () => {
      calls += 1;
      return answer();
    },
  });
  return {
    folder,
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: awsUrl,
      HOME: folder,
    },
    give: (credentials, seconds = 3600) => {
      answer = () => ({ credentials, expiresAt: new Date(Date.now() + seconds * 1000) });
    },
    fail: (fault) => {
      answer = () => fault;
    },
    rotateToken,
    calls: () => calls,
    close: async () => {
      await agent.close();
      rmSync(folder, { recursive: true });
    },
  };
};
