import { defaultProvider } from '@aws-sdk/credential-provider-node';

/** Loads credentials from the AWS SDK's default chain. An error carries the log of the chain, because it lacks the reason. */
export const loadFromChain = async (): Promise<Loaded> => {
  const { lines, logger } = chainLog();
  // Created for each call: the chain caches a call that hangs, and would hang forever.
  const provider = defaultProvider({
    logger,
    maxRetries: 0,
    timeout: 2000,
    clientConfig: { requestHandler: chainRequestHandler },
  });
  try {
    return { kind: 'loaded', credentials: await provider() };
  } catch (thrown) {
    return { kind: 'failed', thrown, lines };
  }
};

export type ChainCredentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

type Loaded =
  | { readonly kind: 'loaded'; readonly credentials: ChainCredentials }
  | { readonly kind: 'failed'; readonly thrown: unknown; readonly lines: readonly string[] };

export const chainRequestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 5000,
  throwOnRequestTimeout: true,
};

/** Records the debug log of the chain. */
const chainLog = () => {
  const lines: string[] = [];
  const debug = (line: string): void => void lines.push(line);
  const silent = (): void => undefined;
  return { lines, logger: { debug, info: silent, warn: silent, error: silent, trace: silent } };
};

/**
 * Why a profile gave no credentials. The chain's own error is always "Could not load credentials from any providers". Undefined
 * if no profile is to blame.
 */
export const profileReason = (lines: readonly string[]): string | undefined => {
  for (const line of lines) {
    const text = line.replace(/^.*?-> /, '');
    const [, profile] = /^Could not resolve credentials using profile: \[(.*?)\]/.exec(text) ?? [];
    // Without AWS_PROFILE, the chain also looks for a profile "default", which need not exist.
    if (profile !== undefined && profile !== 'default')
      return `the AWS profile "${profile}" does not exist or has no credentials. List the profiles: aws configure list-profiles`;
    if (/^Command failed|credential_process/.test(text) && !text.includes('did not contain'))
      return `the credential_process of the AWS profile failed (${oneLine(text)}). Run it by hand, and fix it or choose another AWS_PROFILE.`;
  }
  return undefined;
};

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ': ');
