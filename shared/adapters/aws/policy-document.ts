import { RetryableError } from '../../core/errors.ts';
import { isRecord, parseJson } from '../../core/json.ts';

/**
 * The JSON of a policy in an answer of IAM, which percent-encodes it.
 * @throws RetryableError for any other text: what it does not contain would look absent
 */
export const policyText = (text: string | undefined, name: string): string => {
  const json = decoded(text ?? '');
  if (isRecord(parseJson(json))) return json;
  throw new RetryableError(
    `The answer of IAM about ${name} is not a policy document. If a proxy stands between here and AWS, let its owner look; then try again.`,
  );
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
};
